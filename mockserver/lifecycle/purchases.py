"""How a chain begins or comes back: trials, purchases, grants and what is bought once.

Source: lifecycles.md §2 and §3, rows 1, 5, 6, 22, 23, 35-39, 45, 48, 49. And a look at what is for sale.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from mockserver.lifecycle.charges import charged
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.moment import (
    NOTHING,
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
)
from mockserver.lifecycle.subscriber import (
    Offer,
    PeriodType,
    Product,
    ProductKind,
    Reason,
    State,
    Store,
    Subscription,
)

ENDED = frozenset({State.NONE, State.EXPIRED, State.REFUNDED})
OUTAGE = timedelta(hours=24)
_ONCE = frozenset({ProductKind.CONSUMABLE, ProductKind.LIFETIME})


def sees_paywall(_moment: Moment) -> Sequence[Change]:
    """Nothing changes by looking."""
    return [Change(kind=Kind.PAYWALL_SHOWN)]


def starts_trial(moment: Moment) -> Sequence[Change]:
    """Begin a free trial; each store gives one to a person and group."""
    product = moment.wanted_product()
    days = moment.word("days")
    require(days is None or days > 0, "a trial lasts a day or more")
    offer = Offer(type="free_trial", period=f"P{days}D") if days else product.trial
    if offer is None:
        raise Impossible(f"{product.id} has no free trial")
    lapsed = _room(moment, product)
    require(
        not _used_offer(moment, product), f"a trial or introductory price of group {product.group!r} was used before"
    )
    end = moment.rules.period_end(moment.at, offer.period, trial=True)
    charge = Charge(product=product, start=moment.at, end=end, price=NOTHING, period_type=PeriodType.TRIAL, offer=offer)
    return [_begun(moment, Kind.TRIAL_STARTED, charge, State.TRIAL, lapsed)]


def buys(moment: Moment) -> Sequence[Change]:
    """Buy at the full price whatever the product is."""
    product = moment.wanted_product()
    if product.kind in _ONCE:
        return [_bought_once(moment, product)]
    if product.kind is ProductKind.PREPAID:
        return [_bought_prepaid(moment, product)]
    lapsed = _room(moment, product)
    kind = Kind.SUBSCRIPTION_STARTED if lapsed is None else Kind.RESUBSCRIBED
    return [_begun(moment, kind, _full_price(moment, product), State.ACTIVE, lapsed)]


def buys_at_intro_price(moment: Moment) -> Sequence[Change]:
    """Subscribe at an introductory price, paid once or with each of the first periods."""
    product = moment.wanted_product()
    offer = product.intro
    if offer is None:
        raise Impossible(f"{product.id} has no introductory price")
    lapsed = _room(moment, product)
    require(
        not _used_offer(moment, product), f"a trial or introductory price of group {product.group!r} was used before"
    )
    end = moment.rules.period_end(moment.at, offer.period)
    charge = Charge(
        product=product, start=moment.at, end=end, price=offer.price, period_type=PeriodType.INTRO, offer=offer
    )
    return [_begun(moment, Kind.SUBSCRIPTION_STARTED, charge, State.INTRO, lapsed)]


def subscribes_again(moment: Moment) -> Sequence[Change]:
    """Come back: to the product of last time unless another is named."""
    bought = [one for one in moment.subscriber.subscriptions if one.store is moment.store and not one.is_family_share]
    lapsed = [one for one in bought if one.state in ENDED and one.product.period]
    require(bool(lapsed), "there is no subscription that has ended")
    product: Product = moment.word("product", lapsed[-1].product)
    return buys(replace(moment, product=product, act=replace(moment.act, words={})))


def tops_up(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """A new order behind a prepaid one: it ends a full period after the old end (lifecycles.md §3, 45)."""
    require(subscription.product.kind is ProductKind.PREPAID, f"{subscription.product.id} is not prepaid")
    start = _end_of(subscription)
    end = moment.rules.period_end(start, subscription.product.period or "P1M", subscription.anchor)
    charge = Charge(
        product=subscription.product,
        start=moment.at,
        end=end,
        price=subscription.product.price,
        period_type=PeriodType.PREPAID,
        new_order=True,
    )
    after = continued(moment, subscription, charge, State.ACTIVE)
    return [charged(Kind.TOPPED_UP, after, subscription)]


def grants(moment: Moment) -> Sequence[Change]:
    """A grant that nobody pays for; always real, also to a tester (lifecycles.md §7, 39)."""
    period: str = moment.word("period", "P1M")
    basis = moment.word("product", moment.product)
    entitlements = basis.entitlements if basis else ("premium",)
    product = Product(
        id=f"promo.{'.'.join(entitlements)}.{period.lower()}",
        price=NOTHING,
        period=period,
        kind=ProductKind.PREPAID,
        group="promo",
        entitlements=entitlements,
        name="Promotional grant",
    )
    end = moment.rules.period_end(moment.at, period)
    charge = Charge(product=product, start=moment.at, end=end, price=NOTHING, period_type=PeriodType.PROMOTIONAL)
    return [charged(Kind.PROMO_GRANTED, opened(moment, charge, State.GRANTED, auto_renew=False), None)]


def removes_grant(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """Take a grant back."""
    require(subscription.store is Store.PROMO, "it was not granted by the developer")
    after = ended(
        subscription,
        moment.at,
        cancelled_at=moment.at,
        cancelled_by="publisher",
        cancel_reason=Reason.DEVELOPER,
    )
    return [Change(kind=Kind.PROMO_REMOVED, subscription=after, previous=subscription, reason=Reason.DEVELOPER)]


def ends_grant(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """A grant's time is over."""
    require(
        moment.at == subscription.period_end,
        f"the grant ends on {instant(subscription.period_end)}",
    )
    reason = Reason.DEVELOPER if subscription.store is Store.PROMO else Reason.UNKNOWN
    after = ended(subscription, moment.at)
    return [Change(kind=Kind.EXPIRED, subscription=after, previous=subscription, reason=reason)]


