"""How a client's calls travel: over a socket, or straight into an application of the same process."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple, Protocol

from mockserver.errors import MockServerError
from mockserver.intercept import WSGI, Reply, enter

if TYPE_CHECKING:
    import requests


class UnreachableError(MockServerError):
    """Nobody answers at the address, or not in time."""

    status = 504
    title = "Unreachable"


class Lines(NamedTuple):
    """An answer that comes line by line."""

    status: int
    lines: Iterator[bytes]


class Transport(Protocol):
    """A way to a server. `url` is its address, without a slash at the end."""

    @property
    def url(self) -> str:
        """The address that the server is known by."""

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes, patience: float) -> Reply:
        """The answer, for which the caller waits so many seconds."""

    def follow(self, method: str, path: str, headers: Mapping[str, str], body: bytes, patience: float) -> Lines:
        """The answer as its lines come, for each of which the caller waits so many seconds."""

    def close(self) -> None:
        """Let go of connections."""


class OverHttp:
    """Through a `requests.Session`; neither a proxy nor a `.netrc` of the environment has a say."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self._session: requests.Session | None = None

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes, patience: float) -> Reply:
        """Send it.

        Raises:
            UnreachableError: no answer, for whatever reason.
        """
        with self._said(patience):
            answer = self._ask(method, path, headers, body, patience)
            return Reply(answer.status_code, tuple(answer.headers.items()), answer.content)

    def follow(self, method: str, path: str, headers: Mapping[str, str], body: bytes, patience: float) -> Lines:
        """Send it.

        Raises:
            UnreachableError: no answer, for whatever reason; also while the lines are read.
        """
        with self._said(patience):
            answer = self._ask(method, path, headers, body, patience, stream=True)
        return Lines(answer.status_code, self._lines(answer, patience))

    def _ask(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, patience: float, *, stream: bool = False
    ) -> requests.Response:
        import requests

        if self._session is None:
            self._session = requests.Session()
            self._session.trust_env = False
        return self._session.request(
            method,
            f"{self.url}{path}",
            headers=dict(headers),
            data=body,
            timeout=patience,
            allow_redirects=False,
            stream=stream,
        )

    def _lines(self, answer: requests.Response, patience: float) -> Iterator[bytes]:
        with self._said(patience), answer:
            yield from answer.iter_lines(chunk_size=None)

    @contextmanager
    def _said(self, patience: float) -> Iterator[None]:
        """Say what went wrong in a sentence."""
        import requests

        try:
            yield
        except requests.ReadTimeout as error:
            raise UnreachableError(f"{self.url} has not answered within {patience:g} seconds.") from error
        except (requests.RequestException, ValueError) as error:
            raise UnreachableError(f"Nothing answers at {self.url}; `mockserver serve` starts a server.") from error

    def close(self) -> None:
        """Close the connection, if there is one."""
        if self._session is not None:
            self._session.close()
            self._session = None


class InProcess:
    """Into the application itself: no socket, no thread, about a millisecond."""

    def __init__(self, app: WSGI, url: str) -> None:
        self.app = app
        self.url = url

    def send(self, method: str, path: str, headers: Mapping[str, str], body: bytes, patience: float) -> Reply:  # noqa: ARG002  the application keeps to the time it was asked to take
        """Call the application."""
        return enter(self.app, method, f"{self.url}{path}", headers, body)

    def follow(self, method: str, path: str, headers: Mapping[str, str], body: bytes, patience: float) -> Lines:
        """Call the application; all lines come at once."""
        reply = self.send(method, path, headers, body, patience)
        return Lines(reply.status, iter(reply.body.splitlines()))

    def close(self) -> None:
        """Nothing to let go of."""
