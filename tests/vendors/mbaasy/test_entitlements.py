"""What products unlock, and the currencies of countries (mbaasy.md §3, §8)."""

from decimal import Decimal

import pytest

from mockserver.errors import SettingsError
from mockserver.lifecycle.catalogue import PRODUCTS
from mockserver.lifecycle.subscriber import Product, ProductKind
from mockserver.vendors.mbaasy.countries import currency_of
from mockserver.vendors.mbaasy.entitlements import entitlements_of


def product(id, period="P1M", entitlements=("premium",), **more):  # noqa: A002  a product's word
    return Product(id=id, price=Decimal(1), period=period, entitlements=entitlements, **more)


@pytest.mark.parametrize(
    ("one", "names"),
    [
        (product("premium.1year", "P1Y"), ("premium/annually",)),
        (product("premium.weekly", "P1W"), ("premium/weekly",)),
        (product("pro.monthly"), ("premium/pro-monthly",)),
        (product("com.example.premium.gold_month"), ("premium/gold-monthly",)),
        (product("premium.2months", "P2M"), ("premium/p2m",)),
        (product("all.year", "P1Y", ("video", "music")), ("video/all-annually", "music/all-annually")),
        (product("premium.lifetime", None, kind=ProductKind.LIFETIME), ("premium/lifetime",)),
        (product("coins.100", None, (), kind=ProductKind.CONSUMABLE), ()),
    ],
)
def test_names_come_from_product(one, names):
    assert entitlements_of(one, {}) == names


def test_products_on_sale_have_different_names():
    """So a change of product is a change of entitlements (mbaasy.md §5)."""
    names = [entitlements_of(one, {}) for one in PRODUCTS if one.entitlements]
    assert len(set(names)) == len(names)


def test_patterns_match_anywhere():
    patterns = {"premium/annually": "year", "premium/monthly": r"month(ly)?$", "all/any": ""}
    assert entitlements_of(product("com.example.1year", "P1Y"), patterns) == ("premium/annually", "all/any")


def test_broken_pattern_is_refused():
    with pytest.raises(SettingsError, match="no regular expression"):
        entitlements_of(product("a"), {"premium/annually": "("})


@pytest.mark.parametrize(
    ("country", "currency"),
    [("DE", "EUR"), ("US", "USD"), ("gb", "GBP"), ("JP", "JPY"), ("LI", "CHF"), ("BR", "BRL"), ("??", "USD")],
)
def test_currency_is_the_countrys(country, currency):
    assert currency_of(country) == currency
