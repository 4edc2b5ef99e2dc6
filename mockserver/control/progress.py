"""Long work told as it goes on: lines of JSON, the last of which is what came of it."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from queue import SimpleQueue
from threading import Thread
from typing import Any

import orjson
from flask import Response, request

from mockserver.control.current import parts
from mockserver.control.schemas import written
from mockserver.errors import MockServerError

LINES = "application/x-ndjson"
Tell = Callable[[int, int, datetime], None]
logger = logging.getLogger("mockserver")
_OFTEN = 0.2


def wants_lines() -> bool:
    """Whether the client asks for progress; nobody who just takes anything does."""
    return bool(request.accept_mimetypes.provided and request.accept_mimetypes.best == LINES)


def streamed(work: Callable[[Tell], Mapping[str, Any]]) -> Response:
    """An answer that says how far the work is, and goes on with it should the client leave.

    Lines are `{"done", "total", "at"}`, then `{"result"}` or, where it failed, `{"problem"}`.
    """
    lines: SimpleQueue[bytes | None] = SimpleQueue()
    bugs = parts().desk.bugs

    def run() -> None:
        try:
            lines.put(_line({"result": dict(work(_teller(lines)))}))
        except MockServerError as error:
            lines.put(_line({"problem": {"status": error.status, "title": error.title, "detail": str(error)}}))
        except Exception as bug:
            logger.exception("A bug of ours in the work for a client")
            bugs.append(bug)
            detail = "The mock has failed; its log says why."
            lines.put(_line({"problem": {"status": 500, "title": "Internal error", "detail": detail}}))
        finally:
            lines.put(None)

    Thread(target=run, name="progress", daemon=True).start()
    return Response(iter(lines.get, None), mimetype=LINES)


def _teller(lines: SimpleQueue[bytes | None]) -> Tell:
    told = 0.0

    def tell(done: int, total: int, at: datetime) -> None:
        nonlocal told
        if time.monotonic() - told > _OFTEN:
            told = time.monotonic()
            lines.put(_line({"done": done, "total": total, "at": written(at)}))

    return tell


def _line(content: Mapping[str, Any]) -> bytes:
    return orjson.dumps(content) + b"\n"
