"""A life lived act by act: time passes by itself between what somebody does, and all of it is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from mockserver.errors import ImpossibleStepError
from mockserver.lifecycle.acts import Act
from mockserver.lifecycle.calendar import Calendar
from mockserver.lifecycle.engine import Due, Engine, World, make_engine
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.rules import chosen
from mockserver.lifecycle.sentences import refusal
from mockserver.lifecycle.subscriber import Environment, Person, Product, Store, Subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class Life:
    """Some people's lives so far: how they stand, everything that has happened, and until when they were lived.

    A value: `act` and `until` give the life as it is then. The same seed, people and acts give the same life, so that
    keeping the acts is enough to keep it.
    """

    engine: Engine
    world: World
    now: datetime
    events: tuple[LifecycleEvent, ...] = ()

    @classmethod
    def begin(
        cls,
        *people: Person,
        at: datetime,
        seed: object = 0,
        store: str = Store.APP_STORE,
        environment: str = Environment.PRODUCTION,
        product: Product | None = None,
        calendar: Calendar | None = None,
        rules: Mapping[str, Any] | None = None,
    ) -> Self:
        """People who own nothing yet, and the store where they will buy."""
        engine = make_engine(
            seed,
            store=chosen(Store, store),
            environment=chosen(Environment, environment),
            product=product,
            calendar=calendar,
            changes=rules,
        )
        return cls(engine=engine, world=World.of(*people), now=at)

    @property
    def subscriber(self) -> Subscriber:
        """The first of the people, as they are now."""
        return next(iter(self.world.people.values()))

    def until(self, instant: datetime) -> Self:
        """The life until an instant, with everything that time brings; an earlier instant changes nothing."""
        if instant <= self.now:
            return self
        world, events = self.engine.advance(self.world, instant)
        return replace(self, world=world, now=instant, events=self.events + events)

    def act(self, act: Act, at: datetime | None = None) -> Self:
        """The life after somebody has acted, now or later.

        Raises:
            ImpossibleStepError: it cannot happen, or lies in the past.
        """
        instant = at or self.now
        if instant < self.now:
            reason = f"this life has been lived {self.engine.day(self.now).removeprefix('at ')} far"
            raise ImpossibleStepError(refusal(self.engine.day(instant), act, reason))
        lived = self.until(instant)
        world, events = lived.engine.act(lived.world, act, instant)
        return replace(lived, world=world, events=lived.events + events)

    def next(self) -> Due | None:
        """What the stores will do next by themselves."""
        return self.engine.due(self.world)
