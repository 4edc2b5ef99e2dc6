"""The control API as calls: JSON in and out, a tenant in each, problems raised as our own errors."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode

import orjson

from mockserver.client.transport import Transport, UnreachableError
from mockserver.errors import ConflictError, InvalidError, MockServerError, NotFoundError

API = "/_mock/api/v1"
PATIENCE = 30.0
LINES = "application/x-ndjson"
_ERRORS: dict[int, type[MockServerError]] = {404: NotFoundError, 409: ConflictError, 422: InvalidError}


class Connection:
    """One tenant's way to the control API."""

    def __init__(self, transport: Transport, tenant: str, token: str | None) -> None:
        self.transport = transport
        self.tenant = tenant
        self._headers = {"authorization": f"Bearer {token}"} if token else {}

    def get(self, *path: str, **query: Any) -> Any:
        """Read something."""
        return self.call("GET", path, query=query)

    def put(self, *path: str, body: Any) -> Any:
        """Set something."""
        return self.call("PUT", path, body=body)

    def post(self, *path: str, body: Any = None, patience: float = PATIENCE) -> Any:
        """Have something done."""
        return self.call("POST", path, body=body, patience=patience)

    def delete(self, *path: str) -> None:
        """Have something forgotten."""
        self.call("DELETE", path)

    def call(
        self,
        method: str,
        path: tuple[str, ...],
        *,
        query: dict[str, Any] | None = None,
        body: Any = None,
        patience: float = PATIENCE,
    ) -> Any:
        """What a resource answers, as JSON; None when it has nothing to say."""
        content = b"" if body is None else orjson.dumps(body, default=_plain)
        answer = self.send(method, path, query or {}, content, patience)
        return orjson.loads(answer) if answer else None

    def send(
        self,
        method: str,
        path: tuple[str, ...],
        query: dict[str, Any],
        body: bytes,
        patience: float = PATIENCE,
        content_type: str = "application/json",
    ) -> bytes:
        """The bytes that a resource answers.

        Raises:
            MockServerError: the sentence that the server said.
        """
        headers = {**self._headers, "content-type": content_type}
        reply = self.transport.send(method, self._target(path, query), headers, body, patience)
        if reply.status >= 400:
            raise _error(reply.status, reply.body, self.transport.url)
        return reply.body

    def follow(self, *path: str, body: Any) -> Iterator[dict[str, Any]]:
        """Have something done that takes its time: the lines that say how far it is, and at last what came of it.

        Raises:
            MockServerError: the sentence that the server said, at once or in the end.
        """
        headers = {**self._headers, "content-type": "application/json", "accept": LINES}
        target, content = self._target(path, {}), orjson.dumps(body, default=_plain)
        answer = self.transport.follow("POST", target, headers, content, PATIENCE)
        if answer.status >= 400:
            raise _error(answer.status, b"".join(answer.lines), self.transport.url)
        for line in answer.lines:
            said = orjson.loads(line)
            if "problem" in said:
                raise _ERRORS.get(said["problem"]["status"], MockServerError)(said["problem"]["detail"])
            yield said

    def _target(self, path: tuple[str, ...], query: dict[str, Any]) -> str:
        target = f"{API}/{'/'.join(quote(part, safe='') for part in path)}"
        words = [(name, value) for name, value in query.items() if value is not None]
        if path[0] not in {"tenants", "vendors", "health"}:
            words.append(("tenant", self.tenant))
        return f"{target}?{urlencode(words, doseq=True)}" if words else target

    def close(self) -> None:
        """Let go of the transport."""
        self.transport.close()


def _plain(value: Any) -> Any:
    """What JSON has no form for."""
    if isinstance(value, Decimal):
        return float(value)  # the server reads it as the decimal that it is written as
    raise TypeError(f"{type(value).__name__} has no form in JSON.")


def _error(status: int, body: bytes, url: str) -> MockServerError:
    try:
        detail = orjson.loads(body)["detail"]
    except (ValueError, KeyError, TypeError):
        return UnreachableError(f"{url} answers {status}, but not as a mock does; is something else running there?")
    return _ERRORS.get(status, MockServerError)(detail)
