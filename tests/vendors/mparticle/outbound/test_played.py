"""What feeds bring is passed on as anything else, in the order of the story and at its instants."""

from datetime import timedelta

from mockserver.delivery.newcomers import Newcomer
from mockserver.delivery.plan import Choice
from mockserver.lifecycle.clock import Clock


def attempts(world):
    """Event, outcome, and when, of what the webhook told."""
    found = [
        entry for *_, entry in world.tenant.log.read(0) if entry.direction == "out" and entry.vendor == "mparticle"
    ]
    return [(entry.details["event"], entry.details["outcome"], entry.at) for entry in found]


def arrivals(world):
    """When the batches came in."""
    return [entry.at for *_, entry in world.tenant.log.read(0) if entry.operation == "events"]


def test_scenario_goes_through_mparticle(world, hook):
    player = world.server.player
    run = player.prepare(
        world.tenant, "trial-converts", choice=Choice(vendors=("revenuecat",), channels=("mparticle",))
    )
    player.play(world.tenant, run)
    told = attempts(world)
    assert {outcome for _, outcome, _ in told} == {"delivered"}
    assert [at for *_, at in told] == arrivals(world)
    assert {body["source_info"]["channel"] for body in hook.bodies} == {"partner"}


def test_retry_comes_when_the_story_has_gone_so_far(world, hook):
    """The endpoint is down at first: the first message is tried again ten seconds later, by the story's clock."""
    hook.statuses = [503]
    player = world.server.player
    run = player.prepare(
        world.tenant, "trial-converts", choice=Choice(vendors=("revenuecat",), channels=("mparticle",))
    )
    player.play(world.tenant, run)
    (_, first, began), (_, second, again) = attempts(world)[:2]
    assert (first, second, again - began) == ("failed", "delivered", 10_000)


def test_live_subscriber_goes_through_mparticle(world, hook):
    lives, tenant = world.server.lives, world.tenant
    lives.create(tenant, Newcomer(vendors=("revenuecat",)))
    lives.turn(tenant, tenant.clock.advance(timedelta(days=100)))
    told = attempts(world)
    assert len(told) > 3
    assert [at for *_, at in told] == arrivals(world)


def test_running_clock_goes_on_afterwards(world, hook):
    world.server.tenants.turn_clock(world.tenant, Clock())
    lives, tenant = world.server.lives, world.tenant
    lives.create(tenant, Newcomer(vendors=("revenuecat",)))
    lives.turn(tenant, tenant.clock.advance(timedelta(days=100)))
    hook.settle()
    assert len(attempts(world)) == len(arrivals(world))
    assert not tenant.clock.is_frozen
