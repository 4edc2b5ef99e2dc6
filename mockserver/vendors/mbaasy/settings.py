"""Every switch of Mbaasy's: what the app and its owner decide, and what the documents leave open (mbaasy.md §10)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mockserver.errors import SettingsError
from mockserver.vendors import switches

SETTINGS: Mapping[str, Any] = {
    # the app (mbaasy.md §3)
    "app_family_id": "6f0a3f5e-5d0b-4c55-9c57-2f7c5a1e8b34",
    "app_identifiers": {"app_store": "com.example.app", "play_store": "com.example.app"},
    "metadata": {},  # what the app uploads with every purchase
    "entitlements": {},  # entitlement/offering -> pattern, matched anywhere in the product id; none: from the product
    # the resource (§3, §4)
    "marketplaces": {"app_store": "itunes_connect", "play_store": "google_play"},
    "types": {
        "subscription": "subscription",
        "prepaid": "subscription",
        "consumable": "consumable",
        "lifetime": "non_consumable",
    },
    "unset_fields": "absent",  # documented fields that were never set: absent, or null
    "created_diff": "full",  # of a created event: all that it sets, or empty
    "refund_ends_period": False,  # §5 has a refund end the period, lifecycles.md §2 and §7 leave the period alone
    # when Mbaasy notices (§6); lifecycles.md §7 wants everything at once
    "detection": "instant",  # instant; or fetched: auto-renewal that is switched is seen at the next fetch
    "fetch_levels": [],  # of 1 (every 28 days), 2 (7 days when the end is near) and 3 (daily when it is nearer)
    "upload_delay_ms": 0,  # from a purchase to its upload; 2622 in the sample
    "event_delay_ms": 0,  # from the change to the event; 63 in the sample
    # the webhook (§7)
    "hmac_key": "",  # another "SHA256 HMAC Key" than that of the credentials
    "retries": "gaps",  # after 1, 5, 15, 60, 180 minutes: from the attempt before, or from the first: offsets
    # the client API (§8)
    "store_reachable": True,  # False: uploads are queued, 206
    "signatures": "valid",  # what checking one says; invalid: signed uploads are refused as fraud, 402
}

_CHOICES: Mapping[str, tuple[str, ...]] = {
    "unset_fields": ("absent", "null"),
    "created_diff": ("full", "empty"),
    "detection": ("instant", "fetched"),
    "signatures": ("valid", "invalid"),
    "retries": ("gaps", "offsets"),
}

_STORES = ("app_store", "play_store")
_A_DAY = 86_400_000  # milliseconds
WANTED: Mapping[str, switches.Wanted] = {
    **{name: switches.one_of(*words) for name, words in _CHOICES.items()},
    "app_family_id": switches.text(),
    "app_identifiers": switches.each(switches.text(), _STORES),
    "entitlements": switches.each(switches.pattern()),
    "marketplaces": switches.each(switches.text(), _STORES),
    "types": switches.each(switches.text(), SETTINGS["types"]),
    "fetch_levels": switches.some_of(1, 2, 3),
    "upload_delay_ms": switches.whole(0, _A_DAY),
    "event_delay_ms": switches.whole(0, _A_DAY),
}


def choice(settings: Mapping[str, Any], name: str) -> str:
    """A setting that is one of a few words.

    Raises:
        SettingsError: it is another word.
    """
    value = settings.get(name, SETTINGS[name])
    if value not in _CHOICES[name]:
        raise SettingsError(f"Mbaasy's {name} is {value!r}; {' or '.join(_CHOICES[name])} is wanted.")
    return str(value)


def table(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A setting that is a table: rows a tenant leaves out keep their defaults."""
    return {**SETTINGS[name], **settings.get(name, {})}


def value(settings: Mapping[str, Any], name: str) -> Any:
    """Any other setting."""
    return settings.get(name, SETTINGS[name])
