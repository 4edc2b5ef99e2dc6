"""What comes of histories that grow: folded event by event, and gone on with where it was left."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from mockserver.lifecycle.events import LifecycleEvent

State = TypeVar("State")


class Folds:
    """What has been folded of some histories, so that nobody goes through a long one again for each event.

    A history is known again as the same sequence with more at its end; any other is folded from its beginning.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[int, Hashable], tuple[Sequence[LifecycleEvent], int, LifecycleEvent, Any]] = {}

    def through(
        self,
        told: Sequence[LifecycleEvent],
        event: LifecycleEvent,
        start: Callable[[], State],
        take: Callable[[State, LifecycleEvent], State],
        key: Hashable = None,
    ) -> State:
        """What comes of a history and of the event that is about to follow it; `key` says of what kind it is."""
        known = self._known.get((id(told), key))
        if known is not None and len(told) >= known[1] and told[known[1] - 1] is known[2]:
            _, count, _, state = known
        else:
            count, state = 0, start()
        for one in told[count:]:
            state = take(state, one)
        state = take(state, event)
        self._known[id(told), key] = (told, len(told) + 1, event, state)
        return state
