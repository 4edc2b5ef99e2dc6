"""Questions: waiting for events, expecting them, expecting that they never come, listing them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal, overload

from mockserver.client.connection import PATIENCE, Connection
from mockserver.client.found import Event, Exchange

WITHIN = 5.0
MOST = 10_000
Words = Mapping[str, Any]


class Asking:
    """What can be asked, of all vendors or of one.

    Words narrow a question: those of the search line (`vendor`, `direction`, `verdict`, `channel`, `since`, …), and
    kinds of subjects (`customer_id="u-1"`). `where` maps paths in the JSON to values, or to one comparison:
    `{"data.custom_attributes.price": {">": 5}}`.
    """

    def __init__(self, connection: Connection, **always: str) -> None:
        self._asked = connection
        self._always = always

    @overload
    def wait_for(
        self,
        event: str,
        *,
        within: float = WITHIN,
        count: Literal[1] | None = None,
        where: Words | None = None,
        **words: Any,
    ) -> Event: ...
    @overload
    def wait_for(
        self, event: str, *, within: float = ..., count: int, where: Words | None = None, **words: Any
    ) -> list[Event]: ...
    def wait_for(
        self,
        event: str,
        *,
        within: float = WITHIN,
        count: int | None = None,
        where: Words | None = None,
        **words: Any,
    ) -> Event | list[Event]:
        """Wait until an event has come, with `count` exactly so many of them; the event, or the list of them.

        Raises:
            AssertionError: it has not come within so many seconds; the text says what came close.
        """
        __tracebackhide__ = True
        asked = {**words, "event": event, "where": where, "count": count}
        found = self.check([asked], within=within)
        return found if count not in {None, 1} else found[0]

    def expect(self, event: str = "", *, where: Words | None = None, **words: Any) -> list[Event]:
        """Expect that an event has come by now: at least once, or `count`, `at_least`, `at_most` times; all of them.

        Raises:
            AssertionError: it has not; the text says what came close.
        """
        __tracebackhide__ = True
        return self.check([{**words, "event": event or None, "where": where}])

    def never(self, event: str = "", *, stays: float = 0.0, where: Words | None = None, **words: Any) -> None:
        """Expect that no such event has come, and with `stays` that none comes for so many seconds.

        Raises:
            AssertionError: one has; the text shows it.
        """
        __tracebackhide__ = True
        self.check([{**words, "event": event or None, "where": where, "count": 0}], stays=stays)

    def check(
        self,
        expect: Sequence[Words],
        *,
        ordered: bool = False,
        exact: bool = False,
        within: float = 0.0,
        stays: float = 0.0,
    ) -> list[Event]:
        """Expect several things at once: in this order (`ordered`), and nothing else (`exact`); all events found.

        Raises:
            AssertionError: something does not hold; the text says what was wanted and what came close.
        """
        __tracebackhide__ = True
        expectations = [_said({**self._always, **words}) for words in expect]
        answer = self.verify(
            {"expect": expectations, "ordered": ordered, "exact": exact, "within": within, "stays": stays}
        )
        if not answer["holds"]:
            raise AssertionError(answer["text"])
        return [Event.of(row) for result in answer["results"] for row in result["events"]]

    def verify(self, question: Words) -> dict[str, Any]:
        """Ask as `POST /_mock/api/v1/verify` does; whether it holds, and why not."""
        patience = PATIENCE + float(question.get("within") or 0) + float(question.get("stays") or 0)
        answer: dict[str, Any] = self._asked.post("verify", body=question, patience=patience)
        return answer

    def events(self, search: str = "", *, limit: int = MOST, where: Words | None = None, **words: Any) -> list[Event]:
        """The events that have come, the oldest first, by a search line, words, or both."""
        line = self._line(search, where, words)
        return [Event.of(row) for row in self._asked.get("events", q=line, limit=limit, order="oldest")["events"]]

    def entries(
        self, search: str = "", *, limit: int = MOST, where: Words | None = None, **words: Any
    ) -> list[Exchange]:
        """The exchanges that were kept, the oldest first, by a search line, words, or both."""
        line = self._line(search, where, words)
        return [Exchange.of(row) for row in self._asked.get("entries", q=line, limit=limit, order="oldest")["entries"]]

    def _line(self, search: str, where: Words | None, words: Words) -> str:
        """A search line with the words added to it."""
        from mockserver.journal.expectation import question_of
        from mockserver.journal.search import line

        return f"{search} {line(question_of({**self._always, **words, 'where': where}))}".strip()


def _said(words: Words) -> dict[str, Any]:
    said = {name: value for name, value in words.items() if value is not None}
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in said.items()}
