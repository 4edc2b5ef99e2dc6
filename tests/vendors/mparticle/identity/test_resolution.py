"""Who is meant, rule by rule (mparticle.md §4.4), over users in memory."""

from dataclasses import replace

import pytest

from mockserver.vendors.mparticle.identity.names import PRIORITY
from mockserver.vendors.mparticle.identity.people import Identity, Person
from mockserver.vendors.mparticle.identity.resolution import Asked, find, new_mpid


def person(mpid, *, stored=0, environment="production", **identities):
    held = {name: Identity(value, 0) for name, value in identities.items()}
    return Person(mpid=mpid, environment=environment, created_ms=0, last_stored_ms=stored, identities=held)


@pytest.fixture
def found(people, config):
    """Who of some users a request means."""

    def found_of(users, identities, *, switches=None, **asked):
        for user in users:
            people.put(user)
        user = find(people, Asked("production", identities, **asked), config(**(switches or {})))
        return None if user is None else user.mpid

    return found_of


def test_first_identity_of_list_decides(found):
    users = [person(1, email="e"), person(2, mp_deviceid="d")]
    assert found(users, {"mp_deviceid": "d", "email": "e"}) == 1


def test_identity_without_holder_is_passed_over(found):
    assert found([person(1, mp_deviceid="d")], {"email": "nobody's", "mp_deviceid": "d"}) == 1


def test_next_identity_breaks_tie(found):
    users = [person(1, email="e", other="x"), person(2, email="e", other="y")]
    assert found(users, {"email": "e", "other": "y"}) == 2
    assert found(users, {"email": "e", "other": "x"}) == 1


def test_tie_is_not_broken_by_somebody_else(found):
    """The next identity's holder is none of those who tie."""
    users = [person(1, email="e", stored=5), person(2, email="e", stored=6), person(3, other="x")]
    assert found(users, {"email": "e", "other": "x"}) == 2


def test_second_next_identity_breaks_tie(found):
    users = [person(1, email="e", facebook="f"), person(2, email="e", google="g")]
    assert found(users, {"email": "e", "other": "nobody's", "google": "g"}) == 2


def test_last_stored_wins_unbroken_tie(found):
    assert found([person(1, email="e", stored=9), person(2, email="e", stored=3)], {"email": "e"}) == 1


def test_newest_wins_tie_of_same_instant(found):
    assert found([person(1, email="e"), person(2, email="e")], {"email": "e"}) == 2


def test_documented_order_is_kept():
    named = ("customer_id", "mobile_number", "email", "other", "facebook", "google", "twitter", "microsoft", "yahoo",
             "ios_advertising_id", "ios_idfv", "android_advertising_id", "android_uuid", "roku_advertising_id",
             "roku_publisher_id", "microsoft_publisher_id", "microsoft_advertising_id", "mp_deviceid")  # fmt: skip
    assert [name for name in PRIORITY if name in named] == list(named)


def test_priority_is_configurable(found):
    users = [person(1, email="e"), person(2, mp_deviceid="d")]
    switches = {"identity_priority": ["device_application_stamp"]}
    assert found(users, {"mp_deviceid": "d", "email": "e"}, switches=switches) == 2


def test_login_id_protects_known_user(found):
    """Trap 11."""
    assert found([person(1, customer_id="u-1", mp_deviceid="d")], {"mp_deviceid": "d"}) is None


def test_other_login_id_does_not_open(found):
    users = [person(1, customer_id="u-1", email="e")]
    assert found(users, {"customer_id": "u-2", "email": "e"}) is None


def test_protected_user_lets_next_one_through(found):
    users = [person(1, customer_id="u-1", email="e"), person(2, mp_deviceid="d")]
    assert found(users, {"email": "e", "mp_deviceid": "d"}) == 2


def test_protected_user_is_no_tie(found):
    users = [person(1, email="e"), person(2, customer_id="u-1", email="e", stored=9)]
    assert found(users, {"email": "e"}) == 1


def test_login_ids_are_configurable(found):
    users = [person(1, customer_id="u-1", email="e", mp_deviceid="d")]
    assert found(users, {"mp_deviceid": "d"}, switches={"login_ids": ["email"]}) is None
    assert found(users, {"mp_deviceid": "d"}, switches={"login_ids": []}) == 1


@pytest.mark.parametrize("name", ["customerid", "customer_id"])
def test_switch_takes_either_vocabulary(config, name):
    assert config(unique_ids=[name, "nonsense"]).unique == ("customer_id",)


def test_immutable_id_protects(found):
    switches = {"immutable_ids": ["other"]}
    users = [person(1, other="x", email="e")]
    assert found(users, {"email": "e"}, switches=switches) is None
    assert found(users, {"email": "e", "other": "y"}, switches=switches) is None
    assert found(users, {"email": "e", "other": "x"}, switches=switches) == 1


def test_environments_share_no_user(found):
    """§10: development and production are apart."""
    assert found([person(1, environment="development", email="e")], {"email": "e"}) is None


