"""What of a batch is kept from profiles and outputs because its plan does not have it (mparticle.md §6.4).

Blocking is off unless a version's document or the setting `plan_blocking` turns it on. Only what is unplanned is ever
blocked, never identities, never values that are merely invalid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from mockserver.vendors.mparticle.plans.definitions import UNPLANNED, Violation
from mockserver.vendors.mparticle.plans.points import USER_ATTRIBUTES
from mockserver.vendors.mparticle.plans.validation import Result

ALLOW, DROP_EVENT, DROP_ATTRIBUTE = "allow", "drop_event", "drop_attribute"

_BLOCKABLE: Final = ("custom_event", "screen_view", "product_action", "promotion_action", "product_impression")
"""Types of data points whose absence blocks an event: the others cannot be planned in reality (mparticle.md §6.2)."""


class Blocks(NamedTuple):
    """Which unplanned data is blocked: events, event attributes, user attributes. `id` is for kits alone (§5.1)."""

    ev: bool = False
    ea: bool = False
    ua: bool = False
    id: bool = False

    @classmethod
    def of_document(cls, document: Mapping[str, Any]) -> Blocks:
        """What a version's own settings say, as mParticle's models have them."""
        settings = document.get("settings")
        actions = settings.get("validation_actions") if isinstance(settings, dict) else None
        if not isinstance(actions, dict):
            return cls()
        return cls(
            ev=actions.get("event") == DROP_EVENT,
            ea=actions.get("event_attribute") == DROP_ATTRIBUTE,
            ua=actions.get("user_attribute") == DROP_ATTRIBUTE,
        )

    @classmethod
    def of(cls, document: Mapping[str, Any], settings: Mapping[str, Any]) -> Blocks:
        """What a version or the setting of its tenant turns on."""
        wanted, own = settings["plan_blocking"], cls.of_document(document)
        return cls(*(getattr(own, name) or wanted.get(name) is True for name in cls._fields))

    def action(self, result: Result, violation: Violation) -> str:
        """What becomes of the data that a violation is about."""
        if violation.kind != UNPLANNED:
            return ALLOW
        if isinstance(result.at, str):
            return DROP_ATTRIBUTE if self.ua and result.at == USER_ATTRIBUTES else ALLOW
        if violation.keyword is not None:
            return DROP_ATTRIBUTE if self.ea else ALLOW
        is_blockable = result.match is not None and result.match["type"] in _BLOCKABLE
        return DROP_EVENT if self.ev and is_blockable else ALLOW
