"""Tenants: fixed credentials for the default one, fresh ones for others, everything kept in the ledger."""

from datetime import UTC, datetime

import pytest

from mockserver.errors import ConflictError, InvalidError, NotFoundError
from mockserver.faults import fault_from
from mockserver.lifecycle.clock import Clock
from mockserver.tenants import Target, Tenants, Trade, World

TRADE = Trade(
    credentials=lambda issuer: (
        {"default": {"key": issuer.random.randbytes(8).hex()}}
        | {feed: {"key": issuer.random.randbytes(8).hex()} for feed in issuer.feeds}
    ),
    tokens=lambda inputs: [(values["key"], name) for name, values in inputs.items()],
    settings={"switch": "on"},
    feeds=("partner-ios",),
)
WORLD = World(defaults=lambda vendor: TRADE.settings, history=lambda tenant: (), documents=lambda tenant, vendor: None)


@pytest.fixture
def opened(tmp_path):
    made = []

    def open_tenants():
        made.append(Tenants(tmp_path, {"acme": TRADE}, WORLD))
        return made[-1]

    yield open_tenants
    for tenants in made:
        tenants.close()


def test_default_credentials_are_fixed(opened, tmp_path):
    first, second = opened(), opened()
    assert first.get("default").inputs == second.get("default").inputs


def test_fresh_tenants_share_nothing(opened):
    tenants = opened()
    keys = {tenants.create().credentials("acme")["key"] for _ in range(20)}
    assert len(keys) == 20


def test_token_finds_tenant_and_input(opened):
    tenants = opened()
    tenant = tenants.create("mine")
    grant = tenants.find("acme", tenant.inputs["acme"]["partner-ios"]["key"])
    assert (grant.tenant, grant.input) == (tenant, "partner-ios")


def test_nobody_has_no_token(opened):
    tenants = opened()
    assert tenants.find("acme", tenants.get("nobody").credentials("acme")["key"]) is None


def test_restart_keeps_changes(opened):
    tenants = opened()
    tenant = tenants.create("mine")
    noon = datetime(2026, 1, 15, 12, tzinfo=UTC)
    tenants.turn_clock(tenant, Clock().freeze(noon))
    tenants.aim(tenant, "acme", "webhook", Target(url="http://127.0.0.1:1/", headers={"a": "b"}, credentials={}))
    tenants.set(tenant, "acme", {"switch": "off"})
    again = opened().get("mine")
    assert again.inputs == tenant.inputs
    assert again.now() == noon
    assert again.targets["acme", "webhook"].headers == {"a": "b"}
    assert again.settings("acme") == {"switch": "off"}


def test_other_workers_see_changes_at_once(opened):
    here, there = opened(), opened()
    tenant = here.create("mine")
    grant = there.find("acme", tenant.credentials("acme")["key"])
    assert grant.tenant.name == "mine"
    there.delete("mine")
    with pytest.raises(NotFoundError):
        here.get("mine")


def test_faults_do_not_outlive_the_server(opened):
    tenants = opened()
    tenants.order(tenants.get("default"), fault_from({"vendor": "acme", "operation": "*", "status": 503}))
    assert [fault.status for fault in tenants.get("default").faults.standing()] == [503]
    assert opened().get("default").faults.standing() == []


def test_name_made_again_starts_afresh(opened):
    tenants = opened()
    first = tenants.create("mine")
    tenants.delete("mine")
    second = tenants.create("mine")
    assert first.inputs != second.inputs
    assert tenants.find("acme", first.credentials("acme")["key"]) is None
    assert opened().get("mine").inputs == second.inputs


def test_taken_name_is_refused(opened):
    tenants = opened()
    tenants.create("mine")
    with pytest.raises(ConflictError, match="There is a tenant 'mine' already"):
        tenants.create("mine")


@pytest.mark.parametrize("name", ["", "../x", "Ä", "a" * 64, "-a", "a b"])
def test_odd_names_are_refused(opened, name):
    if not name:
        assert opened().create(name).name.startswith("t-")
        return
    with pytest.raises(InvalidError):
        opened().create(name)


@pytest.mark.parametrize("name", ["default", "nobody"])
def test_fixed_tenants_stay(opened, name):
    with pytest.raises(InvalidError, match="always exists"):
        opened().delete(name)


def test_torn_ledger_line_is_passed_over(opened, tmp_path):
    opened().create("mine")
    with (tmp_path / "tenants.jsonl").open("ab") as file:
        file.write(b'{"tenant": "torn\n')
    tenants = opened()
    assert {tenant.name for tenant in tenants.all()} == {"default", "mine"}


def test_stamp_follows_the_clock(opened):
    tenants = opened()
    tenant = tenants.get("default")
    assert tenant.stamp(1000) == 1000
    tenants.turn_clock(tenant, Clock().freeze(datetime(2026, 1, 1, tzinfo=UTC)))
    assert tenant.stamp(1000) == 1767225600000
