"""Whole messages of three batches, reviewed against mparticle.md §9. `--update-golden` writes them anew."""

from pathlib import Path
from types import SimpleNamespace

import orjson
import pytest

from mockserver.journal.entry import Direction, Entry, Verdict
from mockserver.lifecycle.ids import ids_of
from mockserver.vendors.contract import Forwarding
from mockserver.vendors.mparticle import VENDOR
from mockserver.vendors.mparticle.outbound.webhook import CHANNEL
from mockserver.vendors.mparticle.settings import SETTINGS

GOLDEN = Path(__file__).parent / "golden"
BATCHES = Path(__file__).parents[1] / "batches"
NOW_MS = 1768471200000


class MemoryDocuments:
    """What a vendor remembers, without a database."""

    def __init__(self):
        self.stored = {}

    def get(self, kind, id_):
        value = self.stored.get((kind, id_))
        return None if value is None else orjson.loads(value)

    def put(self, kind, id_, value):
        self.stored[kind, id_] = orjson.dumps(value)

    def delete(self, kind, id_):
        self.stored.pop((kind, id_), None)

    def all(self, kind):
        return [(id_, orjson.loads(value)) for (of, id_), value in self.stored.items() if of == kind]


def sample(name):
    return orjson.loads((BATCHES / f"{name}.json").read_bytes())["body"]


PURCHASE = {  # the contract's own (mparticle.md §3.4), with consent and a screen before it
    "environment": "development",
    "source_request_id": "3d0c",
    "user_identities": {"customer_id": "c-1", "email": "c-1@shop.example"},
    "user_attributes": {"tier": "gold", "tags": ["a", "b"], "vip": None},
    "deleted_user_attributes": ["trial"],
    "consent_state": {"gdpr": {"ads": {"consented": True, "timestamp_unixtime_ms": 1768471000000, "document": "v3"}}},
    "context": {"data_plan": {"plan_id": "shop", "plan_version": 2}},
    "device_info": {"platform": "iOS", "ios_idfv": "68753a44-4d6f-4226-9c60-0050e4c00067"},
    "ip": "127.0.0.1",
    "events": [
        {"event_type": "screen_view", "data": {"screen_name": "Cart", "session_uuid": "S-1"}},
        {
            "event_type": "commerce_event",
            "data": {
                "timestamp_unixtime_ms": 1768471100000,
                "session_uuid": "S-1",
                "currency_code": "USD",
                "product_action": {
                    "action": "purchase",
                    "transaction_id": "t-9",
                    "total_amount": 21.5,
                    "products": [{"id": "sku-1", "name": "Mug", "price": 10.75, "quantity": 2}],
                },
            },
        },
    ],
}
CASES = {
    "purchase": ("events", "default", PURCHASE, {"webhook_as_batch": True, "webhook_unique_id": "my-app"}),
    "web": ("web_events", "web", sample("web_sdk"), {}),
    "feed": ("events", "revenuecat-android", sample("revenuecat_feed"), {}),
}


def told(name):
    operation, input_name, batch, switches = CASES[name]
    entry = Entry(
        id="entry-1", tenant="default", direction=Direction.IN, vendor="mparticle", operation=operation,
        input=input_name, method="POST", path="", query="", headers=(), body=orjson.dumps(batch), status=202,
        answer_headers=(), answer=b"", verdict=Verdict.ACCEPTED, received=NOW_MS + 5, at=NOW_MS,
    )  # fmt: skip
    documents = MemoryDocuments()
    documents.put("settings", "changed", switches)
    VENDOR.remember(entry, documents)
    tenant = SimpleNamespace(settings=lambda vendor: {**SETTINGS, **switches}, documents=lambda vendor: documents)
    messages = CHANNEL.forward(entry, Forwarding(tenant=tenant, ids=ids_of(0, "mparticle/webhook")))
    return [orjson.loads(message.body) for message in messages]


@pytest.mark.parametrize("name", CASES)
def test_batch_is_golden(name, request):
    path, now = GOLDEN / f"{name}.json", told(name)
    if request.config.getoption("--update-golden"):
        GOLDEN.mkdir(exist_ok=True)
        path.write_bytes(orjson.dumps(now, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    assert orjson.loads(path.read_bytes()) == now


@pytest.mark.parametrize("name", CASES)
def test_rendered_twice_it_is_the_same(name):
    assert told(name) == told(name)
