"""What is left of a period, in money and in time, when a product replaces another (lifecycles.md §3, 24)."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal

from mockserver.lifecycle.calendar import Pace
from mockserver.lifecycle.moment import Moment, require
from mockserver.lifecycle.subscriber import Product, Subscription

_CENT = Decimal("0.01")
_MINUTE, _SECOND, _TICK = timedelta(minutes=1), timedelta(seconds=1), timedelta(microseconds=1)


def prorated_price(subscription: Subscription, product: Product, moment: Moment) -> Decimal:
    """What the rest of the period costs more with the new product: (19.99 - 4.99) * 21/31 = 10.16."""
    left, whole, new_whole = _spans(subscription, product, moment)
    more = product.price * left / new_whole - _paid(subscription) * left / whole
    return more.quantize(_CENT, ROUND_HALF_UP)


def time_bought(subscription: Subscription, product: Product, moment: Moment) -> timedelta:
    """How much of the new product the rest of the old pays for: 21 days * 4.99 / 19.99 = 5 d 5 h 48 min, cut there."""
    require(product.price > 0, f"{product.id} costs nothing: no time can be bought of it")
    left, whole, new_whole = _spans(subscription, product, moment)
    ticks = left * _paid(subscription) * new_whole / whole / product.price
    unit = _MINUTE if moment.rules.pace is Pace.TRUE else _SECOND
    return timedelta(microseconds=int(ticks)) // unit * unit


def _spans(subscription: Subscription, product: Product, moment: Moment) -> tuple[Decimal, Decimal, Decimal]:
    """What is left, the whole old period and the whole new one, in ticks; months of equal length count as equal."""
    end, new = subscription.period_end or moment.at, product.period or "P1M"
    whole = moment.rules.whole_period(end, _period(subscription), subscription.anchor)
    new_whole = whole if _period(subscription) == new else moment.rules.period_end(moment.at, new) - moment.at
    return Decimal((end - moment.at) // _TICK), Decimal(whole // _TICK), Decimal(new_whole // _TICK)


def _period(subscription: Subscription) -> str:
    offer = subscription.latest.offer
    return (offer.period if offer else subscription.product.period) or "P1M"


def _paid(subscription: Subscription) -> Decimal:
    """What a whole period costs: the product's price, or an offer's."""
    offer = subscription.latest.offer
    return offer.price if offer else subscription.product.price
