"""The shape that a vendor's folder fills. It knows no vendor, no Flask and no socket.

Words: an *operation* is one endpoint; a *channel* is a way the vendor speaks out (`webhook`, or the name of another
vendor that it feeds); a *message* is one rendered request on a channel; an *input* is one set of credentials of a
vendor's (`default`, or `revenuecat-ios` for a partner's feed).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple, Protocol

from mockserver.journal.entry import Entry, Finding, Part, Verdict
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.folds import Folds
from mockserver.tenants import Grant, Issuer
from mockserver.vendors.switches import Wanted

__all__ = [
    "Answer",
    "Authenticator",
    "Call",
    "Channel",
    "Cors",
    "Delivery",
    "Documents",
    "Feed",
    "Forwarding",
    "Grant",
    "Handler",
    "Ids",
    "Inputs",
    "Issuer",
    "Keyring",
    "Message",
    "Operation",
    "Problem",
    "Reading",
    "Refusal",
    "TenantView",
    "Vendor",
    "VendorError",
    "Writing",
    "no_headers",
]


class Answer(NamedTuple):
    """What goes back: `verdict` None means accepted below 400 and rejected from there on.

    `details` are kept with the entry, for whoever folds it: what was decided that neither request nor answer says.
    """

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    verdict: Verdict | None = None
    findings: tuple[Finding, ...] = ()
    details: Mapping[str, Any] = {}


class Problem(StrEnum):
    """What the core refuses on a vendor's behalf; the vendor says it in its own shape."""

    UNKNOWN_PATH = "unknown_path"  # 404
    METHOD_NOT_ALLOWED = "method_not_allowed"  # 405
    TOO_LARGE = "too_large"  # 413
    BAD_ENCODING = "bad_encoding"  # 400
    FAULT = "fault"  # whatever status a tester ordered
    INTERNAL = "internal"  # 500: a bug of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A refusal to be put into a vendor's words. `retry_after` is in seconds.

    `operation` is the name of the one that was called, empty when no operation has the `path`.
    """

    problem: Problem
    status: int
    message: str
    headers: tuple[tuple[str, str], ...] = ()
    retry_after: int | None = None
    operation: str = ""
    path: str = ""

    @property
    def all_headers(self) -> tuple[tuple[str, str], ...]:
        """Its headers, with `Retry-After` where, and only where, a tester has ordered one."""
        waiting = () if self.retry_after is None else (("retry-after", str(self.retry_after)),)
        return (*self.headers, *waiting)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cors:
    """What browsers of any origin may do: methods and headers of requests, and headers of answers they may read."""

    methods: tuple[str, ...] = ("GET", "POST", "OPTIONS")
    headers: tuple[str, ...] = ()
    exposed: tuple[str, ...] = ()
    max_age: int | None = None

    @property
    def answer(self) -> tuple[tuple[str, str], ...]:
        """The headers of every answer, refusals included."""
        origin = ("access-control-allow-origin", "*")
        return (origin, ("access-control-expose-headers", ", ".join(self.exposed))) if self.exposed else (origin,)

    @property
    def preflight(self) -> tuple[tuple[str, str], ...]:
        """The headers of the answer to a preflight, which carries no credentials."""
        age = () if self.max_age is None else (("access-control-max-age", str(self.max_age)),)
        return (
            *self.answer,
            ("access-control-allow-methods", ", ".join(self.methods)),
            ("access-control-allow-headers", ", ".join(self.headers)),
            *age,
        )


class VendorError(Exception):
    """A refusal by a vendor's own rules; children carry code and status and know their body."""

    status = 400

    def answer(self) -> Answer:
        """The refusal as the vendor would send it."""
        raise NotImplementedError  # a child always says it: the contract test raises each of them


