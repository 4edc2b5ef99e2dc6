"""The verbs, and what is said to a wrong one."""

import pytest

from mockserver.errors import InvalidError, MockServerError, NotFoundError
from mockserver.lifecycle import developer, store, user
from mockserver.lifecycle.acts import UnknownVerbError, make_act, verbs
from mockserver.lifecycle.catalogue import MONTHLY, PRO_MONTHLY
from mockserver.lifecycle.transitions import OPENINGS, TRANSITIONS


@pytest.mark.parametrize(
    ("actor", "verb", "right"),
    [
        (user, "turn_renewal_off", "user.turns_renewal_off"),
        (user, "renews", "store.renews"),
        (store, "buys", "user.buys"),
        (store, "renew", "store.renews"),
        (store, "refund", "store.refunds"),
        (user, "start_trial", "user.starts_trial"),
        (store, "charge_fails", "store.fails_to_charge"),
        (developer, "extend", "developer.extends"),
        (developer, "pauses", "user.pauses"),
    ],
)
def test_wrong_verb_meets_nearest(actor, verb, right):
    with pytest.raises(UnknownVerbError) as caught:
        getattr(actor, verb)
    assert str(caught.value) == f"{actor.name} cannot {verb!r}; did you mean {right}()?"


def test_wrong_verb_is_both_errors():
    """So that `hasattr` works, and the command line prints one sentence."""
    assert issubclass(UnknownVerbError, MockServerError)
    assert not hasattr(user, "flies")


def test_every_verb_does_something():
    assert set(verbs()) == set(OPENINGS) | set(TRANSITIONS)


def test_act_reads_as_written():
    assert str(user("a").changes_to(PRO_MONTHLY)) == "user('a').changes_to(product=pro.monthly)"
    assert str(store.fails_to_charge(grace_days=16)) == "store.fails_to_charge(grace_days=16)"


def test_act_tells_what_happens():
    assert [act.phrase for act in (user.starts_trial(), store.converts_trial(), store.renews())] == [
        "starts trial",
        "trial converts",
        "renews",
    ]


def test_act_can_be_told_otherwise():
    assert user.buys(MONTHLY).saying("buys on iOS").phrase == "buys on iOS"


def test_act_is_made_from_text():
    act = make_act("user.changes_to", "a", product="pro.monthly", mode="DEFERRED")
    assert act == user("a").changes_to(PRO_MONTHLY, mode="DEFERRED")


def test_text_may_name_own_products():
    own = (MONTHLY.priced(MONTHLY.price * 2),)
    assert make_act("user.buys", product="premium.monthly", products=own).word("product") == own[0]


def test_unknown_product_is_refused():
    with pytest.raises(NotFoundError, match=r"There is no product 'pro.month'; did you mean 'pro.monthly'\?"):
        make_act("user.buys", product="pro.month")


def test_unknown_verb_is_refused():
    with pytest.raises(InvalidError, match=r"did you mean user.buys\(\)"):
        make_act("user.buy")


def test_unknown_words_are_refused():
    with pytest.raises(InvalidError, match="got an unexpected keyword argument 'colour'"):
        make_act("user.buys", colour="red")


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda: user.starts_trial(days="7"), "days of user.starts_trial is a whole number; '7' is not."),
        (lambda: user.pauses(months=True), "months of user.pauses is a whole number; True is not."),
        (lambda: user.changes_to("pro.monthly"), "product of user.changes_to is a Product; 'pro.monthly' is not."),
        (lambda: user.turns_renewal_off(of="x"), "of of user.turns_renewal_off is a Product; 'x' is not."),
        (lambda: user.redeems_offer("half"), "offer of user.redeems_offer is an Offer; 'half' is not."),
        (lambda: store.refunds(period="1"), "period of store.refunds is a whole number; '1' is not."),
        (lambda: store.refunds(revoking=0), "revoking of store.refunds is True or False; 0 is not."),
        (lambda: store.announces_price("a lot"), "'a lot' is no price: write 11.99."),
        (lambda: developer.grants(period=1), "period of developer.grants is an ISO 8601 duration; 1 is not."),
    ],
)
def test_word_of_another_kind_is_refused(act, sentence):
    with pytest.raises(InvalidError) as caught:
        act()
    assert str(caught.value) == sentence


def test_unknown_store_is_refused():
    with pytest.raises(InvalidError, match="'steam' is not a store: there are app_store, play_store"):
        user.buys(on="steam")
