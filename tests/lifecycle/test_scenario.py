"""Scenarios: how they are declared, found, loaded and refused."""

import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from mockserver.errors import ImpossibleStepError, InvalidError, NotFoundError
from mockserver.lifecycle import (
    Scenario,
    after,
    answers,
    arriving,
    at,
    before_period_end,
    day,
    developer,
    down,
    late,
    left_out,
    period_end,
    period_ends,
    resent,
    someone,
    store,
    user,
)
from mockserver.lifecycle.catalogue import MONTHLY
from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.scenario import find, load, shipped_folder
from mockserver.lifecycle.subscriber import State, Store
from mockserver.lifecycle.trouble import Answers, Arrival, Delayed, Outage, Resent

START = datetime(2026, 1, 15, 10, tzinfo=UTC)
BUYS = day(0, user.buys())
FILE = '''"""A month.

And more words.
"""

from mockserver.lifecycle import Scenario, day, store, user
from mockserver.lifecycle.catalogue import MONTHLY

SCENARIO = Scenario(product=MONTHLY, timeline=[day(0, user.buys())])
'''


def told(*timeline, **more):
    return Scenario(product=MONTHLY, timeline=timeline, **more).unfold()


def instants(*timeline, **more):
    return [event.at for event in told(*timeline, **more)]


