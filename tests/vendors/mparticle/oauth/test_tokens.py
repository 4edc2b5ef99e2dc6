"""§2 Bearer: whose a token is, how long it holds, and that no worker needs to remember it."""

from datetime import UTC, datetime, timedelta

import pytest

from mockserver.app import create_app, parts_of
from mockserver.settings import Settings
from mockserver.vendors.contract import Call, VendorError
from mockserver.vendors.mparticle import oauth
from mockserver.vendors.mparticle.oauth.tokens import token

NOW = datetime(2026, 1, 15, 10, tzinfo=UTC)


class RefusedError(VendorError):
    pass


authenticate = oauth.bearer(RefusedError)


def call(authorization):
    headers = {} if authorization is None else {"authorization": authorization}
    return Call(vendor="mparticle", method="GET", path="/platform", query="", headers=headers, body=b"")


@pytest.fixture
def given(ask, wanted):
    return ask(json=wanted).json["access_token"]


def advance(tenants, tenant, **by):
    tenants.turn_clock(tenant, tenant.clock.advance(timedelta(**by)))


def test_token_is_the_tenants(given, tenants, tenant):
    assert authenticate(call(f"Bearer {given}"), tenants) == (tenant, "default")


def test_scheme_may_be_spelled_anyhow(given, tenants):
    assert authenticate(call(f"bearer  {given} "), tenants)


@pytest.mark.parametrize(
    ("authorization", "said"),
    [
        (None, "none was sent"),
        ("  ", "none was sent"),
        ("Basic YTpi", "The scheme Bearer is expected"),
        ("Bearer", "not given out"),
        ("Bearer a.b.c", "not given out"),
        ("Bearer e30.e30.e30", "not given out"),
        ("Bearer a.bnVsbA.c", "not given out"),
        ("Bearer \xe4.\xf6.\xfc", "not given out"),
    ],
)
def test_other_headers_are_refused(tenants, authorization, said):
    with pytest.raises(RefusedError, match=said):
        authenticate(call(authorization), tenants)


def test_token_is_signed(given, tenants, own):
    """Neither another tenant's secret nor a changed claim will do."""
    forged = token(own["client_id"], "another secret", NOW)
    head, claims, _ = token("nobody", own["client_secret"], NOW).split(".")
    for one in (forged, f"{given}x", given[:-2], f"{head}.{claims}.{given.rpartition('.')[2]}"):
        with pytest.raises(RefusedError, match="not given out"):
            authenticate(call(f"Bearer {one}"), tenants)


def test_token_ends_by_the_tenants_clock(given, tenants, tenant):
    """§2: 28800 seconds; a test that turns the clock by a year has to ask for another."""
    advance(tenants, tenant, seconds=28780)
    assert authenticate(call(f"Bearer {given}"), tenants)
    advance(tenants, tenant, seconds=21)
    with pytest.raises(RefusedError, match="The token ended 28800 s after"):
        authenticate(call(f"Bearer {given}"), tenants)


def test_token_need_not_end(given, tenants, tenant):
    tenants.set(tenant, "mparticle", {"tokens_end": False})
    advance(tenants, tenant, days=3650)
    assert authenticate(call(f"Bearer {given}"), tenants)


def test_token_is_of_one_tenant(given, tenants):
    other = tenants.create("other")
    own = other.credentials("mparticle")
    grant = authenticate(call(f"Bearer {token(own['client_id'], own['client_secret'], other.now())}"), tenants)
    assert grant.tenant is other


def test_token_outlives_the_server(given, tmp_path):
    """Nothing about it is stored: a second worker and a later start know it."""
    later = create_app(Settings(storage=tmp_path))
    try:
        assert authenticate(call(f"Bearer {given}"), parts_of(later).tenants).tenant.name == "default"
    finally:
        parts_of(later).close()
