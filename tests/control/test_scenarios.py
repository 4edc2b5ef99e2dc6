"""Scenarios over HTTP: what there is, and what would be told with nothing sent."""

KEY = "trial-converts"


def test_scenarios_are_listed(api):
    listed = {one["key"]: one for one in api.get("/scenarios")["scenarios"]}
    assert listed[KEY]["store"] == "app_store"
    assert listed[KEY]["title"]


def test_row_has_what_is_relied_on(api):
    shown = api.get(f"/scenarios/{KEY}?channel=hub")
    assert (shown["key"], shown["store"], shown["seed"]) == (KEY, "app_store", 0)
    assert shown["messages"][1] == {
        "at": "2026-01-22T10:00:00Z",
        "step": "trial converts",
        "vendor": "acme",
        "channel": "hub",
        "event": "trial_converted",
        "amount": 9.99,
        "currency": "USD",
        "subject": "user",
    }


def test_nothing_is_sent(api):
    api.get(f"/scenarios/{KEY}")
    assert api.get("/entries")["total"] == 0


def test_payloads_are_added(api):
    (first, *_) = api.get(f"/scenarios/{KEY}?payloads=true&vendor=acme&channel=webhook")["messages"]
    assert first["request"]["method"] == "POST"
    assert first["request"]["body"]["events"][0]["name"] == "trial_started"


def test_same_seed_same_rows(api):
    assert api.get(f"/scenarios/{KEY}?seed=3") == api.get(f"/scenarios/{KEY}?seed=3")


def test_unknown_names_are_refused(api):
    assert "trial-converts" in api.problem("GET", "/scenarios/trial-convert")["detail"]
    assert "'webhook'" in api.problem("GET", f"/scenarios/{KEY}?channel=webhok")["detail"]
    assert api.problem("GET", f"/scenarios/{KEY}?seed=-1")["status"] == 422
