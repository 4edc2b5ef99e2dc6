"""Tenants: who owns which credentials, and everything that is isolated by them.

The ledger is an append-only file of JSON lines, one for each change (a tenant made, a clock turned, a target set), so
that a tenant costs one write and a restart, or another worker, sees all of them.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from threading import RLock
from typing import Any, NamedTuple

import orjson

from mockserver.errors import ConflictError, InvalidError, NotFoundError, StorageError
from mockserver.faults import Fault, Faults, fault_from
from mockserver.journal.log import FileLog, Log
from mockserver.journal.waiting import Bell
from mockserver.lifecycle.clock import Clock
from mockserver.lifecycle.events import LifecycleEvent

DEFAULT = "default"
NOBODY = "nobody"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")

Inputs = Mapping[str, Mapping[str, str]]


class Trade(NamedTuple):
    """What tenants need to know of a vendor: how its credentials are made and shown, and its settings' defaults."""

    credentials: Callable[[Issuer], Inputs]
    tokens: Callable[[Inputs], Iterable[tuple[str, str]]]
    settings: Mapping[str, Any]
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Issuer:
    """What a vendor makes fresh credentials with: randomness, and the partner feeds it must have inputs for."""

    random: Random
    feeds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """The address of a channel. `credentials` replace the tenant's own, `headers` are added as they are.

    `since` is the place in the tenant's log from where on the channel passes on what comes in.
    """

    url: str
    headers: Mapping[str, str]
    credentials: Mapping[str, str]
    since: int = 0

    def as_dict(self) -> dict[str, Any]:
        """As the ledger keeps it."""
        return {"url": self.url, "headers": dict(self.headers), "credentials": dict(self.credentials)}


class Tenant:
    """One isolated world: credentials, a clock, targets, settings, its log and what may ring when the log grows."""

    def __init__(self, name: str, inputs: Mapping[str, Inputs], log: Log, world: World) -> None:
        self.name = name
        self.inputs = inputs
        self.log = log
        self.bell = Bell()
        self.clock = Clock()
        self._offset = 0
        self._frozen: int | None = None
        self.faults = Faults()
        self.targets: dict[tuple[str, str], Target] = {}
        self.passed_on: int | None = None  # up to where in the log all that was to be passed on has been
        self.changed_settings: dict[str, dict[str, Any]] = {}
        self.turn = RLock()
        self._world = world

    def now(self) -> datetime:
        """The tenant's clock."""
        return self.clock.now()

    def stamp(self, received: int) -> int:
        """What the tenant's clock showed at an instant of real time, both in milliseconds."""
        return received + self._offset if self._frozen is None else self._frozen

    def turn_clock(self, clock: Clock) -> None:
        """Take another clock."""
        self.clock = clock
        self._offset = round(clock.offset.total_seconds() * 1000)
        self._frozen = None if clock.stands_at is None else milliseconds(clock.stands_at)

    def credentials(self, vendor: str, input: str = "default") -> Mapping[str, str]:  # noqa: A002  as in `contract`
        """The tenant's credentials at a vendor, of one of its inputs; none where it has no such input."""
        return self.inputs[vendor].get(input, {})

    def settings(self, vendor: str) -> Mapping[str, Any]:
        """The vendor's settings, with the tenant's changes."""
        return {**self._world.defaults(vendor), **self.changed_settings.get(vendor, {})}

    def history(self) -> Sequence[LifecycleEvent]:
        """Everything that has been planned to happen to this tenant's subscribers, in order."""
        return self._world.history(self)

    def documents(self, vendor: str) -> Any:
        """What the vendor remembers, caught up with the log."""
        return self._world.documents(self.name, vendor)


class World(NamedTuple):
    """What a tenant asks of the rest: settings' defaults, histories and memories (wired by `app`)."""

    defaults: Callable[[str], Mapping[str, Any]]
    history: Callable[[Tenant], Sequence[LifecycleEvent]]
    documents: Callable[[str, str], Any]


class Grant(NamedTuple):
    """Whose credentials a token shows: a tenant (vendors see `contract.TenantView` of it), and which of its inputs."""

    tenant: Any
    input: str


