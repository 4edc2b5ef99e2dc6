"""Webhooks of what comes in by the API: grants, revocations and recorded transactions (adapty.md §§11.4, 13).

What no call brings (the paywall, the device of somebody whom the app's SDK never saw, when they installed it) is null.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

import orjson

from mockserver.journal.entry import Entry
from mockserver.vendors.adapty import calls, schemas
from mockserver.vendors.adapty.call_properties import Circumstances, access_properties, call_properties
from mockserver.vendors.adapty.flows import ACCESS_LEVEL_UPDATED
from mockserver.vendors.adapty.schemas import webhook_date
from mockserver.vendors.adapty.state import LOADERS, Found, Identity, Memory, instant
from mockserver.vendors.contract import Forwarding, Message

GRANT, REVOKE, SET = "grant_access_level", "revoke_access_level", "set_transaction"
LEVEL, CHAIN = "access_level_id", "store_original_transaction_id"
"""How a call names the access level that it changes."""


def forward(entry: Entry, forwarding: Forwarding) -> Sequence[Message]:
    """The webhooks of an accepted call; a user whose analytics are disabled is told of to nobody (§11.1)."""
    if entry.operation not in (GRANT, REVOKE, SET):
        return ()
    memory = Memory(forwarding.tenant)
    now = _Seen.now(memory, Identity.of(dict(entry.headers)))
    if now is None or now.found.record["fields"].get("analytics_disabled"):
        return ()
    seen = now if entry.status != 200 else now.as_answered(entry)
    scribe = _Scribe(entry, forwarding, LOADERS[entry.operation](entry.content))
    messages = scribe.of_transaction(seen, now) if entry.operation == SET else scribe.of_access(seen)
    return [message for message in messages if message is not None]


class _Seen(NamedTuple):
    """A profile at an instant: as it was answered, and what else is known of it."""

    at: datetime
    data: Mapping[str, Any]
    found: Found
    installed: datetime | None

    @classmethod
    def now(cls, memory: Memory, identity: Identity) -> _Seen | None:
        """As it is; None when there is none any more."""
        found = memory.find(identity)
        if found is None:
            return None
        data = schemas.profile_answer(memory.answer(found))["data"]
        return cls(memory.at, data, found, memory.installed(found))

    def as_answered(self, entry: Entry) -> _Seen:
        """As the call answered it."""
        return self._replace(data=orjson.loads(entry.answer)["data"], at=instant(entry.at))


@dataclass(frozen=True, slots=True)
class _Scribe:
    """Writes the messages of one call."""

    entry: Entry
    forwarding: Forwarding
    body: Mapping[str, Any]

    @property
    def settings(self) -> Mapping[str, Any]:
        """The tenant's switches."""
        return self.forwarding.tenant.settings("adapty")

    def of_access(self, seen: _Seen) -> Iterator[Message | None]:
        """A grant or a revocation: the access level, and nothing when a grant runs out (§1.12, §1.13)."""
        yield from self._access(seen, seen.at, LEVEL)

    def of_transaction(self, seen: _Seen, now: _Seen) -> Iterator[Message | None]:
        """A recorded transaction; the end of its period is told when it comes, if nothing has renewed it by then."""
        if self.entry.details.get(calls.WATCHED):
            return
        before = self.entry.details.get(calls.BEFORE)
        too = self.settings["cancelled_beside_trouble"]
        for one in calls.happenings(self.body, before, seen.at, cancelled_too=too):
            yield self._told(one, before, seen, seen.at)
        if calls.moves_access(self.body, before):
            yield from self._access(seen, seen.at, CHAIN)
        end = calls.ending(self.body, before, seen.at)
        chain = now.found.record["chains"].get(self.body[CHAIN])
        if end is not None and calls.still_ends(self.body, chain):
            yield self._told(end, before, now, end.dated)
            yield from self._access(now, end.dated, CHAIN)

    def _told(self, one: calls.Happening, before: calls.Chain | None, seen: _Seen, at: datetime) -> Message | None:
        come = self._circumstances(seen, at, one.event_type, self.body["store_transaction_id"])
        properties = call_properties(one, self.body, before, come, self.settings)
        return self._message(one.event_type, properties, seen, at, one.dated, one.amount)

    def _access(self, seen: _Seen, at: datetime, by: str) -> Iterator[Message | None]:
        """The access levels that the call is about, by what it names them."""
        if not self.settings[ACCESS_LEVEL_UPDATED]:
            return
        for level in seen.data["access_levels"]:
            if level[by] == self.body[by]:
                words = (ACCESS_LEVEL_UPDATED, at.isoformat(), level["access_level_id"])
                come = self._circumstances(seen, at, *words)
                properties = access_properties(level, self.body, come)
                yield self._message(ACCESS_LEVEL_UPDATED, properties, seen, at, at)

    def _circumstances(self, seen: _Seen, at: datetime, *words: str) -> Circumstances:
        event_id = self.forwarding.ids.uuid("adapty", self.entry.id, *words)
        return Circumstances(event_id, at, seen.data, seen.found.record["fields"], seen.found.person)

    def _message(
        self,
        event_type: str,
        properties: Mapping[str, Any],
        seen: _Seen,
        at: datetime,
        dated: datetime,
        amount: Decimal | None = None,
    ) -> Message | None:
        settings = self.settings
        if event_type in settings["disabled_events"]:
            return None
        name = settings["event_names"].get(event_type, event_type)
        return Message(
            vendor="adapty",
            channel="webhook",
            event=name,
            subject=seen.data["customer_user_id"] or seen.data["profile_id"],
            at=at,
            id=properties["profile_event_id"],
            body=orjson.dumps(self._envelope(name, properties, seen, dated)),
            amount=amount,
            currency=None if amount is None else properties["currency"],
            environment=properties["environment"].lower(),
        )

    def _envelope(self, name: str, properties: Mapping[str, Any], seen: _Seen, dated: datetime) -> dict[str, Any]:
        """The keys of adapty.md §11.2; what is an option comes only with its switch."""
        record, person, settings = seen.found.record, seen.found.person, self.settings
        device = record["installation_meta"]
        own = person.devices[0] if person is not None and person.devices else None
        options = {
            "attributions": {} if settings["send_attribution"] else None,
            "user_attributes": dict(record["attributes"]) if settings["send_user_attributes"] else None,
        }
        return {
            "profile_id": seen.data["profile_id"],
            "customer_user_id": seen.data["customer_user_id"],
            "idfv": device.get("idfv") or (own.idfv if own else None),
            "idfa": device.get("idfa") or (own.idfa if own else None),
            "advertising_id": device.get("advertising_id") or (own.gaid if own else None),
            "profile_install_datetime": webhook_date(seen.installed),
            "user_agent": device.get("user_agent") or None,
            "email": record["fields"].get("email") or (person.email if person is not None else None),
            "event_type": name,
            "event_datetime": webhook_date(dated),
            "event_properties": properties,
            "event_api_version": 1,
            "profiles_sharing_access_level": None,
            "integration_ids": None,
            **{key: value for key, value in options.items() if value is not None},
        }
