"""Every switch of RevenueCat's: what its dashboard lets an owner choose, and what its manual leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.errors import SettingsError

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
    "os": "IOS",  # application_info.os on iOS: IOS, iOS (batches of early 2022) or absent (before 2021)
    "aliases": "all",  # all ids, or others: without the current and the original one (open point 7)
    "auto_resume_attribute": False,  # revenuecat_auto_resume_at_ms on the pause event
    "transfer_attributes": False,  # revenuecat_transferred_from and _to on the transfer event
    # the customer's own webhook (revenuecat.md §11)
    "webhook_authorization": "",  # sent verbatim as the Authorization header
    "webhook_signature_secret": "",  # signs with X-RevenueCat-Webhook-Signature
    "webhook_signature_secret_old": "",  # the second signature while a secret is rotated
    "webhook_environment": "both",  # both, production or sandbox
    "webhook_event_types": [],  # the types wanted; none named means all
    "webhook_renewal_number": True,  # on RENEWAL: documented, and absent in most samples
    "webhook_experiments": [],  # {experiment_id, experiment_variant, enrolled_at_ms}; none: the key is absent
    "presented_offering_id": None,
    "transfer_ids": "current",  # transferred_from and _to name the current id of each side, or all ids
    # the REST API (revenuecat.md §8)
    "restore_behavior": "transfer",  # who brings a receipt of another customer's gets it, or keep_with_original: 7102
    # time
    "detection_delays": {},  # webhook type -> seconds until RevenueCat notices (lifecycles.md §5)
    "retries": "gaps",  # after 5, 10, 20, 40, 80 minutes: from the attempt before, or from the first: offsets (§9.11)
}

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "sales_reporting": ("gross", "after_commission", "after_commission_and_taxes"),
    "refund_sign": ("negative", "positive"),
    "revenuecat_event": ("default", "renamed"),
    "os": ("IOS", "iOS", "absent"),
    "aliases": ("all", "others"),
    "webhook_environment": ("both", "production", "sandbox"),
    "transfer_ids": ("current", "all"),
    "retries": ("gaps", "offsets"),
    "restore_behavior": ("transfer", "keep_with_original"),
}


def choice(settings: Mapping[str, Any], name: str) -> str:
    """A setting that is one of a few words.

    Raises:
        SettingsError: it is another word.
    """
    value = settings.get(name, SETTINGS[name])
    if value not in _CHOICES[name]:
        raise SettingsError(f"RevenueCat's {name} is {value!r}; {' or '.join(_CHOICES[name])} is wanted.")
    return str(value)


def table(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A setting that is a table: rows a tenant leaves out keep their defaults."""
    return {**SETTINGS[name], **settings.get(name, {})}


def value(settings: Mapping[str, Any], name: str) -> Any:
    """Any other setting."""
    return settings.get(name, SETTINGS[name])
