"""A tenant's journal that tests write into and ask."""

from contextlib import contextmanager
from itertools import count

import orjson
import pytest

from mockserver.journal.entry import Part, RecordedEvent
from mockserver.journal.index import Index
from mockserver.journal.log import FileLog, render
from mockserver.journal.query import Question
from mockserver.journal.verify import Asking, explained, verify
from mockserver.storage.database import Database

START = 1_768_471_200_000  # 2026-01-15T10:00:00Z
HOUR = 3_600_000


def read(entry, documents):
    """The dialect of these tests: one event a body, which says of itself what is known of it."""
    event = orjson.loads(entry.content)
    known = {name: event.get(name) for name in ("kind", "id", "at", "amount", "currency", "dropped") if name in event}
    subjects = tuple(event.get("user", {}).items())
    return [Part(subjects=subjects, events=(RecordedEvent(event["event"], **known),))] if "event" in event else []


class Book:
    """A log and the index over it. Each entry comes an hour after the one before."""

    def __init__(self, folder) -> None:
        self.database = Database("sqlite://")
        self.log = FileLog(folder / "a.log", "a")
        self.index = Index(self.database, lambda _: self.log, read)
        self._numbers = count()

    def write(self, body, **head):
        number = next(self._numbers)
        at = START + number * HOUR
        usual = {"vendor": "mparticle", "operation": "events", "method": "POST", "path": "/v2/events", "status": 202}
        first = {"entry": f"{number:022x}", "received": at, "at": at}
        content = body if isinstance(body, bytes) else orjson.dumps(body)
        self.log.append(render({**first, **usual, **head}, content, b""))

    def tell(self, event, customer_id="u-1", head=None, **body):
        """Something that came in."""
        self.write({"event": event, "user": {"customer_id": customer_id}, **body}, **(head or {}))

    def send(self, event, subject="u-1", body=None, head=None, **details):
        """Something that went out."""
        usual = {"direction": "out", "vendor": "revenuecat", "operation": "webhook", "status": 200}
        details = {"event": event, "subject": subject, **details}
        self.write(body or {}, **{**usual, "details": details, **(head or {})})

    @contextmanager
    def lookup(self):
        from mockserver.journal.lookup import Lookup

        self.index.catch_up("a")
        with self.database.read() as connection:
            yield Lookup(self.database, connection, "a")

    def events(self, question=None):
        """Events that answer a question, oldest first."""
        with self.lookup() as lookup:
            return lookup.events(question or Question(), newest=False)

    def verify(self, check):
        """What comes of a check, as the journal stands."""
        with self.lookup() as lookup:
            asking = Asking(
                find=lambda question, limit, newest: lookup.events(question, limit, newest=newest),
                count=lookup.count_events,
                entries=lookup.entries,
            )
            return explained(asking, verify(asking, check))


@pytest.fixture
def book(tmp_path):
    book = Book(tmp_path)
    yield book
    book.log.close()
    book.database.close()
