"""What comes in is passed on: once, in order, apart from the answer, tried again on the tenant's clock.

A vendor made for these tests stands in: what is tested here holds for all channels that pass on what they are told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import Event
from typing import Any

import orjson
import pytest
import responses

from mockserver.app import create_app, parts_of
from mockserver.lifecycle.clock import Clock
from mockserver.settings import Settings
from mockserver.tenants import Target
from mockserver.vendors.contract import Answer, Channel, Grant, Message, Operation, Vendor

HOOK, ELSEWHERE = "http://127.0.0.1:9/hook", "http://127.0.0.1:9/elsewhere"
START = datetime.fromisoformat("2026-01-15T10:00:00Z")
MINUTE = timedelta(minutes=1)
WITHIN = 10.0  # seconds after which a test fails that waits for what happens by itself


def forward(entry, forwarding):
    """A message for each line."""
    if entry.operation != "tell":
        return ()
    if entry.body == b"bug":
        raise ZeroDivisionError
    lines = entry.body.split(b"\n") if entry.body else []
    return [
        Message(
            vendor="acme", channel="webhook", event=line.decode(), subject="u-1", at=forwarding.tenant.now(), body=line,
            id=forwarding.ids.hex(8, entry.id, place),
        )
        for place, line in enumerate(lines)
    ]  # fmt: skip


def call_back(entry, forwarding):
    """A message to the address that was sent, at the time that was sent."""
    wanted = orjson.loads(entry.body)
    if wanted["url"] in forwarding.tenant.settings("acme")["closed"]:
        return []
    at = datetime.fromisoformat(wanted["at"])
    return [
        Message(
            vendor="acme", channel="callback", event="done", subject="", at=at, body=b"done", id=entry.id,
            url=wanted["url"],
        )
    ]  # fmt: skip


def operation(name, **more):
    return Operation(
        name=name,
        path=f"/v1/{name}",
        handle=lambda call: Answer(400 if call.content == b"bad" else 202),
        authenticate=lambda call, keyring: Grant(*keyring.find("acme", call.headers["x-key"])),
        title="",
        **more,
    )


ACME = Vendor(
    title="Acme",
    hosts=("api.acme.example",),
    operations=(operation("tell"), operation("hush"), operation("order", calls_back=True)),
    refuse=lambda refusal: Answer(refusal.status),
    credentials=lambda issuer: {"default": {"key": issuer.random.randbytes(4).hex()}},
    tokens=lambda inputs: [(inputs["default"]["key"], "default")],
    read=lambda entry, reading: (),
    settings={"closed": []},
    channels={
        "webhook": Channel(
            title="", write=lambda event, writing: (), retries=(MINUTE, 2 * MINUTE), forward=forward
        ),
        "callback": Channel(title="", write=lambda event, writing: (), forward=call_back, addressed=True),
    },
)  # fmt: skip


@dataclass
class Hook:
    """The customer's server: what it got; `statuses` are answered in turn, then 200. It waits for `open` if closed."""

    statuses: list[int] = field(default_factory=list)
    got: list[str] = field(default_factory=list)
    open: Event = field(default_factory=Event)

    def answer(self, request: Any) -> tuple[int, dict[str, str], str]:
        assert self.open.wait(WITHIN)
        self.got.append(request.body.decode())
        return (self.statuses.pop(0) if self.statuses else 200), {}, ""


