"""The bodies of a tenant's entries, end to end in blocks: cheap to add, read at the speed of the disk's cache.

A question for any JSON path first looks for the bytes that a match must contain, a block at a time, and only decodes
the few bodies that have them. A row for each body would cost more than everything else about an entry together.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple, Protocol

import orjson
from sqlalchemy import Connection, bindparam, delete, func, select

from mockserver.storage.positions import insert_rows
from mockserver.storage.tables import bodies

_FULL = 128 * 1024  # a block is closed when it has so many bytes
_SMALL = 16 * 1024  # a smaller one is written again, longer, when more comes
_MANY = 100  # so many new bodies make good blocks by themselves
_PAGE = 32

_OWN = bodies.c.tenant == bindparam("tenant")
_LAST = select(bodies.c.seq, func.length(bodies.c.data)).where(_OWN).order_by(bodies.c.seq.desc()).limit(1)
_HOLDING = select(func.max(bodies.c.seq)).where(_OWN, bodies.c.seq <= bindparam("seq"))
_BETWEEN = select(bodies.c.seq, bodies.c.ends, bodies.c.data).where(
    _OWN, bodies.c.seq.between(bindparam("low"), bindparam("high"))
)
_OLDEST = _BETWEEN.order_by(bodies.c.seq).limit(_PAGE)
_NEWEST = _BETWEEN.order_by(bodies.c.seq.desc()).limit(_PAGE)
_DELETE = delete(bodies).where(_OWN, bodies.c.seq == bindparam("first"))


class Needle(Protocol):
    """Finds bytes that a matching body must contain."""

    def search(self, data: bytes, start: int) -> int:
        """Where they are at or after `start`, -1 if nowhere."""


class Block(NamedTuple):
    """Bodies of consecutive entries, the first of which has number `seq`."""

    seq: int
    ends: Sequence[int]
    data: bytes

    def body(self, seq: int) -> bytes:
        """The body of an entry, empty if the entry is not in here."""
        number = seq - self.seq
        if not 0 <= number < len(self.ends):
            return b""
        return self.data[self.ends[number - 1] if number else 0 : self.ends[number]]

    def matching(self, needle: Needle) -> Iterator[int]:
        """The numbers of the entries whose bodies have what the needle finds."""
        at = needle.search(self.data, 0)
        while at >= 0:
            number = bisect_right(self.ends, at)
            yield self.seq + number
            at = needle.search(self.data, self.ends[number])


def searchable(content: bytes) -> bytes:
    """A body in which text stands as itself: JSON with escapes is written anew, anything else stays as it came."""
    if b"\\" not in content:
        return content
    try:
        return orjson.dumps(orjson.loads(content))
    except orjson.JSONDecodeError:
        return content


def add(connection: Connection, tenant: str, first: int, contents: Sequence[bytes]) -> None:
    """Add the bodies of consecutive entries."""
    first, contents = _with_small_last(connection, tenant, first, contents)
    rows = []
    ends: list[int] = []
    data = bytearray()
    for number, content in enumerate(contents, first + 1):
        data += content
        ends.append(len(data))
        if len(data) >= _FULL or number == first + len(contents):
            rows.append((tenant, number - len(ends), orjson.dumps(ends).decode(), data))
            ends, data = [], bytearray()
    insert_rows(connection, bodies, rows)


def _with_small_last(
    connection: Connection, tenant: str, first: int, contents: Sequence[bytes]
) -> tuple[int, Sequence[bytes]]:
    """Take a small last block out again and put its bodies in front: many blocks of one body would be slow to read."""
    row = None if len(contents) >= _MANY else connection.execute(_LAST, {"tenant": tenant}).one_or_none()
    if row is None or row[1] >= _SMALL:
        return first, contents
    block = next(_blocks(connection, tenant, row[0], row[0], newest=False))
    connection.execute(_DELETE, {"tenant": tenant, "first": block.seq})
    return block.seq, [*(block.body(seq) for seq in range(block.seq, first)), *contents]


class Bodies:
    """Reading bodies within one transaction; the block read last is kept at hand."""

    def __init__(self, connection: Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant
        self._block = Block(0, (), b"")

    def get(self, seq: int) -> bytes:
        """The body of an entry, empty if it had none."""
        if not 0 <= seq - self._block.seq < len(self._block.ends):
            self._block = self._holding(seq)
        return self._block.body(seq)

    def matching(self, needle: Needle, low: int, high: int, *, newest: bool) -> Iterator[int]:
        """Numbers of entries, from `low` to `high`, whose bodies have what a needle finds; newest or oldest first."""
        start = self._holding(low).seq
        for block in _blocks(self._connection, self._tenant, start, high, newest=newest):
            found: Iterable[int] = block.matching(needle)
            if newest:
                found = reversed(list(found))
            yield from (seq for seq in found if low <= seq <= high)

    def _holding(self, seq: int) -> Block:
        start = self._connection.scalar(_HOLDING, {"tenant": self._tenant, "seq": seq})
        if start is None:
            return Block(seq, (), b"")
        return next(_blocks(self._connection, self._tenant, start, start, newest=False))


def _blocks(connection: Connection, tenant: str, low: int, high: int, *, newest: bool) -> Iterator[Block]:
    """Blocks that begin at numbers from `low` to `high`, a few at a time."""
    page = _NEWEST if newest else _OLDEST
    while True:
        rows = connection.execute(page, {"tenant": tenant, "low": low, "high": high}).all()
        for seq, ends, data in rows:
            yield Block(seq, orjson.loads(ends), data)
        if len(rows) < _PAGE:
            return
        low, high = (low, rows[-1].seq - 1) if newest else (rows[-1].seq + 1, high)
