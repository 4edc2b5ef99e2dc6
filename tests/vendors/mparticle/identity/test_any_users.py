"""What holds of users whatever is asked in whichever order (mparticle.md §4.4)."""

from datetime import UTC, datetime
from types import SimpleNamespace

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mockserver.journal.entry import Direction, Entry, Verdict
from mockserver.vendors.contract import Call, VendorError
from mockserver.vendors.mparticle import VENDOR
from mockserver.vendors.mparticle.identity.names import CANONICAL
from mockserver.vendors.mparticle.identity.people import People
from mockserver.vendors.mparticle.identity.resolution import config_of
from mockserver.vendors.mparticle.settings import SETTINGS, remembered

STRATEGIES = ["profile_conversion", "profile_link", "profile_isolation", "best_match"]
OPERATIONS = {operation.name: operation for operation in VENDOR.operations}
thorough = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

few = st.sampled_from(["1", "2", "3"])
identities = st.dictionaries(
    st.sampled_from(["customerid", "email", "other", "ios_idfa", "device_application_stamp"]), few, min_size=1
)
environments = st.sampled_from(["production", "production", "development"])
asking = st.tuples(
    st.sampled_from(["identify", "login", "logout", "search"]),
    st.fixed_dictionaries({"environment": environments, "known_identities": identities}),
)
changes = st.lists(
    st.fixed_dictionaries(
        {
            "identity_type": st.sampled_from(["customerid", "email", "device_application_stamp"]),
            "old_value": st.none() | few,
            "new_value": st.none() | few,
        }
    ),
    min_size=1,
    max_size=3,
)
modifying = st.tuples(
    st.just("modify"), st.fixed_dictionaries({"environment": environments, "identity_changes": changes})
)
user = st.dictionaries(st.sampled_from(["customer_id", "customerid", "email"]), few)
batches = st.fixed_dictionaries(
    {"environment": environments, "user_identities": user, "user_attributes": st.dictionaries(few, st.none() | few)},
    optional={"mp_deviceid": few, "source_request_id": few, "mpid": st.integers(1, 2)},
)
sending = st.tuples(st.just("events"), batches) | st.tuples(st.just("bulkevents"), st.lists(batches, max_size=2))
calls = st.lists(asking | modifying | sending, max_size=8)
strategies = st.sampled_from(STRATEGIES)


class Mock:
    """Answers calls by the operations and folds what was accepted, as the core does."""

    def __init__(self, documents):
        self.documents = documents
        self.entries = []
        self.answers = []

    def call(self, name, body):
        path = OPERATIONS[name].path.replace("<mpid>", self.last_mpid())
        now = datetime.fromtimestamp(len(self.entries) / 1000, UTC)
        tenant = SimpleNamespace(documents=lambda _: self.documents, now=lambda: now)
        content = orjson.dumps(body)
        call = Call(
            vendor="mparticle", method="POST", path=path, query="", headers={}, body=content, content=content,
            args={"mpid": self.last_mpid()}, tenant=tenant,
        )  # fmt: skip
        try:
            answer = OPERATIONS[name].handle(call)
        except VendorError as refusal:
            answer = refusal.answer()
        verdict = Verdict.ACCEPTED if answer.status < 400 else Verdict.REJECTED
        entry = Entry(
            id=str(len(self.entries)), tenant="t", direction=Direction.IN, vendor="mparticle", operation=name,
            input="default", method="POST", path=path, query="", headers=(), body=content, status=answer.status,
            answer_headers=answer.headers, answer=answer.body, verdict=verdict, received=0, at=len(self.entries),
            findings=answer.findings, details=answer.details,
        )  # fmt: skip
        self.entries.append(entry)
        VENDOR.remember(entry, self.documents)
        told = orjson.loads(answer.body) if answer.body else {}
        self.answers.append(told)
        return told

    def last_mpid(self):
        return next((told["mpid"] for told in reversed(self.answers) if "mpid" in told), "1")

    @property
    def people(self):
        return People(self.documents)


@pytest.fixture
def mock(make_documents):
    """Makes a mock with a strategy that has answered some calls."""

    def made(strategy, told):
        mock = Mock(make_documents(strategy=strategy))
        for name, body in told:
            mock.call(name, body)
        return mock

    return made


@thorough
@given(strategy=strategies, told=calls, environment=environments, stamp=few)
def test_device_never_leads_to_known_user(mock, strategy, told, environment, stamp):
    """Trap 11."""
    one = mock(strategy, told)
    answer = one.call("identify", {"environment": environment, "known_identities": {"device_application_stamp": stamp}})
    held = one.people.get(int(answer["mpid"])).identities
    assert not set(config_of(remembered(one.documents)).login) & set(held)
    assert answer["is_logged_in"] is False


@thorough
@given(strategy=strategies, told=calls)
def test_unique_id_is_of_one_user(mock, strategy, told):
    one = mock(strategy, told)
    for name in config_of(remembered(one.documents)).unique:
        for value in ("1", "2", "3"):
            for environment in ("production", "development"):
                assert len(one.people.holders(name, value, environment)) <= 1


@thorough
@given(strategy=strategies, told=calls, asked=asking)
def test_asking_again_finds_same_user(mock, strategy, told, asked):
    """But for logouts under profile link, which are always somebody new."""
    _, body = asked
    one = mock(strategy, told)
    first = one.call("identify", body)["mpid"]
    assert one.call("identify", body)["mpid"] == first
    assert one.call("search", body)["mpid"] == first


@thorough
@given(strategy=strategies, told=calls, asked=asking)
def test_search_changes_nothing(mock, strategy, told, asked):
    """Trap 12."""
    one = mock(strategy, told)
    before = dict(one.documents.stored)
    one.call("search", asked[1])
    assert one.documents.stored == before


@thorough
@given(strategy=strategies, told=calls)
def test_answered_user_has_what_was_asked_for(mock, strategy, told):
    one = mock(strategy, [])
    for name, body in told:
        answer = one.call(name, body)
        if name in ("identify", "login", "logout"):
            user = one.people.get(int(answer["mpid"]))
            assert user.environment == body["environment"]
            assert all(user.holds(CANONICAL[name], value) for name, value in body["known_identities"].items())


@thorough
@given(strategy=strategies, told=calls)
def test_index_agrees_with_users(mock, strategy, told):
    """Every identity leads to who holds it, and to nobody else."""
    people = mock(strategy, told).people
    held = {(name, one.value, person.mpid) for person in people.all() for name, one in person.held()}
    found = {
        (name, value, mpid)
        for name in ("customer_id", "email", "other", "ios_advertising_id", "mp_deviceid")
        for value in ("1", "2", "3")
        for mpid in people.holders(name, value)
    }
    assert found == held


@thorough
@given(strategy=strategies, told=calls)
def test_fold_of_log_is_what_was_answered(mock, make_documents, strategy, told):
    one = mock(strategy, told)
    again = make_documents(strategy=strategy)
    for entry in one.entries:
        VENDOR.remember(entry, again)
    assert again.stored == one.documents.stored


@thorough
@given(told=calls)
def test_fresh_tenants_answer_alike(mock, told):
    assert mock("profile_link", told).answers == mock("profile_link", told).answers


def test_settings_name_all_strategies():
    assert {config_of({**SETTINGS, "strategy": strategy}).strategy for strategy in STRATEGIES} == set(STRATEGIES)
