"""Time that passes by itself: while a tenant's clock runs, what falls due happens without anybody turning it.

So a subscriber in a store's sandbox renews every five minutes on a server that is left alone, and a retry comes when
its vendor would make it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from datetime import datetime
from threading import Condition, Thread
from weakref import WeakKeyDictionary

from mockserver.errors import MockServerError
from mockserver.tenants import Tenant

logger = logging.getLogger("mockserver")
_AGAIN = 5.0  # seconds until somebody who was busy, or whose vendors could not tell, is looked at again


class Ticker:
    """Waits for the next thing that falls due anywhere; its thread begins when there is anything to wait for.

    Args:
        dues: Each tenant with anything to come by itself, and when: not by a clock that stands before that.
        catch_up: Lets happen what has fallen due in a tenant.
        apart: Whether each tenant is to have a thread of its own for that, so that no one waits for another.
    """

    def __init__(
        self,
        dues: Callable[[], list[tuple[Tenant, datetime]]],
        catch_up: Callable[[Tenant], None],
        *,
        apart: bool = False,
    ) -> None:
        self._dues = dues
        self._catch_up = catch_up
        self._apart = apart
        self._busy: set[Tenant] = set()
        self._changed = Condition()
        self._looked = True
        self._stopped = False
        self._thread: Thread | None = None
        self._put_off: WeakKeyDictionary[Tenant, float] = WeakKeyDictionary()

    def wake(self) -> None:
        """Look again: something has changed."""
        with self._changed:
            self._looked = False
            if self._thread is None and not self._stopped:
                self._thread = Thread(target=self._tick, name="ticker", daemon=True)
                self._thread.start()
            self._changed.notify()

    def stop(self) -> None:
        """Stop waiting; when this returns, nothing happens by itself any more."""
        with self._changed:
            self._stopped = True
            self._changed.notify()
        if self._thread is not None:
            self._thread.join(_AGAIN)

    def _tick(self) -> None:
        while not self._stopped:
            waits = [self._wait(tenant, due) for tenant, due in self._dues() if tenant not in self._busy]
            with self._changed:
                self._changed.wait_for(lambda: self._stopped or not self._looked, min(waits, default=None))
                self._looked = True
            for tenant, due in () if self._stopped else self._dues():
                if tenant not in self._busy and self._wait(tenant, due) <= 0:
                    self._begin(tenant)

    def _wait(self, tenant: Tenant, due: datetime) -> float:
        """Seconds until a tenant is to be looked at."""
        put_off = self._put_off.get(tenant, 0.0) - time.monotonic()
        return max((due - tenant.now()).total_seconds(), put_off)

    def _begin(self, tenant: Tenant) -> None:
        if not self._apart:
            self._let_happen(tenant)
            return
        self._busy.add(tenant)
        Thread(target=self._let_happen_apart, args=(tenant,), name=f"ticker of {tenant.name}", daemon=True).start()

    def _let_happen_apart(self, tenant: Tenant) -> None:
        self._let_happen(tenant)
        self._busy.discard(tenant)
        self.wake()

    def _let_happen(self, tenant: Tenant) -> None:
        try:
            self._catch_up(tenant)
        except MockServerError as error:
            self._put_off[tenant] = time.monotonic() + _AGAIN
            logger.info("What has fallen due in %s waits: %s", tenant.name, error)
        except Exception:
            self._put_off[tenant] = time.monotonic() + _AGAIN
            logger.exception("A bug of ours while time passed in %s", tenant.name)
