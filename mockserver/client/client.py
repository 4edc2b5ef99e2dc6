"""Client: everything that can be asked of a mock and ordered of it, for one tenant."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from decimal import Decimal
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import orjson

from mockserver.client.asking import Asking
from mockserver.client.connection import PATIENCE, Connection
from mockserver.client.controls import Clock, Faults, Targets
from mockserver.client.found import Run
from mockserver.client.subscribers import Subscriber
from mockserver.client.transport import InProcess, OverHttp, Transport
from mockserver.client.vendor import VendorView
from mockserver.errors import nearest

if TYPE_CHECKING:
    from mockserver.server import MockServer

URL = "http://127.0.0.1:4600"
DEFAULT = "default"
MADE_UP = ""
_LONG = 600.0


class Client(Asking):
    """One tenant of a mock, here or elsewhere.

    Each vendor is an attribute: `client.NAME.url`, `client.NAME.credentials`, `client.NAME.wait_for(...)`. Questions
    that fail raise AssertionError with what came close.

    Args:
        url: The server's address.
        tenant: Whose world.
        token: The control token, where the server asks for one.
        transport: Another way to the server than HTTP to `url`.
        seed: What `play` and `subscriber` make people, ids and devices from unless they are told otherwise. None is
            the first that the tenant has not played a scenario with, and 0 for a subscriber.
    """

    def __init__(
        self,
        url: str = URL,
        *,
        tenant: str = DEFAULT,
        token: str | None = None,
        transport: Transport | None = None,
        seed: int | None = None,
    ) -> None:
        self._token = token
        self._connection = Connection(transport or OverHttp(url), tenant, token)
        self._known: dict[str, VendorView] | None = None
        self.seed = seed
        super().__init__(self._connection)

    @classmethod
    def of(cls, server: MockServer, *, tenant: str = DEFAULT) -> Self:
        """A client of a server in this process, which needs no socket."""
        transport = InProcess(server.app, server.url)
        return cls(tenant=tenant, transport=transport, token=server.parts.settings.control_token)

    @property
    def url(self) -> str:
        """The server's address, without a slash at the end."""
        return self._connection.transport.url

    @property
    def tenant(self) -> str:
        """The tenant's name."""
        return self._connection.tenant

    @property
    def clock(self) -> Clock:
        """The tenant's clock."""
        return Clock(self._connection)

    @property
    def targets(self) -> Targets:
        """Where messages go."""
        return Targets(self._connection)

    @property
    def faults(self) -> Faults:
        """Commanded failures."""
        return Faults(self._connection)

    @property
    def vendors(self) -> tuple[str, ...]:
        """The names of all vendors."""
        return tuple(self._vendors())

    def vendor(self, name: str) -> VendorView:
        """A vendor by its name, as `client.NAME` has it.

        Raises:
            AttributeError: there is none; the sentence names the nearest.
        """
        known = self._vendors()
        if name not in known:
            raise AttributeError(f"There is no vendor {name!r}.{nearest(name, known)}")
        return known[name]

    def __getattr__(self, name: str) -> VendorView:
        if name.startswith("_"):
            raise AttributeError(name)
        return self.vendor(name)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self.vendors})

    def __repr__(self) -> str:
        return f"<Client of {self.tenant} at {self.url}>"

    def settings(self, vendor: str, **switches: Any) -> dict[str, Any]:
        """A vendor's switches for this tenant, after changing those given."""
        path = ("settings", vendor)
        found: dict[str, Any] = self._connection.put(*path, body=switches) if switches else self._connection.get(*path)
        return found

    def wanted(self, vendor: str) -> dict[str, str]:
        """What a vendor's switches may be, in words, where the form of the default does not say it."""
        found: dict[str, str] = self._connection.get("vendors", vendor)["wanted"]
        return found

    def reset_settings(self, vendor: str) -> None:
        """Put a vendor's switches back to their defaults."""
        self._connection.delete("settings", vendor)

    def revenue(self, subject: str, currency: str = "USD") -> Decimal:
        """What was taken from somebody and not given back, by the events that arrived."""
        return Decimal(self._connection.get("revenue", subject=subject, currency=currency)["amount"])

    def play(
        self,
        scenario: str,
        *,
        vendors: Sequence[str] = (),
        channels: Sequence[str] = (),
        seed: int | None = None,
        pace: str | float = "instant",
        check: bool = True,
    ) -> Run:
        """Play a scenario to its end.

        Args:
            scenario: Its key.
            vendors: Who tells of it; all unless said.
            channels: On which channels; all unless said.
            seed: What people, ids and devices are made from; the client's unless said.
            pace: "instant", or seconds of real time for a day of the story.
            check: Raise AssertionError when what arrived is not what was told.
        """
        __tracebackhide__ = True
        run = self.start(scenario, vendors=vendors, channels=channels, seed=seed, pace=pace, wait=True)
        if check and not run.holds:
            raise AssertionError(str(run))
        return run

    def start(
        self,
        scenario: str,
        *,
        vendors: Sequence[str] = (),
        channels: Sequence[str] = (),
        seed: int | None = None,
        pace: str | float = "instant",
        wait: bool = False,
    ) -> Run:
        """Begin to play a scenario and go on; `run` tells how far it is."""
        body = {
            "scenario": scenario,
            "vendors": list(vendors),
            "channels": list(channels),
            "pace": pace,
            "wait": wait,
        }
        return Run(self._connection.post("runs", body=body | self._seeded(seed), patience=_long(pace)))

    def run(self, id: str) -> Run:  # noqa: A002  the word the control API uses
        """A run by its id."""
        return Run(self._connection.get("runs", id))

    def subscriber(  # noqa: PLR0913  what may be said of somebody, all by name
        self,
        *,
        store: str = "app_store",
        product: str | None = None,
        trial: str | None = None,
        price: Decimal | float | str | None = None,
        period: str | None = None,
        customer_id: str | None = None,
        anonymous: bool = False,
        mpid: str | None = MADE_UP,
        country: str | None = None,
        environment: str | None = None,
        seed: int | None = None,
        vendors: Sequence[str] = (),
        buys: bool = True,
    ) -> Subscriber:
        """Somebody who begins now, and lives on as the clock is turned. What is left out is made up from the seed.

        Args:
            store: app_store, play_store, stripe, amazon or promo.
            product: One of the catalogue (premium.monthly unless said), or any with `price` and `period`.
            trial: A free trial to begin with: P7D.
            price: What the product costs, in its currency.
            period: How long it is paid for: P1M.
            customer_id: The app's own id.
            anonymous: They have not logged in.
            mpid: mParticle's id as the app knows it; None when it never set one.
            country: Where they are: US.
            environment: production or sandbox.
            seed: What person, ids and devices are made from.
            vendors: Who tells of them; all unless said.
            buys: False for somebody who waits for the first act.
        """
        said: dict[str, Any] = {
            "product": product,
            "trial": trial,
            "price": None if price is None else str(price),
            "period": period,
            "customer_id": customer_id,
            "country": country,
            "environment": environment,
        }
        body = {name: value for name, value in said.items() if value is not None}
        body |= {"store": store, "anonymous": anonymous, "buys": buys, "vendors": list(vendors)}
        body |= self._seeded(seed) | ({} if mpid == MADE_UP else {"mpid": mpid})
        return Subscriber(self._connection, self._connection.post("subscribers", body=body))

    def find_subscriber(self, name: str) -> Subscriber:
        """Somebody by id, or by any id that the app has for them.

        Raises:
            NotFoundError: there is nobody.
        """
        return Subscriber(self._connection, self._connection.get("subscribers", name))

    def verbs(self) -> list[dict[str, Any]]:
        """What subscribers, stores and the developer can do, with the words that go with it."""
        found: list[dict[str, Any]] = self._connection.get("subscribers", "verbs")["verbs"]
        return found

    def subscribers(self) -> list[Subscriber]:
        """Everybody who lives in this tenant, in order of coming."""
        return [Subscriber(self._connection, row) for row in self._connection.get("subscribers")["subscribers"]]

    def reset(self) -> None:
        """Make the tenant's world new: journal, state, clock, targets, faults, settings. Credentials stay."""
        self._connection.post("reset")

    def page(
        self,
        search: str = "",
        *,
        limit: int = 100,
        after: int | None = None,
        order: str = "newest",
        within: float | None = None,
    ) -> dict[str, Any]:
        """A page of entries as the control API gives it: `entries`, `next`, `total`; `within` waits for the first."""
        query = {"q": search or None, "limit": limit, "after": after, "order": order, "within": within}
        found: dict[str, Any] = self._connection.call(
            "GET", ("entries",), query=query, patience=PATIENCE + (within or 0)
        )
        return found

    def entry(self, id: str = "latest") -> dict[str, Any]:  # noqa: A002  as above
        """An entry with everything that went over the wire."""
        found: dict[str, Any] = self._connection.get("entries", id)
        return found

    def export(self, search: str = "") -> bytes:
        """Entries with everything in them, one JSON object a line."""
        return self._connection.send("GET", ("entries.jsonl",), {"q": search or None}, b"", _LONG)

    def take_in(self, lines: bytes) -> int:
        """Take in lines that were exported; how many there were."""
        answer = self._connection.send("POST", ("entries.jsonl",), {}, lines, _LONG, "application/x-ndjson")
        return int(orjson.loads(answer)["imported"])

    def clear(self) -> None:
        """Forget the tenant's journal, and what the vendors made of it."""
        self._connection.delete("entries")

    def new_tenant(self, name: str | None = None) -> Client:
        """A client of a fresh tenant on the same server."""
        made = self._connection.post("tenants", body={"name": name} if name else {})
        client = Client(tenant=made["name"], token=self._token, transport=self._connection.transport, seed=self.seed)
        client._known = _views(client._connection, made)
        return client

    def with_tenant(self, name: str) -> Client:
        """A client of another tenant on the same server."""
        return Client(tenant=name, token=self._token, transport=self._connection.transport, seed=self.seed)

    def tenants(self) -> list[dict[str, Any]]:
        """All tenants of the server, with what to paste into an app."""
        found: list[dict[str, Any]] = self._connection.get("tenants")["tenants"]
        return found

    def describe(self) -> dict[str, Any]:
        """The tenant, with what to paste into an app."""
        found: dict[str, Any] = self._connection.get("tenants", self.tenant)
        return found

    def delete(self) -> None:
        """Delete the tenant with everything it has seen."""
        self._connection.delete("tenants", self.tenant)

    @contextmanager
    def intercept(self, *, passing: Sequence[str] = ()) -> Iterator[Self]:
        """Lead `requests` to the vendors' real hosts here, with no socket.

        Loopback and hosts of the patterns in `passing` stay reachable; others are refused. This needs a server in the
        same process.
        """
        from mockserver.intercept import intercepted

        transport = self._connection.transport
        if not isinstance(transport, InProcess):
            raise TypeError("Only a server in this process can be entered without a socket: Client.of(MockServer()).")
        hosts = [host for vendor in self._connection.get("vendors")["vendors"] for host in vendor["hosts"]]
        with intercepted(transport.app, hosts, passing):
            yield self

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _seeded(self, seed: int | None) -> dict[str, int]:
        """The seed to order something with; none leaves it to the server."""
        chosen = self.seed if seed is None else seed
        return {} if chosen is None else {"seed": chosen}

    def _vendors(self) -> Mapping[str, VendorView]:
        if self._known is None:
            self._known = _views(self._connection, self.describe())
        return self._known


def _views(connection: Connection, tenant: Mapping[str, Any]) -> dict[str, VendorView]:
    return {name: VendorView(connection, name, access) for name, access in tenant["vendors"].items()}


def _long(pace: str | float) -> float:
    """How long a run may take: a story of ten years at its pace."""
    return PATIENCE if isinstance(pace, str) else PATIENCE + 3660 * pace
