"""What a call of Adapty's own API makes happen: the events of adapty.md §13, and when a recorded period ends unrenewed.

How things stood before the call is kept with its entry (`stood`), since what is remembered has moved on by the time
that anybody tells of it. Where a store tells of a chain, the API's word changes nothing and makes no events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from mockserver.vendors.adapty import flows

Body = Mapping[str, Any]
Chain = Mapping[str, Any]
BEFORE, WATCHED = "before", "watched"
"""Details of an entry: the chain of its transaction before it, and whether a store tells of that chain."""

_OF_ACCESS = (
    *("store_product_id", "expires_at", "renew_status", "billing_issue_detected_at", "grace_period_expires_at"),
    *("refunded_at", "cancellation_reason"),
)


class Happening(NamedTuple):
    """One event about a transaction: its own time, the end that it names, the money that it tells of, and why."""

    event_type: str
    dated: datetime
    expires_at: datetime | None
    amount: Decimal | None = None
    reason: str | None = None


def stood(record: Mapping[str, Any], body: Body, *, watched: bool) -> dict[str, Any]:
    """What has to be kept of a profile before a transaction is recorded in it."""
    return {BEFORE: record["chains"].get(body["store_original_transaction_id"]), WATCHED: watched}


def happenings(body: Body, before: Chain | None, at: datetime, *, cancelled_too: bool = False) -> tuple[Happening, ...]:
    """What a recorded transaction makes happen, in the order of the flows; a family member's share is access alone."""
    if body["is_family_shared"]:
        return ()
    if body["purchase_type"] == "one_time_purchase":
        return tuple(_of_purchase(body, before))
    return tuple(_of_subscription(body, before, at, cancelled_too=cancelled_too))


def ending(body: Body, before: Chain | None, at: datetime) -> Happening | None:
    """The end that comes if nothing renews it: told of once, of a period that was not known to end then."""
    end = end_of(body)
    if end is None or end <= at or body["refunded_at"] is not None or body["is_family_shared"]:
        return None
    latest = None if before is None else before["latest"]
    if latest is not None and latest["store_transaction_id"] == body["store_transaction_id"] and end_of(latest) == end:
        return None
    trial = is_trial(body, before)
    event_type = flows.TRIAL_EXPIRED if trial else flows.EXPIRED
    return Happening(event_type, end, end, reason=_why_it_ends(body))


def moves_access(body: Body, before: Chain | None) -> bool:
    """Whether a recorded transaction changes what its product unlocks; one from before the last known does not."""
    known = None if before is None else before["latest"]
    if known is None:
        return True
    if known["store_transaction_id"] != body["store_transaction_id"]:
        return bool(_instant(known["purchased_at"]) <= body["purchased_at"])
    return any(_plain(body.get(name)) != known.get(name) for name in _OF_ACCESS)


def still_ends(body: Body, chain: Chain | None) -> bool:
    """Whether the period that a body has recorded is still the last one, with the same end."""
    latest = None if chain is None else chain["latest"]
    return (
        latest is not None
        and latest["store_transaction_id"] == body["store_transaction_id"]
        and latest["refunded_at"] is None
        and end_of(latest) == end_of(body)
    )


def end_of(transaction: Body) -> datetime | None:
    """When access by a transaction ends: with grace, if there is any. As it came in, or as it is remembered."""
    return _instant(transaction.get("grace_period_expires_at")) or _instant(transaction.get("expires_at"))


def is_trial(body: Body, before: Chain | None) -> bool:
    """Whether a transaction is its chain's free trial: the first, for nothing (adapty.md §4.4)."""
    return not body["price"]["value"] and not _others(body, before)


def is_converted(body: Body, before: Chain | None) -> bool:
    """Whether it is the first that is paid for in a chain that began with a trial."""
    others = _others(body, before)
    return bool(others) and all(not Decimal(one["value"]) for one in others.values()) and bool(body["price"]["value"])


