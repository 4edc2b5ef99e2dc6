"""Settings: each odd value is refused with a sentence that says where it is and what is wanted."""

import orjson
import pytest

from mockserver.errors import SettingsError
from mockserver.lifecycle.subscriber import Store
from mockserver.vendors.revenuecat import VENDOR
from mockserver.vendors.revenuecat.settings import SETTINGS, check, table, value

ODD = [
    ("app_name", 5, "app_name is 5; a text is wanted"),
    ("app_name", "x" * 6000, "a text is wanted"),
    ("packages", {"ios": None}, "packages.ios is None; a text is wanted"),
    ("packages", {"web": "x"}, "packages.web is 'x'; a row for ios or android is wanted"),
    ("app_ids", ["x"], "app_ids is ['x']; an object is wanted"),
    ("stripe_billing", "paddle", "stripe_billing is 'paddle'; stripe or web_billing is wanted"),
    ("virtual_currencies", {"coins": {"code": "GLD"}}, "virtual_currencies.coins is {'code': 'GLD'}; an object with"),
    ("virtual_currencies", {"coins": {"code": "GLD", "amount": "5"}}, "virtual_currencies.coins.amount is '5'"),
    ("sales_reporting", "net", "gross or after_commission or after_commission_and_taxes is wanted"),
    ("commission_rates", {"app_store": "abc"}, "commission_rates.app_store is 'abc'; a number from 0 to 1 is wanted"),
    ("commission_rates", {"app_store": "nan"}, "a number from 0 to 1 is wanted"),
    ("commission_rates", {"app_store": True}, "a number from 0 to 1 is wanted"),
    ("tax_rates", {"DE": -1}, "tax_rates.DE is -1; a number from 0 to 1 is wanted"),
    ("tax_before_commission", ["steam"], "tax_before_commission[0] is 'steam'"),
    ("exchange_rates", {"EUR": "much"}, "exchange_rates.EUR is 'much'; a number, such as 1.39 is wanted"),
    ("price_detection", {"play_store": "yes"}, "price_detection.play_store is 'yes'; true or false is wanted"),
    ("feeds", ["ios", "web"], "feeds[1] is 'web'; ios or android is wanted"),
    ("event_names", {"renewel": "x"}, "event_names.renewel is 'x'; a row for initial_purchase or"),
    ("event_names", {"renewal": 5}, "event_names.renewal is 5; a text is wanted"),
    ("webhook_authorization", "a\r\nb: c", "a text of one line in ASCII is wanted"),
    ("webhook_event_types", ["renewal"], "webhook_event_types[0] is 'renewal'; INITIAL_PURCHASE or"),
    ("webhook_event_types", "RENEWAL", "webhook_event_types is 'RENEWAL'; a list is wanted"),
    ("webhook_experiments", ["x"], "webhook_experiments[0] is 'x'; an object with experiment_id"),
    ("presented_offering_id", 5, "a text or null is wanted"),
    ("app_name", "\ud800", "a text is wanted"),
    ("detection_delays", {"RENEWAL": "soon"}, "detection_delays.RENEWAL is 'soon'; a number of seconds is wanted"),
    ("detection_delays", {"RENEWED": 5}, "detection_delays.RENEWED is 5; a row for"),
    ("retries", "never", "gaps or offsets is wanted"),
    ("restore_behavior", "keep", "transfer or transfer_if_no_active or keep_with_original or share is wanted"),
    ("transfer_attributes", 1, "true or false is wanted"),
]


@pytest.mark.parametrize(
    ("name", "odd", "sentence"), ODD, ids=[f"{name}-{index}" for index, (name, _, _) in enumerate(ODD)]
)
def test_odd_value_is_refused(name, odd, sentence):
    with pytest.raises(SettingsError) as refused:
        check({**SETTINGS, name: odd})
    assert sentence in str(refused.value)


@pytest.mark.parametrize("name", SETTINGS)
@pytest.mark.parametrize("odd", [object, -1])
def test_no_setting_can_be_anything(name, odd):
    with pytest.raises(SettingsError, match=f"RevenueCat's {name} is "):
        value({name: odd}, name)


def test_defaults_are_as_wanted():
    """Also when they come back from somewhere else, as other objects."""
    check(orjson.loads(orjson.dumps(dict(SETTINGS))))


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
    check({**SETTINGS, **changed})


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
