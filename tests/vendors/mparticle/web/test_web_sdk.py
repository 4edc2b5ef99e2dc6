"""The official web SDK (npm @mparticle/web-sdk 2.68.0) in Chromium, against the mock unchanged (mparticle.md §11)."""

import re
from pathlib import Path

import pytest

from mockserver.tls import TlsFront

pytestmark = pytest.mark.slow

SDK = Path(__file__).parents[3] / "clients/node_modules/@mparticle/web-sdk/dist/mparticle.js"
KIT = {
    "name": "Acme",
    "moduleId": 7,
    "isDebug": True,
    "isVisible": True,
    "isDebugString": "true",
    "hasDebugString": "true",
    "settings": {},
    "eventSubscriptionId": 70,
    "excludeAnonymousUser": False,
}
FILTERS = (
    "eventTypeFilters", "eventNameFilters", "screenNameFilters", "screenAttributeFilters", "userIdentityFilters",
    "userAttributeFilters", "attributeFilters", "consentRegulationFilters", "consentRegulationPurposeFilters",
    "messageTypeFilters", "messageTypeStateFilters",
)  # fmt: skip
MPID = re.compile(r"-?[1-9][0-9]{0,18}")


@pytest.fixture
def switches(running, server):
    """Changes switches of the tenant."""
    return lambda **values: running.parts.tenants.set(server.tenant, "mparticle", values)


@pytest.fixture
def front(running, tmp_path):
    """A TLS front before a port of this machine; its own port."""
    fronts = []

    def front(port):
        fronts.append(TlsFront(("127.0.0.1", port), tmp_path).start())
        return fronts[-1].port

    yield front
    for one in fronts:
        one.stop()


@pytest.fixture
def real_hosts(running, front):
    """Flags by which Chromium finds the mock at mParticle's own hosts, and trusts it."""
    port = front(int(running.url.rpartition(":")[2]))
    return "--ignore-certificate-errors", f"--host-resolver-rules=MAP *.mparticle.com 127.0.0.1:{port}"


def check_visit(visit):
    """What every visit of the shop comes to (tests/clients/shop.js), whichever way the SDK found the mock."""
    told = visit.told
    assert visit.troubles == []
    assert {name: told[name]["code"] for name in ("identify", "login", "modify", "logout")} == dict.fromkeys(
        ("identify", "login", "modify", "logout"), 200
    )
    visitor, customer, after = (told[name]["body"]["mpid"] for name in ("identify", "login", "logout"))
    assert all(MPID.fullmatch(mpid) for mpid in (visitor, customer, after))
    assert visitor == customer != after  # profile conversion (mparticle.md §4.4)
    assert [told[name]["body"]["is_logged_in"] for name in ("identify", "login", "logout")] == [False, True, False]
    for name in ("Hello", "Checkout", "purchase"):
        visit.wait(f"event:{name} customer_id:c-1 mpid:{customer} is:accepted")
    (purchase,) = visit.events("event:purchase")
    assert (str(purchase.amount), purchase.currency, purchase.environment) == ("21.5", "USD", "development")
    assert visit.wait("event:user_attribute_change data.user_attribute_name=tier data.new=gold")
    assert not [entry for entry in visit.entries() if entry.findings]
    assert {entry.verdict for entry in visit.entries()} == {"accepted"}


def check_nothing_is_repeated(visit):
    """Trap 7: what was taken is not sent again."""
    uploads = visit.entries("operation:web_events")
    assert not [event for event in visit.events("operation:web_events") if event.dropped]
    assert {entry.status for entry in uploads} == {202}


def test_plain_http_by_options(browser, pages):
    """§11: addresses without a scheme, `forceHttps: false`, `requestConfig: false`. Endpoints 5, 7, 11."""
    mock = browser.served.url.removeprefix("http://")
    with browser.visit(f"http://127.0.0.1:{pages}/shop.html", key=browser.key, mock=mock) as visit:
        check_visit(visit)
        check_nothing_is_repeated(visit)
        assert not visit.entries("operation:web_config")


def test_own_hosts_without_an_option(browser, pages, front, real_hosts, switches):
    """§11: behind TLS no option is needed. Endpoints 5, 7, 8, 9, 11, 12, 15."""
    switches(web_config={"kitConfigs": [KIT | {name: [] for name in FILTERS}]}, audiences={"*": [4711]})
    with browser.visit(f"https://127.0.0.1:{front(pages)}/shop.html", *real_hosts, key=browser.key) as visit:
        check_visit(visit)
        assert (visit.told["alias"], visit.told["audiences"]) == (202, [{"audience_id": 4711}])
        assert len(visit.entries("operation:web_config")) == 1
        assert visit.wait("operation:forwarding n=Hello mid=7")
        visit.leave()
        assert visit.wait("event:Leaving operation:web_events")  # a beacon
        check_nothing_is_repeated(visit)


def test_snippet_of_the_manual(browser, pages, front, real_hosts, switches):
    """§1 row 10: the page of the SDK's manual loads SDK and configuration from the mock. Endpoints 5, 10, 11."""
    switches(web_sdk=str(SDK))
    with browser.visit(f"https://127.0.0.1:{front(pages)}/snippet.html", *real_hosts) as visit:
        assert visit.troubles == ["The data plan was not found."]  # the manual's `my_plan_id`
        assert MPID.fullmatch(visit.told)
        (upload,) = visit.wait('event:"Play Movie" customer_id:123456')
        assert ("mpid", visit.told) in upload.subjects
        (loaded,) = visit.entries("operation:web_sdk")
        assert [finding.rule for finding in loaded.findings] == ["unknown-plan"]
        assert not visit.entries("operation:web_config")
