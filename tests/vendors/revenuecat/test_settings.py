"""Settings: each odd value is refused with a sentence that says where it is and what is wanted."""

import orjson
import pytest

from mockserver.errors import SettingsError
from mockserver.lifecycle.subscriber import Store
from mockserver.vendors.revenuecat import VENDOR
from mockserver.vendors.revenuecat.settings import SETTINGS, table, value

ODD = [
    ("app_name", 5, "app_name is 5; a printable text is wanted"),
    ("app_name", "\ud800", "a printable text is wanted"),
    ("packages", {"ios": None}, "packages is {'ios': None}; for ios and android, a printable text is wanted"),
    ("packages", {"web": "x"}, "for ios and android, a printable text is wanted"),
    ("app_ids", ["x"], "app_ids is ['x']"),
    ("stripe_billing", "paddle", "stripe_billing is 'paddle'; stripe or web_billing is wanted"),
    ("virtual_currencies", {"c": {"code": "GLD"}}, "an object with code (a text), amount (a whole number from 1 to"),
    ("virtual_currencies", {"c": {"code": "GLD", "amount": "5"}}, "an object with code"),
    ("virtual_currencies", {"c": {"code": "GLD", "amount": 5, "more": 1}}, "an object with code"),
    ("sales_reporting", "net", "gross or after_commission or after_commission_and_taxes is wanted"),
    ("commission_rates", {"app_store": "abc"}, "promo, a decimal from 0 to 1 is wanted"),
    ("commission_rates", {"app_store": "nan"}, "a decimal from 0 to 1 is wanted"),
    ("commission_rates", {"app_store": True}, "a decimal from 0 to 1 is wanted"),
    ("tax_rates", {"DE": -1}, "in each row a decimal from 0 to 1 is wanted"),
    ("tax_before_commission", ["steam"], "a list of some of app_store, play_store"),
    ("exchange_rates", {"EUR": "much"}, "in each row a decimal above 0 is wanted"),
    ("price_detection", {"play_store": "yes"}, "true or false is wanted"),
    ("feeds", ["ios", "web"], "a list of some of ios, android is wanted"),
    ("event_names", {"renewel": "x"}, "rc_transfer_event, a printable text is wanted"),
    ("event_names", {"renewal": 5}, "a printable text is wanted"),
    ("webhook_authorization", "a\r\nb: c", "printable ASCII is wanted"),
    ("webhook_event_types", ["renewal"], "a list of some of INITIAL_PURCHASE, RENEWAL"),
    ("webhook_event_types", "RENEWAL", "webhook_event_types is 'RENEWAL'"),
    ("webhook_experiments", ["x"], "an object with experiment_id"),
    ("presented_offering_id", 5, "a printable text or null is wanted"),
    ("detection_delays", {"RENEWAL": "soon"}, "a number from 0 to"),
    ("detection_delays", {"RENEWED": 5}, "detection_delays is {'RENEWED': 5}"),
    ("retries", "never", "gaps or offsets is wanted"),
    ("restore_behavior", "keep", "transfer or transfer_if_no_active or keep_with_original or share is wanted"),
    ("transfer_attributes", 1, "true or false is wanted"),
]


@pytest.mark.parametrize(
    ("name", "odd", "sentence"), ODD, ids=[f"{name}-{index}" for index, (name, _, _) in enumerate(ODD)]
)
def test_odd_value_is_refused(name, odd, sentence):
    with pytest.raises(SettingsError) as refused:
        value({name: odd}, name)
    assert str(refused.value).startswith(f"RevenueCat's {name} is ")
    assert sentence in str(refused.value)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("odd", [object, -1])
def test_no_setting_can_be_anything(name, odd):
    with pytest.raises(SettingsError, match=f"RevenueCat's {name} is "):
        value({name: odd}, name)


def test_defaults_are_as_wanted():
    """Also when they come back from somewhere else, as other objects."""
    again = orjson.loads(orjson.dumps(dict(SETTINGS)))
    assert {name: value(again, name) for name in SETTINGS} == dict(SETTINGS)


def test_every_setting_says_what_it_may_be():
    assert VENDOR.wanted.keys() == VENDOR.settings.keys()


@pytest.mark.parametrize(
    "changed",
    [
        {"commission_rates": {"app_store": 0.15, "promo": 0}},
        {"tax_rates": {"FR": "0.2"}},
        {"os": "legacy_ios"},
        {"detection_delays": {"EXPIRATION": 3600.5}},
        {"webhook_event_types": ["RENEWAL", "TEST"]},
        {"virtual_currencies": {"coins": {"code": "GLD", "amount": 5, "name": "Gold"}}},
    ],
)
def test_sensible_value_is_taken(changed):
    assert [value(changed, name) for name in changed] == list(changed.values())


def test_table_keeps_other_rows():
    assert table({"commission_rates": {"amazon": "0.2"}}, "commission_rates")["promo"] == "0"


def complaint(speak, life, **changed):
    """What a dialect says of its settings, nothing if it does without the odd one."""
    try:
        speak(life, **changed)
    except SettingsError as error:
        return str(error)
    return ""


@pytest.mark.parametrize(("name", "odd"), [(name, odd) for name, odd, _ in ODD])
def test_dialect_says_what_is_odd(name, odd, live, feed, webhooks):
    """Whoever speaks without having looked at the settings fails with the same sentence, and with no other error."""
    lives = live().buys().renews().fails(), live(store=Store.STRIPE).buys().refunds()
    complaints = {complaint(speak, life, **{name: odd}) for speak in (feed, webhooks) for life in lives}
    assert all(one.startswith(f"RevenueCat's {name}") for one in complaints - {""})


def test_retries_are_checked():
    with pytest.raises(SettingsError, match="retries is 'never'"):
        VENDOR.channels["webhook"].gaps({"retries": "never"})
