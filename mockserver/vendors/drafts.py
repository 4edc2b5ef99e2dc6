"""Documents that a handler writes into, to answer from them what the log's fold will write for good."""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from typing import Any

from mockserver.vendors.contract import Documents

Document = dict[str, Any]


class Draft:
    """Documents that can be written to without anything being stored."""

    def __init__(self, documents: Documents) -> None:
        self._documents = documents
        self._changed: dict[tuple[str, str], Document | None] = {}

    def get(self, kind: str, id: str) -> Document | None:  # noqa: A002  the word every document store uses
        """A copy of the document, or None."""
        if (kind, id) in self._changed:
            return deepcopy(self._changed[kind, id])
        return self._documents.get(kind, id)

    def put(self, kind: str, id: str, value: Mapping[str, Any]) -> None:  # noqa: A002  as above
        """Replace it here."""
        self._changed[kind, id] = deepcopy(dict(value))

    def delete(self, kind: str, id: str) -> None:  # noqa: A002  as above
        """Forget it here."""
        self._changed[kind, id] = None

    def all(self, kind: str) -> list[tuple[str, Document]]:
        """Every document of the kind."""
        found: dict[str, Document | None] = dict(self._documents.all(kind))
        found |= {id_: value for (of, id_), value in self._changed.items() if of == kind}
        return [(id_, deepcopy(value)) for id_, value in found.items() if value is not None]
