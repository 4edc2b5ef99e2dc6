"""The products that the shipped scenarios sell (lifecycles.md §7); other scenarios may sell these or their own."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from difflib import get_close_matches

from mockserver.errors import NotFoundError
from mockserver.lifecycle.subscriber import Offer, Product, ProductKind

WEEK_FREE = Offer(type="free_trial", period="P7D")
THREE_MONTHS_CHEAP = Offer(type="pay_as_you_go", period="P1M", price=Decimal("1.99"), count=3)

WEEKLY = Product(id="premium.weekly", name="Premium weekly", price=Decimal("2.99"), period="P1W", level=2)
MONTHLY = Product(
    id="premium.monthly", name="Premium monthly", price=Decimal("9.99"), period="P1M", level=2, trial=WEEK_FREE
)
PLUS_MONTHLY = Product(id="plus.monthly", name="Plus monthly", price=Decimal("9.99"), period="P1M", level=2)
BASIC_MONTHLY = Product(id="basic.monthly", name="Basic monthly", price=Decimal("4.99"), period="P1M", level=1)
PRO_MONTHLY = Product(id="pro.monthly", name="Pro monthly", price=Decimal("19.99"), period="P1M", level=3)
YEARLY = Product(
    id="premium.yearly", name="Premium yearly", price=Decimal("59.99"), period="P1Y", level=2, trial=WEEK_FREE
)
COINS = Product(
    id="coins.100",
    name="100 coins",
    price=Decimal("1.99"),
    kind=ProductKind.CONSUMABLE,
    group="coins",
    entitlements=(),
)
LIFETIME = Product(
    id="premium.lifetime",
    name="Premium for life",
    price=Decimal("99.99"),
    kind=ProductKind.LIFETIME,
    group="lifetime",
)

# Variants of the monthly product.
MONTHLY_CHEAP_AT_FIRST = replace(MONTHLY, trial=None, intro=THREE_MONTHS_CHEAP)
MONTHLY_PREPAID = replace(
    MONTHLY, id="premium.monthly.prepaid", name="Premium monthly, prepaid", kind=ProductKind.PREPAID, trial=None
)
MONTHLY_INSTALMENTS = replace(
    MONTHLY, id="premium.monthly.instalments", name="Premium monthly, a year agreed", instalments=12, trial=None
)
STUDIO_MONTHLY = Product(
    id="studio.monthly",
    name="Studio monthly",
    price=Decimal("9.99"),
    period="P1M",
    group="studio",
    entitlements=("studio",),
)

PRODUCTS = (
    WEEKLY,
    MONTHLY,
    PLUS_MONTHLY,
    BASIC_MONTHLY,
    PRO_MONTHLY,
    YEARLY,
    COINS,
    LIFETIME,
    MONTHLY_PREPAID,
    MONTHLY_INSTALMENTS,
    STUDIO_MONTHLY,
)


def find_product(id: str, products: Iterable[Product] = PRODUCTS) -> Product:  # noqa: A002  the word stores use
    """The product of that id.

    Raises:
        NotFoundError: there is none, with the nearest.
    """
    known = {product.id: product for product in products}
    if id not in known:
        near = get_close_matches(id, known, 1, 0.4)
        raise NotFoundError(f"There is no product {id!r}{f'; did you mean {near[0]!r}?' if near else '.'}")
    return known[id]
