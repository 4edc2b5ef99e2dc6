"""The example of design.md §7, word for word: an app that a team of users would have, told where the mock is."""

from decimal import Decimal

import pytest
import requests


class App:
    """Somebody's app: it reports to whatever it was configured with."""

    def configure(self, *, mparticle_url, key, secret, **_others):
        self.address, self.auth = f"{mparticle_url}/v2/events", (key, secret)

    def report(self, name, customer_id):
        event = {"event_type": "custom_event", "data": {"event_name": name, "custom_event_type": "other"}}
        batch = {"environment": "development", "user_identities": {"customer_id": customer_id}, "events": [event]}
        return requests.post(self.address, json=batch, auth=self.auth, timeout=5).status_code


@pytest.fixture
def my_app():
    return App()


def test_renewal_reaches_mparticle(mockserver, my_app):
    my_app.configure(mparticle_url=mockserver.mparticle.url, **mockserver.mparticle.credentials)
    user = mockserver.subscriber(store="app_store", product="premium.monthly", trial="P7D", customer_id="u-1")
    mockserver.clock.advance(days=7)
    mockserver.mparticle.wait_for("trial_converted", customer_id="u-1", within=5)
    assert mockserver.revenue("u-1", "USD") == Decimal("9.99")
    assert user.state == "active"
    assert my_app.report("opened", "u-1") == 202
