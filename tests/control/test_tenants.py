"""Tenants over HTTP: what an app needs to be pointed here, and worlds that come and go."""


def test_default_tenant_shows_addresses(api):
    access = api.get("/tenants/default")["vendors"]["hub"]
    assert access["url"] == "http://localhost/hub"
    assert access["credentials"]["key"].startswith("k")
    assert sorted(access["inputs"]) == ["acme-android", "acme-ios"]


def test_addresses_are_at_the_host_asked(api):
    found = api.get("/tenants/default", headers={"Host": "127.0.0.1:4611"})
    assert found["vendors"]["acme"]["url"] == "http://127.0.0.1:4611/acme"


def test_created_tenant_has_own_credentials(api):
    made = api.post("/tenants", {"name": "mine"})
    assert made["name"] == "mine"
    assert made["vendors"]["hub"] != api.get("/tenants/default")["vendors"]["hub"]
    assert [one["name"] for one in api.get("/tenants")["tenants"]] == ["default", "mine"]


def test_tenant_without_name_gets_one(api):
    answer = api.client.post("/_mock/api/v1/tenants")
    assert answer.status_code == 201
    assert answer.json["name"].startswith("t-")


def test_taken_name_is_a_conflict(api):
    api.post("/tenants", {"name": "mine"})
    assert api.problem("POST", "/tenants", {"name": "mine"})["status"] == 409


def test_deleted_tenant_is_gone(api):
    api.post("/tenants", {"name": "mine"})
    api.delete("/tenants/mine")
    assert api.problem("GET", "/tenants/mine")["detail"] == "There is no tenant 'mine'."


def test_default_tenant_stays(api):
    assert api.problem("DELETE", "/tenants/default")["status"] == 422


def test_nobody_has_no_credentials(api):
    assert api.get("/tenants/nobody") == {"name": "nobody", "vendors": {}}
