"""The lives of one tenant's subscribers as its log keeps them: notes of what was asked for, read back by any worker.

What the notes say: somebody has `begun`, `acted` or `gone`, time was `lived` until an instant, and how much of what
happened has been `told`, with the messages still on their way. Everything else follows from these by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from threading import RLock
from typing import Any

from mockserver.delivery.newcomers import Newcomer
from mockserver.delivery.pasts import Pasts
from mockserver.delivery.population import Population
from mockserver.delivery.postman import Key, Parcel, Postman
from mockserver.errors import MockServerError
from mockserver.journal.entry import Direction
from mockserver.journal.journal import Journal
from mockserver.journal.log import Log
from mockserver.journal.query import FoundEntry, Question
from mockserver.journal.recorder import Recorder
from mockserver.journal.tail import RESET
from mockserver.tenants import Tenant

LIFE = "life"
logger = logging.getLogger("mockserver")
_ASKED = Question(direction=Direction.NOTE, operation=LIFE)
_PLACES = 1_000  # more messages than vendors ever tell of one event


def number_of(event: int, place: int) -> int:
    """The number of a message: which event it tells of, and which of the messages about it."""
    return event * _PLACES + place


def event_of(number: int) -> int:
    """Which event a message tells of."""
    return number // _PLACES


class Chronicle:
    """Who lives in a tenant, and how much of it the vendors have told.

    `told` is how many of the population's events were told. `postman` has what is on its way, `pasts` what was told;
    both are None while another worker's notes say what they should be. `lock` is held for short looks and changes.
    `is_sound` is False while a change is only half made.
    """

    def __init__(self, tenant: str, log: Log, journal: Journal, recorder: Recorder) -> None:
        self.lock = RLock()
        self.is_sound = True
        self._tenant = tenant
        self._log = log
        self._journal = journal
        self._recorder = recorder
        self._own: set[str] = set()
        self._position: int | None = None
        self.told = self._noted = 0
        self._start_anew()

    @property
    def is_empty(self) -> bool:
        """Whether nobody lives here, and nothing is on its way."""
        return not (self.population.members or self._left)

    @property
    def version(self) -> object:
        """Something that changes whenever the history does."""
        return id(self.population), len(self.population.events), len(self.population.members)

    def due(self) -> datetime | None:
        """When anything will happen, or be sent, next."""
        with self.lock:
            posted = None if self.postman is None else self.postman.due
            return min(filter(None, (self.population.due(), posted)), default=None)

    def read(self) -> None:
        """Take in what other workers have noted, and whether the journal was cleared.

        The journal knows where the notes are; from there on the log itself tells sooner.
        """
        met: set[str] = set()
        if self._position is None:
            self._position = self._journal.catch_up(self._tenant)
            met = {entry.id for entry in self._noted_so_far()}  # some may lie after the position already
        if self._log.end() == self._position:
            return
        for _, after, entry in self._log.read(self._position):
            self._position = after
            if entry.direction is not Direction.NOTE or entry.id in met:
                continue
            if entry.operation == RESET:
                met.clear()
                self._start_anew()
            elif entry.operation == LIFE and entry.id not in self._own:
                self._take_in(entry.details)
            self._own.discard(entry.id)

    def _noted_so_far(self) -> Sequence[FoundEntry]:
        found = self._journal.find_entries(self._tenant, _ASKED, limit=None, newest=False)
        for one in found:
            self._take_in(self._journal.entry(self._tenant, one.id).details)
        return found

    def note(self, tenant: Tenant, what: str, **details: Any) -> None:
        """Keep what was done, which this worker knows of already."""
        with self.lock:  # who reads meanwhile would take it for another worker's
            self._own.add(self._recorder.note(tenant, LIFE, {"what": what, **details}))

    def note_told(self, tenant: Tenant) -> None:
        """Keep how much has been told, and what has changed of what is on its way."""
        if self.postman is None or (not self.postman.changed and self.told == self._noted):
            return
        waiting = self.postman.waiting
        here = [_line(waiting[key]) for key in self.postman.changed if key in waiting and _is_worth(waiting[key])]
        gone = [key for key in self.postman.changed & self._left.keys() if key not in waiting]
        self.note(tenant, "told", count=self.told, here=here, gone=gone)
        self._keep_left(here, gone)
        self.postman.changed.clear()
        self._noted = self.told

    def on_its_way(self) -> Mapping[int, list[Mapping[str, Any]]]:
        """What the notes say is still to be delivered, by event."""
        found: dict[int, list[Mapping[str, Any]]] = {}
        for (number, _), line in self._left.items():
            found.setdefault(event_of(number), []).append(line)
        return found

    def _take_in(self, details: Mapping[str, Any]) -> None:
        try:
            _FOLDS[details["what"]](self, details)
        except (
            MockServerError,
            KeyError,
            TypeError,
            ValueError,
        ) as error:  # another version's note, or an imported one
            logger.warning("A note about a subscriber of %s is passed over: %s", self._tenant, error)

    def _start_anew(self) -> None:
        self.population = Population()
        self.told = self._noted = 0
        self.pasts: Pasts | None = None
        self.postman: Postman | None = None
        self._left: dict[Key, Mapping[str, Any]] = {}
        self._own.clear()

    def _begun(self, note: Mapping[str, Any]) -> None:
        self.population.begin(Newcomer.of(note), _instant(note["at"]))

    def _acted(self, note: Mapping[str, Any]) -> None:
        self.population.act(note["subscriber"], note["verb"], note["words"], _instant(note["at"]))

    def _lived(self, note: Mapping[str, Any]) -> None:
        self.population.live(_instant(note["until"]))

    def _gone(self, note: Mapping[str, Any]) -> None:
        self.population.remove(note["subscriber"])

    def _was_told(self, note: Mapping[str, Any]) -> None:
        self.told = self._noted = note["count"]
        self._keep_left(note["here"], [(number, attempt) for number, attempt in note["gone"]])
        self.pasts = self.postman = None

    def _keep_left(self, here: list[dict[str, Any]], gone: list[Key]) -> None:
        for key in gone:
            self._left.pop(key, None)
        self._left |= {(line["number"], line["attempt"]): line for line in here}


_FOLDS: Mapping[str, Callable[[Chronicle, Mapping[str, Any]], None]] = {
    "begun": Chronicle._begun,
    "acted": Chronicle._acted,
    "lived": Chronicle._lived,
    "gone": Chronicle._gone,
    "told": Chronicle._was_told,
}


def _line(parcel: Parcel) -> dict[str, Any]:
    """A parcel as a note keeps it: the message is told anew from the event."""
    message = parcel.telling.message
    return {
        "number": parcel.number,
        "attempt": parcel.attempt,
        "due": parcel.due.isoformat(),
        "vendor": message.vendor,
        "channel": message.channel,
        "message": message.id,
    }


def _is_worth(parcel: Parcel) -> bool:
    """Whether a parcel has to be found again: what its vendor withholds goes nowhere."""
    return not parcel.telling.message.skipped


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
