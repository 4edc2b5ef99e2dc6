"""People, devices and ids: plausible, and the same for the same seed in every process."""

import re
import subprocess
import sys
from uuid import UUID

import pytest
from faker import Faker
from hypothesis import given
from hypothesis import strategies as st

from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.people import make_person
from mockserver.lifecycle.provider import SubscriberProvider
from mockserver.lifecycle.subscriber import Store

FORMS = {
    Store.APP_STORE: r"2000000\d{9}",
    Store.PLAY_STORE: r"GPA\.\d{4}-\d{4}-\d{4}-\d{5}",
    Store.STRIPE: r"sub_[0-9A-Za-z]{24}",
    Store.AMAZON: r"[0-9A-Za-z+/=:]{40,}",
    Store.PROMO: r"[0-9a-f]{32}",
}


def test_same_seed_same_person():
    assert make_person(SeededIds(5), "a") == make_person(SeededIds(5), "a")


def test_other_key_other_person():
    first, second = make_person(SeededIds(5), "a"), make_person(SeededIds(5), "b")
    assert {first.customer_id, first.mpid, first.email} & {second.customer_id, second.mpid, second.email} == set()


def test_person_is_plausible():
    person = make_person(SeededIds(0))
    assert re.fullmatch(r"user-[0-9a-f]{10}", person.customer_id)
    assert 0 < int(person.mpid) < 2**63
    assert re.fullmatch(r"[a-z.'-]+@example\.(com|org|net)", person.email)
    assert person.known_ids == (person.customer_id,)


def test_anonymous_person_has_no_login():
    person = make_person(SeededIds(0), anonymous=True)
    assert (person.customer_id, person.known_ids, person.id) == (None, (person.anonymous_id,), person.anonymous_id)


def test_devices_have_their_platforms_ids():
    ios, android = make_person(SeededIds(0), platforms=("ios", "android")).devices
    assert (ios.gaid, android.idfa, android.idfv) == (None, None, None)
    assert {UUID(ios.idfa).version, UUID(ios.idfv).version, UUID(android.gaid).version} == {4}


@pytest.mark.parametrize("store", Store)
@given(seed=st.integers())
def test_store_ids_have_their_form(store, seed):
    assert re.fullmatch(FORMS[store], SeededIds(seed).original(store, "chain"))


def test_play_numbers_its_renewals():
    ids = SeededIds(0)
    assert [ids.transaction(Store.PLAY_STORE, "GPA.1", number) for number in (1, 2, 3)] == [
        "GPA.1",
        "GPA.1..0",
        "GPA.1..1",
    ]


def test_stripe_repeats_its_subscription():
    assert SeededIds(0).transaction(Store.STRIPE, "sub_1", 7) == "sub_1"


@given(st.integers(), st.integers(1, 60), st.text())
def test_digits_are_digits(seed, count, word):
    assert re.fullmatch(rf"[1-9]\d{{{count - 1}}}", SeededIds(seed).digits(count, word))


@given(st.integers(), st.integers(1, 60), st.text())
def test_hex_is_hex(seed, count, word):
    assert re.fullmatch(rf"[0-9a-f]{{{count}}}", SeededIds(seed).hex(count, word))


@given(st.integers(), st.integers(-5, 5), st.integers(0, 10**12))
def test_numbers_keep_their_bounds(seed, low, width):
    assert low <= SeededIds(seed).number(low, low + width) <= low + width


@given(st.integers(), st.text())
def test_uuids_are_version_four(seed, word):
    assert UUID(SeededIds(seed).uuid(word)).version == 4


@given(st.text(), st.text())
def test_words_are_kept_apart(first, second):
    ids = SeededIds(0)
    assert (ids.uuid(first, second) == ids.uuid(first + second)) is False


def test_ids_are_the_same_in_every_process():
    script = "from mockserver.lifecycle.ids import SeededIds; print(SeededIds(7).uuid('a', 1))"
    said = {
        subprocess.run(
            [sys.executable, "-c", script], env={"PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        ).stdout.strip()
        for seed in ("1", "2")
    }
    assert said == {SeededIds(7).uuid("a", 1)}


def test_faker_is_imported_late():
    """It costs a third of a second; whoever makes no person does not pay."""
    script = (
        "import sys, mockserver.lifecycle as words\n"
        "words.Scenario, words.user, words.day\n"
        "import mockserver.lifecycle.people\n"
        "print('faker' in sys.modules)"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert said.strip() == "False"


@pytest.fixture
def fake():
    fake = Faker()
    fake.add_provider(SubscriberProvider)
    fake.seed_instance(3)
    return fake


def test_provider_follows_fakers_seed(fake):
    first = fake.subscriber()
    fake.seed_instance(3)
    assert fake.subscriber() == first
    assert fake.subscriber() != first


def test_provider_makes_ids(fake):
    assert re.fullmatch(FORMS[Store.PLAY_STORE], fake.transaction_id("play_store"))
    assert re.fullmatch(r"\d{19}", fake.mpid())
    assert re.fullmatch(r"[0-9a-f]{32}", fake.anonymous_id())
    assert fake.customer_id().startswith("user-")
    assert fake.subscriber("android", anonymous=True).devices[0].platform == "android"
