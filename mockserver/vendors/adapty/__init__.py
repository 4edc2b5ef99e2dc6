"""Adapty: profiles (server-side API v2) and webhooks.

Manual: adaptyteam/adapty-docs, pages and OpenAPI description as of November 2025 (adapty.md lists them). Adapty has no
integration with mParticle: what reaches mParticle is the customer's own backend.
"""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mockserver.vendors import switches
from mockserver.vendors.adapty import dialect, forwarding, routes, state
from mockserver.vendors.adapty.errors import refuse
from mockserver.vendors.adapty.flows import EVENT_TYPES
from mockserver.vendors.adapty.sharing import DISABLED, ENABLED, TRANSFER
from mockserver.vendors.contract import Channel, Inputs, Issuer, Vendor

_LETTERS = string.ascii_letters + string.digits

SETTINGS: Mapping[str, Any] = {
    "authorization": "",  # the webhook's Authorization value, sent as it is
    "authorization_sandbox": "",  # another one for the sandbox URL
    "access_level_updated": True,  # only the two synthetic events are documented as off by default (§11.3)
    "trial_active_after_days": 0,  # 0: the synthetic event is off
    "subscription_active_after_days": 0,
    "cancelled_beside_trouble": False,  # *_renewal_cancelled beside a refund or a failed charge (see flows.py)
    "disabled_events": (),
    "event_names": {},  # event type to the customer's own name
    "send_trial_price": False,
    "send_user_attributes": False,
    "send_attribution": False,
    "send_play_store_purchase_token": False,
    "sharing": "enabled",  # or "transfer", "disabled": who has access after another user restores a purchase
    "commission_percent": 15,  # the store's cut: 15 leaves 85 % as proceeds, 30 leaves 70 %
    "tax_percent": 0,
    "access_levels": ("premium",),  # what may be granted; `premium` always may
    "products": {},  # product id to access level, for transactions set by API ("": none)
}
WANTED: Mapping[str, switches.Wanted] = {
    "authorization": switches.header(),
    "authorization_sandbox": switches.header(),
    "trial_active_after_days": switches.whole(0, 90),
    "subscription_active_after_days": switches.whole(0, 3650),
    "disabled_events": switches.some_of(*EVENT_TYPES),
    "event_names": switches.each(switches.text(), EVENT_TYPES),
    "sharing": switches.one_of(ENABLED, TRANSFER, DISABLED),
    "commission_percent": switches.number(0, 100),
    "tax_percent": switches.number(0, 100),
    "access_levels": switches.each_of(switches.text()),
    "products": switches.each(switches.text(empty=True)),
}


def credentials(issuer: Issuer) -> Inputs:
    """A secret and a public key in Adapty's form (§3)."""
    return {"default": {"api_key": _key(issuer, "secret_live_"), "public_key": _key(issuer, "public_live_")}}


def _key(issuer: Issuer, prefix: str) -> str:
    first, second = ("".join(issuer.random.choices(_LETTERS, k=length)) for length in (8, 32))
    return f"{prefix}{first}.{second}"


VENDOR = Vendor(
    title="Adapty",
    hosts=("api.adapty.io",),
    operations=routes.OPERATIONS,
    refuse=refuse,
    credentials=credentials,
    tokens=routes.tokens,
    read=dialect.read,
    remember=state.remember,
    channels={
        "webhook": Channel(
            title="Webhook",
            write=dialect.write_webhook,
            sign=dialect.sign,
            retries=tuple(timedelta(minutes=2**number) for number in range(9)),
            success=lambda status: 200 <= status < 400,
            retry=lambda status: not 200 <= status <= 404,
            timeout=10.0,
            rest=timedelta(hours=24),
            forward=forwarding.forward,
        )
    },
    settings=SETTINGS,
    wanted=WANTED,
    imitated=(
        "server-side API v2: get, create, update and delete a profile",
        "server-side API v2: grant and revoke access levels, set transactions",
        "webhook: all event types, verification, retries; also of grants, revocations and transactions set by API",
    ),
    not_imitated=(
        "what was written by API (e-mail, custom attributes, analytics_disabled) in webhooks of the stores' events",
        "integration identifiers, refund saver, paywalls, virtual currency, Stripe and Paddle validation",
        "legacy API v1, web API, analytics export, developer API",
        "dashboard, attribution, currency rates, rate limits (order a fault instead)",
    ),
)