@pytest.fixture
def write(tmp_path):
    def write(text, name="a_month.py"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return write


def test_days_are_whole():
    assert instants(BUYS, day(3, user.turns_renewal_off(), hours=12)) == [START, START + timedelta(days=3, hours=12)]


def test_period_decides_the_day():
    assert instants(BUYS, period_ends(1, 2, store.renews()))[1:] == [
        datetime(2026, 2, 15, 10, tzinfo=UTC),
        datetime(2026, 3, 15, 10, tzinfo=UTC),
    ]


def test_early_is_before_the_end():
    assert instants(BUYS, before_period_end(1, store.renews(), hours=8))[1] == datetime(2026, 2, 15, 2, tzinfo=UTC)


def test_after_counts_from_the_last_step():
    found = instants(BUYS, day(2, user.turns_renewal_off()), after(user.turns_renewal_on(), minutes=5))
    assert found[2] == START + timedelta(days=2, minutes=5)


def test_dates_are_utc():
    assert instants(BUYS, at("2026-01-20 12:00", user.turns_renewal_off()))[1] == datetime(2026, 1, 20, 12, tzinfo=UTC)


def test_start_may_have_a_zone():
    assert instants(BUYS, start="2026-01-15T10:00:00+09:00") == [datetime(2026, 1, 15, 1, tzinfo=UTC)]


def test_several_acts_at_once():
    events = told(day(0, user.buys(), user.turns_renewal_off()))
    assert [event.kind for event in events] == [Kind.SUBSCRIPTION_STARTED, Kind.RENEWAL_CANCELLED]


def test_left_out_is_taken_as_read():
    events = told(BUYS, left_out(period_ends(1, 2, store.renews())), period_end(3, store.renews()))
    assert [event.at.month for event in events] == [1, 4]
    assert events[1].before == events[0].after
    assert events[1].previous == events[0].subscription
    assert events[1].transaction.number == 4


def test_forgotten_end_is_refused():
    with pytest.raises(ImpossibleStepError) as caught:
        told(BUYS, day(40, user.turns_renewal_off()))
    assert str(caught.value) == (
        "On day 40 (2026-02-24 10:00 UTC), user.turns_renewal_off() cannot happen: on day 31 (2026-02-15 10:00 UTC) "
        "premium.monthly was active, and something had to be said, such as store.renews()."
    )


def test_wrong_end_is_refused():
    with pytest.raises(ImpossibleStepError, match=r"says that it ends refunded, but it ends active\."):
        told(BUYS, ends="refunded")


def test_empty_end_is_refused():
    with pytest.raises(ImpossibleStepError, match="ends active, active, but it ends active"):
        told(BUYS, ends=["active", "active"])


def test_disorder_is_refused():
    with pytest.raises(ImpossibleStepError, match=r"is said to be on day 2 .*, before the step that precedes it"):
        told(BUYS, day(3, user.turns_renewal_off()), day(2, user.turns_renewal_on()))


def test_missing_period_is_refused():
    with pytest.raises(
        ImpossibleStepError, match=r"period_end\(2, store.renews\(\)\) counts on more than only 1 period"
    ):
        told(BUYS, period_end(2, store.renews()))


@pytest.mark.parametrize("wrong", [0, -1, "1"])
def test_periods_count_from_one(wrong):
    with pytest.raises(InvalidError, match="period_end counts periods from 1"):
        period_end(wrong, store.renews())


def test_day_without_act_is_refused():
    with pytest.raises(InvalidError, match="says nothing: it needs acts"):
        day(3)


def test_unmade_act_is_refused():
    with pytest.raises(InvalidError, match="it needs acts such as"):
        day(3, "renews")


def test_wrong_date_is_refused():
    with pytest.raises(InvalidError, match="'soon' is not a date and time"):
        at("soon", store.renews())


def test_unknown_store_is_refused():
    with pytest.raises(InvalidError, match="'steam' is not a store"):
        Scenario(timeline=[BUYS], store="steam")


def test_people_are_made_as_declared():
    anonymous = told(BUYS, people=[someone(anonymous=True, has_mpid=False)])[0].person
    assert (anonymous.customer_id, anonymous.mpid) == (None, None)


def test_platform_follows_the_store():
    assert told(BUYS, store="play_store")[0].person.devices[0].platform == "android"


def test_calendar_has_an_end():
    with pytest.raises(ImpossibleStepError, match="beyond the years that calendars know"):
        told(BUYS, day(1, developer.extends(days=3_000_000)))


def test_people_have_a_form():
    with pytest.raises(InvalidError, match=r"^people are written someone\('a', \.\.\.\); 'a' is not\.$"):
        Scenario(product=MONTHLY, timeline=[BUYS], people=["a"])


def test_people_can_be_given(person):
    own = person("user", customer_id="u-1")
    events = Scenario(product=MONTHLY, timeline=[BUYS]).unfold(people={"user": own})
    assert events[0].person.customer_id == "u-1"


def test_scenarios_share_no_ids():
    first = Scenario(timeline=[BUYS], product=MONTHLY, key="one").unfold()[0]
    second = Scenario(timeline=[BUYS], product=MONTHLY, key="two").unfold()[0]
    assert first.subscription.original_id != second.subscription.original_id
    assert first.person.customer_id != second.person.customer_id


def test_values_are_values():
    scenario = Scenario(timeline=[BUYS], store="stripe", ends=["expired"], environment="sandbox")
    assert (scenario.store, scenario.ends, scenario.start) == (Store.STRIPE, (State.EXPIRED,), START)


def test_trouble_is_declared():
    scenario = Scenario(
        timeline=[BUYS],
        trouble=[
            answers("renewed", webhook=[500, 200], feed=[429, 202]),
            resent("renewed"),
            down("expired", hours=3),
            late("refunded", days=1, fetched_after_days=27),
            arriving("billing_recovered", "billing_issue_detected:3"),
        ],
    )
    assert scenario.trouble == (
        Answers(about=Kind.RENEWED, channel="webhook", statuses=(500, 200)),
        Answers(about=Kind.RENEWED, channel="feed", statuses=(429, 202)),
        Resent(about=Kind.RENEWED, channel="webhook"),
        Outage(about=Kind.EXPIRED, channel="webhook", lasts=timedelta(hours=3)),
        Delayed(about=Kind.REFUNDED, by=timedelta(days=1), fetched=timedelta(days=27)),
        Arrival(channel="webhook", order=((Kind.BILLING_RECOVERED, 1), (Kind.BILLING_ISSUE_DETECTED, 3))),
    )


def test_unknown_trouble_is_refused():
    with pytest.raises(InvalidError, match="'renewal' is not a kind of event; the kinds are trial_started"):
        resent("renewal")


def test_file_gives_key_and_title(write):
    scenario = load(write(FILE))
    assert (scenario.key, scenario.title) == ("a-month", "A month")


def test_loading_keeps_no_module(write):
    before = set(sys.modules)
    load(write(FILE))
    assert {name for name in set(sys.modules) - before if "month" in name} == set()


def test_own_file_wins(write, tmp_path):
    own = write(FILE, "monthly.py")
    assert find([tmp_path, shipped_folder()], "monthly") == own
    assert find([shipped_folder()], "monthly") != own


def test_private_files_are_no_scenarios(write, tmp_path):
    write(FILE, "_shared.py")
    assert find([tmp_path]) == {}


def test_unknown_key_meets_nearest():
    with pytest.raises(NotFoundError, match=r"There is no scenario 'trial-convert'; did you mean 'trial-converts'\?"):
        find([shipped_folder()], "trial-convert")


def test_missing_folder_is_named(tmp_path):
    with pytest.raises(NotFoundError, match=r"The folder of scenarios .*gone does not exist"):
        find([tmp_path / "gone"])


def test_missing_file_is_named(tmp_path):
    with pytest.raises(NotFoundError, match="does not exist"):
        load(tmp_path / "gone.py")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("SCENARIO = (\n", ":1: '(' was never closed."),
        ("\nimport nowhere_to_be_found\n", ":2: ModuleNotFoundError: No module named 'nowhere_to_be_found'."),
        (FILE.replace("user.buys()", "user.renews()"), ":9: user cannot 'renews'; did you mean store.renews()?"),
        (FILE.replace("day(0, user.buys())", "day(0)"), ":9: day(...) says nothing: it needs acts such as"),
        (FILE.replace("product", "produkt"), ":9: TypeError: Scenario.__init__() got an unexpected keyword argument"),
        ("x = 1\n", ": a scenario file declares SCENARIO = Scenario(...), and this one does not."),
    ],
)
def test_broken_file_is_told_by_line(write, text, said):
    path = write(text)
    with pytest.raises(InvalidError) as caught:
        load(path)
    assert f"{path}{said}" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_amounts_are_true_money():
    """What the store charged after a price increase, whatever vendors say of it."""
    events = load(find([shipped_folder()], "price-up-play")).unfold()
    assert sum(event.amount for event in events) == Decimal("31.97")