class Tenants:
    """All tenants of a server, found by name or by what a request shows.

    Their state is the ledger, folded: every change is written there first and then taken in from there, so that each
    line counts once, in the same order for every worker.
    """

    def __init__(self, folder: Path, trades: Mapping[str, Trade], world: World, *, shared: bool = False) -> None:
        self._shared = shared
        self._folder = folder
        self._trades = trades
        self._world = world
        self._tenants: dict[str, Tenant] = {}
        self._tokens: dict[tuple[str, str], Grant] = {}
        self._lock = RLock()
        self._ledger = Ledger(folder / "tenants.jsonl")
        for name in (DEFAULT, NOBODY):
            self._admit(name, {})
        for line in self._ledger.news():
            self._apply({key: value for key, value in line.items() if key not in {"fault", "well"}})

    def refresh(self) -> None:
        """Take in what has been written to the ledger."""
        with self._lock:
            for line in self._ledger.news():
                self._apply(line)

    def find(self, vendor: str, token: str) -> Grant | None:
        """The owner of a token, or None; what another worker changed a moment ago is known."""
        if self._shared and self._ledger.has_grown():
            self.refresh()
        grant = self._tokens.get((vendor, token))
        if grant is None and self._ledger.has_grown():
            self.refresh()
            grant = self._tokens.get((vendor, token))
        return grant

    def get(self, name: str) -> Tenant:
        """The tenant of that name.

        Raises:
            NotFoundError: there is none.
        """
        if self._ledger.has_grown():
            self.refresh()
        try:
            return self._tenants[name]
        except KeyError:
            raise NotFoundError(f"There is no tenant {name!r}.") from None

    def all(self) -> list[Tenant]:
        """Every tenant but the one for requests of nobody, in order of making."""
        self.refresh()
        return [tenant for tenant in list(self._tenants.values()) if tenant.name != NOBODY]

    def create(self, name: str | None = None) -> Tenant:
        """A tenant with fresh credentials; without a name it gets a short one that nobody has.

        Raises:
            InvalidError: the name has other characters than a-z, 0-9 and -.
            ConflictError: the name is taken.
        """
        name = name or f"t-{secrets.token_hex(4)}"
        if not _NAME.fullmatch(name):
            raise InvalidError(f"A tenant's name has a-z, 0-9 and -, at most 63 of them; {name!r} has not.")
        with self._lock:
            self.refresh()
            if name in self._tenants:
                raise ConflictError(f"There is a tenant {name!r} already.")
            self._write(name, inputs=self._issue(secrets.token_hex(32)))
            return self._tenants[name]

    def delete(self, name: str) -> None:
        """Forget a tenant with its log.

        Raises:
            NotFoundError: there is none.
            InvalidError: it is one that always exists.
        """
        if name in {DEFAULT, NOBODY}:
            raise InvalidError(f"The tenant {name!r} always exists; reset it instead.")
        self.get(name)
        self._write(name, deleted=True)

    def turn_clock(self, tenant: Tenant, clock: Clock) -> None:
        """Give a tenant another clock."""
        self._write(tenant.name, clock=clock.as_dict())

    def aim(self, tenant: Tenant, vendor: str, channel: str, target: Target | None) -> None:
        """Send a channel's messages to a target, or to none."""
        change = {**target.as_dict(), "since": tenant.log.end()} if target else {}
        self._write(tenant.name, target={"vendor": vendor, "channel": channel, **change})

    def note_passed_on(self, tenant: Tenant, position: int) -> None:
        """Keep up to where in a tenant's log everything has been passed on that was to be."""
        self._write(tenant.name, passed_on={"position": position})

    def set(self, tenant: Tenant, vendor: str, settings: Mapping[str, Any]) -> None:
        """Change a vendor's settings for a tenant; the others of that vendor go back to their defaults."""
        self._write(tenant.name, settings={"vendor": vendor, "values": dict(settings)})

    def order(self, tenant: Tenant, fault: Fault) -> None:
        """Order a fault. Each worker counts its own `times`."""
        self._write(tenant.name, fault=fault.as_dict())

    def make_well(self, tenant: Tenant, vendor: str | None = None, operation: str | None = None) -> None:
        """Take faults back."""
        self._write(tenant.name, well={"vendor": vendor, "operation": operation})

    def close(self) -> None:
        """Close every log."""
        for tenant in self._tenants.values():
            tenant.log.close()
        self._ledger.close()

    def _write(self, tenant: str, **change: Any) -> None:
        with self._lock:
            self._ledger.append({"tenant": tenant, **change})
            self.refresh()

    def _issue(self, seed: str) -> dict[str, Inputs]:
        """Credentials at every vendor; those at one do not depend on which others there are."""
        return {
            name: trade.credentials(Issuer(Random(f"{seed}/{name}"), trade.feeds))
            for name, trade in self._trades.items()
        }

    def _admit(self, name: str, inputs: Mapping[str, Inputs]) -> None:
        if not inputs.keys() >= self._trades.keys():  # a tenant that is older than a vendor of ours
            inputs = {**self._issue(name), **inputs}
        tenant = Tenant(name, inputs, FileLog(self._folder / "log" / f"{name}.log", name), self._world)
        self._tenants[name] = tenant
        if name != NOBODY:
            self._tokens |= {(vendor, token): Grant(tenant, chosen) for vendor, token, chosen in self._shown(tenant)}

    def _shown(self, tenant: Tenant) -> Iterator[tuple[str, str, str]]:
        for vendor, trade in self._trades.items():
            for token, chosen in trade.tokens(tenant.inputs[vendor]):
                yield vendor, token, chosen

    def _apply(self, line: Mapping[str, Any]) -> None:
        name = line["tenant"]
        if name not in self._tenants and "inputs" in line:
            self._admit(name, line["inputs"])
        tenant = self._tenants.get(name)
        if tenant is None:
            return
        if line.get("deleted"):
            self._dismiss(tenant)
        for key, take in _CHANGES.items():
            if key in line:
                take(tenant, line[key])

    def _dismiss(self, tenant: Tenant) -> None:
        del self._tenants[tenant.name]
        for vendor, token, _ in self._shown(tenant):
            self._tokens.pop((vendor, token), None)
        tenant.log.close(remove=True)


