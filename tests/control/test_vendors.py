"""What the server says of the vendors it imitates."""


def test_vendors_tell_what_is_imitated(api):
    acme = next(one for one in api.get("/vendors")["vendors"] if one["name"] == "acme")
    assert (acme["imitated"], acme["not_imitated"]) == (["its webhook"], ["its dashboard"])
    assert {"name": "webhook", "title": "Webhook"} in acme["channels"]


def test_vendor_lists_its_operations(api):
    operation = {"name": "events", "methods": ["POST"], "path": "/events", "aliases": [], "title": "Take events"}
    assert api.get("/vendors/hub")["operations"] == [operation]


def test_vendor_says_what_its_switches_may_be(api):
    assert api.get("/vendors/acme")["wanted"] == {"region": "us or eu"}


def test_unknown_vendor_names_nearest(api):
    assert "Did you mean 'hub'?" in api.problem("GET", "/vendors/hubb")["detail"]
