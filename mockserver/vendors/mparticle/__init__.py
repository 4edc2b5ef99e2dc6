"""mParticle: where the events of apps, servers and feeds arrive.

Imitated is the server-to-server Events API: `/v2/events`, `/v2/bulkevents` and `/v2/bulkevents/historical`, with Basic
credentials for each input, as official SDKs and partner feeds use it. Leniency is mParticle's own: what its manual says
is wrong is said by findings, not by refusals.

Not imitated: identity, client-side SDK endpoints, OAuth and profiles, data planning, data subject requests, calculated
attributes, and everything of the dashboard (outputs but the webhook, audiences, rules, throttling by rate).
Client keys are not told from server keys: one pair does for every path.

Manual pages (docs.mparticle.com, as of October 2023): developers/server/http, developers/server/json-reference,
guides/default-service-limits, guides/idsync, guides/data-privacy-controls; with the official Python, Node, Java, Go and
Ruby SDKs of 2026.
"""

from __future__ import annotations

from mockserver.vendors.contract import Vendor
from mockserver.vendors.mparticle import apis, credentials
from mockserver.vendors.mparticle.api import BROWSERS
from mockserver.vendors.mparticle.outbound import webhook
from mockserver.vendors.mparticle.privacy import callbacks
from mockserver.vendors.mparticle.settings import SETTINGS, WANTED

VENDOR = Vendor(
    title="mParticle",
    hosts=("*.mparticle.com", "mparticle.com"),
    operations=apis.OPERATIONS,
    refuse=apis.refuse,
    credentials=credentials.issue,
    tokens=credentials.tokens,
    read=apis.read,
    remember=apis.remember,
    channels={webhook.WEBHOOK: webhook.CHANNEL, callbacks.CALLBACKS: callbacks.CHANNEL},
    settings=SETTINGS,
    wanted=WANTED,
    cors=BROWSERS,
    imitated=(
        "Events API: single batches, bulk, historical",
        "Basic credentials for each input",
        "findings by the manual",
        "webhook of accepted batches",
    ),
    not_imitated=(
        "identity, alias, SDK configuration and client-side events",
        "OAuth, profiles, data planning, data subject requests, calculated attributes",
        "outputs but the webhook",
        "dashboard, audiences, rules, throttling by rate",
    ),
)
