"""A vendor's switches over HTTP."""

import pytest


def test_changed_switch_leaves_others(api):
    api.put("/settings/acme", {"region": "eu"})
    api.put("/settings/acme", {"strict": True})
    assert api.get("/settings/acme") == {
        "region": "eu",
        "strict": True,
        "rates": {"us": "0.3"},
        "codes": [],
        "offer": None,
    }


def test_switches_of_tenants_differ(api):
    api.post("/tenants", {"name": "mine"})
    api.put("/settings/acme?tenant=mine", {"region": "eu"})
    assert api.get("/settings/acme")["region"] == "us"


def test_deleting_restores_defaults(api):
    api.put("/settings/acme", {"region": "eu"})
    api.delete("/settings/acme")
    assert api.get("/settings/acme")["region"] == "us"


def test_unknown_switch_names_nearest(api):
    found = api.problem("PUT", "/settings/acme", {"regoin": "eu"})
    assert found["errors"] == {"regoin": ["There is no such switch. Did you mean 'region'?"]}


@pytest.mark.parametrize(
    "body", [{"region": 1}, {"strict": "yes"}, {"rates": []}, {"rates": {"us": 1}}, {"codes": {}}, {"offer": {}}]
)
def test_value_keeps_the_default_form(api, body):
    assert list(api.problem("PUT", "/settings/acme", body)["errors"]) == list(body)


def test_value_must_be_one_that_is_wanted(api):
    found = api.problem("PUT", "/settings/acme", {"region": "mars"})
    assert (found["status"], found["errors"]) == (422, {"region": ["'mars' cannot be meant; us or eu is wanted."]})
    assert api.get("/settings/acme")["region"] == "us"


def test_unknown_vendor_names_nearest(api):
    assert api.problem("GET", "/settings/acne")["detail"] == "There is no vendor 'acne'. Did you mean 'acme'?"


def test_values_nobody_can_tell_by_are_named(api):
    api.put("/settings/acme", {"rates": {"us": "a third"}})
    found = api.problem("GET", "/scenarios/trial-converts")
    assert found["status"] == 422
    assert "trial-converts cannot be told with acme.rates as set" in found["detail"]
    assert api.problem("POST", "/runs", {"scenario": "trial-converts"})["status"] == 422


def test_change_is_noted_for_what_is_folded_later(api):
    """Also when the journal is cleared: the switches stay."""
    api.put("/settings/acme", {"region": "eu"})
    api.delete("/entries")
    *_, note = [entry for *_, entry in api.parts.tenants.get("default").log.read(0) if entry.operation == "settings"]
    assert note.details == {"vendor": "acme", "values": {"region": "eu"}}
