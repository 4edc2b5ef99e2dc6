"""What has happened and is going to happen in each tenant: its runs, unfolded again, and its live subscribers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from weakref import WeakKeyDictionary

from mockserver.delivery.library import Library
from mockserver.errors import MockServerError
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.tenants import Tenant

Events = Sequence[LifecycleEvent]


class Histories:
    """The histories of all tenants.

    Args:
        library: The scenarios that runs were played from.
        runs: The notes of a tenant's runs, by its name.
        lives: What has happened to a tenant's live subscribers, and a number that changes with it.
    """

    def __init__(
        self,
        library: Library,
        runs: Callable[[str], Sequence[Mapping[str, Any]]],
        lives: Callable[[Tenant], tuple[object, Events]],
    ) -> None:
        self._library = library
        self._runs = runs
        self._lives = lives
        self._known: WeakKeyDictionary[Tenant, tuple[object, Events]] = WeakKeyDictionary()

    def of(self, tenant: Tenant) -> Events:
        """All lifecycle events of the tenant, in order of time."""
        notes = self._runs(tenant.name)
        version, lived = self._lives(tenant)
        state = (tuple(note["id"] for note in notes), version)
        known = self._known.get(tenant)
        if known is None or known[0] != state:
            played = {(note["scenario"], note["seed"]): note for note in notes}  # played again it is the same story
            events = [event for note in played.values() for event in self._unfold(note)]
            known = (state, tuple(sorted((*events, *lived), key=lambda event: event.at)))
            self._known[tenant] = known
        return known[1]

    def _unfold(self, note: Mapping[str, Any]) -> Events:
        try:
            return self._library.scenario(note["scenario"]).unfold(note["seed"])
        except MockServerError:  # the file was removed or broken since; what it told stays in the journal
            return ()
