"""People and purchases: transfers, logins, families."""

from datetime import timedelta
from decimal import Decimal

import pytest

from mockserver.lifecycle import developer, store, user
from mockserver.lifecycle.catalogue import PRO_MONTHLY
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.live import Life
from mockserver.lifecycle.subscriber import Reason, State

DAY = timedelta(days=1)


@pytest.fixture
def family(begin, start):
    life = begin("owner", "member").act(user("owner").buys())
    return life.act(user("member").joins_family(), start + DAY)


def test_transfer_moves_everything(begin, start):
    life = begin("a", "b").act(user("a").buys()).act(user("b").restores(), start + 5 * DAY)
    event = life.events[-1]
    assert event.before.subscriptions == event.other_after.subscriptions
    assert event.after.subscriptions == event.other_before.subscriptions == ()
    assert (event.person.key, event.other_after.person.key) == ("a", "b")


def test_transferred_subscription_renews_for_new_owner(begin, start):
    life = begin("a", "b").act(user("a").buys()).act(user("b").restores()).until(start + 31 * DAY)
    assert (life.events[-1].kind, life.events[-1].person.key) == (Kind.RENEWED, "b")


def test_login_keeps_earlier_ids(person, start):
    nobody = person(anonymous=True, with_mpid=False)
    life = Life.begin(nobody, at=start).act(user.logs_in("u-1"))
    known = life.subscriber.person
    assert (known.customer_id, known.known_ids) == ("u-1", (nobody.anonymous_id, "u-1"))
    assert nobody.mpid is None
    assert known.mpid is not None


def test_member_pays_nothing(family):
    event = family.events[-1]
    assert (event.person.key, event.amount, event.subscription.is_family_share) == ("member", Decimal(0), True)
    assert event.subscription.original_id != family.events[0].subscription.original_id


def test_member_goes_on_with_owner(family, start):
    told = [(event.person.key, event.kind, event.amount) for event in family.until(start + 31 * DAY).events[2:]]
    assert told == [("owner", Kind.RENEWED, Decimal("9.99")), ("member", Kind.RENEWED, Decimal(0))]


def test_member_loses_what_owner_loses(family):
    event = family.act(store.refunds()).events[-1]
    assert (event.person.key, event.kind, event.reason) == ("member", Kind.FAMILY_ACCESS_ENDED, Reason.REVOKED)


def test_member_follows_an_upgrade(family):
    life = family.act(user("owner").changes_to(PRO_MONTHLY))
    assert life.world["member"].subscriptions[0].product == PRO_MONTHLY


def test_member_shares_an_extension(family):
    life = family.act(developer.extends(days=3))
    assert [event.kind for event in life.events[-2:]] == [Kind.EXTENDED, Kind.EXTENDED]


def test_member_can_leave(family):
    life = family.act(user("member").leaves_family())
    assert life.world["member"].subscriptions[0].state is State.EXPIRED
    assert life.world["owner"].subscriptions[0].state is State.ACTIVE


def test_sharing_stops_for_all(begin):
    life = begin("owner", "one", "two").act(user("owner").buys())
    life = life.act(user("one").joins_family()).act(user("two").joins_family()).act(user("owner").stops_sharing())
    assert [event.person.key for event in life.events[-2:]] == ["one", "two"]
