"""The batches that are sent: one event of 1.2 kB in all, and a hundred events."""

import json
import time

MARK = "@@"
_NOW = int(time.time() * 1000) - 60_000


def _event(number):
    return {
        "event_type": "custom_event",
        "data": {
            "event_name": "Viewed item",
            "custom_event_type": "navigation",
            "timestamp_unixtime_ms": _NOW + number,
            "source_message_id": f"5e0a3a2c-7c4f-4a53-9a54-{number:012d}",
            "custom_attributes": {"item": f"sku-{number}", "category": "mugs", "price": "12.90"},
        },
    }


def batch(events):
    """The text before and after the one place that differs from request to request."""
    body = {
        "source_request_id": f"req-{MARK}",
        "environment": "development",
        "user_identities": {"customer_id": "user-17", "email": "user-17@example.com"},
        "user_attributes": {f"attribute_{n}": f"value number {n}" for n in range(12 if events == 1 else 2)},
        "device_info": {"platform": "iOS", "device_model": "iPhone16,2", "os_version": "19.1", "locale_language": "en"},
        "application_info": {"application_name": "Shop", "application_version": "4.2.0", "package": "com.example.shop"},
        "context": {"data_plan": {"plan_id": "shop", "plan_version": 3}},
        "schema_version": 2,
        "events": [_event(number) for number in range(events)],
    }
    head, tail = json.dumps(body).split(MARK)
    return head, tail
