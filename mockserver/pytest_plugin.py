"""Fixtures: a mock for the whole run, an isolated world in it for each test. Until one is asked for this costs nothing.

The ladder, each step on the one before and each to be overridden: `mockserver_settings`, `running_mockserver`,
`mockserver`; beside them `mockserver_seed`, `play` and `intercept`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from mockserver.client import Client, Run
    from mockserver.server import MockServer
    from mockserver.settings import Settings


@pytest.fixture(scope="session")
def mockserver_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """How the mock of this run is to be: a free port, a temporary folder. Override it to have it otherwise."""
    from mockserver.settings import Settings

    return Settings(port=0, storage=tmp_path_factory.mktemp("mockserver"), raise_bugs=True)


@pytest.fixture(scope="session")
def running_mockserver(mockserver_settings: Settings) -> Iterator[MockServer]:
    """The mock of this run, in a thread; with xdist each worker has its own."""
    from mockserver.server import MockServer

    with MockServer(mockserver_settings) as server:
        yield server


@pytest.fixture(scope="session")
def mockserver_seed() -> int | None:
    """What people, ids and devices are made from. Override it to have others; None is other ones in each story."""
    return 0


@pytest.fixture
def mockserver(running_mockserver: MockServer, mockserver_seed: int | None) -> Iterator[Client]:
    """A mock for this test alone: credentials, clock, targets, faults and journal that no other test has.

    A bug of the mock's own is raised when the test is over.
    """
    from mockserver.client import Client
    from mockserver.errors import NotFoundError

    client = Client.of(running_mockserver).new_tenant()
    client.seed = mockserver_seed
    yield client
    with suppress(NotFoundError):  # the test may have deleted it
        client.delete()
    _raise_bugs(running_mockserver)


@pytest.fixture
def play(mockserver: Client) -> Callable[..., Run]:
    """Plays a scenario into this test's mock: `play("trial-converts", vendors=["revenuecat"])`."""
    return mockserver.play


@pytest.fixture
def intercept(mockserver: Client) -> Iterator[Client]:
    """The mock of this test, which `requests` to the vendors' real hosts reach with no socket."""
    with mockserver.intercept():
        yield mockserver


def _raise_bugs(server: MockServer) -> None:
    """Raise what went wrong in the mock itself, so that no test passes or fails on it unnoticed."""
    bugs = [*server.parts.desk.bugs, *server.parts.journal.index.errors]
    server.parts.desk.bugs.clear()
    server.parts.journal.index.errors.clear()
    if bugs:
        raise ExceptionGroup("The mock itself has failed; this is a bug of mockserver", bugs)
