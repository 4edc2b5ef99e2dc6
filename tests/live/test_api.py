"""The control API of live subscribers: shapes, refusals, lines of progress."""

import orjson
import pytest

API = "/_mock/api/v1"


@pytest.fixture
def client(town):
    return town.app.test_client()


@pytest.fixture
def call(client):
    def send(method, path, body=None, **headers):
        return client.open(f"{API}{path}", method=method, json=body, headers=headers)

    return send


def test_create_answers_201(call):
    answer = call("POST", "/subscribers", {"trial": "P7D", "customer_id": "u-1"})
    assert answer.status_code == 201
    assert answer.json["next"] == {"at": "2026-01-22T10:00:00.000Z", "verb": "store.converts_trial"}


def test_subscriptions_are_told(call):
    call("POST", "/subscribers", {"customer_id": "u-1"})
    (one,) = call("GET", "/subscribers/u-1").json["subscriptions"]
    assert {name: one[name] for name in ("state", "auto_renew", "price", "period_end", "charges")} == {
        "state": "active",
        "auto_renew": True,
        "price": "9.99",
        "period_end": "2026-02-15T10:00:00.000Z",
        "charges": 1,
    }


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"store": "app-store"}, 422, "store: Must be one of"),
        ({"trial": "7 days"}, 422, "is not a period"),
        ({"price": "-1"}, 422, "price: An amount of 0 or more"),
        ({"price": "NaN"}, 422, "price:"),
        ({"mpid": "none"}, 422, "mpid: A 64-bit integer"),
        ({"product": "nothing"}, 404, "There is no product 'nothing'"),
        ({"vendors": ["revenuecats"]}, 404, "Did you mean 'revenuecat'?"),
        ({"anonymous": True, "customer_id": "u-1"}, 422, "leave one of the two out"),
        ({"environment": "test"}, 422, "environment: Must be one of"),
        ({"sotre": "promo"}, 422, "Did you mean 'store'?"),
        ({"product": "x", "price": 1, "period": "P99999Y"}, 422, "beyond the years"),
        ({"store": "amazon", "product": "studio.monthly", "trial": "P7D", "buys": 7}, 422, "buys: Not a valid boolean"),
    ],
)
def test_impossible_newcomer_is_a_problem(call, body, status, says):
    answer = call("POST", "/subscribers", body)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert says in answer.json["detail"]


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({}, 422, "verb: Missing data"),
        ({"verb": "turns_off"}, 422, "There is no verb 'turns_off'"),
        ({"verb": "user.cancels"}, 422, "user cannot 'cancels'; did you mean"),
        ({"verb": "turns_renewal_on"}, 422, "premium.monthly is active"),
        ({"verb": "turns_renewal_off", "now": True}, 422, "user.turns_renewal_off takes no 'now'"),
        ({"verb": "extends"}, 422, "developer.extends needs days"),
        ({"verb": "extends", "days": "3"}, 422, "whole number from 0 to 36500; '3' is not"),
        ({"verb": "extends", "days": True}, 422, "whole number"),
        ({"verb": "extends", "days": 10**9}, 422, "whole number"),
        ({"verb": "announces_price", "price": "much"}, 422, "an amount such as 11.99"),
        ({"verb": "changes_to", "product": "pro.weekly"}, 404, "There is no product 'pro.weekly'"),
        ({"verb": "changes_to", "product": 7}, 422, "product of user.changes_to is a text"),
        ({"verb": "refunds", "revoking": "no"}, 422, "true or false"),
        ({"verb": "buys", "on": "nowhere"}, 422, "'nowhere' is not a store"),
        ({"verb": "redeems_offer", "offer": {"type": "gift"}}, 422, "offer of user.redeems_offer is an object"),
        ({"verb": "joins_family", "of_owner": "u-2"}, 404, "There is no subscriber 'u-2'"),
    ],
)
def test_impossible_act_is_a_problem(call, body, status, says):
    call("POST", "/subscribers", {"customer_id": "u-1"})
    answer = call("POST", "/subscribers/u-1/acts", body)
    assert (answer.status_code, answer.content_type) == (status, "application/problem+json")
    assert says in answer.json["detail"]


def test_stranger_is_not_found(call):
    call("POST", "/subscribers", {"customer_id": "user-1"})
    assert call("GET", "/subscribers/user-2").json["detail"].endswith("Did you mean 'user-1'?")


def test_verbs_are_listed(call):
    verbs = {one["verb"]: one for one in call("GET", "/subscribers/verbs").json["verbs"]}
    assert verbs["developer.extends"] == {
        "verb": "developer.extends",
        "name": "extends",
        "title": "Give days for nothing.",
        "words": [
            {"name": "of", "kind": "product", "required": False},
            {"name": "days", "kind": "whole", "required": True},
            {"name": "on", "kind": "store", "required": False},
        ],
    }


def test_deleting_answers_204(call):
    call("POST", "/subscribers", {"customer_id": "u-1"})
    assert call("DELETE", "/subscribers/u-1").status_code == 204
    assert call("GET", "/subscribers").json == {"subscribers": []}


def lines(answer):
    return [orjson.loads(line) for line in answer.data.splitlines()]


def test_advance_tells_how_far_it_is(call):
    call("POST", "/subscribers", {"trial": "P7D"})
    answer = call("POST", "/clock/advance", {"days": 7}, Accept="application/x-ndjson")
    assert answer.content_type == "application/x-ndjson"
    told, result = lines(answer)
    assert told == {"done": 1, "total": 1, "at": "2026-01-22T10:00:00.000Z"}
    assert result["result"]["now"] == "2026-01-22T10:00:00.000Z"


def test_advance_answers_plainly_otherwise(call):
    answer = call("POST", "/clock/advance", {"days": 7}, Accept="*/*")
    assert answer.json["now"] == "2026-01-22T10:00:00.000Z"


def test_failed_advance_ends_in_a_problem(call, town):
    call("POST", "/subscribers", {"trial": "P7D"})
    town.parts.turns.stop()
    answer = call("POST", "/clock/advance", {"days": 7}, Accept="application/x-ndjson")
    problem = {"status": 409, "title": "Stopped", "detail": "The server is stopping."}
    assert lines(answer) == [{"problem": problem}]


def test_bug_in_an_advance_is_kept(call, town, monkeypatch):
    call("POST", "/subscribers", {"trial": "P7D"})
    monkeypatch.setattr(town.parts.lives._sender, "attempt", lambda *args: 1 / 0)
    answer = call("POST", "/clock/advance", {"days": 7}, Accept="application/x-ndjson")
    assert lines(answer)[-1]["problem"]["title"] == "Internal error"
    assert isinstance(town.parts.desk.bugs.pop(), ZeroDivisionError)


def test_backwards_is_no_life(call):
    call("POST", "/subscribers", {"trial": "P7D", "customer_id": "u-1"})
    call("POST", "/clock/advance", {"days": 10})
    answer = call("PUT", "/clock", {"now": "2026-01-16T00:00:00Z"})
    assert answer.json["now"] == "2026-01-16T00:00:00.000Z"
    assert call("GET", "/subscribers/u-1").json["state"] == "active"
