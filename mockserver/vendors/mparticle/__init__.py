"""mParticle: everything that its clients talk to, on one origin (mparticle.md §1).

Each of its APIs is a package of the shape in `api.py`, put together in `apis.py`: the server-to-server Events API
(here), `identity` with alias and the store of users, `web` and `native` for the SDKs, `oauth`, `profiles`, `plans`,
`privacy` (data subject requests), `seeding` (calculated attributes), and `outbound`, the webhook of what was accepted.
Leniency is mParticle's own: what its manual says is wrong is said by findings, not by refusals. One pair of credentials
does for every path; platforms, partner feeds and the workspace have pairs of their own beside it.

Not imitated: see `not_imitated` below. Signatures of data subject requests are made with the input's secret, where
mParticle has a certificate. `mparticle.js` serves a web SDK that the tester has installed.

Manual pages (docs.mparticle.com, as of October 2023): developers/server/{http, json-reference}, developers/{idsync,
profile-api, dataplanning-api, ca-seeding-api, dsr-api}, integrations/webhook, guides/{default-service-limits, idsync,
data-privacy-controls, data-master}; with the official server, web, Android and iOS SDKs of 2026.
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
        "Events API: single batches, bulk, historical, by Basic credentials for each input",
        "identity: identify, login, logout, search, modify, alias; four strategies; signatures and bare keys",
        "web SDK: configuration, snippet, events, forwarding statistics, audiences, for pages of any origin",
        "Android and iOS SDKs: configuration, events, alias, audiences, signed and compressed",
        "OAuth, Profile API, data plans with validation and blocking",
        "data subject requests with status callbacks and results, calculated attributes",
        "webhook of accepted batches",
        "findings by the manual and by data plans",
    ),
    not_imitated=(
        "the single-event form of the oldest web SDKs (taken, not read)",
        "computing of audiences and calculated attributes (they are settings, or seeded); attribution",
        "X.509 signatures of data subject requests (an HMAC stands in their place)",
        "copying of events by alias (it is kept and judged)",
        "Platform API v1, outputs but the webhook, warehouses",
        "dashboard, rules, throttling by rate (order a fault instead)",
    ),
)
