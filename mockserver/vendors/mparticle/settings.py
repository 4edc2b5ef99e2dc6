"""mParticle's switches for a tenant: what an owner would choose in its dashboard (mparticle.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from mockserver.vendors import switches
from mockserver.vendors.contract import Documents
from mockserver.vendors.mparticle import words

SETTINGS: Mapping[str, Any] = {
    "strategy": "profile_conversion",  # profile_link, profile_isolation, best_match (§4.4)
    "unique_ids": ["customer_id"],  # of profile conversion; the other strategies have theirs (§4.4)
    "login_ids": ["customer_id"],  # likewise
    "immutable_ids": [],  # none unless an owner chooses some (§4.4)
    "identity_priority": [],  # instead of the documented order; what is not named follows in that order (§4.4)
    "environments_apart": True,  # development's users are not production's (§10)
    "identity_seed": 0,  # another one gives other mpids
    "identity_max_age": 86400,  # seconds in x-mp-max-age (§14)
    "alias_max_window": 90,  # days back from which an alias request copies (§4.5)
    "web_config": {},  # members of the web SDK's configuration in place of ours; of `flags` each by itself (§5.1)
    "web_sdk": "node_modules/@mparticle/web-sdk/dist/mparticle.js",  # what mparticle.js serves; we ship no SDK (§1)
    "native_config": {},  # members of Android's and iOS's configuration in place of ours; null takes one out (§5.2)
    "plan_blocking": {"ev": False, "ea": False, "ua": False, "id": False},  # what plans block, as SDKs are told (§5.1)
    "audience_api": True,  # without it audiences are answered with 403 (§5.1)
    "audiences": {},  # ids of audiences by mpid, "*" for everybody; or objects with more than an id (§5.1)
    "profile_days": 30,  # the Profile API forgets who was not active for so long; 0: never (§7)
    "calculated_attributes": {},  # types of calculation by name: others cannot be seeded; empty: all can (§8)
    "erasure_waiting_hours": 168,  # how long an erasure is pending and can be cancelled (§8 has no lengths)
    "access_waiting_hours": 72,  # likewise, access and portability
    "skipped_waiting_hours": 1,  # likewise, with skip_waiting_period
    "request_processing_hours": 48,  # how long a data subject's request is in progress then
    "results_days": 7,  # how long the results of one can be fetched
    "custom_feed": "",  # the name of the custom feed that the default input's batches come by; empty: they are an app's
    "webhook_authorization": "",  # the value of the webhook's Authorization header (§9)
    "webhook_unique_id": "",  # the member unique_id of every message (§9)
    "webhook_as_batch": False,  # one message for each batch; else for each event (§9)
    "webhook_raw": False,  # batches in the form in which they came in (§9)
    "webhook_crash_events": True,  # what is told, here and in the next lines (§9)
    "webhook_custom_events": True,
    "webhook_lifecycle_events": True,
    "webhook_network_events": True,
    "webhook_push_events": True,
    "webhook_screen_events": True,
    "webhook_commerce_events": True,
    "webhook_attribute_changes": False,
    "webhook_identity_changes": False,
    "webhook_alias_requests": False,
    "webhook_empty_batches": True,
    "webhook_location": True,
    "webhook_batch_location": False,
    "webhook_metadata": True,  # application_info, device_info, source_info
    "webhook_deviceid": False,  # mp_deviceid
    "webhook_retry_seconds": [10, 20, 40, 80, 160],  # gaps between attempts; §9 has no lengths
    "tokens_end": True,  # a bearer's token ends 28800 s after it was given out, by the tenant's clock (§2)
}


def _are_audiences(value: Mapping[str, Any]) -> bool:
    return all(
        isinstance(one, list) and all(type(audience) in (int, dict) for audience in one) for one in value.values()
    )


_SPAN = switches.number(0, 100_000)

_IDENTITIES = frozenset(
    (*words.USER_IDENTITIES, *words.DEVICE_IDENTITIES, words.SDK_CUSTOMER_ID, "mp_deviceid", *words.IDENTITY_API_NAMES)
) - {"mpid"}


def _are_identities(value: Sequence[Any]) -> bool:
    return all(isinstance(one, str) and one in _IDENTITIES for one in value)


_NAMED = switches.Wanted("a list of identities, as either API names them,", _are_identities)

WANTED: Mapping[str, switches.Wanted] = {
    "strategy": switches.one_of("profile_conversion", "profile_link", "profile_isolation", "best_match"),
    "unique_ids": _NAMED,
    "login_ids": _NAMED,
    "immutable_ids": _NAMED,
    "identity_priority": _NAMED,
    "identity_seed": switches.whole(0, 2**63 - 1),
    "identity_max_age": switches.whole(0, 365 * 86400),
    "alias_max_window": switches.whole(1, 36500),
    "profile_days": _SPAN,
    "calculated_attributes": switches.each(switches.text()),
    "erasure_waiting_hours": _SPAN,
    "access_waiting_hours": _SPAN,
    "skipped_waiting_hours": _SPAN,
    "request_processing_hours": _SPAN,
    "results_days": _SPAN,
    "web_sdk": switches.text(),
    "audiences": switches.Wanted("by mpid, a list of numbers or objects", _are_audiences),
    "webhook_authorization": switches.header(),
    "webhook_retry_seconds": switches.each_of(switches.number(0, 7 * 86400)),
}


def remembered(documents: Documents) -> Mapping[str, Any]:
    """The switches as a fold has to go by them: those of the time of the entry."""
    return {**SETTINGS, **(documents.get("settings", "changed") or {})}
