"""The state machine: acts on subscribers give lifecycle events, and so does time that passes.

Two modes over the same transitions. *Scripted*: every act is said, at its instant, and is checked. *Live*: `due` says
what the store does next by itself, `advance` lets it. Nothing here changes: a world goes in, another comes out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from heapq import heapify, heappop, heappush
from itertools import count
from typing import Any, NamedTuple, Self

from mockserver.errors import ImpossibleStepError
from mockserver.lifecycle.acts import Act
from mockserver.lifecycle.calendar import Calendar
from mockserver.lifecycle.due import next_verb
from mockserver.lifecycle.events import Kind, LifecycleEvent
from mockserver.lifecycle.ids import SeededIds
from mockserver.lifecycle.moment import Change, Impossible, Moment
from mockserver.lifecycle.rules import StoreRules, rules_for
from mockserver.lifecycle.sentences import PLAIN_ACTS, day_of, possible_acts, refusal
from mockserver.lifecycle.sharing import follow
from mockserver.lifecycle.subscriber import Environment, Person, Product, Store, Subscriber, Subscription
from mockserver.lifecycle.transitions import OPENINGS, SHARED, TRANSITIONS


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Some people and what they own at one instant, by the person's key.

    `count` numbers what has happened to them, `shared` are the chains that were ever shared with a family.
    """

    people: Mapping[str, Subscriber]
    count: int = 0
    shared: frozenset[str] = frozenset()

    @classmethod
    def of(cls, *people: Person) -> Self:
        """People who own nothing yet."""
        return cls(people={person.key: Subscriber(person=person) for person in people})

    def __getitem__(self, key: str) -> Subscriber:
        """One of them."""
        return self.people[key]

    def having(self, *subscribers: Subscriber, events: int = 1) -> Self:
        """The world with some people as they are now, and so many more things that have happened."""
        changed = {one.person.key: one for one in subscribers}
        return replace(self, people={**self.people, **changed}, count=self.count + events)


class Due(NamedTuple):
    """What a store does next by itself: when, what, to whose chain."""

    at: datetime
    verb: str
    who: str
    chain: str

    @property
    def act(self) -> Act:
        """The same as an act."""
        return replace(PLAIN_ACTS[self.verb], who=self.who, chain=self.chain)


class Happened(NamedTuple):
    """What came of acts or of time: the world afterwards, and every event in order."""

    world: World
    events: tuple[LifecycleEvent, ...]


class _Case(NamedTuple):
    """One subscription that an act may concern, and whose it is."""

    who: str
    subscription: Subscription


