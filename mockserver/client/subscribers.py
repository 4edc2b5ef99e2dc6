"""Subscriber: somebody who lives on as the clock is turned, and on whom a test acts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from mockserver.client.connection import Connection
from mockserver.errors import nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One thing that happened to a subscriber; `state` is that of the subscription concerned afterwards."""

    at: datetime
    kind: str
    step: str
    state: str | None
    product: str | None
    amount: Decimal
    id: str = field(repr=False)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Self:
        """The event in a row of the control API."""
        names = ("kind", "step", "state", "product", "id")
        amount, at = Decimal(row["amount"]), datetime.fromisoformat(row["at"])
        return cls(at=at, amount=amount, **{name: row[name] for name in names})


class Subscriber:
    """A live subscriber.

    `row` is what the control API told when it was asked for them; everything else is asked for now.

    Each verb is a method: `subscriber.turns_renewal_off()`, `subscriber.changes_to(product="pro.monthly")`. Where
    several can do the same (a store and the developer refund), the user's own is meant, then the store's; `act` takes
    `developer.refunds`.
    """

    def __init__(self, connection: Connection, row: Mapping[str, Any]) -> None:
        self._asked = connection
        self.row = row
        self.id: str = row["id"]

    @property
    def customer_id(self) -> str | None:
        """The app's own id; None while anonymous."""
        return _text(self.show()["customer_id"])

    @property
    def mpid(self) -> str | None:
        """The id at mParticle, as the app knows it."""
        return _text(self.show()["mpid"])

    @property
    def state(self) -> str:
        """The state of the subscription that anything last happened to, now."""
        return str(self.show()["state"])

    @property
    def entitlements(self) -> list[str]:
        """What is unlocked now."""
        return list(self.show()["entitlements"])

    @property
    def history(self) -> list[Happened]:
        """Everything that has happened so far."""
        return [Happened.of(row) for row in self.show()["history"]]

    def show(self) -> Mapping[str, Any]:
        """All that the control API tells of them, as it is now."""
        shown: Mapping[str, Any] = self._asked.get("subscribers", self.id)
        return shown

    def act(self, verb: str, **words: Any) -> Self:
        """Have them do something, or something done to them, at what the clock shows.

        Raises:
            InvalidError: it cannot happen now; the sentence says why and what can.
        """
        self._asked.post("subscribers", self.id, "acts", body={**words, "verb": verb})
        return self

    def delete(self) -> None:
        """Forget them: nothing happens to them any more."""
        self._asked.delete("subscribers", self.id)

    def __getattr__(self, name: str) -> Callable[..., Self]:
        verbs = () if name.startswith("_") else _verbs()
        if name not in verbs:
            raise AttributeError(f"A subscriber has no {name!r}.{nearest(name, verbs) if verbs else ''}")
        return lambda **words: self.act(name, **words)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *_verbs()})

    def __repr__(self) -> str:
        return f"<Subscriber {self.row['customer_id'] or self.id}>"


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def _verbs() -> Sequence[str]:
    """What subscribers, stores and developers can do."""
    from mockserver.lifecycle.acts import verbs

    return [verb.partition(".")[2] for verb in verbs()]
