"""How Adapty says what happened: reads the profile calls that come in, writes webhooks (adapty.md §11, §12)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import orjson

from mockserver.journal.entry import Entry, Part, RecordedEvent, Verdict
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.subscriber import Person
from mockserver.vendors.adapty.access import Access, accesses, keep_books
from mockserver.vendors.adapty.findings import findings_of
from mockserver.vendors.adapty.flows import ACCESS_LEVEL_UPDATED, Told, still_active, tell
from mockserver.vendors.adapty.properties import Profile, access_properties, told_properties
from mockserver.vendors.adapty.purchases import profile_of
from mockserver.vendors.adapty.schemas import webhook_date
from mockserver.vendors.adapty.sharing import Ledger
from mockserver.vendors.adapty.state import Identity
from mockserver.vendors.contract import Delivery, Message, Reading, Writing

EVENTS = {
    "create_profile": "profile_created",
    "update_profile": "profile_updated",
    "delete_profile": "profile_deleted",
    "grant_access_level": "access_level_granted",
    "revoke_access_level": "access_level_revoked",
    "set_transaction": "transaction_set",
}
VERIFICATION = "verification"
CHECK = "adapty_check"


def read(entry: Entry, reading: Reading) -> Sequence[Part]:  # noqa: ARG001  the shape of `Vendor.read`
    """One part for each call: whom it is about, and what it wrote. Reading a profile is no event."""
    body, answer = _json(entry.content), _json(entry.answer)
    name = EVENTS.get(entry.operation)
    kept = entry.verdict is Verdict.ACCEPTED
    event = [] if name is None else [RecordedEvent(name, entry.operation, at=entry.at, verdict=entry.verdict)]
    return [
        Part(
            subjects=_subjects(entry, answer if kept else None),
            events=tuple(event),
            findings=findings_of(entry, body),
            verdict=entry.verdict,
        )
    ]


def _subjects(entry: Entry, answer: Any) -> tuple[tuple[str, str], ...]:
    identity = Identity.of(dict(entry.headers))
    data = answer.get("data") if isinstance(answer, dict) else None
    data = data if isinstance(data, dict) else {}
    pairs = (
        ("customer_id", data.get("customer_user_id") or identity.customer_user_id),
        ("profile_id", data.get("profile_id") or identity.profile_id),
    )
    return tuple((kind, value) for kind, value in pairs if value)


def _json(content: bytes) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        return None


def write_webhook(event: LifecycleEvent, writing: Writing) -> Sequence[Message]:
    """The webhooks of a transition: about its transactions first, then one for each access level that changed."""
    books = keep_books(event, writing)
    pen = Pen(event, writing, books.after)
    settings = writing.settings
    told = [
        *still_active(event, writing.told, settings),
        *tell(event, cancelled_too=settings["cancelled_beside_trouble"]),
    ]
    messages = [pen.about_transaction(one) for one in told]
    if settings[ACCESS_LEVEL_UPDATED]:
        messages += [pen.about_access(one) for one in accesses(event, books)]
    return [message for message in messages if message is not None]


@dataclass(frozen=True, slots=True)
class Pen:
    """Writes the messages of one lifecycle event."""

    event: LifecycleEvent
    writing: Writing
    ledger: Ledger

    def about_transaction(self, told: Told) -> Message | None:
        """An event about a transaction: the parent's alone (adapty.md §12)."""
        person = self.ledger.people[self.ledger.owner(self.event)].person
        event_id = self._id(told.event_type, told.transaction.id)
        properties = told_properties(told, self._profile(person), self.writing.settings, event_id)
        chain = told.subscription.original_id
        return self._message(told.event_type, person, properties, chain, told.dated, told.at, told.amount)

    def about_access(self, access: Access) -> Message | None:
        """A change of one access level, to one of those who have it."""
        profile = self._profile(access.person)
        bought = access.holding.transaction  # Stripe's products may share a transaction id
        event_id = self._id(ACCESS_LEVEL_UPDATED, profile.profile_id, bought.id, bought.product.id, access.level)
        properties = access_properties(access, self.event.at, profile, event_id)
        chain = access.holding.subscription.original_id
        return self._message(ACCESS_LEVEL_UPDATED, access.person, properties, chain, self.event.at, self.event.at)

    def _id(self, *words: object) -> str:
        return self.writing.ids.uuid("adapty", self.event.id, *words)

    def _profile(self, person: Person) -> Profile:
        return Profile(
            person=person,
            profile_id=profile_of(person),
            has_access=self.ledger.has_access(person.key, self.event.at),
            revenue=self.ledger.money.get(person.key, Decimal(0)),
        )

    def _message(
        self,
        event_type: str,
        person: Person,
        properties: Mapping[str, Any],
        chain: str,
        dated: datetime,
        at: datetime,
        amount: Decimal | None = None,
    ) -> Message | None:
        settings = self.writing.settings
        if event_type in settings["disabled_events"]:
            return None
        name = settings["event_names"].get(event_type, event_type)
        return Message(
            vendor="adapty",
            channel="webhook",
            event=name,
            subject=person.id,
            at=at,
            id=properties["profile_event_id"],
            body=orjson.dumps(self._envelope(name, person, properties, chain, dated)),
            amount=amount,
            currency=None if amount is None else properties["currency"],
            environment=properties["environment"].lower(),
        )

    def _envelope(
        self, name: str, person: Person, properties: Mapping[str, Any], chain: str, dated: datetime
    ) -> dict[str, Any]:
        """The keys of adapty.md §11.2; what is an option comes only with its switch."""
        device = person.devices[0] if person.devices else None
        settings = self.writing.settings
        token = self._token(properties) if settings["send_play_store_purchase_token"] else None
        options = {
            "attributions": {} if settings["send_attribution"] else None,
            "user_attributes": dict(person.attributes) if settings["send_user_attributes"] else None,
            "play_store_purchase_token": token,
        }
        return {
            "profile_id": properties["profile_id"],
            "customer_user_id": person.customer_id,
            "idfv": device.idfv if device else None,
            "idfa": device.idfa if device else None,
            "advertising_id": device.gaid if device else None,
            "profile_install_datetime": webhook_date(self.ledger.first[person.key]),
            "user_agent": None,
            "email": person.email,
            "event_type": name,
            "event_datetime": webhook_date(dated),
            "event_properties": properties,
            "event_api_version": 1,
            "profiles_sharing_access_level": self._sharing(person, chain),
            "integration_ids": None,
            **{key: value for key, value in options.items() if value is not None},
        }

    def _sharing(self, person: Person, chain: str) -> list[dict[str, Any]] | None:
        """The others who have access by the same chain, or null where nobody has."""
        others = [key for key in self.ledger.sharers(chain, person.key) if key != person.key]
        people = [self.ledger.people[key].person for key in others]
        return [{"profile_id": profile_of(one), "customer_user_id": one.customer_id} for one in people] or None

    def _token(self, properties: Mapping[str, Any]) -> dict[str, Any] | None:
        if properties["store"] != "play_store":
            return None
        return {
            "product_id": properties["vendor_product_id"],
            "purchase_token": self.writing.ids.hex(64, "adapty", "token", properties["original_transaction_id"]),
            "is_subscription": properties.get("subscription_expires_at") is not None,
        }


