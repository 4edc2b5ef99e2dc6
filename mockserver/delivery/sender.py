"""One attempt to deliver one message: signed, posted, kept as an entry whatever comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mockserver.delivery.plan import Telling
from mockserver.delivery.targets import check_target
from mockserver.errors import MockServerError
from mockserver.journal.entry import Direction, Finding, Severity, Verdict
from mockserver.journal.recorder import Recorder, masked, now
from mockserver.tenants import Target, Tenant
from mockserver.vendors.contract import Delivery, Vendor

if TYPE_CHECKING:
    import requests

WSGI = Callable[[dict[str, Any], Any], Any]
_ANSWER_LIMIT = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What came of one attempt. `status` 0 means that no answer came; `outcome` says it in a word."""

    outcome: str
    status: int = 0
    answer: bytes = b""
    error: str = ""


class Sender:
    """Posts messages. What goes to this server itself takes no socket: it enters the application directly."""

    def __init__(
        self, app: WSGI, url: str, vendors: Mapping[str, Vendor], recorder: Recorder, allowed: tuple[str, ...]
    ):
        self.url = url
        self._app = app
        self._vendors = vendors
        self._recorder = recorder
        self._allowed = allowed

    def target(self, tenant: Tenant, telling: Telling) -> Target | None:
        """Where a message goes: as configured, else a feed goes to this server's own mock of the vendor it feeds."""
        message = telling.message
        found = tenant.targets.get((message.vendor, message.channel))
        if found is None and message.channel in self._vendors:
            return Target(url=f"{self.url}/{message.channel}{message.path}", headers={}, credentials={})
        return found

    def attempt(self, tenant: Tenant, telling: Telling, number: int, at: datetime, run: str) -> Attempt:
        """Try once, at an instant of the tenant's clock, and keep the entry."""
        message = telling.message
        target = None if message.skipped else self.target(tenant, telling)
        if target is None:
            attempt = Attempt(outcome="skipped" if message.skipped else "no target")
            self._keep(tenant, telling, number, run, attempt, "", {})
            return attempt
        headers = {**dict(message.headers), **self._signed(tenant, telling, target, at), **target.headers}
        attempt = self._post(telling, target.url, headers)
        self._keep(tenant, telling, number, run, attempt, target.url, headers)
        return attempt

    def _signed(self, tenant: Tenant, telling: Telling, target: Target, at: datetime) -> Mapping[str, str]:
        message = telling.message
        receiver = message.channel if message.channel in self._vendors else message.vendor
        own = tenant.inputs.get(receiver, {}).get(message.feed or "default", {})
        delivery = Delivery(credentials={**own, **target.credentials}, settings=tenant.settings(message.vendor), at=at)
        return telling.channel.sign(message, delivery)

    def _post(self, telling: Telling, url: str, headers: Mapping[str, str]) -> Attempt:
        try:
            if url.startswith(f"{self.url}/"):
                status, answer = self._enter(telling, url[len(self.url) :], headers)
            else:
                check_target(url, self._vendors, self._allowed)
                status, answer = self._send(telling, url, headers)
        except MockServerError as error:
            return Attempt(outcome="forbidden", error=str(error))
        except OSError as error:  # what `requests` raises is one
            return Attempt(outcome="failed", error=f"{type(error).__name__}: no answer from {urlsplit(url).netloc}")
        outcome = "delivered" if telling.channel.success(status) else "failed"
        return Attempt(outcome=outcome, status=status, answer=answer)

    def _send(self, telling: Telling, url: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        message = telling.message
        answer = self._session.request(
            message.method,
            url,
            data=message.body,
            headers=dict(headers),
            timeout=telling.channel.timeout,
            allow_redirects=False,
        )
        return answer.status_code, answer.content[:_ANSWER_LIMIT]

    @cached_property
    def _session(self) -> requests.Session:
        import requests

        session = requests.Session()
        session.trust_env = False  # no proxy from the environment: a message goes where it was aimed
        return session

    def _enter(self, telling: Telling, path: str, headers: Mapping[str, str]) -> tuple[int, bytes]:
        message = telling.message
        statuses: list[str] = []
        path, _, query = path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": message.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "0",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_LENGTH": str(len(message.body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(message.body),
            "wsgi.errors": None,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "HTTP_HOST": urlsplit(self.url).netloc,
        }
        for name, value in headers.items():
            key = name.upper().replace("-", "_")
            environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value
        answer = b"".join(self._app(environ, lambda status, _headers, _error=None: statuses.append(status)))
        return int(statuses[0].split(" ", 1)[0]), answer

    def _keep(
        self,
        tenant: Tenant,
        telling: Telling,
        number: int,
        run: str,
        attempt: Attempt,
        url: str,
        headers: Mapping[str, str],
    ) -> None:
        message = telling.message
        details = {
            "event": message.event,
            "subject": message.subject,
            "amount": None if message.amount is None else str(message.amount),
            "currency": message.currency,
            "message": message.id,
            "run": run,
            "attempt": number,
            "outcome": attempt.outcome,
            "step": telling.event.step,
            "skipped": message.skipped,
            **message.details,
        }
        failed = attempt.outcome in {"failed", "forbidden"}
        head: dict[str, Any] = {
            "direction": Direction.OUT,
            "vendor": message.vendor,
            "operation": message.channel,
            "input": message.feed or "",
            "method": message.method,
            "path": url or message.path,
            "headers": masked({name.lower(): value for name, value in headers.items()}),
            "status": attempt.status,
            "verdict": Verdict.REJECTED if failed else Verdict.ACCEPTED,
            "details": {name: value for name, value in details.items() if value not in (None, "")},
        }
        if attempt.error:
            head["findings"] = [Finding("", "not-delivered", attempt.error, Severity.ERROR)]
        self._recorder.write(tenant, head, message.body, attempt.answer, now())
