"""A reset tenant is as new, but for its credentials."""


def test_reset_makes_everything_new(api):
    before = {name: api.get(f"/{name}") for name in ("targets", "faults", "settings/acme", "tenants/default", "runs")}
    api.put("/clock", {"now": "2026-01-01T00:00:00Z", "frozen": True})
    api.put("/targets/acme/webhook", {"url": "http://127.0.0.1:9/"})
    api.put("/settings/acme", {"region": "eu"})
    api.post("/runs", {"scenario": "trial-converts", "channels": ["hub"]})
    api.put("/faults/hub/*", {"status": 503})
    api.post("/reset", status=204)
    assert {name: api.get(f"/{name}") for name in before} == before
    assert api.get("/entries")["total"] == 0
    assert abs(api.get("/clock")["offset_seconds"]) < 1


def test_reset_leaves_other_tenants_alone(api):
    api.send("signed_up")
    api.post("/tenants", {"name": "mine"})
    api.post("/reset?tenant=mine", status=204)
    assert api.get("/entries")["total"] == 1