def sign(message: Message, delivery: Delivery) -> Mapping[str, str]:
    """The configured text verbatim: no `Bearer`, no signature (adapty.md §1.15); sandbox may have a text of its own."""
    texts = {**delivery.settings, **delivery.credentials}
    sandbox = texts.get("authorization_sandbox") if message.environment == "sandbox" else None
    authorization = sandbox or texts.get("authorization")
    return {"authorization": authorization} if authorization else {}


def verification(at: datetime, *, check: str | None = None, environment_name: str = "production") -> Message:
    """What Adapty posts when a target is saved: `{}`; with `check` the form of before 2025 (adapty.md §11.1)."""
    return Message(
        vendor="adapty",
        channel="webhook",
        event=VERIFICATION,
        subject="",
        at=at,
        id=check or "",
        body=orjson.dumps({} if check is None else {CHECK: check}),
        environment=environment_name,
    )


def verified(message: Message, status: int, body: bytes) -> str:
    """Why Adapty would not save the target after that answer; empty when it would."""
    answer = _json(body)
    if message.id:
        right = status in {200, 201} and isinstance(answer, dict) and answer.get(f"{CHECK}_response") == message.id
        return "" if right else f'200 with {{"{CHECK}_response": "{message.id}"}} was wanted, {status} came.'
    if not 200 <= status < 300:
        return f"A status from 200 to 299 was wanted, {status} came."
    return "" if answer is not None or body.strip() == b"null" else "A body of valid JSON was wanted."
