"""How fast live subscribers live: the stores alone, and with everything told and delivered."""

import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from mockserver.app import create_app, parts_of
from mockserver.delivery.newcomers import Newcomer
from mockserver.delivery.population import Population
from mockserver.lifecycle.clock import Clock
from mockserver.settings import Settings

START = datetime(2026, 1, 15, 10, tzinfo=UTC)
YEAR = timedelta(days=365)
TRIAL = Newcomer(trial="P7D")


def run(row):
    for people in (1, 100, 10_000):
        alone(row, people)
    for people in (1, 100, 1_000):
        delivered(row, people)


def alone(row, people):
    """The engine and nothing else."""
    town = Population()
    for _ in range(people):
        town.begin(TRIAL, START)
    events, seconds = timed(lambda: len(town.live(START + YEAR)))
    row(f"a year of {people:,} subscribers, the stores alone", f"{seconds:.2f} s")
    row(f"  {events:,} steps of the engine", f"{events / seconds:,.0f} /s")


def delivered(row, people):
    """Every vendor tells, and the feeds enter the mock."""
    with tempfile.TemporaryDirectory() as folder:
        parts = parts_of(create_app(Settings(storage=Path(folder))))
        tenant = parts.tenants.get("default")
        parts.tenants.turn_clock(tenant, Clock.frozen_at(START))
        _, began = timed(lambda: [parts.lives.create(tenant, TRIAL) for _ in range(people)])
        _, seconds = timed(lambda: parts.lives.turn(tenant, Clock.frozen_at(START + YEAR)))
        events, asked = timed(lambda: len(tenant.history()) - people)
        row(f"{people:,} subscribers begun, told and delivered", f"{began:.2f} s")
        row(f"a year of {people:,} subscribers, told and delivered", f"{seconds:.2f} s")
        row(f"  {events:,} events told by every vendor", f"{events / seconds:,.0f} /s")
        row("  the first question after it, which reads the journal", f"{asked:.2f} s")
        parts.close()


def timed(work):
    began = time.perf_counter()
    result = work()
    return result, time.perf_counter() - began
