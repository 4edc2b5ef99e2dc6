"""Every switch of Nami's: what its Control Center lets an owner choose, and what its manual leaves open."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.errors import SettingsError
from mockserver.vendors import switches
from mockserver.vendors.nami.events import Name

SETTINGS: Mapping[str, Any] = {
    # the app, as the Control Center knows it
    "app_platform_ids": {
        "ios": "5c0d2f4e-8a31-4b7e-9d25-61f0c3a7e814",
        "android": "b93e7a16-2f5c-4d08-8e61-0a4d7c92f35b",
    },
    "app_platform_names": {"ios": "Mock App for iOS", "android": "Mock App for Android"},
    "marketplace_app_ids": {"ios": "com.example.app", "android": "com.example.app"},
    "app_env": "production",  # simulator_development, device_development, beta_testing, production
    "language": "en",  # of the devices, in a transaction's locale
    "exchange_rates": {},  # local currency for one US dollar, by currency code; others are told at 1
    # the integrations with mParticle, one for each platform (nami.md §6)
    "feeds": ["ios", "android"],  # the platforms that have an integration
    "events": {name.value: True for name in Name if name is not Name.PURCHASE_UPDATED},  # the checkboxes
    "customer_id": "external",  # what mParticle's customer_id is: external or nami (the Nami User ID)
    "anonymous": "sent",  # events of users without an External ID: sent without customer_id, or skipped (open point 9)
    "sandbox": "sent",  # sandbox events: sent, environment development, or suppressed (open point 11)
    "partner_identity": "object",  # partner_identities, or the one text partner_identity: string (open point 6)
    "schema_version": True,  # told as 2, or left out
    "trial_subcategory": "journey",  # namiml_event_subcategory1 of trials: journey, subscription (open point 2)
    "booleans": "lower",  # true and false, or title: True and False (open point 5)
    "transaction_amounts": "on",  # amount, currency and product of a transaction: on, off (open point 4)
    "source": "user_initiated",  # of transactions: external, nami_triggered, user_initiated, unknown
    "on_paywall": False,  # whether every purchase is made on a paywall: then an impression is told before it
    "impression_type": "other",  # custom_event_type of an impression: other, or impression (open point 3)
    "paywall": {  # what an impression says of it; an empty text is left out
        "controller_name": "",
        "cta_type": "subscribe",
        "developer_paywall_id": "main",
        "name": "Main paywall",
    },
    "paywall_initiator": "user",  # nami_ml, nami_rules, user, unknown
    "week": "week",  # how a weekly product's interval is told: 1 week, or days: 7 days
    "paused": "effect",  # told when the pause takes effect, or at the decision (open point 8)
    "renewed_after_grace": False,  # renewed beside renewal_in_grace_period (open point 7)
    # the webhook (nami.md §7)
    "webhook_secret": "mock-nami-webhook-secret",  # signs each post; empty: no signature
    "webhook_signature_header": "nami-signature",  # or nami-signutare, as one version of the manual spells it
    "webhook_wait_for_login": False,  # nothing is told of users without an External ID
    "webhook_event_types": [],  # the dotted names wanted; none named means all
}

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "app_env": ("simulator_development", "device_development", "beta_testing", "production"),
    "customer_id": ("external", "nami"),
    "anonymous": ("sent", "skipped"),
    "sandbox": ("sent", "suppressed"),
    "partner_identity": ("object", "string"),
    "trial_subcategory": ("journey", "subscription"),
    "booleans": ("lower", "title"),
    "transaction_amounts": ("on", "off"),
    "impression_type": ("other", "impression"),
    "paywall_initiator": ("nami_ml", "nami_rules", "user", "unknown"),
    "source": ("external", "nami_triggered", "user_initiated", "unknown"),
    "week": ("week", "days"),
    "paused": ("effect", "decision"),
    "webhook_signature_header": ("nami-signature", "nami-signutare"),
}

_PLATFORMS = ("ios", "android")
_EVENTS = tuple(name.value for name in Name)
WANTED: Mapping[str, switches.Wanted] = {
    **{name: switches.one_of(*words) for name, words in _CHOICES.items()},
    "app_platform_ids": switches.each(switches.text(), _PLATFORMS),
    "app_platform_names": switches.each(switches.text(), _PLATFORMS),
    "marketplace_app_ids": switches.each(switches.text(), _PLATFORMS),
    "paywall": switches.each(switches.text(empty=True), SETTINGS["paywall"]),
    "language": switches.text(),
    "exchange_rates": switches.each(switches.amount()),
    "feeds": switches.some_of(*_PLATFORMS),
    "events": switches.each(switches.yes_or_no(), SETTINGS["events"]),
    "webhook_event_types": switches.some_of(*_EVENTS),
}


def choice(settings: Mapping[str, Any], name: str) -> str:
    """A setting that is one of a few words.

    Raises:
        SettingsError: it is another word.
    """
    value = settings.get(name, SETTINGS[name])
    if value not in _CHOICES[name]:
        raise SettingsError(f"Nami's {name} is {value!r}; {' or '.join(_CHOICES[name])} is wanted.")
    return str(value)


def table(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A setting that is a table: rows a tenant leaves out keep their defaults."""
    return {**SETTINGS[name], **settings.get(name, {})}


def value(settings: Mapping[str, Any], name: str) -> Any:
    """Any other setting."""
    return settings.get(name, SETTINGS[name])
