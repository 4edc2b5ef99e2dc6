"""What vendors remember: documents folded from the log, each vendor at its own place in it."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from mockserver.errors import NotFoundError
from mockserver.journal.entry import Direction, Entry
from mockserver.journal.tail import Chunk, Logs, Tail
from mockserver.storage.database import Database

if TYPE_CHECKING:
    from sqlalchemy import Connection

_logger = logging.getLogger(__name__)

SETTINGS = "settings"
"""The operation of a note that a tenant's settings at a vendor were changed, and the kind of the document of them."""
CHANGED = "changed"
"""The id of that document."""


class Documents(Protocol):
    """Documents of one vendor and tenant, as `vendors.contract.Documents` says it."""

    def get(self, kind: str, id: str) -> dict[str, Any] | None:  # noqa: A002  the word every document store uses
        """A copy of the document, or None."""

    def put(self, kind: str, id: str, value: Mapping[str, Any]) -> None:  # noqa: A002  as above
        """Store or replace it."""

    def delete(self, kind: str, id: str) -> None:  # noqa: A002  as above
        """Forget it; unknown ids are fine."""

    def all(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """Every document of the kind as (id, value), in order of first storing."""


Remember = Callable[[Entry, Any], None]


class Memory:
    """The memories of all vendors. `remember` has the vendors' folds by name.

    A fold that raises is a bug: what it did with that entry is undone, the exception kept in `errors`, and the next
    entries follow.
    """

    def __init__(self, database: Database, logs: Logs, remember: Mapping[str, Remember]) -> None:
        self.errors: deque[Exception] = deque(maxlen=100)
        self._database = database
        self._tails = {
            vendor: Tail(database, logs, f"memory:{vendor}", partial(self._fold, vendor, fold))
            for vendor, fold in remember.items()
        }

    def documents(self, tenant: str, vendor: str) -> Documents:
        """What a vendor remembers of a tenant, caught up with the log. Only its fold may change it.

        Raises:
            NotFoundError: the vendor remembers nothing.
        """
        if vendor not in self._tails:
            raise NotFoundError(f"The vendor {vendor!r} remembers nothing.")
        self._tails[vendor].catch_up(tenant)
        from mockserver.storage.documents import ReadDocuments

        return ReadDocuments(self._database, tenant, vendor)

    def forget(self, tenant: str) -> None:
        """Let go of what this process knows of a tenant; `Index.forget` deletes the documents too."""
        for tail in self._tails.values():
            tail.forget(tenant)

    def _fold(self, vendor: str, remember: Remember, connection: Connection, chunk: Chunk) -> None:
        from mockserver.storage.documents import FoldedDocuments

        documents = FoldedDocuments(connection, self._database.backend, chunk.tenant, vendor)
        if chunk.fresh:
            documents.clear()
        for _, _, entry in chunk.records:
            if entry.vendor == vendor and entry.direction is Direction.IN:
                self._remember(remember, entry, documents)
            elif is_change_of(entry, vendor):
                settle(entry, documents)
        documents.store()

    def _remember(self, remember: Remember, entry: Entry, documents: Any) -> None:
        try:
            remember(entry, documents)
        except Exception as error:
            documents.undo()
            self.errors.append(error)
            _logger.exception("The entry %s of %s cannot be remembered", entry.id, entry.vendor)
        else:
            documents.keep()


def is_change_of(entry: Entry, vendor: str) -> bool:
    """Whether an entry is the note that a tenant has changed its settings at a vendor."""
    is_note = entry.direction is Direction.NOTE and entry.operation == SETTINGS
    return is_note and entry.details.get("vendor") == vendor


def settle(entry: Entry, documents: Any) -> None:
    """Keep what a tenant has changed of a vendor's settings, for the folds and the readers of the entries after."""
    documents.put(SETTINGS, CHANGED, entry.details.get("values") or {})
    documents.keep()
