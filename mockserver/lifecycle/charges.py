"""What a charge costs and when it may come: the next period of a chain, and what decides it."""

from __future__ import annotations

from datetime import datetime, timedelta

from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.moment import Change, Charge, Moment, continued, instant, require
from mockserver.lifecycle.rules import StoreRules
from mockserver.lifecycle.subscriber import Offer, PeriodType, PriceIncrease, Product, State, Subscription


def charged(kind: Kind, after: Subscription, before: Subscription | None) -> Change:
    """What comes of a charge: the last transaction of the chain as it is now."""
    latest = after.latest
    return Change(kind=kind, subscription=after, previous=before, transaction=latest, amount=latest.price)


def next_change(moment: Moment, subscription: Subscription, kind: Kind, start: datetime | None = None) -> Change:
    """The charge for the period that begins now or where the last one ended."""
    begins = start or subscription.period_end or moment.at
    anchor = _anchor(subscription, begins, moved=start is not None)
    charge = next_charge(subscription, begins, anchor, moment.rules)
    late = subscription.state in {State.TRIAL_OFF, State.ACTIVE_OFF}
    state = State.ACTIVE_OFF if late else State.INTRO if charge.period_type is PeriodType.INTRO else State.ACTIVE
    increase = _increase_left(subscription, charge)
    after = continued(moment, subscription, charge, state, anchor=anchor, price_increase=increase)
    return charged(kind, after, subscription)


def next_charge(subscription: Subscription, start: datetime, anchor: datetime, rules: StoreRules) -> Charge:
    """What the next period costs and how long it is: the rest of an introductory price, or the product that is due."""
    offer = subscription.latest.offer
    product = subscription.pending_product or subscription.product
    if offer is not None and subscription.pending_product is None and _intro_goes_on(subscription, offer):
        end = rules.period_end(start, offer.period, anchor)
        return Charge(
            product=product, start=start, end=end, price=offer.price, period_type=PeriodType.INTRO, offer=offer
        )
    priced = price_of(subscription, product, start)
    end = rules.period_end(start, priced.period or "P1M", anchor)
    return Charge(product=priced, start=start, end=end, price=priced.price)


def price_of(subscription: Subscription, product: Product, at: datetime) -> Product:
    """The product at the price that a charge at that instant has, after any increase that was accepted."""
    increase = subscription.price_increase
    if (
        increase is None
        or product.id != subscription.product.id
        or not increase.accepted
        or at < increase.effective_from
    ):
        return product
    return product.priced(increase.price)


def price_is_refused(subscription: Subscription, at: datetime) -> bool:
    """Whether an increase applies by now that nobody has accepted."""
    increase = subscription.price_increase
    return increase is not None and not increase.accepted and at >= increase.effective_from


def renewals(subscription: Subscription) -> int:
    """How often the chain has renewed since it last began or began anew."""
    count, after = 0, subscription.latest.purchased_at
    for transaction in reversed(subscription.transactions[:-1]):
        if transaction.paid_until != after:
            break
        count, after = count + 1, transaction.purchased_at
    return count


def has_renewed_enough(subscription: Subscription, rules: StoreRules) -> bool:
    """Whether a test clock allows no further renewal."""
    return rules.renewal_limit is not None and renewals(subscription) >= rules.renewal_limit


def charged_in_spite(subscription: Subscription, rules: StoreRules) -> bool:
    """Whether a cancellation came too late to stop the charge at the period's end, or before the last instalment."""
    at, end = subscription.cancelled_at, subscription.period_end
    if subscription.is_committed:
        return True
    return at is not None and end is not None and timedelta() <= end - at < rules.cancel_notice


def at_end(moment: Moment, subscription: Subscription) -> None:
    """Refuse the act unless the period ends now."""
    require(moment.at == subscription.period_end, f"the period ends on {instant(subscription.period_end)}, not now")


def in_charge_window(moment: Moment, subscription: Subscription) -> None:
    """At the period's end, or as early as the store charges; not at all once it was cancelled in time."""
    end, rules = subscription.period_end, moment.rules
    off = subscription.state in {State.TRIAL_OFF, State.ACTIVE_OFF} or not subscription.auto_renew
    require(not off or charged_in_spite(subscription, rules), "auto-renew was turned off in time")
    early = f", or up to {rules.charges_early // timedelta(hours=1)} h before" if rules.charges_early else ""
    require(
        end is not None and end - rules.charges_early <= moment.at <= end,
        f"the period ends on {instant(end)}: a charge comes then{early}",
    )


def _intro_goes_on(subscription: Subscription, offer: Offer) -> bool:
    paid = sum(1 for one in subscription.transactions if one.period_type is PeriodType.INTRO and one.offer == offer)
    return offer.type == "pay_as_you_go" and 0 < paid < offer.count


def _anchor(subscription: Subscription, start: datetime, *, moved: bool) -> datetime:
    """The day that renewals keep: the first paid one, unless the billing day moves."""
    if moved or subscription.anchor is None or subscription.latest.period_type is PeriodType.TRIAL:
        return start
    return subscription.anchor


def _increase_left(subscription: Subscription, charge: Charge) -> PriceIncrease | None:
    increase = subscription.price_increase
    return None if increase is None or charge.product.price == increase.price else increase
