"""Faults over HTTP: ordered, obeyed, counted down, taken back."""


def test_ordered_fault_is_obeyed(api):
    api.put("/faults/hub/events", {"status": 503, "times": 1, "retry_after": 7})
    assert api.send("signed_up").status_code == 503
    assert api.send("signed_up").status_code == 202
    assert api.get("/faults") == {"faults": []}


def test_standing_faults_are_listed(api):
    api.put("/faults/hub/*", {"delay": 0.01})
    (fault,) = api.get("/faults")["faults"]
    assert (fault["vendor"], fault["operation"], fault["delay"], fault["times"]) == ("hub", "*", 0.01, None)


def test_fault_is_taken_back(api):
    api.put("/faults/hub/events", {"status": 503})
    api.delete("/faults/hub/events")
    assert api.send("signed_up").status_code == 202


def test_all_faults_are_taken_back(api):
    api.put("/faults/hub/events", {"status": 503})
    api.put("/faults/acme/*", {"status": 500})
    api.delete("/faults")
    assert api.get("/faults") == {"faults": []}


def test_unknown_operation_names_nearest(api):
    assert "Did you mean 'events'?" in api.problem("PUT", "/faults/hub/event", {"status": 503})["detail"]


def test_fault_needs_some_effect(api):
    assert "a status, a delay, or both" in api.problem("PUT", "/faults/hub/events", {})["detail"]


def test_status_must_be_an_error(api):
    assert list(api.problem("PUT", "/faults/hub/events", {"status": 200})["errors"]) == ["status"]