def test_environments_can_be_one_scope(found):
    switches = {"environments_apart": False}
    assert found([person(1, environment="development", email="e")], {"email": "e"}, switches=switches) == 1


def test_earlier_device_still_leads_to_user(found):
    one = replace(person(1, mp_deviceid="new"), earlier={"mp_deviceid": (Identity("old", 0),)})
    assert found([one], {"mp_deviceid": "old"}) == 1


def test_conversion_prefers_previous_user(found):
    """§14: of those whom nothing tells apart."""
    users = [person(1, email="e"), person(2, email="e", stored=9)]
    assert found(users, {"email": "e"}, previous_mpid=1) == 1
    assert found(users, {"email": "e"}, previous_mpid=3) == 2


def test_previous_anonymous_user_is_converted(found):
    """§14, for a login that holds nothing of the anonymous user's."""
    assert found([person(1, mp_deviceid="d")], {"customer_id": "u-1"}, previous_mpid=1) == 1


@pytest.mark.parametrize(
    ("users", "identities"),
    [
        ([person(1, customer_id="u-1")], {"customer_id": "u-2"}),  # known already
        ([person(1, mp_deviceid="d")], {"email": "e"}),  # no login
        ([person(1, mp_deviceid="d", environment="development")], {"customer_id": "u-1"}),
        ([], {"customer_id": "u-1"}),
    ],
)
def test_other_previous_users_are_not_converted(found, users, identities):
    assert found(users, identities, previous_mpid=1) is None


def test_known_user_comes_before_conversion(found):
    users = [person(1, mp_deviceid="d"), person(2, customer_id="u-1")]
    assert found(users, {"customer_id": "u-1", "mp_deviceid": "d"}, previous_mpid=1) == 2


@pytest.mark.parametrize("strategy", ["profile_link", "profile_isolation"])
@pytest.mark.parametrize("login", ["customer_id", "email"])
def test_new_login_leaves_anonymous_user_alone(found, strategy, login):
    users = [person(1, mp_deviceid="d")]
    switches = {"strategy": strategy}
    assert found(users, {login: "new", "mp_deviceid": "d"}, switches=switches, previous_mpid=1) is None
    assert found(users, {"mp_deviceid": "d"}, switches=switches) == 1


@pytest.mark.parametrize("strategy", ["profile_link", "profile_isolation"])
def test_one_known_login_id_is_enough(found, strategy):
    users = [person(1, customer_id="u-1", email="e")]
    assert found(users, {"customer_id": "u-1", "email": "new"}, switches={"strategy": strategy}) == 1
    assert found(users, {"email": "e"}, switches={"strategy": strategy}) == 1


def test_logout_under_link_is_always_somebody_new(found):
    users = [person(1, mp_deviceid="d")]
    assert found(users, {"mp_deviceid": "d"}, switches={"strategy": "profile_link"}, leaves=True) is None


@pytest.mark.parametrize("strategy", ["profile_conversion", "profile_isolation"])
def test_logout_finds_earlier_anonymous_user(found, strategy):
    users = [person(1, mp_deviceid="d"), person(2, customer_id="u-1", mp_deviceid="d", stored=9)]
    assert found(users, {"mp_deviceid": "d"}, switches={"strategy": strategy}, leaves=True) == 1


def test_best_match_protects_nobody(found):
    users = [person(1, customer_id="u-1", mp_deviceid="d")]
    assert found(users, {"mp_deviceid": "d"}, switches={"strategy": "best_match"}) == 1


def test_fixed_strategies_ignore_switches(config):
    assert config(strategy="profile_link", login_ids=["yahoo"]).login == ("customer_id", "email")
    assert config(strategy="best_match", unique_ids=["yahoo"]).unique == ()


def test_unknown_strategy_is_default_one(config):
    assert config(strategy="none of them") == config()


def test_new_mpid_is_of_its_identities(people, config):
    one = Asked("production", {"email": "e", "other": "x"})
    same = Asked("production", {"other": "x", "email": "e"})
    mpids = {new_mpid(people, asked, config()) for asked in (one, same)}
    assert len(mpids) == 1
    assert 0 not in mpids


@pytest.mark.parametrize("other", [Asked("development", {"email": "e"}), Asked("production", {"email": "f"})])
def test_new_mpid_tells_users_apart(people, config, other):
    assert new_mpid(people, other, config()) != new_mpid(people, Asked("production", {"email": "e"}), config())


def test_seed_makes_other_mpids(people, config):
    asked = Asked("production", {"email": "e"})
    assert new_mpid(people, asked, config()) != new_mpid(people, asked, config(identity_seed=1))


def test_new_mpid_is_nobody_elses(people, config):
    asked = Asked("production", {"email": "e"})
    first = new_mpid(people, asked, config())
    people.put(person(first))
    second = new_mpid(people, asked, config())
    assert second != first
    people.delete(first)
    assert new_mpid(people, asked, config()) == second
