"""What is altered while a subscription lives: its product, its end, its price, a pause.

Source: lifecycles.md §2 and §3, rows 18-20, 24-27, 40, 43, 44.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from mockserver.lifecycle.calendar import parse_period
from mockserver.lifecycle.charges import charged, next_charge
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.moment import (
    UNCANCELLED,
    Change,
    Charge,
    Impossible,
    Moment,
    continued,
    ended,
    instant,
    opened,
    require,
    require_renewing,
)
from mockserver.lifecycle.proration import prorated_price, time_bought
from mockserver.lifecycle.rules import Proration
from mockserver.lifecycle.subscriber import (
    Offer,
    PeriodType,
    PriceIncrease,
    Product,
    Reason,
    State,
    Store,
    Subscription,
)

_SHORTEST_PAUSE, _LONGEST_PAUSE = timedelta(days=7), relativedelta(months=3)


def changes_to(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """Another product of the group, at once or at the period's end, as the store has it."""
    product = moment.wanted_product()
    require(moment.rules.can_change_product, f"{moment.store} knows no change of product")
    require_renewing(subscription)
    require(product.group == subscription.product.group, f"{product.id} is of another group: user.buys()")
    wanted = subscription.pending_product or subscription.product
    require(product.id != wanted.id, f"{product.id} is the product already")
    require(_before_end(moment, subscription), f"the period ended on {instant(subscription.period_end)}")
    if _at_period_end(moment, subscription, product):
        return [_scheduled(subscription, product)]
    if moment.store is Store.PLAY_STORE:
        return [_replaced_on_play(moment, subscription, product)]
    return [_replaced(moment, subscription, product)]