class World:
    """One worker, as seen by one tenant of it."""

    def __init__(self, settings: Settings, name: str = "default") -> None:
        self.app = create_app(settings)
        self.parts = parts_of(self.app)
        self.name = name

    @property
    def tenant(self):
        return self.parts.tenants.get(self.name)

    def aim(self, url=HOOK):
        self.parts.tenants.aim(self.tenant, "acme", "webhook", Target(url=url, headers={}, credentials={}))

    def forget_target(self):
        self.parts.tenants.aim(self.tenant, "acme", "webhook", None)

    def post(self, *bodies, path="tell"):
        for body in bodies:
            headers = {"x-key": self.tenant.credentials("acme")["key"]}
            self.app.test_client().post(f"/acme/v1/{path}", data=body, headers=headers)

    def stand(self, at=START):
        self.parts.tenants.turn_clock(self.tenant, Clock.frozen_at(at))

    def advance(self, by):
        self.parts.lives.turn(self.tenant, self.tenant.clock.advance(by))

    def attempts(self, count=0):
        """What was tried, once there are so many attempts: event, number, outcome, minutes after START."""
        journal, wait = self.parts.journal, self.parts.journal.waiting(self.name)
        while True:
            end, found = journal.catch_up(self.name), self._attempts()
            if len(found) >= count:
                return found
            assert wait(end, WITHIN), f"{len(found)} attempts were made, {count} were expected"

    def settled(self):
        """What was tried, when nothing is left that is due now."""
        self.parts.forwarder.pass_until(self.tenant, self.tenant.now(), lambda instant: None)
        return self._attempts()

    def _attempts(self):
        entries = [entry for *_, entry in self.tenant.log.read(0) if entry.direction == "out"]
        return [
            (
                *(entry.details[name] for name in ("event", "attempt", "outcome")),
                (datetime.fromtimestamp(entry.at / 1000, START.tzinfo) - START) / MINUTE,
            )
            for entry in entries
        ]


@pytest.fixture
def hook() -> Iterator[Hook]:
    found = Hook()
    found.open.set()
    with responses.RequestsMock(assert_all_requests_are_fired=False) as net:
        for url in (HOOK, ELSEWHERE):
            net.add_callback(responses.POST, url, found.answer)
        yield found


@pytest.fixture
def open_world(tmp_path, monkeypatch, hook):
    monkeypatch.setattr("mockserver.app.discover", lambda: {"acme": ACME})
    opened = []

    def open_one(name="default", **settings):
        opened.append(World(Settings(storage=tmp_path, **settings), name))
        return opened[-1]

    yield open_one
    hook.open.set()
    for one in opened:
        if not one.parts.turns.stopping.is_set():
            one.parts.close()


@pytest.fixture
def world(open_world):
    one = open_world()
    one.stand()
    return one


def test_what_comes_in_goes_out(world, hook):
    world.aim()
    world.post("hello")
    assert world.attempts(1) == [("hello", 1, "delivered", 0)]
    assert hook.got == ["hello"]


def test_attempt_names_the_entry(world):
    world.aim()
    world.post("hello")
    world.attempts(1)
    came, went = [entry for *_, entry in world.tenant.log.read(0)]
    assert went.details["entry"] == came.id


def test_attempt_can_be_asked_for(world):
    from mockserver.journal.search import parse

    world.aim()
    world.post("hello")
    world.attempts(1)
    question = parse("direction:out event:hello subject:u-1", ("acme",))
    assert len(world.parts.journal.find_events("default", question)) == 1


def test_everything_goes_out_in_order(world, hook):
    world.aim()
    world.post(*(f"{number}a\n{number}b" for number in range(10)))
    world.attempts(20)
    assert hook.got == [f"{number}{letter}" for number in range(10) for letter in "ab"]


def test_nothing_from_before_the_target(world, hook):
    world.post("before")
    world.aim()
    world.post("after")
    world.attempts(1)
    assert hook.got == ["after"]


def test_refused_is_not_passed_on(world, hook):
    world.aim()
    world.post("bad", "good")
    world.attempts(1)
    assert hook.got == ["good"]


def test_nobody_is_woken_without_target(world, monkeypatch):
    monkeypatch.setattr(world.parts.forwarder, "notice", lambda *what: pytest.fail("somebody was woken"))
    world.post("hello")
    assert world.attempts() == []


def test_answer_does_not_wait(world, hook):
    world.aim()
    hook.open.clear()
    world.post("first", "second")
    assert hook.got == []
    hook.open.set()
    world.attempts(2)
    assert hook.got == ["first", "second"]


