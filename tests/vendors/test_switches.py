"""What switches may be set to: each vendor's defaults, and nothing that its dialects would stumble over."""

import pytest

from mockserver.vendors import discover, switches

VENDORS = discover()
ODD = {
    "nami": {
        "customer_id": "both",
        "feeds": ["ios", "windows"],
        "events": {"user.subscription.purchased": "no"},
        "webhook_event_types": ["purchased"],
        "exchange_rates": {"EUR": "cheap"},
        "app_platform_ids": {"ios": None},
    },
    "mbaasy": {
        "detection": "never",
        "fetch_levels": [4],
        "entitlements": {"premium/monthly": "("},
        "upload_delay_ms": float("nan"),
        "marketplaces": {"amazon": "amazon"},
    },
    "adapty": {
        "sharing": "sometimes",
        "authorization": "two\nlines",
        "trial_active_after_days": 91,
        "disabled_events": ["subscription_begun"],
        "event_names": {"subscription_started": ""},
        "commission_percent": 101,
        "access_levels": [None],
    },
}


@pytest.mark.parametrize("name", VENDORS)
def test_defaults_can_be_meant(name):
    vendor = VENDORS[name]
    assert vendor.wanted.keys() <= vendor.settings.keys()
    assert [switch for switch, wanted in vendor.wanted.items() if not wanted.fits(vendor.settings[switch])] == []


@pytest.mark.parametrize(("name", "switch"), [(name, switch) for name, values in ODD.items() for switch in values])
def test_odd_value_is_refused(name, switch):
    assert not VENDORS[name].wanted[switch].fits(ODD[name][switch])


@pytest.mark.parametrize(
    ("wanted", "text", "good", "bad"),
    [
        (switches.one_of("a", "b"), "a or b", ["a", "b"], ["c", "", None, []]),
        (switches.whole(0, 9), "a whole number from 0 to 9", [0, 9], [-1, 10, 1.5, True, "1"]),
        (switches.number(0, 1), "a number from 0 to 1", [0, 0.5, 1], [1.1, float("nan"), True, "1"]),
        (switches.text(), "a text", ["x"], ["", 1, None]),
        (switches.text(empty=True), "a text", ["x", ""], [1]),
        (switches.header(), "printable ASCII", ["", "Bearer x"], ["\r\n", "é", " x", 1]),
        (switches.amount(), "a decimal above 0", ["0.3", 2, 1.5], ["0", "x", "NaN", -1, True, None]),
        (switches.pattern(), "a regular expression", ["^a"], ["(", 1, None]),
        (switches.each(switches.text()), "in each row a text", [{}, {"a": "b"}], [{"a": 1}]),
        (switches.each(switches.text(), ["a", "b"]), "for a and b, a text", [{"a": "b"}], [{"c": "b"}]),
        (switches.each_of(switches.text()), "for each, a text", [[], ["a"]], [[1]]),
        (switches.some_of(1, 2), "a list of some of 1, 2", [[], [2, 1]], [[3], [True], ["1"]]),
    ],
)
def test_wanted_fits(wanted, text, good, bad):
    assert wanted.text == text
    assert all(wanted.fits(value) for value in good)
    assert not any(wanted.fits(value) for value in bad)
