"""Every switch of RevenueCat's: what its dashboard lets an owner choose, and what its manual leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.errors import SettingsError
from mockserver.vendors.revenuecat import wanted
from mockserver.vendors.revenuecat.events import MATRIX, Type

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
_WANTED: Mapping[str, wanted.Wanted] = {  # what each may be
    "app_name": wanted.TEXT,
    "packages": wanted.table(_PLATFORMS, wanted.TEXT),
    "app_ids": wanted.table(_STORES, wanted.TEXT),
    "stripe_billing": wanted.one_of("stripe", "web_billing"),
    "virtual_currencies": wanted.table(
        None,
        wanted.row({"code": wanted.TEXT, "amount": wanted.WHOLE}, {"name": wanted.TEXT, "description": wanted.TEXT}),
    ),
    "sales_reporting": wanted.one_of("gross", "after_commission", "after_commission_and_taxes"),
    "refund_sign": wanted.one_of("negative", "positive"),
    "commission_rates": wanted.table(_STORES, wanted.SHARE),
    "commission_rates_after_a_year": wanted.table(_STORES, wanted.SHARE),
    "tax_rates": wanted.table(None, wanted.SHARE),
    "tax_before_commission": wanted.list_of(wanted.one_of(*_STORES)),
    "exchange_rates": wanted.table(None, wanted.RATE),
    "price_detection": wanted.table(_STORES, wanted.SWITCH),
    "feeds": wanted.list_of(wanted.one_of(*_PLATFORMS)),
    "event_names": wanted.table(tuple(MATRIX), wanted.TEXT),
    "revenuecat_event": wanted.one_of("default", "renamed"),
    "os": wanted.one_of("IOS", "iOS", "legacy_ios", "absent"),
    "aliases": wanted.one_of("all", "others"),
    "auto_resume_attribute": wanted.SWITCH,
    "transfer_attributes": wanted.SWITCH,
    "webhook_authorization": wanted.HEADER,
    "webhook_signature_secret": wanted.TEXT,
    "webhook_signature_secret_old": wanted.TEXT,
    "webhook_environment": wanted.one_of("both", "production", "sandbox"),
    "webhook_event_types": wanted.list_of(wanted.one_of(*Type)),
    "webhook_app_ids": wanted.list_of(wanted.TEXT),
    "webhook_renewal_number": wanted.SWITCH,
    "webhook_experiments": wanted.list_of(
        wanted.row(
            {"experiment_id": wanted.TEXT, "experiment_variant": wanted.TEXT, "enrolled_at_ms": wanted.WHOLE}, {}
        )
    ),
    "presented_offering_id": wanted.TEXT_OR_NULL,
    "transfer_ids": wanted.one_of("current", "all"),
    "restore_behavior": wanted.one_of("transfer", "transfer_if_no_active", "keep_with_original", "share"),
    "detection_delays": wanted.table(tuple(Type), wanted.SECONDS),
    "retries": wanted.one_of("gaps", "offsets"),
}


def value(settings: Mapping[str, Any], name: str) -> Any:
    """A setting as it stands.

    Raises:
        SettingsError: it cannot be that; the sentence says what is wanted.
    """
    default = SETTINGS[name]
    found = settings.get(name, default)
    if found is not default and (fault := _WANTED[name](found)) is not None:
        raise SettingsError(f"RevenueCat's {name}{fault.path} is {fault.value!r}; {fault.words} is wanted.")
    return found


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


def check(settings: Mapping[str, Any]) -> None:
    """Look at all of them, before anybody goes by them.

    Raises:
        SettingsError: one of them cannot be that.
    """
    for name in SETTINGS:
        value(settings, name)