@dataclass(frozen=True, slots=True, kw_only=True)
class Engine:
    """The stores with their rules, and the ids that everything new gets.

    `store` and `product` are what an act means that names none. `origin` is the first day of a story: sentences count
    days from it.
    """

    ids: SeededIds
    rules: Mapping[Store, StoreRules]
    environment: Environment = Environment.PRODUCTION
    store: Store = Store.APP_STORE
    product: Product | None = None
    origin: datetime | None = None

    def act(self, world: World, act: Act, at: datetime) -> Happened:
        """Let somebody act at an instant; nothing that time brings is done before.

        Raises:
            ImpossibleStepError: it cannot happen, and the sentence says why and what can.
        """
        if act.verb in OPENINGS:
            return self._open(world, act, at)
        return self._move(world, act, at)

    def perform(self, world: World, act: Act, at: datetime) -> Happened:
        """Let time pass until an instant, then somebody act."""
        before = self.advance(world, at)
        after = self.act(before.world, act, at)
        return Happened(after.world, before.events + after.events)

    def dues(self, world: World) -> Iterator[Due]:
        """What the stores will do next by themselves, once for each chain that has a next thing."""
        for key, subscriber in world.people.items():
            for subscription in subscriber.subscriptions:
                due = self._due(key, subscription)
                if due is not None:
                    yield due

    def due(self, world: World) -> Due | None:
        """The very next thing that the stores will do by themselves."""
        return min(self.dues(world), key=lambda due: due.at, default=None)

    def advance(self, world: World, until: datetime) -> Happened:
        """Everything that falls due until an instant, that instant included, in order of time."""
        order = count()
        queue = [(due.at, next(order), due) for due in self.dues(world)]
        heapify(queue)
        events: list[LifecycleEvent] = []
        while queue and queue[0][0] <= until:
            due = heappop(queue)[2]
            if due != self._due_of(world, due.who, due.chain):
                continue
            world, told = self.act(world, due.act, due.at)
            events += told
            for follower in self._dues_after(world, due, told):
                heappush(queue, (follower.at, next(order), follower))
        return Happened(world, tuple(events))

    def _open(self, world: World, act: Act, at: datetime) -> Happened:
        key = act.who or next(iter(world.people))
        if key not in world.people:
            raise ImpossibleStepError(refusal(self.day(at), act, f"there is nobody called {key!r}"))
        store = Store.PROMO if act.verb == "developer.grants" else act.on or self.store
        try:
            changes = OPENINGS[act.verb](self._moment(world, act, at, key, store))
        except Impossible as why:
            owned = world[key].subscriptions
            sentence = refusal(self.day(at), act, str(why))
            if owned:
                sentence = self._refusal_of(world, act, at, _Case(key, owned[-1]), str(why))
            raise ImpossibleStepError(sentence) from None
        return self._happen(world, changes, act, at, key)

    def _move(self, world: World, act: Act, at: datetime) -> Happened:
        row = TRANSITIONS[act.verb]
        outcomes: list[tuple[_Case, Sequence[Change]]] = []
        blamed, reason = None, ""
        for case in self._cases(world, act):
            if case.subscription.state not in row.states or case.subscription.store not in row.stores:
                blamed = case if not reason else blamed
                continue
            try:
                outcomes.append((case, row.do(self._moment_of(world, act, at, case), case.subscription)))
            except Impossible as why:
                blamed, reason = case, str(why)
        if not outcomes:
            raise ImpossibleStepError(self._refusal(world, act, at, blamed, reason))
        case, changes = self._chosen(act, at, outcomes)
        return self._happen(world, changes, act, at, case.who) if changes else self._silent(world, act, case)

    def _cases(self, world: World, act: Act) -> Iterator[_Case]:
        keys = world.people if act.who is None else (key for key in (act.who,) if key in world.people)
        for key in keys:
            for one in world.people[key].subscriptions:
                fits = act.of in {None, one.product.id} and act.on in {None, one.store}
                if fits and act.chain in {None, one.original_id} and one.is_family_share is (act.verb in SHARED):
                    yield _Case(key, one)

    def _chosen(
        self, act: Act, at: datetime, outcomes: Sequence[tuple[_Case, Sequence[Change]]]
    ) -> tuple[_Case, Sequence[Change]]:
        """The one subscription that the act concerns; of several purchases of the same thing the latest."""
        kinds = {(case.subscription.product.id, case.subscription.store, case.who) for case, _ in outcomes}
        if len(kinds) > 1:
            named = ", ".join(sorted({f"{product} ({store})" for product, store, _ in kinds}))
            reason = f"it could concern several subscriptions, {named}: say which with of= or on="
            raise ImpossibleStepError(refusal(self.day(at), act, reason))
        return outcomes[-1]

    def _silent(self, world: World, act: Act, case: _Case) -> Happened:
        """What no event tells: whether the card will fail when the store next tries it."""
        after = replace(case.subscription, payment_fails=act.verb == "user.card_fails")
        return Happened(world.having(_with(world[case.who], (after,)), events=0), ())

    def _happen(self, world: World, changes: Iterable[Change], act: Act, at: datetime, who: str) -> Happened:
        events: list[LifecycleEvent] = []
        for change in changes:
            world = self._take(world, change, act, at, who, events)
            if change.subscription is not None and change.subscription.original_id in world.shared:
                moment = self._moment(world, act, at, who, change.subscription.store)
                for consequence in list(follow(moment, change)):
                    world = self._take(world, consequence, act, at, who, events)
        return Happened(world, tuple(events))

    def _take(
        self, world: World, change: Change, act: Act, at: datetime, who: str, events: list[LifecycleEvent]
    ) -> World:
        before = world[change.who or who]
        changed = () if change.subscription is None else (change.subscription,)
        after = change.after or _with(before, (*change.also, *changed))
        world = world.having(after, *(() if change.other_after is None else (change.other_after,)))
        if change.kind is Kind.FAMILY_ACCESS_GRANTED and change.subscription is not None:
            world = replace(world, shared=world.shared | {change.subscription.shared_from or ""})
        chain = change.subscription.original_id if change.subscription else ""
        events.append(
            LifecycleEvent(
                id=self.ids.uuid("event", before.person.key, change.kind, at.isoformat(), chain, world.count),
                kind=change.kind,
                at=at,
                step=change.phrase or act.phrase,
                before=before,
                after=after,
                subscription=change.subscription,
                previous=change.previous,
                transaction=change.transaction,
                amount=change.amount,
                reason=change.reason,
                new_product=change.new_product,
                other_before=change.other_before,
                other_after=change.other_after,
                detected=change.detected,
            )
        )
        return world

    def _moment_of(self, world: World, act: Act, at: datetime, case: _Case) -> Moment:
        return self._moment(world, act, at, case.who, case.subscription.store)

    def _moment(self, world: World, act: Act, at: datetime, who: str, store: Store) -> Moment:
        return Moment(
            at=at,
            act=act,
            subscriber=world[who],
            people=world.people,
            rules=self.rules[store],
            environment=Environment.PRODUCTION if store is Store.PROMO else self.environment,
            ids=self.ids,
            product=self.product,
        )

    def _due(self, who: str, subscription: Subscription) -> Due | None:
        found = next_verb(subscription, self.rules[subscription.store])
        return None if found is None else Due(*found, who, subscription.original_id)

    def _due_of(self, world: World, who: str, chain: str) -> Due | None:
        subscription = world[who].find(chain)
        return None if subscription is None else self._due(who, subscription)

    def _dues_after(self, world: World, due: Due, events: Iterable[LifecycleEvent]) -> Iterator[Due]:
        """What may be due next for whoever was touched; what is due no more is dropped when its time comes."""
        touched = [(due.who, due.chain)]
        touched += [
            (one.after.person.key, one.subscription.original_id) for one in events if one.subscription is not None
        ]
        for who, chain in dict.fromkeys(touched):
            follower = self._due_of(world, who, chain)
            if follower is not None:
                yield follower

    def _refusal(self, world: World, act: Act, at: datetime, blamed: _Case | None, reason: str = "") -> str:
        """Why an act on a subscription cannot happen, and what can."""
        if blamed is None:
            whose = "nobody has" if act.who is None else f"{act.who!r} does not have"
            return refusal(self.day(at), act, f"{whose} anything that it could concern")
        because = f"{blamed.subscription.product.id} is {blamed.subscription.state}"
        return self._refusal_of(world, act, at, blamed, f"{because}, and {reason}" if reason else because)

    def _refusal_of(self, world: World, act: Act, at: datetime, case: _Case, reason: str) -> str:
        others = possible_acts(case.subscription, lambda other: self._moment_of(world, other, at, case))
        return refusal(self.day(at), act, reason, others)

    def day(self, at: datetime) -> str:
        """An instant as sentences say it."""
        return day_of(at, self.origin)


def make_engine(
    seed: object = 0,
    *,
    store: Store = Store.APP_STORE,
    environment: Environment = Environment.PRODUCTION,
    product: Product | None = None,
    calendar: Calendar | None = None,
    changes: Mapping[str, Any] | None = None,
    origin: datetime | None = None,
) -> Engine:
    """An engine; `changes` are rules of the store that differ from the usual ones (`{"hold_days": 30}`)."""
    return Engine(
        ids=seed if isinstance(seed, SeededIds) else SeededIds(seed),
        rules={one: rules_for(one, environment, calendar, changes if one is store else None) for one in Store},
        environment=environment,
        store=store,
        product=product,
        origin=origin,
    )


def _with(subscriber: Subscriber, changed: Sequence[Subscription]) -> Subscriber:
    """The subscriber with some chains as they are now; a new one comes last."""
    now = {one.original_id: one for one in changed}
    kept = tuple(now.pop(one.original_id, one) for one in subscriber.subscriptions)
    return replace(subscriber, subscriptions=(*kept, *now.values()))
