"""Documents in memory, for what is folded from the log into users."""

from copy import deepcopy

import orjson
import pytest


class MemoryDocuments:
    """What a vendor remembers, without a database: values go through JSON as they do there."""

    def __init__(self):
        self.stored = {}

    def get(self, kind, id_):
        value = self.stored.get((kind, id_))
        return None if value is None else orjson.loads(value)

    def put(self, kind, id_, value):
        self.stored[kind, id_] = orjson.dumps(value)

    def delete(self, kind, id_):
        self.stored.pop((kind, id_), None)

    def all(self, kind):
        return [(id_, orjson.loads(value)) for (of, id_), value in self.stored.items() if of == kind]

    def copy(self):
        return deepcopy(self.stored)


@pytest.fixture
def documents():
    return MemoryDocuments()


@pytest.fixture
def fresh_documents():
    """Makes further ones."""
    return MemoryDocuments
