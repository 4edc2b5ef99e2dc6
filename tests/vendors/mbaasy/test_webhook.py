"""The envelope, its switches and its signature (mbaasy.md §1, §3, §4, §7)."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from mockserver.errors import SettingsError
from mockserver.lifecycle import day, store, user
from mockserver.lifecycle.catalogue import LIFETIME, MONTHLY
from mockserver.vendors.contract import Delivery, Message
from mockserver.vendors.mbaasy import VENDOR
from mockserver.vendors.mbaasy.webhook import SIGNATURE, sign

CHANNEL = VENDOR.channels["webhook"]
NOW = datetime(2026, 1, 15, tzinfo=UTC)
NEVER_NEW = {"id", "version", "app_family_id", "fact_id", "created_at"}
LATE = {"canceled_at", "canceled_by", "last_synced_at"}


@pytest.fixture
def purchase(tell, story):
    """The event of a purchase, under some settings."""

    def write(product=MONTHLY, where="app_store", **settings):
        [told] = tell(story(day(0, user.buys(product)), store=where), **settings)
        return told

    return write


def signed(body, *, key="", setting=""):
    message = Message(vendor="mbaasy", channel="webhook", event="e", subject="s", at=NOW, id="i", body=body)
    settings = {**VENDOR.settings, "hmac_key": setting}
    return sign(message, Delivery(credentials={"hmac_key": key} if key else {}, settings=settings, at=NOW))


@pytest.mark.parametrize(
    ("key", "body", "digest"),
    [
        ("Jefe", b"what do ya want for nothing?", "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"),
        ("\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
    ],
)
def test_signature_is_hmac_sha256(key, body, digest):
    """Vectors of RFC 4231; lower-case hexadecimal digits, no prefix."""
    assert signed(body, key=key) == {"X-SHA256-Digest": digest}


def test_raw_bytes_are_signed():
    assert signed(b'{"a": 1}', key="k") != signed(b'{"a":1}', key="k")


def test_key_may_be_a_setting():
    assert signed(b"{}", setting="k") == signed(b"{}", key="k")


def test_setting_comes_first():
    assert signed(b"{}", key="other", setting="k") == signed(b"{}", key="k")


def test_nothing_is_signed_without_key():
    assert SIGNATURE not in signed(b"{}")


@pytest.mark.parametrize(("reading", "minutes"), [("gaps", [1, 5, 15, 60, 180]), ("offsets", [1, 4, 10, 45, 120])])
def test_channel_retries_five_times(reading, minutes):
    """P (mbaasy.md §7): gaps; the list can be read as minutes from the first attempt as well."""
    gaps = CHANNEL.gaps({**VENDOR.settings, "retries": reading})
    assert [gap // timedelta(minutes=1) for gap in gaps] == minutes
    assert CHANNEL.timeout == 10.0


@pytest.mark.parametrize(("status", "ends"), [(200, True), (204, True), (299, True), (302, False), (403, False)])
def test_any_2xx_is_success(status, ends):
    assert CHANNEL.success(status) is ends


def test_envelope_has_seven_keys(purchase):
    body = purchase().body
    assert list(body) == ["id", "type", "name", "data", "previous_attributes", "new_attributes", "created_at"]
    assert (body["type"], body["name"]) == ("in_app_purchase", "in_app_purchase.created")


def test_message_is_about_person(purchase):
    told = purchase()
    assert told.message.subject == told.data["user_identifier"]
    assert (told.message.id, told.message.event) == (told.body["id"], told.body["name"])


def test_created_event_sets_everything(purchase):
    told = purchase()
    new = {name: value for name, value in told.data.items() if name not in NEVER_NEW}
    assert (told.body["previous_attributes"], told.body["new_attributes"]) == ({}, new)


def test_created_diff_may_be_empty(purchase):
    told = purchase(created_diff="empty")
    assert (told.body["previous_attributes"], told.body["new_attributes"]) == ({}, {})


def test_unset_fields_are_absent(purchase):
    assert not LATE & purchase().data.keys()


def test_unset_fields_may_be_null(purchase):
    data = purchase(unset_fields="null").data
    assert {name: data[name] for name in LATE} == dict.fromkeys(LATE)


def test_one_off_periods_may_be_null(purchase):
    data = purchase(LIFETIME, unset_fields="null").data
    assert (data["current_period_start_at"], data["current_period_end_at"]) == (None, None)


@pytest.mark.parametrize(("where", "marketplace"), [("app_store", "itunes_connect"), ("play_store", "google_play")])
def test_marketplace_is_named(purchase, where, marketplace):
    assert purchase(where=where).data["marketplace"] == marketplace


def test_marketplace_may_be_renamed(purchase):
    assert purchase(where="play_store", marketplaces={"play_store": "google"}).data["marketplace"] == "google"


def test_apple_id_is_a_number(purchase):
    assert isinstance(purchase().data["unique_identifier"], int)


def test_play_has_no_number(purchase):
    assert purchase(where="play_store").data["unique_identifier"] is None


def test_sandbox_is_told(tell, story):
    [told] = tell(story(day(0, user.buys(MONTHLY)), environment="sandbox"))
    assert (told.data["environment"], told.message.environment) == ("sandbox", "sandbox")


def test_metadata_is_the_apps(purchase):
    assert purchase(metadata={"campaign_id": "c-1"}).data["metadata"] == {"campaign_id": "c-1"}


def test_delays_are_told(purchase):
    """The record is made after the upload, the event after the record."""
    told = purchase(upload_delay_ms=2622, event_delay_ms=63)
    steps = [told.data["purchased_at"]["ms"], told.data["created_at"]["ms"], told.body["created_at"]["ms"]]
    assert [after - before for before, after in pairwise(steps)] == [2622, 63]
    assert told.message.at == datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=steps[-1])


@pytest.mark.parametrize("name", ["unset_fields", "created_diff"])
def test_wrong_word_is_refused(purchase, name):
    with pytest.raises(SettingsError, match=f"{name} is 'sometimes'; .* is wanted"):
        purchase(**{name: "sometimes"})


def test_fetched_cancellation_comes_late(tell, story):
    """lifecycles.md §7.64: `canceled_at` holds the true time."""
    events = story(day(0, user.buys(MONTHLY)), day(2, user.turns_renewal_off()))
    bought, told = tell(events, detection="fetched", fetch_levels=[1])
    assert told.message.at - bought.message.at == timedelta(days=28)
    assert told.data["canceled_at"]["ms"] - bought.data["purchased_at"]["ms"] == 2 * 86_400_000


def test_fetched_changes_stay_in_order(tell, story):
    """Both are seen at one fetch, and recorded one after the other."""
    events = story(day(0, user.buys(MONTHLY)), day(2, user.turns_renewal_off()), day(3, store.refunds()))
    _, off, refunded = tell(events, detection="fetched")
    assert refunded.message.at - off.message.at == timedelta(milliseconds=1)