def takes_change_back(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The product stays the same after all."""
    require(subscription.pending_product is not None, "no change of product is pending")
    require(_before_end(moment, subscription), f"the period ended on {instant(subscription.period_end)}")
    after = replace(subscription, pending_product=None)
    kind = Kind.PRODUCT_CHANGE_UNDONE
    return [Change(kind=kind, subscription=after, previous=subscription, new_product=subscription.product)]


def pauses(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """A pause from the period's end on: one week to three months, not for yearly plans (lifecycles.md §5)."""
    require(moment.rules.can_pause, f"{moment.store} knows no pause")
    require_renewing(subscription)
    period = parse_period(subscription.product.period or "P1M")
    require(period.days < 365, "a yearly plan cannot be paused")
    start = subscription.period_end or moment.at
    require(moment.at <= start, f"the period ended on {instant(start)}")
    months, weeks = moment.word("months", 0), moment.word("weeks", 0)
    resumes_at = start + relativedelta(months=months or (0 if weeks else 1)) + timedelta(weeks=weeks)
    lasts_well = start + _SHORTEST_PAUSE <= resumes_at <= start + _LONGEST_PAUSE
    require(lasts_well, "a pause lasts one week to three months")
    after = replace(subscription, state=State.PAUSE_SET, pause_from=start, resumes_at=resumes_at)
    return [Change(kind=Kind.PAUSE_SCHEDULED, subscription=after, previous=subscription, reason=Reason.PAUSED)]


def takes_pause_back(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """No pause after all."""
    require(_before_end(moment, subscription), f"the pause began on {instant(subscription.pause_from)}")
    after = replace(subscription, state=State.ACTIVE, pause_from=None, resumes_at=None)
    return [Change(kind=Kind.PAUSE_UNDONE, subscription=after, previous=subscription)]


def begins_pause(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The pause takes effect and access ends."""
    require(moment.at == subscription.pause_from, f"the pause begins on {instant(subscription.pause_from)}")
    after = replace(subscription, state=State.PAUSED, auto_renew=False, access_until=moment.at)
    return [Change(kind=Kind.PAUSED, subscription=after, previous=subscription, reason=Reason.PAUSED)]


def resumes(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The pause is over, by itself or by hand; a new billing day begins."""
    by_hand = moment.act.verb.startswith("user.")
    until = subscription.resumes_at
    require(not subscription.payment_fails, "the card fails: user.fixes_card() first")
    require(by_hand or moment.at == until, f"the pause ends by itself on {instant(until)}")
    charge = next_charge(subscription, moment.at, moment.at, moment.rules)
    after = continued(moment, subscription, charge, State.ACTIVE, anchor=moment.at, auto_renew=True)
    return [charged(Kind.RESUMED, after, subscription)]


def announces_price(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """A higher price, which applies once the notice is over and, where the store asks, the user agrees."""
    require_renewing(subscription)
    price: Decimal = moment.word("price")
    require(price > subscription.product.price, f"{price} is not more than {subscription.product.price}")
    days = moment.word("notice_days")
    notice = moment.rules.price_notice if days is None else timedelta(days=days)
    needs_answer = moment.rules.asks_for_consent
    increase = PriceIncrease(
        price=price, announced_at=moment.at, effective_from=moment.at + notice, accepted=not needs_answer
    )
    after = replace(subscription, price_increase=increase)
    return [Change(kind=Kind.PRICE_INCREASE_ANNOUNCED, subscription=after, previous=subscription)]


def accepts_price(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The user agrees."""
    increase = subscription.price_increase
    if increase is None or increase.accepted:
        raise Impossible("no price increase waits for an answer")
    require(_before_end(moment, subscription), f"the period ended on {instant(subscription.period_end)}")
    after = replace(subscription, price_increase=replace(increase, accepted=True))
    return [Change(kind=Kind.PRICE_INCREASE_ACCEPTED, subscription=after, previous=subscription)]


def extends(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """A later end for nothing: days from the developer, or hours by which Play puts a charge off."""
    longer = timedelta(days=moment.word("days", 0), hours=moment.word("hours", 0))
    require(longer > timedelta(), "an extension is longer than nothing")
    if moment.act.verb == "store.defers":
        require(moment.store is Store.PLAY_STORE, "only Play defers a charge")
        require_renewing(subscription)
        require(longer < timedelta(days=1), "Play defers by less than a day")
    end = subscription.period_end
    if end is None or moment.at > end:
        raise Impossible(f"the period ended on {instant(end)}")
    end += longer
    latest = replace(subscription.latest, paid_until=end)
    transactions = (*subscription.transactions[:-1], latest)
    after = replace(subscription, period_end=end, access_until=end, anchor=end, transactions=transactions)
    return [Change(kind=Kind.EXTENDED, subscription=after, previous=subscription, transaction=latest)]


def redeems_offer(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The next period, charged now at an offer's price and beginning where this one ends (App Store)."""
    offer: Offer = moment.word("offer")
    require(moment.store is Store.APP_STORE, "only the App Store has offers for subscribers")
    start = subscription.period_end
    if start is None or moment.at > start:
        raise Impossible(f"the period ended on {instant(start)}")
    period = offer.period if offer.type != "pay_as_you_go" else subscription.product.period or offer.period
    end = moment.rules.period_end(start, period, subscription.anchor)
    charge = Charge(
        product=subscription.product, start=start, end=end, price=offer.price, period_type=PeriodType.INTRO, offer=offer
    )
    after = continued(moment, subscription, charge, State.INTRO, **UNCANCELLED)
    return [charged(Kind.OFFER_REDEEMED, after, subscription)]


def _at_period_end(moment: Moment, subscription: Subscription, product: Product) -> bool:
    """Whether the change waits for the period's end (lifecycles.md §2, 24, 25, 27; nami.md on trials)."""
    asked = moment.word("at_period_end")
    if moment.store is Store.PLAY_STORE:
        return moment.word("mode", moment.rules.proration) is Proration.DEFERRED
    require(moment.word("mode") is None, f"{moment.store} has no proration modes")
    if moment.store is Store.STRIPE:
        return bool(asked)
    require(asked is None, f"{moment.store} decides by itself when the change happens")
    old = subscription.product
    if subscription.state is State.TRIAL or product.level < old.level:
        return True
    return product.level == old.level and product.period != old.period


def _scheduled(subscription: Subscription, product: Product) -> Change:
    require(subscription.auto_renew, "auto-renew is off: user.turns_renewal_on() first")
    require(product.id != subscription.product.id, "it is the product of now: user.takes_change_back()")
    after = replace(subscription, pending_product=product)
    kind = Kind.PRODUCT_CHANGE_SCHEDULED
    return Change(kind=kind, subscription=after, previous=subscription, new_product=product)


def _replaced(moment: Moment, subscription: Subscription, product: Product) -> Change:
    """The same chain with another product at once (App Store, Stripe)."""
    charge, anchor = _apple_charge(moment, product), moment.at
    state = State.ACTIVE
    if moment.store is Store.STRIPE:
        charge = _stripe_charge(moment, subscription, product, charge)
        kept = charge.end == subscription.period_end
        anchor = subscription.anchor or anchor if kept else anchor
        state = State.TRIAL if charge.period_type is PeriodType.TRIAL else state
    after = continued(moment, subscription, charge, state, anchor=anchor, price_increase=None, **UNCANCELLED)
    return Change(
        kind=Kind.PRODUCT_CHANGED,
        subscription=after,
        previous=subscription,
        transaction=after.latest,
        amount=after.latest.price,
        reason=Reason.UPGRADED if product.level > subscription.product.level else None,
        new_product=product,
    )


def _apple_charge(moment: Moment, product: Product) -> Charge:
    """The full price, for a period that begins now."""
    end = moment.rules.period_end(moment.at, product.period or "P1M")
    return Charge(product=product, start=moment.at, end=end, price=product.price)


def _stripe_charge(moment: Moment, subscription: Subscription, product: Product, full: Charge) -> Charge:
    """A trial goes on; between equal lengths the difference is charged and the billing day kept."""
    if subscription.latest.period_type is PeriodType.TRIAL:
        offer, end = subscription.latest.offer, subscription.period_end
        return replace(full, end=end, price=Decimal(0), period_type=PeriodType.TRIAL, offer=offer)
    if product.period != subscription.product.period:
        return full
    return replace(
        full, end=subscription.period_end, price=max(prorated_price(subscription, product, moment), Decimal(0))
    )


def _replaced_on_play(moment: Moment, subscription: Subscription, product: Product) -> Change:
    """A new chain takes over; what it costs now and when it ends depends on the mode (lifecycles.md §3, 24)."""
    charge, kept = _play_charge(moment, subscription, product)
    anchor = (subscription.anchor or charge.start) if kept else charge.end or charge.start
    fresh = opened(moment, charge, State.ACTIVE, anchor=anchor)
    old = ended(
        subscription,
        moment.at,
        cancelled_at=moment.at,
        cancelled_by="user",
        cancel_reason=Reason.REPLACED,
        pending_product=None,
        pause_from=None,
        resumes_at=None,
    )
    return Change(
        kind=Kind.PRODUCT_CHANGED,
        subscription=fresh,
        previous=subscription,
        transaction=fresh.latest,
        amount=fresh.latest.price,
        reason=Reason.REPLACED,
        new_product=product,
        also=(old,),
    )


def _play_charge(moment: Moment, subscription: Subscription, product: Product) -> tuple[Charge, bool]:
    """The first charge of the new chain, and whether the billing day is kept."""
    mode = moment.word("mode", moment.rules.proration)
    start, old_end = moment.at, subscription.period_end or moment.at
    prorated = mode in {Proration.WITH_TIME_PRORATION, Proration.CHARGE_PRORATED_PRICE}
    in_trial = subscription.latest.period_type is PeriodType.TRIAL
    require(not (prorated and in_trial), f"a free trial has nothing to prorate: not {mode}")
    if mode is Proration.WITHOUT_PRORATION:
        return Charge(product=product, start=start, end=old_end, price=Decimal(0)), True
    if mode is Proration.CHARGE_PRORATED_PRICE:
        price = prorated_price(subscription, product, moment)
        require(price > 0, f"{mode} is for upgrades: {product.id} costs no more")
        return Charge(product=product, start=start, end=old_end, price=price), True
    bought = timedelta() if in_trial else time_bought(subscription, product, moment)
    if mode is Proration.WITH_TIME_PRORATION:
        return Charge(product=product, start=start, end=start + bought, price=Decimal(0)), False
    end = moment.rules.period_end(start, product.period or "P1M") + bought
    return Charge(product=product, start=start, end=end, price=product.price), False


def _before_end(moment: Moment, subscription: Subscription) -> bool:
    return subscription.period_end is not None and moment.at <= subscription.period_end