def paid_periods(body: Body, before: Chain | None) -> int:
    """How many periods were paid for, this one included."""
    return sum(1 for one in _others(body, before).values() if Decimal(one["value"])) + bool(body["price"]["value"])


def _others(body: Body, before: Chain | None) -> Mapping[str, Any]:
    """The chain's other charges, by transaction id."""
    charges = {} if before is None else before["charges"]
    return {id_: one for id_, one in charges.items() if id_ != body["store_transaction_id"]}


def _of_purchase(body: Body, before: Chain | None) -> Iterator[Happening]:
    price = _price(body)
    if _is_new(body, before):
        yield Happening(flows.PURCHASED, body["purchased_at"], None, price)
    if _is_refunded_now(body, before):
        yield Happening(flows.PURCHASE_REFUNDED, body["refunded_at"], None, -price, "refund")


def _of_subscription(body: Body, before: Chain | None, at: datetime, *, cancelled_too: bool) -> Iterator[Happening]:
    end, price = body["expires_at"], _price(body)
    if _is_new(body, before):
        event_type = _charged(body, before)
        told = None if event_type == flows.TRIAL_STARTED else price
        yield Happening(event_type, body["purchased_at"], end, told)
    refunded = _is_refunded_now(body, before)
    if not refunded or cancelled_too:
        yield from _switched(body, before, at)
    yield from _troubled(body, before)
    if refunded:
        yield Happening(flows.REFUNDED, body["refunded_at"], body["refunded_at"], -price, "refund")


def _charged(body: Body, before: Chain | None) -> str:
    """A charge with a new id: the first of its chain, the first after a trial, or a further one (adapty.md §13)."""
    if not _others(body, before):
        return flows.STARTED if body["price"]["value"] else flows.TRIAL_STARTED
    return flows.TRIAL_CONVERTED if is_converted(body, before) else flows.RENEWED


def _switched(body: Body, before: Chain | None, at: datetime) -> Iterator[Happening]:
    """Renewal off or on again."""
    known = None if before is None else before["latest"].get("renew_status")
    if known is None or known == body["renew_status"]:
        return
    trial = is_trial(body, before)
    dated, end = body["renew_status_changed_at"] or at, end_of(body)
    if body["renew_status"]:
        yield Happening(flows.TRIAL_REACTIVATED if trial else flows.REACTIVATED, dated, end)
        return
    reason = body["cancellation_reason"] or "voluntarily_cancelled"
    yield Happening(flows.TRIAL_CANCELLED if trial else flows.CANCELLED, dated, end, reason=reason)


def _troubled(body: Body, before: Chain | None) -> Iterator[Happening]:
    """A failed charge, and grace where there is any."""
    failed, known = body["billing_issue_detected_at"], None if before is None else before["latest"]
    if failed is None or (known is not None and _instant(known.get("billing_issue_detected_at")) == failed):
        return
    yield Happening(flows.BILLING_ISSUE, failed, end_of(body))
    if body["grace_period_expires_at"] is not None:
        yield Happening(flows.GRACE, failed, end_of(body))


def _is_new(body: Body, before: Chain | None) -> bool:
    """Whether its id was not recorded before: a known one never renews anything (adapty.md §1.9)."""
    return before is None or body["store_transaction_id"] not in before["charges"]


def _is_refunded_now(body: Body, before: Chain | None) -> bool:
    known = None if before is None else before["charges"].get(body["store_transaction_id"])
    return body["refunded_at"] is not None and not (known is not None and known["refunded"])


def _why_it_ends(body: Body) -> str | None:
    if body["billing_issue_detected_at"] is not None:
        return "billing_error"
    known: str | None = body["cancellation_reason"]
    return known or (None if body["renew_status"] else "voluntarily_cancelled")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def _price(body: Body) -> Decimal:
    return Decimal(str(body["price"]["value"]))


def _instant(value: datetime | str | None) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) else value
