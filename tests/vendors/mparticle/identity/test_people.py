"""The store of users (mparticle.md §§3.6, 3.7)."""

from dataclasses import replace

import pytest

from mockserver.vendors.mparticle.identity.people import Identity, People, Person

DEVICE = "8b035a0c-5c8a-4f6b-9c2e-000000000001"


@pytest.fixture
def people(documents):
    return People(documents)


def person(mpid=1, **identities):
    held = {name: Identity(value, 5) for name, value in identities.items()}
    return Person(mpid=mpid, environment="development", created_ms=5, last_stored_ms=6, identities=held)


def test_user_comes_back_whole(people):
    stored = replace(
        person(-(2**63), customer_id="u-1", mp_deviceid=DEVICE),
        earlier={"mp_deviceid": (Identity("before", 1), Identity("later", 2))},
        attributes={"tier": "gold", "tags": ["a"], "vip": None},
        consent={"gdpr": {"ads": {"consented": True}}},
        is_opted_out=True,
        limit_ad_tracking=False,
    )
    people.put(stored)
    assert people.get(-(2**63)) == stored
    assert people.all() == [stored]


def test_unknown_mpid_is_nobody(people):
    assert people.get(7) is None
    assert people.all() == []


def test_holder_is_found_by_value(people):
    people.put(person(1, email="a@example.com"))
    people.put(person(2, email="a@example.com"))
    people.put(person(3, email="b@example.com"))
    assert people.holders("email", "a@example.com") == [1, 2]
    assert people.holders("other", "a@example.com") == []


def test_holders_can_be_of_one_environment(people):
    people.put(person(1, customer_id="u-1"))
    people.put(replace(person(2, customer_id="u-1"), environment="production"))
    assert people.holders("customer_id", "u-1", "production") == [2]


def test_earlier_values_are_held(people):
    people.put(replace(person(1, mp_deviceid="new"), earlier={"mp_deviceid": (Identity("old", 1),)}))
    assert people.holders("mp_deviceid", "old") == [1]
    assert people.get(1).holds("mp_deviceid", "old")


def test_replaced_identity_is_nobodys(people):
    people.put(person(1, email="a@example.com"))
    people.put(person(1, email="b@example.com"))
    assert people.holders("email", "a@example.com") == []
    assert people.holders("email", "b@example.com") == [1]


def test_same_text_of_other_type_is_another_identity(people):
    people.put(person(1, other="x"))
    people.put(person(1, other="x", other_id_2="x"))
    people.put(person(1, other_id_2="x"))
    assert people.holders("other", "x") == []
    assert people.holders("other_id_2", "x") == [1]


def test_deleted_user_holds_nothing(people):
    people.put(person(1, email="a@example.com"))
    people.delete(1)
    assert people.get(1) is None
    assert people.all() == []
    assert people.holders("email", "a@example.com") == []


def test_number_of_deleted_user_stays_taken(people):
    people.put(person(1))
    people.delete(1)
    people.delete(2)
    assert people.is_taken(1)
    assert not people.is_taken(2)


def test_deleted_user_can_come_again(people):
    people.put(person(1, email="a@example.com"))
    people.delete(1)
    people.put(person(1, email="b@example.com"))
    assert people.get(1) == person(1, email="b@example.com")


def test_identities_are_told_apart(people):
    one = replace(person(1, mp_deviceid="new", customer_id="u-1"), earlier={"mp_deviceid": (Identity("old", 1),)})
    assert one.user_identities == [("customer_id", Identity("u-1", 5))]
    assert one.device_identities == [("mp_deviceid", Identity("new", 5)), ("mp_deviceid", Identity("old", 1))]


def test_hostile_value_is_no_key(people, documents):
    people.put(person(1, email="\0" * 10_000))
    assert people.holders("email", "\0" * 10_000) == [1]
    assert all(len(id_) <= 32 and "\0" not in id_ for _, id_ in documents.stored)


MINUTE = 60_000


@pytest.fixture
def lived(people):
    """A user whose tier changed every ten minutes, and once more a second later."""
    for number, at in enumerate((0, 10 * MINUTE, 20 * MINUTE, 20 * MINUTE + 1000)):
        people.put(replace(person(), created_ms=0, last_stored_ms=at, attributes={"tier": str(number)}))
    return people


@pytest.mark.parametrize(
    ("now", "tier"), [(0, "0"), (10 * MINUTE - 1, "0"), (10 * MINUTE, "1"), (19 * MINUTE, "1"), (99 * MINUTE, "3")]
)
def test_user_is_as_of_an_instant(lived, now, tier):
    assert lived.at(1, now).attributes == {"tier": tier}


def test_nobody_is_there_before_being_made(lived):
    assert lived.at(1, -1) is None
    assert lived.at(2, 99 * MINUTE) is None


def test_earlier_states_are_of_no_account_otherwise(lived):
    assert lived.get(1).attributes == {"tier": "3"}
    assert [one.attributes for one in lived.all()] == [{"tier": "3"}]


def test_so_many_states_are_kept(people, documents):
    for number in range(300):
        people.put(replace(person(), created_ms=0, last_stored_ms=number * MINUTE, attributes={"n": number}))
    assert len(documents.all("state")) == 200
    assert people.at(1, 150 * MINUTE).attributes == {"n": 150}
    assert people.at(1, 5 * MINUTE).attributes == {"n": 99}  # the earliest that is left


def test_deleted_user_leaves_no_state(lived, documents):
    lived.delete(1)
    assert documents.all("state") == []
    assert lived.at(1, 99 * MINUTE) is None
