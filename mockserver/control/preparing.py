"""Preparing a run, where a vendor's switches may have values of the right form that nobody can tell anything by."""

from __future__ import annotations

import logging

from mockserver.control.current import parts
from mockserver.delivery.plan import Choice
from mockserver.delivery.playback import Run
from mockserver.errors import InvalidError, MockServerError
from mockserver.tenants import Tenant

logger = logging.getLogger("mockserver")


def prepared(tenant: Tenant, key: str, seed: int, choice: Choice) -> Run:
    """A run, planned; nothing is sent yet.

    Raises:
        MockServerError: as `Player.prepare`.
        InvalidError: the vendors cannot tell it as they are set.
    """
    try:
        return parts().player.prepare(tenant, key, seed=seed, choice=choice)
    except MockServerError:
        raise
    except Exception as error:
        changed = sorted(f"{vendor}.{name}" for vendor, values in tenant.changed_settings.items() for name in values)
        if not changed:
            raise
        logger.warning("%s cannot be told with changed settings", key, exc_info=True)
        raise InvalidError(f"{key} cannot be told with {', '.join(changed)} as set: {error!r}.") from error
