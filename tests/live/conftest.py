"""Live subscribers in a mock with no port, and what a restarted server knows of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from mockserver.app import create_app, parts_of
from mockserver.delivery.newcomers import Newcomer
from mockserver.lifecycle.clock import Clock
from mockserver.settings import Settings
from mockserver.tenants import Target

START = datetime.fromisoformat("2026-01-15T10:00:00Z")
HOOK = "http://127.0.0.1:9/hook"


class Town:
    """The subscribers of one tenant, whose clock stands unless it is turned."""

    def __init__(self, settings: Settings, name: str = "default") -> None:
        self.settings = settings
        self.app = create_app(settings)
        self.parts = parts_of(self.app)
        self.tenant = self.parts.tenants.get(name)
        self.lives = self.parts.lives

    def begin(self, **wanted: Any) -> Any:
        return self.lives.create(self.tenant, Newcomer(**wanted))

    def act(self, name: str, verb: str, **words: Any) -> Any:
        return self.lives.act(self.tenant, name, verb, words)

    def advance(self, **amounts: float) -> None:
        self.lives.turn(self.tenant, self.tenant.clock.advance(timedelta(**amounts)))

    def kinds(self, name: str = "subscriber-1") -> list[str]:
        return [event.kind.value for event in self.lives.find(self.tenant, name).events]

    def aim(self, vendor: str, url: str = HOOK) -> None:
        self.parts.tenants.aim(self.tenant, vendor, "webhook", Target(url=url, headers={}, credentials={}))

    def told(self, search: str = "direction:out") -> list[Any]:
        from mockserver.journal.search import parse

        question = parse(search, tuple(self.parts.vendors))
        return self.parts.journal.find_events(self.tenant.name, question, limit=None, newest=False)

    def restart(self) -> None:
        """Stop the server and start another on the same storage."""
        self.parts.close()
        self.__init__(self.settings, self.tenant.name)


@pytest.fixture
def town(tmp_path) -> Iterator[Town]:
    own = Town(Settings(storage=tmp_path / "data"))
    own.parts.tenants.turn_clock(own.tenant, Clock.frozen_at(START))
    yield own
    own.parts.close()


@pytest.fixture
def another(town) -> Iterator[Any]:
    """Another worker on the same storage."""
    opened = []

    def open_another() -> Town:
        opened.append(Town(town.settings))
        return opened[-1]

    yield open_another
    for one in opened:
        one.parts.close()