def test_nobody_waits_for_the_endpoint_of_another(world, hook):
    world.aim()
    hook.open.clear()
    world.post("slow")
    world.parts.tenants.create("other")
    world.name = "other"
    world.aim("http://127.0.0.1:9/nobody")
    world.post("quick")
    assert [event for event, *_ in world.attempts(1)] == ["quick"]
    assert hook.got == []


def test_clock_waits_for_what_is_on_its_way(world, hook):
    """What came in before the clock is turned is passed on before, even if it is being rendered at this moment."""
    world.aim()
    for number in range(20):
        world.post(f"{number}")
        world.advance(MINUTE)
    assert [after for *_, after in world.settled()] == list(range(20))


def test_retries_wait_for_the_clock(world, hook):
    world.aim()
    hook.statuses = [500, 500]
    world.post("hello")
    world.attempts(1)
    world.advance(timedelta(minutes=10))
    assert world.settled() == [
        ("hello", 1, "failed", 0),
        ("hello", 2, "failed", 1),
        ("hello", 3, "delivered", 3),
    ]


def test_given_up_in_the_end(world, hook):
    world.aim()
    hook.statuses = [500] * 9
    world.post("hello")
    world.attempts(1)
    world.advance(timedelta(days=1))
    assert [outcome for _, _, outcome, _ in world.settled()] == ["failed", "failed", "given up"]


def test_clock_is_where_it_was_turned_to(world, hook):
    world.aim()
    hook.statuses = [500]
    world.post("hello")
    world.attempts(1)
    world.advance(timedelta(hours=1))
    assert (world.tenant.now(), world.tenant.clock.is_frozen) == (START + timedelta(hours=1), True)


def test_standing_clock_brings_no_retry(world, hook):
    world.aim()
    hook.statuses = [500]
    world.post("hello", "again")
    world.attempts(2)
    assert world.settled() == [("hello", 1, "failed", 0), ("again", 1, "delivered", 0)]


def test_running_clock_brings_retries(world, hook):
    world.aim()
    hook.statuses = [500]
    world.post("hello")
    world.attempts(1)
    world.parts.tenants.turn_clock(world.tenant, Clock.starting_at(START + MINUTE - timedelta(milliseconds=20)))
    world.parts.forwarder._ticker.wake()
    assert [outcome for _, _, outcome, _ in world.attempts(2)] == ["failed", "delivered"]


def test_restart_goes_on_with_retries(world, open_world, hook):
    world.aim()
    hook.statuses = [500]
    world.post("hello", "fine")
    world.attempts(2)
    world.parts.close()
    again = open_world()
    again.advance(timedelta(hours=1))
    assert again.settled()[2:] == [("hello", 2, "delivered", 1)]


def test_restart_passes_on_what_was_not(world, open_world, hook, monkeypatch):
    world.aim()
    monkeypatch.setattr(world.parts.forwarder, "notice", lambda *what: None)
    world.post("hello")
    world.parts.close()
    assert open_world().attempts(1) == [("hello", 1, "delivered", 0)]


def test_killed_server_repeats_nothing(world, open_world, hook):
    """It has noted nothing of how far it was: the attempts' entries tell."""
    world.aim()
    hook.statuses = [500]
    world.post("hello", "fine")
    world.attempts(2)
    again = open_world()
    again.post("more")
    again.attempts(3)
    assert hook.got == ["hello", "fine", "more"]
    again.advance(timedelta(hours=1))
    assert again.settled()[3:] == [("hello", 2, "delivered", 1)]


def test_stopped_server_has_nothing_to_read_again(world, open_world, hook):
    world.aim()
    world.post("hello")
    world.attempts(1)
    world.settled()
    world.parts.close()
    again = open_world()
    assert again.tenant.passed_on == again.tenant.log.end()
    assert not again.parts.forwarder.is_waiting(again.tenant)


@pytest.fixture
def workers(open_world, monkeypatch):
    """Two of them. The kernel's locks keep processes from each other, here one set of turns has to."""
    one, other = open_world(), open_world()
    monkeypatch.setattr(other.parts.forwarder, "_turns", one.parts.turns)
    return one, other


