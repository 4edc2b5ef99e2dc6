"""One attempt to deliver one message: signed, posted, kept as an entry whatever comes of it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cached_property, lru_cache
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from mockserver.delivery.mishaps import Scripted
from mockserver.delivery.plan import Sending
from mockserver.delivery.targets import check_target
from mockserver.errors import MockServerError
from mockserver.journal.entry import Direction, Finding, Severity, Verdict
from mockserver.journal.recorder import Recorder, masked, now
from mockserver.tenants import Target, Tenant
from mockserver.vendors.contract import Delivery, Vendor

if TYPE_CHECKING:
    import requests

WSGI = Callable[[dict[str, Any], Any], Any]
DELIVERED, FAILED, GIVEN_UP, FORBIDDEN, NO_TARGET, SKIPPED = (
    *("delivered", "failed", "given up", "forbidden"),
    *("no target", "skipped"),
)
_ANSWER_LIMIT = 64 * 1024
_BAD = frozenset({FAILED, GIVEN_UP, FORBIDDEN})
_OUT, _VERDICTS = str(Direction.OUT), (str(Verdict.ACCEPTED), str(Verdict.REJECTED))  # as the log has them


class Post(NamedTuple):
    """One attempt to be made, at an instant of the tenant's clock.

    `retried` says whether another attempt follows if this one is answered with a status (0: not at all). `scripted` is
    what the endpoint answers because the scenario says so. `by_hand` means that it was accepted before.
    """

    telling: Sending
    number: int
    at: datetime
    run: str = ""
    retried: Callable[[int], bool] = lambda status: False  # noqa: ARG005  nobody tries again unless said
    scripted: Scripted | None = None
    by_hand: bool = False


class Attempt(NamedTuple):
    """What came of one attempt. `status` 0 means that no answer came; `outcome` says it in a word.

    `made_up` says that it is not what the endpoint has answered.
    """

    outcome: str
    status: int = 0
    answer: bytes = b""
    error: str = ""
    made_up: bool = False


class Sender:
    """Posts messages. What goes to this server itself takes no socket: it enters the application directly."""

    def __init__(
        self, app: WSGI, url: str, vendors: Mapping[str, Vendor], recorder: Recorder, allowed: tuple[str, ...]
    ):
        self.url = url
        self._host = urlsplit(url).netloc
        self._app = app
        self._vendors = vendors
        self._recorder = recorder
        self._allowed = allowed

    def target(self, tenant: Tenant, telling: Sending) -> Target | None:
        """Where a message goes: as configured, else a feed goes to this server's own mock of the vendor it feeds."""
        message = telling.message
        if message.url:
            return Target(url=message.url, headers={}, credentials={})
        found = tenant.targets.get((message.vendor, message.channel))
        if found is None and message.channel in self._vendors:
            return Target(url=f"{self.url}/{message.channel}{message.path}", headers={}, credentials={})
        if found is not None and message.path != "/" and urlsplit(found.url).path in {"", "/"}:
            return replace(found, url=f"{found.url.rstrip('/')}{message.path}")  # an origin: the vendor's own path
        return found

    def attempt(self, tenant: Tenant, post: Post) -> Attempt:
        """Try once and keep the entry."""
        telling = post.telling
        if telling.message.skipped:
            return self._keep(tenant, post, Attempt(outcome=SKIPPED), "", {})
        target = self.target(tenant, telling)
        if target is None and post.scripted is None:
            return self._keep(tenant, post, Attempt(outcome=NO_TARGET), "", {})
        url, more = (target.url, target.headers) if target else ("", {})
        headers = {**dict(telling.message.headers), **self._signed(tenant, telling, target, post.at), **more}
        attempt = self._made(tenant, post, url, headers)
        if attempt.outcome == FAILED and not (post.by_hand or post.retried(attempt.status)):
            attempt = attempt._replace(outcome=GIVEN_UP)
        return self._keep(tenant, post, attempt, url, headers)

    def _signed(self, tenant: Tenant, telling: Sending, target: Target | None, at: datetime) -> Mapping[str, str]:
        message = telling.message
        owner = message.channel if message.channel in self._vendors else message.vendor  # a feed has its input there
        own = tenant.inputs.get(owner, {}).get(message.feed or "default", {})
        given = target.credentials if target else {}
        delivery = Delivery(credentials={**own, **given}, settings=tenant.settings(message.vendor), at=at)
        return telling.channel.sign(message, delivery)

    def _made(self, tenant: Tenant, post: Post, url: str, headers: Mapping[str, str]) -> Attempt:
        """The attempt, or what the scenario says came of it.

        An endpoint of the user's gets what is answered badly by the script after it was received: so it sees the same
        message again. Nothing else that fails by the script leaves us.
        """
        telling, scripted = post.telling, post.scripted
        if scripted is None:
            return self._post(telling, url, headers)
        goes_well = telling.channel.success(scripted.status)
        if url and (goes_well or (scripted.received and self._is_users(tenant, telling))):
            attempt = self._post(telling, url, headers)
            if goes_well or attempt.outcome != DELIVERED:
                return attempt
        outcome = DELIVERED if goes_well else FAILED
        return Attempt(outcome=outcome, status=scripted.status, made_up=True)

    def _is_users(self, tenant: Tenant, telling: Sending) -> bool:
        """Whether the message goes where somebody has aimed it."""
        return (telling.message.vendor, telling.message.channel) in tenant.targets

    def _post(self, telling: Sending, url: str, headers: Mapping[str, str]) -> Attempt:
        try:
            if url.startswith(f"{self.url}/"):
                status, answer = self._enter(telling, url[len(self.url) :], headers)
            else:
                check_target(url, self._vendors, self._allowed)
                status, answer = self._send(telling, url, headers)
        except MockServerError as error:
            return Attempt(outcome=FORBIDDEN, error=str(error))
        except OSError as error:  # what `requests` raises is one
            return Attempt(outcome=FAILED, error=f"{type(error).__name__}: no answer from {urlsplit(url).netloc}")
        return Attempt(outcome=DELIVERED if telling.channel.success(status) else FAILED, status=status, answer=answer)

    def _send(self, telling: Sending, url: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        message, patience = telling.message, telling.channel.timeout
        until = time.monotonic() + patience
        with self._session.request(
            message.method,
            url,
            data=message.body,
            headers=dict(headers),
            timeout=patience,
            allow_redirects=False,
            stream=True,
        ) as answer:
            return answer.status_code, _beginning(answer, until)

    @cached_property
    def _session(self) -> requests.Session:
        from http.cookiejar import DefaultCookiePolicy

        import requests

        session = requests.Session()
        session.trust_env = False  # no proxy from the environment: a message goes where it was aimed
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))  # senders of webhooks keep no cookies
        return session

    def _enter(self, telling: Sending, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        message = telling.message
        statuses: list[str] = []
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            **_ENVIRON,
            "REQUEST_METHOD": message.method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_LENGTH": str(len(message.body)),
            "wsgi.input": BytesIO(message.body),
            "wsgi.errors": sys.stderr,
            "HTTP_HOST": self._host,
        }
        for name, value in headers.items():
            environ[_key(name)] = value
        answer = b"".join(self._app(environ, lambda status, _headers, _error=None: statuses.append(status)))
        return int(statuses[0].split(" ", 1)[0]), answer

    def _keep(self, tenant: Tenant, post: Post, attempt: Attempt, url: str, headers: Mapping[str, str]) -> Attempt:
        message = post.telling.message
        head: dict[str, Any] = {
            "direction": _OUT,
            "vendor": message.vendor,
            "operation": message.channel,
            "input": message.feed or "",
            "method": message.method,
            "path": url or message.path,
            "headers": masked({name.lower(): value for name, value in headers.items()}),
            "status": attempt.status,
            "verdict": _VERDICTS[attempt.outcome in _BAD],
            "details": _details(post, attempt),
        }
        if attempt.error:
            head["findings"] = [Finding("", "not-delivered", attempt.error, Severity.ERROR)]
        self._recorder.write(tenant, head, message.body, attempt.answer, now())
        return attempt


