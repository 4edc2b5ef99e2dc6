"""What a product unlocks, as Mbaasy names it: `entitlement/offering` (mbaasy.md §3, §8)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from mockserver.errors import SettingsError
from mockserver.lifecycle.subscriber import Product

_LENGTHS: Mapping[str | None, str] = {
    None: "lifetime",
    "P1D": "daily",
    "P1W": "weekly",
    "P7D": "weekly",
    "P1M": "monthly",
    "P3M": "quarterly",
    "P6M": "semiannually",
    "P1Y": "annually",
    "P12M": "annually",
}
_WORD_OF_LENGTH = re.compile(
    r"\d*(d|w|m|y|days?|daily|weeks?|weekly|months?|monthly|years?|yearly|annual(ly)?|lifetime)"
)


def entitlements_of(product: Product, patterns: Mapping[str, str]) -> tuple[str, ...]:
    """The names whose pattern is found in the product's id; without any pattern, names made from the product."""
    if patterns:
        return tuple(name for name, pattern in patterns.items() if _is_found(pattern, product.id))
    offering = _offering(product.id, product.period, product.entitlements)
    return tuple(f"{entitlement}/{offering}" for entitlement in product.entitlements)


def _is_found(pattern: str, product_id: str) -> bool:
    try:
        return re.search(pattern, product_id) is not None
    except re.error as error:
        raise SettingsError(
            f"Mbaasy's entitlements has {pattern!r}, which is no regular expression: {error}."
        ) from error


@lru_cache(maxsize=256)
def _offering(product_id: str, period: str | None, entitlements: tuple[str, ...]) -> str:
    """How it is sold: what its id says beside the entitlement, and the length (`pro.monthly` is pro-monthly)."""
    words = re.split(r"[^a-z0-9]+", product_id.lower())
    after_own = max((words.index(one) + 1 for one in entitlements if one in words), default=0)
    telling = [word for word in words[after_own:] if word and not _WORD_OF_LENGTH.fullmatch(word)]
    return "-".join([*telling, _LENGTHS.get(period) or str(period).lower()])