def test_workers_share_the_work(workers, hook):
    one, other = workers
    one.stand()
    one.aim()
    for number in range(5):
        one.post(f"one {number}")
        other.post(f"other {number}")
    one.attempts(10)
    assert len(one.settled()) == len(other.settled()) == 10
    assert sorted(hook.got) == sorted(f"{name} {number}" for name in ("one", "other") for number in range(5))


def test_workers_share_retries(workers, hook):
    one, other = workers
    one.stand()
    one.aim()
    hook.statuses = [500, 500]
    one.post("hello")
    one.attempts(1)
    other.post("more")
    other.attempts(2)
    other.advance(MINUTE)
    one.advance(timedelta(hours=1))
    assert [(event, number) for event, number, _, _ in one.settled()] == [
        ("hello", 1),
        ("more", 1),
        ("hello", 2),
        ("more", 2),
    ]


def test_clearing_the_journal_forgets_retries(world, hook):
    world.aim()
    hook.statuses = [500]
    world.post("hello")
    world.attempts(1)
    world.parts.journal.clear("default")
    world.advance(timedelta(hours=1))
    assert hook.got == ["hello"]


def test_removed_target_forgets_retries(world, hook):
    world.aim()
    hook.statuses = [500]
    world.post("hello")
    world.attempts(1)
    world.forget_target()
    world.post("unheard")
    world.aim()
    world.advance(timedelta(hours=1))
    assert world.settled() == [("hello", 1, "failed", 0)]


def test_target_aimed_elsewhere_gets_the_retries(world, hook):
    world.aim()
    hook.statuses = [500]
    world.post("hello")
    world.attempts(1)
    world.aim(ELSEWHERE)
    world.advance(timedelta(hours=1))
    paths = [entry.path for *_, entry in world.tenant.log.read(0) if entry.direction == "out"]
    assert paths == [HOOK, ELSEWHERE]


def test_bug_is_loud_and_stops_nothing(world, hook, caplog):
    world.aim()
    world.post("bug", "fine")
    world.attempts(1)
    assert hook.got == ["fine"]
    assert isinstance(world.parts.desk.bugs.pop(), ZeroDivisionError)
    assert "A bug of ours" in caplog.text


def test_deleted_tenant_is_left_alone(world, hook, tmp_path):
    world.parts.tenants.create("gone")
    world.name = "gone"
    world.aim()
    hook.statuses = [500]
    world.post("hello")
    world.attempts(1)
    tenant = world.tenant
    world.parts.tenants.delete("gone")
    world.parts.forwarder.catch_up(tenant)
    assert not world.parts.forwarder.is_waiting(tenant)
    assert not (tmp_path / "log" / "gone.log").exists()


def order(at, url=ELSEWHERE):
    return orjson.dumps({"at": at.isoformat(), "url": url})


def test_callback_goes_where_it_was_asked_to(world, hook):
    world.post(order(START), path="order")
    assert world.attempts(1) == [("done", 1, "delivered", 0)]
    assert hook.got == ["done"]


def test_callback_waits_for_its_time(world):
    world.post(order(START + timedelta(days=7)), path="order")
    assert world.settled() == []
    world.advance(timedelta(days=8))
    assert world.settled() == [("done", 1, "delivered", 7 * 24 * 60)]


def test_callback_outlives_a_restart(world, open_world):
    world.post(order(START + timedelta(days=7)), path="order")
    world.settled()
    world.parts.close()
    again = open_world()
    again.advance(timedelta(days=8))
    assert again.settled() == [("done", 1, "delivered", 7 * 24 * 60)]


def test_callback_is_dropped_that_is_none_any_more(world, hook):
    world.post(order(START + timedelta(days=7)), order(START + timedelta(days=7), HOOK), path="order")
    world.settled()
    world.parts.tenants.set(world.tenant, "acme", {"closed": [ELSEWHERE]})
    world.advance(timedelta(days=8))
    assert len(world.settled()) == len(hook.got) == 1


def test_callback_leaves_for_no_foreign_host(world):
    world.post(order(START, "http://shop.example/hook"), path="order")
    assert world.attempts(1) == [("done", 1, "forbidden", 0)]
