"""What an owner may choose (mparticle.md §4.4)."""

import pytest

from mockserver.vendors.mparticle.identity.names import CANONICAL, OF_API
from mockserver.vendors.mparticle.settings import WANTED


def put(world, **switches):
    return world.client.put(f"/_mock/api/v1/settings/mparticle?tenant={world.tenant.name}", json=switches)


@pytest.mark.parametrize(
    "switches",
    [
        {"strategy": "profile_converson"},
        {"unique_ids": ["customer"]},
        {"login_ids": ["email", 5]},
        {"immutable_ids": ["mpid"]},
        {"identity_priority": [["email"]]},
        {"identity_seed": 0.5},
        {"identity_max_age": -1},
        {"alias_max_window": 0},
    ],
)
def test_impossible_choice_is_refused(world, switches):
    assert put(world, **switches).status_code == 422


@pytest.mark.parametrize("name", ["unique_ids", "login_ids", "immutable_ids", "identity_priority"])
def test_every_identity_can_be_chosen(name):
    assert WANTED[name].fits([*CANONICAL, *OF_API])


def test_switch_counts_from_then_on(app, world):
    anonymous = app.mpid("identify", device_application_stamp="d")
    put(world, strategy="profile_isolation")
    assert app.mpid("login", customerid="u-1", device_application_stamp="d") != anonymous
    put(world, strategy="profile_conversion")
    assert app.mpid("login", customerid="u-2", device_application_stamp="d") == anonymous


def test_rebuilding_goes_by_switches_of_then(app, world):
    app.mpid("identify", email="e")
    put(world, unique_ids=["email"])
    app.mpid("login", customerid="u-1")
    app.modify(app.mpid("search", customerid="u-1"), ("email", None, "e"))
    put(world, unique_ids=[])
    before = world.documents.all("user")
    world.forget()
    assert world.documents.all("user") == before
    assert len(app.people.holders("email", "e")) == 1