class Documents(Protocol):
    """What a vendor remembers of one tenant: JSON objects by kind and id, folded from the log (`Vendor.remember`)."""

    def get(self, kind: str, id: str) -> dict[str, Any] | None:  # noqa: A002  the word every document store uses
        """A copy of the document, or None."""

    def put(self, kind: str, id: str, value: Mapping[str, Any]) -> None:  # noqa: A002  as above
        """Store or replace it."""

    def delete(self, kind: str, id: str) -> None:  # noqa: A002  as above
        """Forget it; unknown ids are fine."""

    def all(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """Every document of the kind as (id, value), in order of first storing."""


class TenantView(Protocol):
    """What a vendor may see of a tenant."""

    @property
    def name(self) -> str:
        """Its name, unique on this server."""

    def now(self) -> datetime:
        """The tenant's clock."""

    def credentials(self, vendor: str, input: str = "default") -> Mapping[str, str]:  # noqa: A002  the word of `Call`
        """The tenant's credentials at a vendor, of one of its inputs."""

    def settings(self, vendor: str) -> Mapping[str, Any]:
        """The vendor's settings, with the tenant's changes."""

    def history(self) -> Sequence[LifecycleEvent]:
        """Everything planned to happen to this tenant's subscribers, in order; compare `at` with `now`."""

    def documents(self, vendor: str) -> Documents:
        """What the vendor remembers, caught up with the log."""


@dataclass(slots=True, kw_only=True)
class Call:
    """One request to a vendor, free of any framework.

    `path` is the vendor's own path, `headers` lower-case names to values, `body` what came over the wire, `content`
    the same after its content encoding was undone, `args` the variables of the path. `tenant` and `input` are set
    once the credentials are known.
    """

    vendor: str
    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    content: bytes = b""
    args: Mapping[str, str] = field(default_factory=dict)
    remote: str = ""
    tenant: TenantView = None  # type: ignore[assignment]  # set by the front desk before any handler runs
    input: str = ""


class Keyring(Protocol):
    """Which tenant a token belongs to. A token is whatever text the vendor's `tokens` made of its credentials."""

    def find(self, vendor: str, token: str) -> Grant | None:
        """The owner of the token, or None."""


Handler = Callable[[Call], Answer]
Authenticator = Callable[[Call, Keyring], Grant]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One endpoint: `path` is a Werkzeug rule below the vendor's mount, `title` one line for lists.

    `aliases` are further rules for the same. `authenticate` raises a VendorError when the call is nobody's. `changes`
    means that the answer depends on what the vendor remembers or alters it: such calls of one tenant are served one
    after the other. `cors` lets browsers in. `veil` makes of a body that has secrets in it, the request's or the
    answer's, the one that the journal keeps. `calls_back` means that a channel with addresses of its own may pass it
    on (`Message.url`).
    """

    name: str
    path: str
    handle: Handler
    authenticate: Authenticator
    title: str
    methods: tuple[str, ...] = ("POST",)
    changes: bool = False
    body_limit: int | None = None
    aliases: tuple[str, ...] = ()
    cors: Cors | None = None
    veil: Callable[[bytes], bytes] | None = None
    calls_back: bool = False

    @property
    def paths(self) -> tuple[str, ...]:
        """Every rule by which it is reached."""
        return (self.path, *self.aliases)


class Message(NamedTuple):
    """One request that a vendor would send, complete but for what a sender adds (host, signature, credentials).

    `event` is the name the vendor tells, `subject` whom it is about (the person's id), `at` the instant it is told,
    `id` the vendor's id of the event, the same in every retry. `path` is used when the target is another vendor of
    ours or an origin without a path; with a `url` of its own a message goes there and to no target. `feed` names the
    input whose credentials it is sent with. `skipped` says why it is not sent at all (then it is only recorded).
    `details` are further columns for lists (`cancel_reason`).
    """

    vendor: str
    channel: str
    event: str
    subject: str
    at: datetime
    id: str
    body: bytes
    method: str = "POST"
    path: str = "/"
    url: str = ""
    headers: tuple[tuple[str, str], ...] = (("content-type", "application/json"),)
    amount: Decimal | None = None
    currency: str | None = None
    feed: str | None = None
    environment: str = "production"
    skipped: str = ""
    details: Mapping[str, Any] = MappingProxyType({})


class Ids(Protocol):
    """Random-looking values that are the same for the same seed and the same words."""

    def uuid(self, *words: object) -> str:
        """A version-4-shaped UUID in lower case."""

    def digits(self, count: int, *words: object) -> str:
        """Decimal digits, the first not zero."""

    def hex(self, count: int, *words: object) -> str:
        """Lower-case hexadecimal digits."""

    def number(self, low: int, high: int, *words: object) -> int:
        """An integer from `low` to `high`, both included."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Writing:
    """What a dialect may use beside the event: stable ids, the vendor's settings, the history before the event.

    `told` is at least what happened to the same people and purchases. `delay` is how much later than usual the vendor
    learns of the event: a field that says when it noticed moves, one that says what is true does not, and a message's
    `at` stays as without it (who delivers adds the delay). `documents` are what the vendor remembers of the tenant,
    None where it is nobody's (a scenario that is only shown). `folds` keeps what the dialect has made of `told` under
    these settings.
    """

    ids: Ids
    settings: Mapping[str, Any]
    told: Sequence[LifecycleEvent] = ()
    delay: timedelta = timedelta()
    documents: Documents | None = None
    folds: Folds = field(default_factory=Folds)


@dataclass(frozen=True, slots=True, kw_only=True)
class Forwarding:
    """What a channel may use that passes on what came in: the entry's tenant, and stable ids.

    The ids of an entry's messages must be the same whenever they are rendered: an interrupted server does so anew.
    """

    tenant: TenantView
    ids: Ids


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What signing one attempt may use: the target's credentials and settings, and the instant of the attempt."""

    credentials: Mapping[str, str]
    settings: Mapping[str, Any]
    at: datetime


def no_headers(message: Message, delivery: Delivery) -> Mapping[str, str]:  # noqa: ARG001  the shape of `Channel.sign`
    """A channel that adds nothing to its messages."""
    return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """A way a vendor speaks out.

    `write` renders a lifecycle event as messages: none, one or several. `sign` adds the headers of one attempt
    (authorization, signature). `retries` are the gaps between attempts, `success` which statuses end them, `retry`
    which of the others are tried again (all unless said), `timeout` seconds. `schedule` gives the gaps where a setting
    changes them. An endpoint that has not answered well for as long as `rest` gets no retries until it does. `fetches`
    means that the vendor learns of what nobody tells it by asking the store now and then. `forward` renders what has
    come in by a call and was accepted, where the vendor speaks of that too; it is asked only while the channel has a
    target, or if it is `addressed`: its messages have addresses of their own. A message is sent when its `at` has come;
    if that is later than the entry it is rendered anew then, and dropped if it is no longer among the entry's messages.
    """

    title: str
    write: Callable[[LifecycleEvent, Writing], Sequence[Message]]
    sign: Callable[[Message, Delivery], Mapping[str, str]] = no_headers
    retries: tuple[timedelta, ...] = ()
    success: Callable[[int], bool] = lambda status: 200 <= status < 300
    retry: Callable[[int], bool] = lambda status: True  # noqa: ARG005  every failure, unless a vendor says otherwise
    timeout: float = 10.0
    schedule: Callable[[Mapping[str, Any]], tuple[timedelta, ...]] | None = None
    rest: timedelta | None = None
    fetches: bool = False
    forward: Callable[[Entry, Forwarding], Sequence[Message]] | None = None
    addressed: bool = False

    def gaps(self, settings: Mapping[str, Any]) -> tuple[timedelta, ...]:
        """The gaps between attempts under a tenant's settings."""
        return self.retries if self.schedule is None else self.schedule(settings)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a dialect may use beside the entry.

    Attributes in which other vendors' feeds repeat their own name of an event, and the user's id in the app.
    `documents` gives the reader's own, apart from what `Vendor.remember` writes: entries are read once, in order, so
    what an entry is judged by (a plan) can be put there by the entries before it, and is as it was then.
    """

    name_attributes: tuple[str, ...] = ()
    subject_attributes: tuple[str, ...] = ()
    documents: Callable[[], Documents] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """A vendor's input at another vendor: `platforms` make one input each (`revenuecat-ios`, `revenuecat-android`).

    `name_attribute` is the custom attribute in which the feed repeats its own name of an event, `subject_attribute` the
    user attribute in which it repeats the user's id in the app.
    """

    vendor: str
    platforms: tuple[str, ...] = ("ios", "android")
    name_attribute: str | None = None
    subject_attribute: str | None = None


Inputs = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """A vendor, whole. `hosts` are patterns of its real hosts (`*.mparticle.com`).

    `credentials` makes the credentials of a new tenant, by input: `default` and, where the vendor takes feeds, one
    for each of `issuer.feeds`. `tokens` lists the texts by which requests show those credentials. `read` finds the
    events in an entry that came in, `remember` folds it into what the vendor knows. `settings` are its switches with
    their defaults; a fold finds those that a tenant has changed in the document `settings`, `changed`, as they were
    then. `wanted` is what they may be, beyond having the form of their default. `cors` lets browsers read refusals of
    paths that no operation has.
    """

    title: str
    hosts: tuple[str, ...]
    operations: tuple[Operation, ...]
    refuse: Callable[[Refusal], Answer]
    credentials: Callable[[Issuer], Inputs]
    tokens: Callable[[Inputs], Iterable[tuple[str, str]]]
    read: Callable[[Entry, Reading], Sequence[Part]]
    remember: Callable[[Entry, Documents], None] | None = None
    channels: Mapping[str, Channel] = field(default_factory=dict)
    feeds: tuple[Feed, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    wanted: Mapping[str, Wanted] = field(default_factory=dict)
    imitated: tuple[str, ...] = ()
    not_imitated: tuple[str, ...] = ()
    cors: Cors | None = None
