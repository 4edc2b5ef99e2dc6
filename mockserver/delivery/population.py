"""The live subscribers of one tenant: who there is, what each has done, and what time has brought them.

It is folded from notes, in their order: the same notes give the same lives, event for event. Nothing is sent here.
People live apart until an act brings them together (a purchase moves, a family shares); then they live in one circle.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from heapq import heappop, heappush
from itertools import count
from typing import Any

from mockserver.delivery.newcomers import Newcomer
from mockserver.delivery.verbs import find_verb, words_for
from mockserver.errors import ConflictError, ImpossibleStepError, InvalidError, NotFoundError, nearest
from mockserver.lifecycle.acts import Act, make_act
from mockserver.lifecycle.catalogue import PRODUCTS
from mockserver.lifecycle.engine import Due, Engine, Happened, World
from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.sentences import refusal
from mockserver.lifecycle.subscriber import Product, State, Subscriber, Subscription
from mockserver.lifecycle.transitions import OPENINGS

_TRIED = 1_000  # names among which the nearest is looked for


@dataclass(slots=True, eq=False)
class Circle:
    """People who have to do with one another, as they are now.

    `now` is when anything last happened to them, `due` when a store will next do something by itself.
    """

    world: World
    now: datetime
    due: datetime | None = None


@dataclass(slots=True, eq=False)
class Member:
    """One live subscriber."""

    id: str
    number: int
    newcomer: Newcomer
    engine: Engine
    circle: Circle
    began: datetime
    events: list[LifecycleEvent] = field(default_factory=list)

    @property
    def subscriber(self) -> Subscriber:
        """Who it is and what they own now."""
        return self.circle.world[self.id]

    @property
    def latest(self) -> Subscription | None:
        """The subscription last concerned by anything, else the one bought last."""
        owned = self.subscriber.subscriptions
        for event in reversed(self.events):
            found = event.subscription and self.subscriber.find(event.subscription.original_id)
            if found:
                return found
        return owned[-1] if owned else None

    @property
    def state(self) -> State:
        """The state of that subscription."""
        return State.NONE if self.latest is None else self.latest.state

    @property
    def next(self) -> Due | None:
        """What the stores will do next by themselves."""
        dues = (due for due in self.engine.dues(self.circle.world) if due.who == self.id)
        return min(dues, key=lambda due: due.at, default=None)


class Population:
    """Everybody, and `events`: all that has happened to them, in the order in which it was lived."""

    def __init__(self) -> None:
        self.members: dict[str, Member] = {}
        self.events: list[LifecycleEvent] = []
        self._circles: dict[Circle, None] = {}
        self._dues: list[tuple[datetime, int, Circle]] = []
        self._order = count()  # so that two circles themselves are never compared
        self._names: dict[str, str] = {}
        self._products: dict[str, Product] = {one.id: one for one in PRODUCTS}
        self._gone: set[str] = set()
        self._count = 0

    def find(self, name: str) -> Member:
        """Somebody by id, or by any id that the app has for them.

        Raises:
            NotFoundError: there is nobody.
        """
        key = self._names.get(name)
        if key is None:
            raise NotFoundError(f"There is no subscriber {name!r}.{nearest(name, list(self._names)[:_TRIED])}")
        return self.members[key]

    def history(self) -> Sequence[LifecycleEvent]:
        """What has happened to those who are still there."""
        if not self._gone:
            return self.events
        return [event for event in self.events if event.person.key not in self._gone]

    def owner(self, event: LifecycleEvent) -> Member | None:
        """Whose life an event is of; None when they are gone."""
        return self.members.get(event.person.key)

    def begin(self, newcomer: Newcomer, at: datetime) -> Member:
        """Somebody comes, and buys unless they are to wait.

        Raises:
            ConflictError: the app's id is somebody else's.
            ImpossibleStepError: the product cannot be bought so.
        """
        number = next(number for number in count(self._count + 1) if f"subscriber-{number}" not in self._names)
        key = f"subscriber-{number}"
        person, engine = newcomer.person(number, key), newcomer.engine(number, at)
        if person.id in self._names:
            raise ConflictError(f"{person.id!r} is a subscriber already ({self._names[person.id]}), who can act.")
        circle = Circle(World.of(person), at)
        member = Member(key, number, newcomer, engine, circle, at)
        events: tuple[LifecycleEvent, ...] = ()
        if newcomer.buys:
            circle.world, events = _possible(lambda: engine.act(circle.world, newcomer.first_act(key), at))
        self._count = number
        self.members[key] = member
        self._products.setdefault(newcomer.product, newcomer.sold())
        for name in (key, *person.known_ids, *filter(None, [person.mpid])):
            self._names.setdefault(name, key)
        self._look_ahead(circle)
        self._keep(events)
        return member

    def act(self, name: str, verb: str, words: Mapping[str, Any], at: datetime) -> Member:
        """Somebody acts, or a store or the developer does to them.

        Raises:
            NotFoundError: there is no such subscriber.
            InvalidError: there is no such verb, or it takes no such words.
            ImpossibleStepError: it cannot happen, and the sentence says why and what can.
        """
        member = self.find(name)
        act = self._act(member, verb, words)
        circle = self._together(member, act)
        if at < circle.now:
            reason = f"this life has been lived until {circle.now:%Y-%m-%d %H:%M:%S UTC}"
            raise ImpossibleStepError(refusal(member.engine.day(at), act, reason))
        world, events = _possible(lambda: member.engine.perform(circle.world, act, at))
        self._join(circle)
        circle.world, circle.now = world, at
        self._look_ahead(circle)
        self._keep(events)
        return member

    def due(self) -> datetime | None:
        """When the stores will next do something by themselves."""
        while self._dues:
            at, _, circle = self._dues[0]
            if circle in self._circles and circle.due == at:
                return at
            heappop(self._dues)
        return None

    def live(self, until: datetime) -> Sequence[LifecycleEvent]:
        """Everything that falls due until an instant, over all people in order of time."""
        lived: list[LifecycleEvent] = []
        for circle in self._circles:
            if circle.due is not None and circle.due <= until:
                lived += self._live(circle, until)
        lived.sort(key=lambda event: event.at)  # of one instant: in the order in which people came
        self._keep(lived)
        return lived

    def remove(self, name: str) -> Member:
        """Somebody goes: nothing happens to them any more, and nobody answers for them."""
        member = self.find(name)
        world = member.circle.world
        others = {key: one for key, one in world.people.items() if key != member.id}
        member.circle.world = replace(world, people=others)
        del self.members[member.id]
        if others:
            self._look_ahead(member.circle)
        else:
            del self._circles[member.circle]
        self._names = {one: key for one, key in self._names.items() if key != member.id}
        self._gone.add(member.id)
        return member

    def _live(self, circle: Circle, until: datetime) -> Sequence[LifecycleEvent]:
        engine = self._engine(circle)
        circle.world, events = _possible(lambda: engine.advance(circle.world, until))
        circle.now = max(circle.now, *(event.at for event in events))
        self._look_ahead(circle)
        return events

    def _look_ahead(self, circle: Circle) -> None:
        """Know what a circle's next thing is."""
        self._circles[circle] = None
        due = self._engine(circle).due(circle.world)
        circle.due = None if due is None else due.at
        if due is not None:
            heappush(self._dues, (due.at, next(self._order), circle))

    def _act(self, member: Member, verb: str, words: Mapping[str, Any]) -> Act:
        found = find_verb(verb)
        given = words_for(found, words, lambda name: self.find(name).id)
        own = member.newcomer.sold()
        act = make_act(found.verb, member.id, products={**self._products, own.id: own}.values(), **given)
        if act.verb in OPENINGS and act.on is None:
            act = replace(act, on=member.engine.store)
        return act

    def _engine(self, circle: Circle) -> Engine:
        """The stores as a circle meets them: all of one circle live in one environment."""
        return self.members[next(iter(circle.world.people))].engine

    def _together(self, member: Member, act: Act) -> Circle:
        """The circle of the act: that of the person, with those of everybody whom the act names."""
        names = [act.word(word) for word in ("purchases_of", "of_owner")]
        circles = {member.circle: None, **{self.members[name].circle: None for name in names if name}}
        if len(circles) == 1:
            return member.circle
        people = [self.members[key] for circle in circles for key in circle.world.people]
        if len({one.engine.environment for one in people}) > 1:
            reason = "one of them is in the sandbox and the other is not"
            raise ImpossibleStepError(refusal(member.engine.day(member.circle.now), act, reason))
        world = World(
            people={key: one for circle in circles for key, one in circle.world.people.items()},
            count=sum(circle.world.count for circle in circles),
            shared=frozenset().union(*(circle.world.shared for circle in circles)),
        )
        return Circle(world, max(circle.now for circle in circles))

    def _join(self, circle: Circle) -> None:
        """Let everybody of a circle be in it."""
        if circle not in self._circles:
            for key in circle.world.people:
                self._circles.pop(self.members[key].circle, None)
                self.members[key].circle = circle

    def _keep(self, events: Iterable[LifecycleEvent]) -> None:
        for event in events:
            self.events.append(event)
            if event.kind is Kind.LOGGED_IN:
                self._names |= dict.fromkeys(event.person.known_ids, event.person.key)
            sides = (event.after, event.other_after)
            for key in {side.person.key for side in sides if side is not None}:
                if key in self.members:
                    self.members[key].events.append(event)


def _possible(live: Callable[[], Happened]) -> Happened:
    """What comes of an act or of time.

    Raises:
        InvalidError: it goes beyond the years that calendars know.
    """
    try:
        return live()
    except (OverflowError, ValueError) as error:
        raise InvalidError("That would go beyond the years that calendars know.") from error