def _details(post: Post, attempt: Attempt) -> dict[str, Any]:
    """What the journal keeps of an attempt beside the exchange itself."""
    message = post.telling.message
    details = {
        "event": message.event,
        "subject": message.subject,
        "amount": None if message.amount is None else str(message.amount),
        "currency": message.currency,
        "message": message.id,
        "run": post.run,
        "attempt": post.number,
        "outcome": attempt.outcome,
        "skipped": message.skipped,
        **post.telling.details,
    }
    kept = {name: value for name, value in details.items() if value is not None and value != ""}
    if post.by_hand:
        kept["by_hand"] = True
    if attempt.made_up:
        kept["made_up"] = True
    return kept


_ENVIRON: Mapping[str, Any] = {
    "SCRIPT_NAME": "",
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "0",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "REMOTE_ADDR": "127.0.0.1",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


@lru_cache(maxsize=256)
def _key(header: str) -> str:
    """A header's name as WSGI has it."""
    name = header.upper().replace("-", "_")
    return name if name == "CONTENT_TYPE" else f"HTTP_{name}"


def _beginning(answer: requests.Response, until: float) -> bytes:
    """The beginning of an answer's body: an endpoint that never ends is not waited for."""
    read = bytearray()
    with suppress(OSError):  # the status has come, and that is what a sender goes by
        for piece in answer.iter_content(8192):
            read += piece
            if len(read) >= _ANSWER_LIMIT or time.monotonic() > until:
                break
    return bytes(read[:_ANSWER_LIMIT])
