"""Scenarios: lifecycles declared in files, found by folder, loaded by path and unfolded into lifecycle events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from difflib import get_close_matches
from importlib.machinery import SourceFileLoader
from pathlib import Path
from traceback import extract_tb
from types import ModuleType
from typing import Any, overload

from mockserver.errors import ImpossibleStepError, InvalidError, MockServerError, NotFoundError
from mockserver.lifecycle.calendar import Calendar
from mockserver.lifecycle.engine import Engine, World, make_engine
from mockserver.lifecycle.events import LifecycleEvent
from mockserver.lifecycle.ids import SeededIds, ids_of
from mockserver.lifecycle.people import make_person, platform_of
from mockserver.lifecycle.rules import chosen
from mockserver.lifecycle.sentences import refusal
from mockserver.lifecycle.subscriber import Environment, Person, Product, State, Store, Subscriber, Subscription
from mockserver.lifecycle.timeline import Step, Timeline, flat, parse_instant
from mockserver.lifecycle.trouble import Trouble

START = datetime(2026, 1, 15, 10, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Someone:
    """A person of a scenario who is not like everybody: anonymous, without mParticle's id, or with several devices."""

    key: str = "user"
    anonymous: bool = False
    has_mpid: bool = True
    platforms: tuple[str, ...] = ()


def someone(
    key: str = "user", *, anonymous: bool = False, has_mpid: bool = True, platforms: Iterable[str] = ()
) -> Someone:
    """A person who is not like everybody."""
    return Someone(key=key, anonymous=anonymous, has_mpid=has_mpid, platforms=tuple(platforms))


def _someone(one: Any) -> Someone:
    if not isinstance(one, Someone):
        raise InvalidError(f"people are written someone('a', ...); {one!r} is not.")
    return one


