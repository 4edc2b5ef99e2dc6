"""Virtual time: a year plays in no time, because every answer asks this clock and not the machine's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from dateutil.relativedelta import relativedelta

from mockserver.errors import InvalidError

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


def real_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Clock:
    """A tenant's clock: real time plus an offset while it runs, one instant while it stands.

    It is a value: turning it gives another clock. `real` is the machine's time where a test or a log fixes it. Turning
    it backwards is allowed, to read what was true then.
    """

    offset: timedelta = timedelta()
    stands_at: datetime | None = None

    @classmethod
    def starting_at(cls, instant: datetime, real: datetime | None = None) -> Self:
        """A running clock that shows `instant` now."""
        return cls(offset=in_millis(instant) - (real or real_now()))

    @classmethod
    def frozen_at(cls, instant: datetime) -> Self:
        """A clock standing at `instant`."""
        return cls(stands_at=in_millis(instant))

    @property
    def is_frozen(self) -> bool:
        """Whether it stands still."""
        return self.stands_at is not None

    def now(self, real: datetime | None = None) -> datetime:
        """What it shows, to the millisecond."""
        if self.stands_at is not None:
            return self.stands_at
        return in_millis((real or real_now()) + self.offset)

    def milliseconds(self, real: int) -> int:
        """What it shows when the machine's clock shows `real`, both in milliseconds since 1970."""
        if self.stands_at is not None:
            return (self.stands_at - _EPOCH) // _MILLISECOND
        return real + self.offset // _MILLISECOND if self.offset else real

    def set(self, instant: datetime, real: datetime | None = None) -> Self:
        """The clock showing `instant`, running or standing as before."""
        if self.stands_at is not None:
            return replace(self, stands_at=in_millis(instant))
        return replace(self, offset=in_millis(instant) - (real or real_now()))

    def freeze(self, instant: datetime | None = None, real: datetime | None = None) -> Self:
        """The clock standing at `instant` (default: at what it shows)."""
        return replace(self, stands_at=self.now(real) if instant is None else in_millis(instant))

    def advance(self, by: timedelta | relativedelta, real: datetime | None = None) -> Self:
        """The clock turned on by a length of time; calendar months through `relativedelta`."""
        return self.set(self.now(real) + by, real)

    def resume(self, real: datetime | None = None) -> Self:
        """The clock running on from what it shows."""
        if self.stands_at is None:
            return self
        return replace(self, offset=self.stands_at - (real or real_now()), stands_at=None)

    def as_dict(self) -> dict[str, Any]:
        """As it is kept in a file: seconds and ISO 8601."""
        return {
            "offset": self.offset.total_seconds(),
            "stands_at": None if self.stands_at is None else self.stands_at.isoformat(timespec="milliseconds"),
        }

    @classmethod
    def from_dict(cls, kept: Mapping[str, Any]) -> Self:
        """The clock that `as_dict` wrote; what is missing is as in a clock never turned."""
        stands_at = kept.get("stands_at")
        return cls(
            offset=timedelta(seconds=kept.get("offset", 0)),
            stands_at=None if stands_at is None else in_millis(datetime.fromisoformat(stands_at)),
        )


def in_millis(instant: datetime) -> datetime:
    """The instant in UTC, cut to the millisecond.

    Raises:
        InvalidError: it has no time zone, so that nobody knows which instant it is.
    """
    if instant.tzinfo is None:
        raise InvalidError(f"{instant.isoformat()} has no time zone: add Z for UTC.")
    utc = instant.astimezone(UTC)
    return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
