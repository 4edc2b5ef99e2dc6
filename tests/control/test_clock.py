"""The clock over HTTP: set, stopped, turned by the calendar, let go again."""

import pytest


def test_clock_shows_real_time_at_first(api):
    shown = api.get("/clock")
    assert not shown["frozen"]
    assert abs(shown["offset_seconds"]) < 1
    assert shown["now"].endswith("Z")


def test_stopped_clock_stands(api):
    shown = api.put("/clock", {"now": "2026-01-31T10:00:00Z", "frozen": True})
    assert shown["now"] == "2026-01-31T10:00:00.000Z"
    assert api.get("/clock")["now"] == shown["now"]


def test_advance_goes_by_the_calendar(api):
    api.put("/clock", {"now": "2026-01-31T10:00:00Z", "frozen": True})
    assert api.post("/clock/advance", {"months": 1}, 200)["now"] == "2026-02-28T10:00:00.000Z"
    assert api.post("/clock/advance", {"days": 1.5, "hours": -1}, 200)["now"] == "2026-03-01T21:00:00.000Z"


def test_stopping_keeps_what_it_shows(api):
    api.put("/clock", {"now": "2026-01-31T10:00:00Z"})
    assert api.put("/clock", {"frozen": True})["now"].startswith("2026-01-31T10:00:0")


def test_let_go_it_runs_on(api):
    api.put("/clock", {"now": "2026-01-31T10:00:00Z", "frozen": True})
    shown = api.put("/clock", {"frozen": False})
    assert not shown["frozen"]
    assert shown["now"].startswith("2026-01-31T10:00:0")


def test_deleting_goes_back_to_real_time(api):
    api.put("/clock", {"now": "2026-01-31T10:00:00Z", "frozen": True})
    api.delete("/clock")
    assert abs(api.get("/clock")["offset_seconds"]) < 1


def test_clocks_of_tenants_differ(api):
    api.post("/tenants", {"name": "mine"})
    api.put("/clock?tenant=mine", {"now": "2026-01-31T10:00:00Z", "frozen": True})
    assert not api.get("/clock")["frozen"]


@pytest.mark.parametrize("body", [{"years": 9000}, {"years": -9000}, {"days": -3_000_000}, {"months": 100_000}])
def test_clock_stays_in_the_calendar(api, body):
    assert "1970 to 8999" in api.problem("POST", "/clock/advance", body)["detail"]


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/clock/advance", {}),
        ("/clock/advance", {"fortnights": 1}),
        ("/clock/advance", {"months": 1.5}),
        ("/clock/advance", {"days": 1e300}),
    ],
)
def test_odd_turns_are_refused(api, path, body):
    assert api.problem("POST", path, body)["status"] == 422


@pytest.mark.parametrize(
    "now", ["2026-01-31T10:00:00", "yesterday", "9999-12-31T23:59:59Z", "0001-01-01T00:00:00+23:59", 5]
)
def test_odd_instants_are_refused(api, now):
    assert list(api.problem("PUT", "/clock", {"now": now})["errors"]) == ["now"]