@dataclass(frozen=True, init=False)
class Scenario:
    """A lifecycle, declared: who does what, when.

    `product` is what acts mean that name none. `ends` is the state of the subscription that the last step concerns, or
    of all of them in order of purchase. `rules` are the store's rules that differ from the usual (`{"hold_days": 30}`),
    `trouble` is what goes wrong in delivery. `key` and, unless given, `title` come from the file.
    """

    timeline: tuple[Step, ...]
    product: Product | None
    ends: tuple[State, ...] | State | None
    title: str
    start: datetime
    store: Store
    environment: Environment
    people: tuple[Someone, ...]
    rules: Mapping[str, Any]
    calendar: Calendar
    trouble: tuple[Trouble, ...]
    key: str
    path: Path | None

    def __init__(  # noqa: PLR0913  what a scenario may declare, all by name
        self,
        *,
        timeline: Timeline,
        product: Product | None = None,
        ends: Sequence[str] | str | None = None,
        title: str = "",
        start: datetime | str = START,
        store: str = Store.APP_STORE,
        environment: str = Environment.PRODUCTION,
        people: Iterable[Someone] = (),
        rules: Mapping[str, Any] | None = None,
        calendar: Calendar | None = None,
        trouble: Iterable[Trouble | Iterable[Trouble]] = (),
        key: str = "",
        path: Path | None = None,
    ) -> None:
        values = {
            "timeline": flat(timeline),
            "product": product,
            "ends": _states(ends),
            "title": title,
            "start": parse_instant(start) if isinstance(start, str) else start,
            "store": chosen(Store, store),
            "environment": chosen(Environment, environment),
            "people": tuple(_someone(one) for one in people),
            "rules": dict(rules or {}),
            "calendar": calendar or Calendar(),
            "trouble": tuple(one for group in trouble for one in (group if isinstance(group, Iterable) else (group,))),
            "key": key,
            "path": path,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def unfold(self, seed: int = 0, *, people: Mapping[str, Person] | None = None) -> tuple[LifecycleEvent, ...]:
        """Every lifecycle event, in order; `people` stand in for those that the seed would make, by key.

        Raises:
            ImpossibleStepError: the timeline says something that cannot happen, or ends otherwise than it says.
        """
        ids = ids_of(seed, self.key or self.title or "scenario")
        engine = self.engine(ids)
        world = World.of(
            *(people[one.key] if people and one.key in people else self._person(ids, one) for one in self._cast())
        )
        telling = _Telling(engine, world)
        try:
            for step in self.timeline:
                telling.play(step)
        except OverflowError:
            raise ImpossibleStepError("The timeline goes beyond the years that calendars know.") from None
        self._check_end(telling)
        return tuple(telling.events)

    def engine(self, seed: object = 0) -> Engine:
        """The stores as this scenario has them."""
        return make_engine(
            seed,
            store=self.store,
            environment=self.environment,
            product=self.product,
            calendar=self.calendar,
            changes=self.rules,
            origin=self.start,
        )

    def _cast(self) -> tuple[Someone, ...]:
        """Everybody in the story, in order of first mention, `people` first."""
        known = {one.key: one for one in self.people}
        for step in self.timeline:
            for act in step.acts:
                if act.who is not None:
                    known.setdefault(act.who, Someone(key=act.who))
        return tuple(known.values()) or (Someone(),)

    def _person(self, ids: SeededIds, one: Someone) -> Person:
        platforms = one.platforms or (platform_of(self.store),)
        return make_person(ids, one.key, platforms=platforms, anonymous=one.anonymous, with_mpid=one.has_mpid)

    def _check_end(self, telling: _Telling) -> None:
        wanted = (self.ends,) if isinstance(self.ends, State) else self.ends
        found = (telling.last_state,) if isinstance(self.ends, State) else telling.states
        if wanted is not None and wanted != found:
            really = _listed(found) or "with nothing owned"
            raise ImpossibleStepError(f"The scenario says that it ends {_listed(wanted)}, but it ends {really}.")


def _states(ends: Sequence[str] | str | None) -> tuple[State, ...] | State | None:
    if ends is None:
        return None
    return chosen(State, ends) if isinstance(ends, str) else tuple(chosen(State, one) for one in ends)


def _listed(states: Iterable[State]) -> str:
    return ", ".join(states)


class _Telling:
    """A scenario being unfolded: where the story is, and what has been told."""

    def __init__(self, engine: Engine, world: World) -> None:
        self.engine = engine
        self.world = world
        self.origin = engine.origin or START
        self.now = self.origin
        self.events: list[LifecycleEvent] = []
        self.last: Subscription | None = None
        self._unheard: dict[str, Subscriber] = {}

    @property
    def last_state(self) -> State:
        """The state of the subscription last concerned."""
        return State.NONE if self.last is None else self.last.state

    @property
    def states(self) -> tuple[State, ...]:
        """The states of everything owned, in order of purchase."""
        owned = [one for subscriber in self.world.people.values() for one in subscriber.subscriptions]
        return tuple(one.state for one in sorted(owned, key=lambda one: one.first.purchased_at))

    def play(self, step: Step) -> None:
        """Let a step happen, if its time has come and nothing before it was forgotten."""
        at = step.when(self.origin, self.now, self.world)
        if at < self.now:
            said = ", ".join(map(str, step.acts))
            raise ImpossibleStepError(f"{said} is said to be {self.engine.day(at)}, before the step that precedes it.")
        self._nothing_forgotten(at, step)
        self.now = at
        for act in step.acts:
            self.world, events = self.engine.act(self.world, act, at)
            for event in events:
                self._tell(event, told=step.told)

    def _tell(self, event: LifecycleEvent, *, told: bool) -> None:
        """Keep an event. One that follows what was left out begins where the story left off."""
        self.last = event.subscription or self.last
        key = event.before.person.key
        if not told:
            self._unheard.setdefault(key, event.before)
            return
        known = self._unheard.pop(key, None)
        if known is not None and event.subscription is not None:
            event = replace(event, before=known, previous=known.find(event.subscription.original_id))
        self.events.append(event)

    def _nothing_forgotten(self, at: datetime, step: Step) -> None:
        due = self.engine.due(self.world)
        if due is None or due.at >= at:
            return
        subscription = self.world[due.who].find(due.chain)
        what = f"{subscription.product.id} was {subscription.state}" if subscription else "something was due"
        reason = f"{self.engine.day(due.at)} {what}, and something had to be said, such as {due.verb}()"
        raise ImpossibleStepError(refusal(self.engine.day(at), step.acts[0], reason))


def shipped_folder() -> Path:
    """The folder of our own scenarios: inside the package in a wheel, beside it in the repository."""
    package = Path(__file__).resolve().parent.parent
    inside = package / "_scenarios"
    return inside if inside.is_dir() else package.parent / "scenarios"


@overload
def find(folders: Iterable[Path]) -> dict[str, Path]: ...
@overload
def find(folders: Iterable[Path], key: str) -> Path: ...
def find(folders: Iterable[Path], key: str | None = None) -> dict[str, Path] | Path:
    """Every scenario file by its key, in alphabetical order, or the one of a key; the first folder that has it wins.

    Raises:
        NotFoundError: no such folder, or no such key, with the nearest.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        if not folder.is_dir():
            raise NotFoundError(f"The folder of scenarios {folder} does not exist.")
        for path in folder.glob("*.py"):
            if not path.name.startswith("_"):
                found.setdefault(path.stem.replace("_", "-"), path)
    if key is None:
        return dict(sorted(found.items()))
    if key not in found:
        near = get_close_matches(key, found, 1, 0.4)
        raise NotFoundError(f"There is no scenario {key!r}{f'; did you mean {near[0]!r}?' if near else '.'}")
    return found[key]


def load(path: Path) -> Scenario:
    """The scenario that a file declares. Its module is not kept, so that files of any folder may have any name.

    Raises:
        NotFoundError: there is no such file.
        InvalidError: the file is broken; the sentence names the line.
    """
    if not path.is_file():
        raise NotFoundError(f"The scenario file {path} does not exist.")
    module = ModuleType(f"scenario_{path.stem}")
    module.__file__ = str(path)
    try:
        loader = SourceFileLoader(module.__name__, str(path))
        exec(loader.source_to_code(loader.get_data(str(path)), str(path)), module.__dict__)  # noqa: S102  the user's own file, as a migration script is
    except SyntaxError as error:
        raise InvalidError(f"{path}:{error.lineno}: {error.msg}.") from error
    except Exception as error:
        raise InvalidError(f"{path}:{_line(error, path)}: {_told(error)}") from error
    declared = module.__dict__.get("SCENARIO")
    if not isinstance(declared, Scenario):
        raise InvalidError(f"{path}: a scenario file declares SCENARIO = Scenario(...), and this one does not.")
    title = declared.title or (module.__doc__ or path.stem).strip().splitlines()[0].rstrip(".")
    return replace(declared, key=path.stem.replace("_", "-"), title=title, path=path)


def _line(error: BaseException, path: Path) -> int:
    """The last line of the file that was being run."""
    lines = [frame.lineno for frame in extract_tb(error.__traceback__) if frame.filename == str(path)]
    return (lines[-1] if lines else None) or 1


def _told(error: Exception) -> str:
    text = str(error)
    named = text if isinstance(error, MockServerError) else f"{type(error).__name__}: {text}"
    return named if named.endswith((".", "?")) else f"{named}."
