"""A purchase made on a device, as device.transaction tells it: its attributes, and its money (nami.md §§3, 6)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from decimal import Decimal
from typing import Any

from mockserver.lifecycle.calendar import parse_period
from mockserver.lifecycle.subscriber import Transaction
from mockserver.vendors.nami.events import Event
from mockserver.vendors.nami.settings import choice, table, value

_MONTHS = {12: "year", 6: "halfyear", 3: "quarter", 1: "month"}


def attributes(told: Event, transaction: Transaction, settings: Mapping[str, Any]) -> dict[str, str]:
    """What is said of the purchase beside its money, everything as text."""
    country, currency = told.person.country, transaction.product.currency
    on_paywall = {"impression_id": told.impression_id} if told.impression_id else {}
    return {
        "app_env": choice(settings, "app_env"),
        "locale": f"{value(settings, 'language')}_{country}@currency={currency}",  # the form iOS gives
        **on_paywall,
        "original_transaction_id": transaction.original_id,
        "purchase_env": told.environment.value,
        "source": choice(settings, "source"),
        **_interval(transaction.product.period, settings),
    }


def price(transaction: Transaction, settings: Mapping[str, Any]) -> Decimal:
    """What was paid, in the currency of the product."""
    rate = Decimal(str(table(settings, "exchange_rates").get(transaction.product.currency, 1)))
    return transaction.price if rate == 1 else (transaction.price * rate).quantize(Decimal("0.01"))


def product_action(transaction: Transaction, settings: Mapping[str, Any]) -> dict[str, Any]:
    """The purchase for mParticle; without amounts it is bare."""
    if choice(settings, "transaction_amounts") == "off":
        return {"action": "purchase"}
    product, amount = transaction.product, price(transaction, settings)
    return {
        "action": "purchase",
        "transaction_id": transaction.id,
        "total_amount": amount,
        "products": [{"id": product.id, "name": product.name or product.id, "price": amount, "quantity": 1}],
    }


def _interval(period: str | None, settings: Mapping[str, Any]) -> dict[str, str]:
    """How often the product renews, in the greatest unit that divides it; nothing for a one-off."""
    if period is None:
        return {}
    length = parse_period(period)
    if length.months and length.exact:
        return {}
    if length.months:
        return _counted(*next((unit, length.months // n) for n, unit in _MONTHS.items() if length.months % n == 0))
    if not length.exact % timedelta(weeks=1) and choice(settings, "week") == "week":
        return _counted("week", length.exact // timedelta(weeks=1))
    return {} if length.exact % timedelta(days=1) else _counted("day", length.exact // timedelta(days=1))


def _counted(unit: str, count: int) -> dict[str, str]:
    return {"subscription_interval": unit, "subcription_interval_count": str(count)}
