"""What had happened before an event to the same people and purchases: all that a vendor may know of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from mockserver.lifecycle.events import LifecycleEvent


@dataclass(slots=True, eq=False)
class _Strand:
    """What happened to people who have to do with one another, in order; `numbers` say when among all that happened."""

    events: list[LifecycleEvent] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)


class Pasts:
    """The past of each event, found without looking at what happened to others.

    People belong together from the moment that a purchase has moved between them or is shared.
    """

    def __init__(self) -> None:
        self._strands: dict[str, _Strand] = {}
        self._count = 0

    def before(self, event: LifecycleEvent) -> Sequence[LifecycleEvent]:
        """What had happened before an event that has not been added yet. It grows with the next `add`."""
        return self._strand(event).events

    def add(self, event: LifecycleEvent) -> None:
        """Make an event a part of the past."""
        strand = self._strand(event)
        strand.events.append(event)
        strand.numbers.append(self._count)
        self._count += 1

    def _strand(self, event: LifecycleEvent) -> _Strand:
        names = _names(event)
        found = [self._strands.get(name) for name in names]
        if found[0] is not None and found.count(found[0]) == len(found):
            return found[0]
        known = list({id(strand): strand for strand in found if strand is not None}.values())
        if len(known) > 1:
            return self._tied(known, names)
        strand = known[0] if known else _Strand()
        for name in names:
            self._strands[name] = strand
        return strand

    def _tied(self, strands: Sequence[_Strand], names: Iterable[str]) -> _Strand:
        """One strand of several, for everybody who was in one of them."""
        pairs = sorted(
            ((number, event) for one in strands for number, event in zip(one.numbers, one.events, strict=True)),
            key=lambda pair: pair[0],
        )
        tied = _Strand([event for _, event in pairs], [number for number, _ in pairs])
        gone = {id(one) for one in strands}
        for name, strand in list(self._strands.items()):
            if id(strand) in gone:
                self._strands[name] = tied
        for name in names:
            self._strands[name] = tied
        return tied


def _names(event: LifecycleEvent) -> list[str]:
    """The people and the purchases that an event is about."""
    people = [one.person.key for one in (event.after, event.other_after) if one is not None]
    named = [one for one in (event.subscription, event.previous) if one is not None]
    shared = [one.shared_from for one in named if one.shared_from]
    return [*people, *(one.original_id for one in named), *shared]
