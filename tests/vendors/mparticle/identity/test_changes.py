"""What becomes of identities (mparticle.md §§4.3, 4.4)."""

import pytest

from mockserver.vendors.mparticle.identity.changes import Change, added, changed, store
from mockserver.vendors.mparticle.identity.people import Identity, Person


def person(mpid=1, **identities):
    held = {name: Identity(value, 1) for name, value in identities.items()}
    return Person(mpid=mpid, created_ms=1, last_stored_ms=1, identities=held)


def values(one):
    return sorted((name, held.value) for name, held in one.held())


def test_identities_are_added(config):
    one = added(person(email="e"), {"other": "x"}, config(), 5)
    assert one.identities == {"email": Identity("e", 1), "other": Identity("x", 5)}


def test_user_identity_is_replaced(config):
    assert values(added(person(email="e"), {"email": "f"}, config(), 5)) == [("email", "f")]


def test_same_identity_keeps_its_time(config):
    assert added(person(email="e"), {"email": "e"}, config(), 5) == person(email="e")


def test_devices_pile_up(config):
    one = added(person(mp_deviceid="a"), {"mp_deviceid": "b"}, config(), 5)
    assert one.identities["mp_deviceid"] == Identity("b", 5)
    assert one.earlier == {"mp_deviceid": (Identity("a", 1),)}


def test_earlier_device_becomes_current_again(config):
    one = added(person(mp_deviceid="a"), {"mp_deviceid": "b"}, config(), 5)
    back = added(one, {"mp_deviceid": "a"}, config(), 6)
    assert back.identities["mp_deviceid"] == Identity("a", 1)
    assert back.earlier["mp_deviceid"] == (Identity("b", 5),)


def test_oldest_devices_are_forgotten(config):
    one = person()
    for number in range(300):
        one = added(one, {"mp_deviceid": str(number)}, config(), number)
    kept = [held.value for _, held in one.held()]
    assert kept == [str(number) for number in range(299, 198, -1)]


def test_everything_piles_up_under_best_match(config):
    one = added(person(customer_id="u-1"), {"customer_id": "u-2"}, config(strategy="best_match"), 5)
    assert values(one) == [("customer_id", "u-1"), ("customer_id", "u-2")]


def test_immutable_identity_stays(config):
    strict = config(immutable_ids=["customerid"])
    one = person(customer_id="u-1")
    assert added(one, {"customer_id": "u-2"}, strict, 5) == one
    for change in (Change("customer_id", "u-1", "u-2"), Change("customer_id", "u-1", "")):
        assert changed(one, [change], strict, 5) == one
    assert values(added(person(), {"customer_id": "u-2"}, strict, 5)) == [("customer_id", "u-2")]


@pytest.mark.parametrize(
    ("change", "after"),
    [
        (Change("email", "", "new"), [("email", "new")]),  # adds, though there is one
        (Change("email", "e", "new"), [("email", "new")]),
        (Change("email", "not hers", "new"), [("email", "new")]),  # a mismatch does not matter
        (Change("email", "e", ""), []),
        (Change("email", "not hers", ""), []),
        (Change("email", "", ""), []),
        (Change("other", "", "x"), [("email", "e"), ("other", "x")]),
        (Change("other", "x", ""), [("email", "e")]),
    ],
)
def test_change_is_made(config, change, after):
    assert values(changed(person(email="e"), [change], config(), 5)) == after


def test_changed_device_leaves_others(config):
    one = added(person(mp_deviceid="a"), {"mp_deviceid": "b"}, config(), 5)
    assert values(changed(one, [Change("mp_deviceid", "a", "c")], config(), 6)) == [
        ("mp_deviceid", "b"), ("mp_deviceid", "c"),
    ]  # fmt: skip
    assert values(changed(one, [Change("mp_deviceid", "b", "")], config(), 6)) == [("mp_deviceid", "a")]


def test_changes_are_made_in_order(config):
    told = [Change("email", "", "a"), Change("email", "a", "b"), Change("email", "b", "c")]
    assert values(changed(person(), told, config(), 5)) == [("email", "c")]


def test_unique_id_is_taken_from_others(people, config):
    store(people, person(1, customer_id="u-1", email="e"), config())
    store(people, person(2, customer_id="u-1", email="e"), config())
    assert values(people.get(1)) == [("email", "e")]
    assert people.holders("customer_id", "u-1") == [2]
    assert people.holders("email", "e") == [1, 2]


def test_user_left_without_identity_is_orphan(people, config):
    store(people, person(1, customer_id="u-1"), config())
    store(people, person(2, customer_id="u-1"), config())
    assert values(people.get(1)) == []


def test_unique_ids_are_configurable(people, config):
    chosen = config(unique_ids=["email"])
    store(people, person(1, customer_id="u-1", email="e"), chosen)
    store(people, person(2, customer_id="u-1", email="e"), chosen)
    assert values(people.get(1)) == [("customer_id", "u-1")]


def test_best_match_takes_nothing_away(people, config):
    store(people, person(1, customer_id="u-1"), config(strategy="best_match"))
    store(people, person(2, customer_id="u-1"), config(strategy="best_match"))
    assert people.holders("customer_id", "u-1") == [1, 2]
