"""A mock with no port: scenarios are played into it, and what leaves for a customer's server is caught."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
import pytest
import responses

from mockserver.app import create_app, parts_of
from mockserver.delivery.plan import Choice
from mockserver.delivery.playback import Pace
from mockserver.lifecycle.scenario import Scenario
from mockserver.parts import Parts
from mockserver.settings import Settings
from mockserver.tenants import Target

HOOK = "http://127.0.0.1:9/hook"


@dataclass(frozen=True, slots=True)
class Try:
    """One attempt of one message: when, and what came of it."""

    at: datetime
    vendor: str
    channel: str
    event: str
    number: int
    outcome: str
    status: int
    made_up: bool


@dataclass
class Endpoint:
    """A customer's server: what it got, and when by the mock's clock. `statuses` are answered in turn, then 200."""

    now: Callable[[], datetime]
    statuses: list[int] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    got: list[tuple[datetime, Any]] = field(default_factory=list)

    def answer(self, request: Any) -> tuple[int, dict[str, str], str]:
        self.got.append((self.now(), request))
        return (self.statuses.pop(0) if self.statuses else 200), self.headers, "{}"

    @property
    def bodies(self) -> list[bytes]:
        return [request.body for _, request in self.got]

    def named(self, *path: str) -> list[Any]:
        """What each body has at a path of keys."""
        return [_at(orjson.loads(body), path) for body in self.bodies]


def _at(value: Any, path: tuple[str, ...]) -> Any:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


class Stage:
    """Plays into one tenant."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.tenant = parts.tenants.get("default")

    def aim(self, vendor: str, channel: str = "webhook", url: str = HOOK, **more: Any) -> None:
        given = {"headers": {}, "credentials": {}, **more}
        self.parts.tenants.aim(self.tenant, vendor, channel, Target(url=url, **given))

    def play(self, key: str | Scenario, *vendors: str, seed: int = 0, channels: tuple[str, ...] = ()) -> list[Try]:
        """Every attempt, in the order in which they were made."""
        tries: list[Try] = []
        choice = Choice(vendors=vendors, channels=channels)
        if isinstance(key, Scenario):
            key = self.add(key)
        run = self.parts.player.prepare(self.tenant, key, seed=seed, choice=choice)

        def watch(telling: Any, attempt: Any, number: int) -> None:
            message = telling.message
            tries.append(
                Try(
                    *(self.tenant.now(), message.vendor, message.channel, message.event, number),
                    *(attempt.outcome, attempt.status, attempt.made_up),
                )
            )

        self.parts.player.play(self.tenant, run, pace=Pace(), watch=watch)
        return tries

    def add(self, scenario: Scenario) -> str:
        """Let the library know a scenario that lies in no file."""
        known = self.parts.player.library.scenario
        self.parts.player.library.scenario = lambda key: scenario if key == "own" else known(key)
        return "own"

    def entries(self, search: str = "") -> list[Any]:
        """What the journal kept, oldest first, whole."""
        from mockserver.journal.search import parse

        question = parse(search, tuple(self.parts.vendors))
        found = self.parts.journal.find_entries(self.tenant.name, question, limit=None, newest=False)
        return [self.parts.journal.entry(self.tenant.name, one.id) for one in found]


@pytest.fixture
def stage(tmp_path) -> Iterator[Stage]:
    parts = parts_of(create_app(Settings(storage=tmp_path / "data")))
    yield Stage(parts)
    parts.close()


@pytest.fixture
def endpoint(stage) -> Iterator[Endpoint]:
    """What answers at HOOK."""
    hook = Endpoint(stage.tenant.now)
    with responses.RequestsMock(assert_all_requests_are_fired=False) as net:
        net.add_callback(responses.POST, HOOK, hook.answer)
        yield hook
