"""Fourteen events, five stores (revenuecat.md §1)."""

import pytest

from mockserver.lifecycle.events import Kind
from mockserver.lifecycle.subscriber import Reason, State, Store

TABLE = """
initial_purchase             app_store play_store amazon stripe -
trial_started                app_store play_store amazon stripe -
trial_converted              app_store play_store amazon stripe -
trial_cancelled              app_store play_store amazon stripe -
renewal                      app_store play_store amazon stripe -
cancellation                 app_store play_store amazon stripe promo
uncancellation               app_store play_store amazon -      -
non_renewing_purchase        app_store play_store amazon stripe promo
rc_subscription_paused_event -         play_store -      -      -
expiration                   app_store play_store amazon stripe promo
billing_issue                app_store play_store amazon stripe -
product_change               app_store play_store -      stripe -
refund                       app_store play_store amazon stripe -
rc_transfer_event            app_store play_store amazon stripe -
"""
CELLS = {(line.split()[0], store) for line in TABLE.split("\n") if line for store in line.split()[1:] if store != "-"}
NAMES = [line.split()[0] for line in TABLE.split("\n") if line]


def removed_grant(life):
    return life.buys_once(Kind.PROMO_GRANTED).happens(Kind.PROMO_REMOVED, State.EXPIRED, reason=Reason.DEVELOPER)


CAUSES = {
    "initial_purchase": lambda life, other: life.buys(),
    "trial_started": lambda life, other: life.starts_trial(),
    "trial_converted": lambda life, other: life.starts_trial().converts(),
    "trial_cancelled": lambda life, other: life.starts_trial().cancels(),
    "renewal": lambda life, other: life.buys().renews(),
    "cancellation": lambda life, other: removed_grant(life) if on_promo(life) else life.buys().cancels(),
    "uncancellation": lambda life, other: life.buys().cancels().reactivates(),
    "non_renewing_purchase": lambda life, other: life.buys_once(
        Kind.PROMO_GRANTED if on_promo(life) else Kind.ONE_TIME_PURCHASED
    ),
    "rc_subscription_paused_event": lambda life, other: life.buys().schedules_pause(),
    "expiration": lambda life, other: life.buys().cancels().expires(),
    "billing_issue": lambda life, other: life.buys().fails(grace_days=3),
    "product_change": lambda life, other: life.buys().changes_later(),
    "refund": lambda life, other: life.buys().refunds(),
    "rc_transfer_event": lambda life, other: life.buys().moves_to(other),
}


def on_promo(life):
    return life.blank.store is Store.PROMO


@pytest.mark.parametrize("store", Store)
@pytest.mark.parametrize("name", NAMES)
def test_cell_decides_whether_sent(name, store, live, someone, feed):
    life = CAUSES[name](live(store=store), someone("other", store))
    sent = {message.event for message in feed(life)}
    assert (name in sent) is ((name, store.value) in CELLS)


@pytest.mark.parametrize("name", NAMES)
def test_event_is_custom_or_commerce(name, live, someone, feed, body_of):
    life = CAUSES[name](live(store=Store.PLAY_STORE), someone("other"))
    message = next(one for one in feed(life) if one.event == name)
    event = body_of(message)["events"][0]
    is_commerce = name in {"initial_purchase", "trial_converted", "renewal", "non_renewing_purchase", "refund"}
    assert event["event_type"] == ("commerce_event" if is_commerce else "custom_event")
    assert (message.amount is not None, message.currency) == ((True, "USD") if is_commerce else (False, None))


@pytest.mark.parametrize("name", NAMES)
def test_keys_are_those_of_the_table(name, live, someone, feed, body_of):
    """revenuecat.md §4, row by row."""
    life = CAUSES[name](live(store=Store.APP_STORE if name == "product_change" else Store.PLAY_STORE), someone("other"))
    data = body_of(next(one for one in feed(life) if one.event == name))["events"][0]["data"]
    always = {"source_message_id", "timestamp_unixtime_ms", "custom_attributes"}
    commerce = {"product_action", "currency_code", "is_non_interactive"}
    named = {"event_name", "custom_event_type"}
    assert data.keys() - always == (commerce if "product_action" in data else named)
    extra = {"expiration": {"revenuecat_expiration_reason"}, "product_change": {"revenuecat_new_product_id"}}
    product = set() if name == "rc_transfer_event" else {"revenuecat_product_id"}
    assert data["custom_attributes"].keys() == {"revenuecat_event"} | product | extra.get(name, set())
