"""What a batch calls things: whom it is about, what happened, how much money it was (mparticle.md §§3.4, 3.6)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from mockserver.vendors.mparticle import words

_DEVICE = frozenset(words.DEVICE_IDENTITIES)
_ACTIONS = (("product_action", ""), ("promotion_action", "promotion_"))

Subjects = tuple[tuple[str, str], ...]


def subjects(batch: Mapping[str, Any], attributes: Sequence[str] = ()) -> Subjects:
    """Whom the batch is about, under the Events API's names: the user, then the partner's, then the device's.

    A feed that knows the user's id in the app only as one of these user attributes is about that user too.
    """
    found = _named(batch, ("mpid", "mp_deviceid"))
    for holder in ("user_identities", "partner_identities"):
        if isinstance(identities := batch.get(holder), dict):
            found += _named(identities, identities)
    if isinstance(device := batch.get("device_info"), dict):
        found += _named(device, [name for name in device if name in _DEVICE])
    if attributes and isinstance(known := batch.get("user_attributes"), dict):
        found += _named(known, attributes)
    return _documented(found)


def _named(holder: Mapping[str, Any], names: Iterable[str]) -> list[tuple[str, str]]:
    return [(name, text) for name in names if (text := _identity(holder.get(name)))]


def _documented(found: Sequence[tuple[str, str]]) -> Subjects:
    """The SDKs' customer id under the name that the manual has for it, once."""
    if all(name != words.SDK_CUSTOMER_ID for name, _ in found):
        return tuple(found)
    documented = (("customer_id" if name == words.SDK_CUSTOMER_ID else name, text) for name, text in found)
    return tuple(dict.fromkeys(documented))


def _identity(value: Any) -> str:
    """The text of an identity; null and empty texts mean that there is none."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def event_name(kind: str, data: Mapping[str, Any], name_attributes: Sequence[str]) -> str:
    """The name one asks for: what the app or the feed calls it, else what mParticle does; empty when there is none."""
    if kind == "commerce_event":
        return _feed_name(data, name_attributes) or _commerce_name(data)
    name = data.get("event_name" if kind == "custom_event" else "screen_name" if kind == "screen_view" else "")
    return name if isinstance(name, str) else ""


def _feed_name(data: Mapping[str, Any], name_attributes: Sequence[str]) -> str:
    """Commerce events have no name of their own: a feed repeats its own in one of its custom attributes."""
    attributes = data.get("custom_attributes")
    if isinstance(attributes, dict):
        for attribute in name_attributes:
            if isinstance(name := attributes.get(attribute), str) and name:
                return name
    return ""


def _commerce_name(data: Mapping[str, Any]) -> str:
    for member, prefix in _ACTIONS:
        holder = data.get(member)
        if isinstance(holder, dict) and isinstance(action := holder.get("action"), str) and action:
            return prefix + action
    return "impression" if data.get("product_impressions") is not None else ""


def money(data: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Amount and currency of a purchase or a refund, so that a sum over events is revenue.

    A refund counts against revenue whichever sign its sender uses: some feeds send it negative, others let the action
    mean the minus (revenuecat.md §5). Totals of other actions (a cart's, a checkout's) are nobody's revenue.
    """
    action = data.get("product_action")
    if not isinstance(action, dict) or (kind := action.get("action")) not in ("purchase", "refund"):
        return None, None
    if (amount := decimal(action.get("total_amount"))) is None:
        return None, None
    if kind == "refund" and not amount.startswith("-") and Decimal(amount):
        amount = f"-{amount}"
    currency = data.get("currency_code")
    return amount, currency if isinstance(currency, str) and currency else None


def decimal(value: Any) -> str | None:
    """The text of a decimal as it was sent, without an exponent; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    text = str(value).strip()
    if text.replace(".", "", 1).isdecimal() and text.isascii():
        return text
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return format(number, "f") if number.is_finite() and abs(number.adjusted()) < 30 else None
