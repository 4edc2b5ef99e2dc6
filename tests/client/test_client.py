"""The client: one way for the fixture, the command line and scripts, over a socket or without one."""

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.client import Client, UnreachableError
from mockserver.errors import InvalidError, MockServerError, NotFoundError

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


@pytest.fixture(params=["in process", "over http"])
def client(request, mockserver):
    """A client of the test's tenant, by each way there is."""
    if request.param == "in process":
        yield mockserver
        return
    with Client(mockserver.url, tenant=mockserver.tenant) as over_http:
        yield over_http


def test_vendors_are_attributes(client):
    assert client.vendors == tuple(sorted(client.vendors))
    assert client.mparticle.url == f"{client.url}/mparticle"
    assert {"key", "secret"} <= set(dict(**client.mparticle.credentials))
    assert "revenuecat-ios" in client.mparticle.inputs


def test_wrong_vendor_names_the_nearest(client):
    with pytest.raises(AttributeError, match=r"There is no vendor 'mparticel'. Did you mean 'mparticle'"):
        _ = client.mparticel


def test_vendors_are_completed(client):
    assert {"mparticle", "wait_for", "clock"} <= set(dir(client))


def test_clock_is_set_and_turned(client):
    assert client.clock.set(NOON, frozen=True) == NOON
    assert client.clock.advance(days=31) == datetime(2026, 2, 15, 12, tzinfo=UTC)
    assert client.clock.advance(months=-1) == NOON
    assert client.clock.advance(timedelta(hours=1)) == NOON + timedelta(hours=1)
    assert client.clock.now() == NOON + timedelta(hours=1)
    client.clock.reset()
    assert abs(client.clock.now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_clock_stops_and_runs(client):
    client.clock.set(NOON)
    client.clock.freeze()
    assert client.clock.show()["frozen"]
    client.clock.resume()
    assert not client.clock.show()["frozen"]


def test_targets_are_set_and_cleared(client):
    client.targets.set("adapty", "webhook", "http://127.0.0.1:9/hook", headers={"x-app": "1"})
    assert [target["url"] for target in client.targets.all()] == ["http://127.0.0.1:9/hook"]
    client.targets.clear("adapty", "webhook")
    assert client.targets.all() == []


def test_real_hosts_are_no_targets(client):
    with pytest.raises(MockServerError, match="a mock never sends there"):
        client.targets.set("adapty", "webhook", "https://api.adapty.io/hook")


def test_faults_are_ordered_and_cleared(client, send):
    client.faults.order("mparticle", "events", status=429, times=2, retry_after=1)
    assert [send(tenant=client) for _ in range(3)] == [429, 429, 202]
    client.faults.order("mparticle", status=503)
    client.faults.order("adapty", status=503)
    client.faults.clear("mparticle")
    assert [fault["vendor"] for fault in client.faults.standing()] == ["adapty"]
    client.faults.clear("adapty", "*")
    assert client.faults.standing() == []


def test_settings_are_changed(client):
    before = client.settings("adapty")
    after = client.settings("adapty", authorization="secret")
    assert after == {**before, "authorization": "secret"}
    assert client.settings("adapty") == after


@pytest.mark.parametrize(
    ("ask", "error", "sentence"),
    [
        (lambda client: client.settings("adapty", authorisation="x"), InvalidError, "authorization"),
        (lambda client: client.settings("adabty"), NotFoundError, "Did you mean 'adapty'"),
        (lambda client: client.clock.set("tomorrow"), InvalidError, "now: "),
        (lambda client: client.faults.order("adapty"), MockServerError, "A fault needs a status"),
        (lambda client: client.with_tenant("nobody-knows").describe(), NotFoundError, "There is no tenant"),
        (lambda client: client.entry("nonsense"), NotFoundError, "has no entry .nonsense."),
        (lambda client: client.events(evnt="x"), InvalidError, "Did you mean 'event'"),
    ],
)
def test_mistakes_are_our_errors(client, ask, error, sentence):
    with pytest.raises(error, match=sentence):
        ask(client)


def test_tenants_see_nothing_of_each_other(client, send):
    other = client.new_tenant()
    send(tenant=other)
    assert [event.name for event in other.events()] == ["trial_converted"]
    assert client.events() == []
    other.delete()
    with pytest.raises(NotFoundError):
        other.describe()


def test_tenant_is_made_with_its_name(client):
    name = f"{client.tenant}-again"
    made = client.new_tenant(name)
    assert made.tenant == name
    assert name in [one["name"] for one in client.tenants()]
    made.delete()


def test_reset_keeps_the_credentials(client, send):
    before = dict(client.mparticle.credentials)
    send(tenant=client)
    client.clock.set(NOON, frozen=True)
    client.reset()
    assert client.events() == []
    assert not client.clock.show()["frozen"]
    assert client.describe()["vendors"]["mparticle"]["credentials"] == before


def test_nobody_answers():
    with (
        Client("http://127.0.0.1:9") as client,
        pytest.raises(UnreachableError, match=r"Nothing answers at http://127.0.0.1:9"),
    ):
        client.clock.now()


def test_something_else_answers(httpserver_of):
    with (
        Client(httpserver_of(500, b"Oops")) as client,
        pytest.raises(UnreachableError, match="is something else running"),
    ):
        client.clock.now()


def test_no_answer_in_time(silent_server):
    with (
        Client(silent_server) as client,
        pytest.raises(UnreachableError, match=r"has not answered within 0.05 seconds"),
    ):
        client._connection.post("verify", body={}, patience=0.05)


def test_repr_says_whose_it_is(mockserver):
    assert repr(mockserver) == f"<Client of {mockserver.tenant} at {mockserver.url}>"
    assert repr(mockserver.adapty) == f"<adapty at {mockserver.url}/adapty>"
