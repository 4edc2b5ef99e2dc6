"""What RevenueCat says a charge was worth: the price it knows, and what is left of it (revenuecat.md §5)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta

from mockserver.lifecycle.subscriber import PeriodType, Subscription, Transaction
from mockserver.vendors.revenuecat.settings import choice, table, value

CURRENCY = "USD"  # whatever was paid with (open point 3)
NOTHING = Decimal(0)
_PLACES = Decimal("0.0001")
_YEAR, _SHORTEST_YEAR = relativedelta(years=1), timedelta(days=365)
_NEVER_PAID = frozenset({PeriodType.TRIAL, PeriodType.PROMOTIONAL})
_OWN_PRICE = frozenset({PeriodType.INTRO, PeriodType.PREPAID})  # an offer's price; a top-up is a purchase


class Shares(NamedTuple):
    """Estimates, as fractions of the gross price: what taxes and the store take; `takehome` knows no taxes."""

    tax: Decimal
    commission: Decimal
    takehome: Decimal


def known_price(transaction: Transaction, subscription: Subscription, settings: Mapping[str, Any]) -> Decimal:
    """The gross price in US dollars as RevenueCat knows it.

    Trials, grants and shared purchases cost nothing. Where prices are not detected, a renewal repeats the price at
    purchase, whatever the store charges by then.
    """
    if subscription.is_family_share or transaction.period_type in _NEVER_PAID:
        return NOTHING
    has_own_price = transaction.period_type in _OWN_PRICE or transaction.offer is not None
    if has_own_price or table(settings, "price_detection")[subscription.store]:
        return transaction.price
    bought = next((one for one in subscription.transactions if one.product.id == transaction.product.id), transaction)
    return transaction.price if bought.number == transaction.number else bought.product.price


def shares(transaction: Transaction, subscription: Subscription, country: str, settings: Mapping[str, Any]) -> Shares:
    """What taxes and the store take of a charge, to four places as the webhook tells them."""
    rate = _commission_rate(transaction, subscription, settings)
    tax_rate = Decimal(str(table(settings, "tax_rates").get(country, 0)))
    tax = tax_rate / (1 + tax_rate)
    taxed_first = subscription.store in value(settings, "tax_before_commission")
    commission = rate * (1 - tax) if taxed_first else rate
    return Shares(tax.quantize(_PLACES), commission.quantize(_PLACES), 1 - rate)


def reported(price: Decimal, taken: Shares, settings: Mapping[str, Any]) -> Decimal:
    """A gross price in the owner's sales mode, exactly: nothing is rounded."""
    mode = choice(settings, "sales_reporting")
    if mode == "gross":
        return price
    taxes = taken.tax if mode == "after_commission_and_taxes" else NOTHING
    return _plain(price * (1 - taxes - taken.commission))


def local_price(price: Decimal, currency: str, settings: Mapping[str, Any]) -> Decimal:
    """A price in US dollars as it was paid, in the currency of the purchase."""
    rate = Decimal(str(table(settings, "exchange_rates").get(currency, 1)))
    return price if rate == 1 else (price * rate).quantize(Decimal("0.01"))


def _commission_rate(transaction: Transaction, subscription: Subscription, settings: Mapping[str, Any]) -> Decimal:
    rates, first = table(settings, "commission_rates"), subscription.first.purchased_at
    if transaction.purchased_at - first >= _SHORTEST_YEAR and transaction.purchased_at >= first + _YEAR:
        rates |= table(settings, "commission_rates_after_a_year")
    return Decimal(str(rates[subscription.store]))


def _plain(amount: Decimal) -> Decimal:
    """The same amount without trailing zeros and without an exponent."""
    return Decimal(f"{amount.normalize():f}")