def _reclock(tenant: Tenant, change: Mapping[str, Any]) -> None:
    tenant.turn_clock(Clock.from_dict(change))


def _resettle(tenant: Tenant, change: Mapping[str, Any]) -> None:
    tenant.changed_settings[change["vendor"]] = dict(change["values"])


def _retarget(tenant: Tenant, change: Mapping[str, Any]) -> None:
    key = (change["vendor"], change["channel"])
    if change.get("url") is None:
        tenant.targets.pop(key, None)
    else:
        known = tenant.targets.get(key)  # aimed elsewhere, a channel goes on from where it is
        tenant.targets[key] = Target(
            url=change["url"],
            headers=change.get("headers") or {},
            credentials=change.get("credentials") or {},
            since=known.since if known else change.get("since", tenant.log.end()),
        )


def _pass_on(tenant: Tenant, change: Mapping[str, Any]) -> None:
    tenant.passed_on = max(change["position"], tenant.passed_on or 0)


def _hurt(tenant: Tenant, change: Mapping[str, Any]) -> None:
    tenant.faults.order(fault_from(change))


def _heal(tenant: Tenant, change: Mapping[str, Any]) -> None:
    tenant.faults.clear(change["vendor"], change["operation"])


_CHANGES: Mapping[str, Callable[[Tenant, Mapping[str, Any]], None]] = {
    "clock": _reclock,
    "target": _retarget,
    "passed_on": _pass_on,
    "settings": _resettle,
    "fault": _hurt,
    "well": _heal,
}


class Ledger:
    """An append-only file of JSON lines that several processes write to; each reads what it has not read yet."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._file = os.open(path, os.O_CREAT | os.O_APPEND | os.O_RDWR | os.O_CLOEXEC, 0o600)
        self._read = 0

    def has_grown(self) -> bool:
        """Whether there is something unread."""
        return os.fstat(self._file).st_size > self._read

    def news(self) -> list[dict[str, Any]]:
        """The lines not read yet; a line torn by a killed process is passed over."""
        data = os.pread(self._file, max(0, os.fstat(self._file).st_size - self._read), self._read)
        whole = data.rfind(b"\n") + 1
        self._read += whole
        return [line for text in data[:whole].splitlines() if (line := _parsed(text)) is not None]

    def append(self, line: Mapping[str, Any]) -> None:
        """Write one line."""
        try:
            os.write(self._file, orjson.dumps(line) + b"\n")
        except OSError as error:
            raise StorageError(f"The ledger {self._path} cannot be written: {error.strerror}.") from error

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def _parsed(text: bytes) -> dict[str, Any] | None:
    try:
        line = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return line if isinstance(line, dict) and "tenant" in line else None


def milliseconds(instant: datetime) -> int:
    """An aware instant as the journal keeps it."""
    return round(instant.timestamp() * 1000)


def instant(value: int) -> datetime:
    """The journal's instant as an aware datetime."""
    return datetime.fromtimestamp(value / 1000, UTC)
