"""The runs that this process is playing: in the request that asked for one, or in a thread of their own."""

from __future__ import annotations

import logging
from threading import Lock, Thread
from typing import TYPE_CHECKING

from mockserver.delivery.playback import Pace, Run
from mockserver.delivery.verdict import ENDED
from mockserver.errors import ConflictError, MockServerError
from mockserver.tenants import Tenant

if TYPE_CHECKING:
    from mockserver.parts import Parts

logger = logging.getLogger("mockserver")


class Stage:
    """Plays one run at a time in a tenant, because a run turns the tenant's clock."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._playing: dict[str, Run] = {}
        self._lock = Lock()

    def playing(self, tenant: str) -> Run | None:
        """The run that is being played in a tenant now."""
        return self._playing.get(tenant)

    def play(self, tenant: Tenant, run: Run, pace: Pace, *, wait: bool) -> None:
        """Play a run, to the end or, without `wait`, in a thread.

        Raises:
            ConflictError: another one is being played in this tenant.
        """
        with self._lock:
            other = self._playing.setdefault(tenant.name, run)
        if other is not run:
            raise ConflictError(
                f"{other.key} (run {other.id}) is still being played in tenant {tenant.name}; another can play now."
            )
        if wait:
            self._perform(tenant, run, pace)
        else:
            Thread(target=self._perform_alone, args=(tenant, run, pace), name=f"run-{run.id}", daemon=True).start()

    def _perform(self, tenant: Tenant, run: Run, pace: Pace) -> None:
        failure = "A bug of ours; the server's log has it."
        try:
            self._parts.player.play(tenant, run, pace=pace)
            failure = ""
        except MockServerError as error:
            failure = str(error)
            raise
        finally:
            self._end(tenant, run, failure)

    def _end(self, tenant: Tenant, run: Run, failure: str) -> None:
        try:
            self._parts.recorder.note(tenant, ENDED, {"run": run.id, "error": failure})
        finally:
            self._playing.pop(tenant.name, None)

    def _perform_alone(self, tenant: Tenant, run: Run, pace: Pace) -> None:
        try:
            self._perform(tenant, run, pace)
        except MockServerError as error:
            logger.warning("The run %s of %s ended early: %s", run.id, run.key, error)
        except Exception as bug:
            logger.exception("A bug of ours while playing %s", run.key)
            self._parts.desk.bugs.append(bug)