def grants_in_outage(moment: Moment) -> Sequence[Change]:
    """Access for a day at most, on the strength of a purchase that the store has not confirmed."""
    product = moment.wanted_product()
    require(_room(moment, product) is None, "only somebody new is granted access in an outage")
    charge = Charge(product=product, start=moment.at, end=moment.at + OUTAGE, price=NOTHING)
    return [charged(Kind.ACCESS_GRANTED_IN_OUTAGE, opened(moment, charge, State.GRANTED), None)]


def confirms_purchase(moment: Moment, subscription: Subscription) -> Sequence[Change]:
    """The store answers: what was granted for a day becomes a paid chain under the same id."""
    require(subscription.store is not Store.PROMO, "a grant by the developer needs no confirmation")
    charge = _full_price(moment, subscription.product)
    return [charged(Kind.SUBSCRIPTION_STARTED, _replaced(moment, subscription, charge), subscription)]


def drops_pending_purchase(moment: Moment) -> Sequence[Change]:
    """A purchase that was never paid goes away: nothing was owned and nothing changes."""
    require(moment.store is Store.PLAY_STORE, "only Play keeps purchases pending")
    product = moment.wanted_product()
    return [Change(kind=Kind.PENDING_PURCHASE_DROPPED, new_product=product)]


def _replaced(moment: Moment, subscription: Subscription, charge: Charge) -> Subscription:
    fresh = opened(moment, charge, State.ACTIVE)
    transaction = replace(fresh.latest, id=subscription.original_id, original_id=subscription.original_id)
    return replace(fresh, original_id=subscription.original_id, transactions=(transaction,))


def _full_price(moment: Moment, product: Product) -> Charge:
    if product.period is None:
        raise Impossible(f"{product.id} has no period")
    end = moment.rules.period_end(moment.at, product.period)
    return Charge(product=product, start=moment.at, end=end, price=product.price)


def _begun(moment: Moment, kind: Kind, charge: Charge, state: State, lapsed: Subscription | None) -> Change:
    if lapsed is None:
        return charged(kind, opened(moment, charge, state), None)
    after = continued(moment, lapsed, charge, state, anchor=charge.start, price_increase=None, **UNCANCELLED)
    return charged(kind, after, lapsed)


def _bought_once(moment: Moment, product: Product) -> Change:
    held = [one for one in moment.subscriber.subscriptions if one.product.id == product.id and one.state is State.OWNED]
    require(not held or product.kind is ProductKind.CONSUMABLE, f"{product.id} is owned already")
    state = State.OWNED if product.kind is ProductKind.LIFETIME or product.entitlements else State.NONE
    charge = Charge(product=product, start=moment.at, end=None, price=product.price)
    return charged(Kind.ONE_TIME_PURCHASED, opened(moment, charge, state, auto_renew=False, anchor=None), None)


def _bought_prepaid(moment: Moment, product: Product) -> Change:
    require(moment.store is Store.PLAY_STORE, "only Play sells prepaid plans")
    _room(moment, product)
    charge = replace(_full_price(moment, product), period_type=PeriodType.PREPAID)
    return charged(Kind.SUBSCRIPTION_STARTED, opened(moment, charge, State.ACTIVE, auto_renew=False), None)


def _room(moment: Moment, product: Product) -> Subscription | None:
    """The ended chain that a purchase continues; refuses it while a subscription of the group lives."""
    require(not product.instalments or moment.store is Store.PLAY_STORE, "only Play sells instalment plans")
    same_group = [
        one
        for one in moment.subscriber.subscriptions
        if one.store is moment.store
        and one.product.group == product.group
        and one.product.kind not in _ONCE
        and not one.is_family_share
    ]
    living = next((one for one in same_group if one.state not in ENDED), None)
    if living is not None:
        raise Impossible(f"{living.product.id} of the same group is {living.state} already")
    return same_group[-1] if same_group and moment.rules.keeps_chain else None


def _used_offer(moment: Moment, product: Product) -> bool:
    introductory = {PeriodType.TRIAL, PeriodType.INTRO}
    return any(
        transaction.period_type in introductory
        for one in moment.subscriber.subscriptions
        if one.store is moment.store and one.product.group == product.group
        for transaction in one.transactions
    )


def _end_of(subscription: Subscription) -> datetime:
    if subscription.period_end is None:
        raise Impossible(f"{subscription.product.id} has no end")
    return subscription.period_end
