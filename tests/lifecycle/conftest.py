"""Lives to test with: people of one seed, beginning on one day."""

from datetime import UTC, datetime

import pytest

from mockserver.lifecycle.catalogue import MONTHLY
from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.live import Life
from mockserver.lifecycle.people import make_person


@pytest.fixture(scope="session")
def person():
    ids = SeededIds(0)
    return lambda key="user", **more: make_person(ids, key, **more)


@pytest.fixture
def start():
    return datetime(2026, 1, 15, 10, tzinfo=UTC)


@pytest.fixture
def begin(person, start):
    """A life in which nothing has happened yet: `begin(store="play_store")`, `begin("a", "b")` for two people."""

    def begin(*keys, at=start, product=MONTHLY, **more):
        return Life.begin(*(person(key) for key in keys or ("user",)), at=at, product=product, **more)

    return begin
