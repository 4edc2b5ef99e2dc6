"""Every switch of RevenueCat's: what its dashboard lets an owner choose, and what its manual leaves open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mockserver.errors import SettingsError
from mockserver.vendors import switches
from mockserver.vendors.revenuecat.events import MATRIX, Type
from mockserver.vendors.switches import Wanted

SETTINGS: Mapping[str, Any] = {
    # the app, as the dashboard knows it
    "app_name": "Mock App",
    "packages": {"ios": "com.example.app", "android": "com.example.app"},
    "app_ids": {
        "app_store": "app5e1f0a7c32",
        "play_store": "app9b24d6e018",
        "amazon": "app40c7a85f6d",
        "stripe": "app7d3e91b2a4",
    },
    "stripe_billing": "stripe",  # who bills on the web: stripe, or RevenueCat's own web_billing (revenuecat.md §11)
    "virtual_currencies": {},  # by product id what a charge grants: {code, name, description, amount}
    # money (revenuecat.md §5); rates are texts of decimals
    "sales_reporting": "gross",  # what the feed's amounts are: gross, after_commission, after_commission_and_taxes
    "refund_sign": "negative",  # of an amount under mParticle's action refund: negative, positive (open point 1)
    "commission_rates": {"app_store": "0.30", "play_store": "0.15", "amazon": "0.30", "stripe": "0.029", "promo": "0"},
    "commission_rates_after_a_year": {"app_store": "0.15"},  # counted from the original purchase
    "tax_rates": {"DE": "0.19", "ES": "0.21", "FR": "0.20", "GB": "0.20"},  # inclusive, by country; others pay none
    "tax_before_commission": ["app_store"],  # stores that take their commission of the price without tax
    "exchange_rates": {},  # local currency for one US dollar, by currency code; others are told at 1
    "price_detection": {  # whether a renewal tells what was charged (True) or repeats the price at purchase (False)
        "app_store": True,  # store notifications V2 and an API key are set up
        "play_store": False,
        "amazon": False,
        "stripe": True,
        "promo": True,
    },
    # the feed into mParticle (revenuecat.md §§2-7)
    "feeds": ["ios", "android"],  # the key pairs entered in the dashboard
    "event_names": {},  # default name -> name entered in the dashboard; a blank one falls back to the default
    "revenuecat_event": "default",  # the attribute repeats the default name, or the entered one: renamed (open point 2)
    "os": "IOS",  # application_info.os on iOS: IOS, legacy_ios (iOS: batches of early 2022) or absent (before 2021)
    "aliases": "all",  # all ids, or others: without the current and the original one (open point 7)
    "auto_resume_attribute": False,  # revenuecat_auto_resume_at_ms on the pause event
    "transfer_attributes": False,  # revenuecat_transferred_from and _to on the transfer event
    # the customer's own webhook (revenuecat.md §11)
    "webhook_authorization": "",  # sent verbatim as the Authorization header
    "webhook_signature_secret": "",  # signs with X-RevenueCat-Webhook-Signature
    "webhook_signature_secret_old": "",  # the second signature while a secret is rotated
    "webhook_environment": "both",  # both, production or sandbox
    "webhook_event_types": [],  # the types wanted; none named means all
    "webhook_app_ids": [],  # the apps wanted; none named means all
    "webhook_renewal_number": True,  # on RENEWAL: documented, and absent in most samples
    "webhook_experiments": [],  # {experiment_id, experiment_variant, enrolled_at_ms}; none: the key is absent
    "presented_offering_id": None,
    "transfer_ids": "current",  # transferred_from and _to name the current id of each side, or all ids
    # who gets purchases of somebody else's when restoring them (revenuecat.md §8): transfer, transfer_if_no_active,
    # keep_with_original (nobody: 7102) or share (both are one customer)
    "restore_behavior": "transfer",
    # time
    "detection_delays": {},  # webhook type -> seconds until RevenueCat notices (lifecycles.md §5)
    "retries": "gaps",  # after 5, 10, 20, 40, 80 minutes: from the attempt before, or from the first: offsets (§9.11)
}

_STORES = ("app_store", "play_store", "amazon", "stripe", "promo")
_PLATFORMS = ("ios", "android")
_LONGEST_DELAY = 999_999  # seconds: eleven days
_DECIMAL = re.compile(r"\d{1,9}(\.\d{1,9})?")


def _is_text(value: Any) -> bool:
    """Whether it is a text that can be written in UTF-8."""
    return isinstance(value, str) and value.isprintable()


def _share() -> Wanted:
    return Wanted("a decimal from 0 to 1", lambda value: _is_decimal(value) and 0 <= Decimal(str(value)) <= 1)


def _is_decimal(value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return False
    return _DECIMAL.fullmatch(str(value)) is not None


def _row(needed: Mapping[str, Wanted], more: Mapping[str, Wanted] | None = None) -> Wanted:
    """An object with certain keys, and perhaps others."""
    known = {**needed, **(more or {})}

    def fits(value: Any) -> bool:
        is_whole = isinstance(value, Mapping) and needed.keys() <= value.keys() <= known.keys()
        return is_whole and all(known[name].fits(one) for name, one in value.items())

    return Wanted(f"an object with {', '.join(f'{name} ({one.text})' for name, one in needed.items())}", fits)


_TEXT = Wanted("a printable text", _is_text)
WANTED: Mapping[str, Wanted] = {  # what each may be, beyond having the form of its default
    "app_name": _TEXT,
    "packages": switches.each(_TEXT, _PLATFORMS),
    "app_ids": switches.each(_TEXT, _STORES),
    "stripe_billing": switches.one_of("stripe", "web_billing"),
    "virtual_currencies": switches.each(
        _row({"code": switches.text(), "amount": switches.whole(1, 10**9)}, {"name": _TEXT, "description": _TEXT})
    ),
    "sales_reporting": switches.one_of("gross", "after_commission", "after_commission_and_taxes"),
    "refund_sign": switches.one_of("negative", "positive"),
    "commission_rates": switches.each(_share(), _STORES),
    "commission_rates_after_a_year": switches.each(_share(), _STORES),
    "tax_rates": switches.each(_share()),
    "tax_before_commission": switches.some_of(*_STORES),
    "exchange_rates": switches.each(switches.amount()),
    "price_detection": switches.each(switches.yes_or_no(), _STORES),
    "feeds": switches.some_of(*_PLATFORMS),
    "event_names": switches.each(_TEXT, tuple(MATRIX)),
    "revenuecat_event": switches.one_of("default", "renamed"),
    "os": switches.one_of("IOS", "iOS", "legacy_ios", "absent"),
    "aliases": switches.one_of("all", "others"),
    "auto_resume_attribute": switches.yes_or_no(),
    "transfer_attributes": switches.yes_or_no(),
    "webhook_authorization": switches.header(),
    "webhook_signature_secret": _TEXT,
    "webhook_signature_secret_old": _TEXT,
    "webhook_environment": switches.one_of("both", "production", "sandbox"),
    "webhook_event_types": switches.some_of(*map(str, Type)),
    "webhook_app_ids": switches.each_of(switches.text()),
    "webhook_renewal_number": switches.yes_or_no(),
    "webhook_experiments": switches.each_of(
        _row(
            {
                "experiment_id": switches.text(),
                "experiment_variant": switches.text(),
                "enrolled_at_ms": switches.whole(0, 253_402_300_799_999),
            }
        )
    ),
    "presented_offering_id": Wanted("a printable text or null", lambda value: value is None or _is_text(value)),
    "transfer_ids": switches.one_of("current", "all"),
    "restore_behavior": switches.one_of("transfer", "transfer_if_no_active", "keep_with_original", "share"),
    "detection_delays": switches.each(switches.number(0, _LONGEST_DELAY), tuple(map(str, Type))),
    "retries": switches.one_of("gaps", "offsets"),
}


def value(settings: Mapping[str, Any], name: str) -> Any:
    """A setting as it stands.

    Raises:
        SettingsError: it cannot be that; the sentence says what is wanted.
    """
    default = SETTINGS[name]
    found = settings.get(name, default)
    if found is not default and not (_is_alike(found, default) and WANTED[name].fits(found)):
        raise SettingsError(f"RevenueCat's {name} is {found!r}; {WANTED[name].text} is wanted.")
    return found


def _is_alike(found: Any, default: Any) -> bool:
    """Whether it is a table or a list where the default is."""
    return all(isinstance(found, form) for form in (Mapping, list) if isinstance(default, form))


def choice(settings: Mapping[str, Any], name: str) -> str:
    """A setting that is one of a few words.

    Raises:
        SettingsError: it is another word.
    """
    return str(value(settings, name))


def table(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A setting that is a table: rows a tenant leaves out keep their defaults.

    Raises:
        SettingsError: a row cannot be that.
    """
    return {**SETTINGS[name], **value(settings, name)}
