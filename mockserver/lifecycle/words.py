"""The words beside a verb: which kind of value each may have."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from mockserver.errors import InvalidError
from mockserver.lifecycle.subscriber import Offer, Product

_WHOLE = (int, "a whole number")
_WORDS: Mapping[str, tuple[type, str]] = {
    **dict.fromkeys(("days", "months", "weeks", "hours", "grace_days", "notice_days", "period"), _WHOLE),
    **dict.fromkeys(("product", "of"), (Product, "a Product")),
    **dict.fromkeys(("revoking", "at_period_end", "at_once"), (bool, "True or False")),
    "offer": (Offer, "an Offer"),
}
_OTHERWISE: Mapping[tuple[str, str], tuple[type, str]] = {
    ("developer.grants", "period"): (str, "an ISO 8601 duration"),
}


def check_word(verb: str, name: str, value: Any) -> None:
    """Let a word pass; none at all is fine.

    Raises:
        InvalidError: it is of another kind than the verb can mean.
    """
    kind, wanted = _OTHERWISE.get((verb, name)) or _WORDS.get(name, (object, ""))
    if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
        raise InvalidError(f"{name} of {verb} is {wanted}; {value!r} is not.")


def price_of(text: str | Decimal) -> Decimal:
    """An amount of money.

    Raises:
        InvalidError: it is none.
    """
    try:
        amount = Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise InvalidError(f"{text!r} is no price: write 11.99.")
    return amount
