"""What the API's purchase calls write into a profile's record, and the purchases in it (adapty.md §4.2 to §4.4).

Records are documents: instants are ISO texts in them, money the text of a decimal. Money in other currencies than US
dollars counts at its face value; Adapty's rates are not imitated.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from mockserver.vendors.adapty.objects import Offer, Purchase
from mockserver.vendors.adapty.purchases import SERVER_SIDE_PRODUCT

PREMIUM = "premium"  # exists in every app and cannot be deleted; also what an unknown product unlocks
Record = dict[str, Any]


def with_grant(record: Record, body: Mapping[str, Any], at: datetime) -> Record:
    """Grant an access level; a later grant of the same level replaces the earlier one."""
    grant = {
        "starts_at": _text(body["starts_at"]),
        "expires_at": _text(body["expires_at"]),
        "granted_at": at.isoformat(),
    }
    return {**record, "grants": {**record["grants"], body["access_level_id"]: grant}}


def with_revocation(record: Record, body: Mapping[str, Any], at: datetime) -> Record:
    """Revoke an access level: of everything bought or granted until now, not of what comes later."""
    revocation = {"revoked_at": at.isoformat(), "expires_at": (body["revoke_at"] or at).isoformat()}
    return {**record, "revocations": {**record["revocations"], body["access_level_id"]: revocation}}


def with_transaction(record: Record, body: Mapping[str, Any], at: datetime) -> Record:
    """Record a transaction: a new id in a chain is a further charge, a known one is put in place of itself."""
    chain_id = body["store_original_transaction_id"]
    before = record["chains"].get(chain_id, {"latest": None, "charges": {}, "renewal_cancelled_at": None})
    latest = {key: _plain(value) for key, value in body.items()}
    known = before["latest"]
    is_older = known is not None and known["purchased_at"] > latest["purchased_at"]
    chain = {
        "latest": known if is_older and known["store_transaction_id"] != latest["store_transaction_id"] else latest,
        "charges": {**before["charges"], body["store_transaction_id"]: _charge(body)},
        "renewal_cancelled_at": before["renewal_cancelled_at"] if is_older else _cancelled(before, body, at),
    }
    return {**record, "chains": {**record["chains"], chain_id: chain}}


def purchases(record: Record, products: Mapping[str, str], at: datetime) -> tuple[Purchase, ...]:
    """What was granted and recorded; `products` are the access levels of the products that the app knows."""
    chains = (_chain(chain, products, at) for chain in record["chains"].values())
    grants = (_grant(record["profile_id"], level, grant) for level, grant in record["grants"].items())
    return (*chains, *grants)


def revoked(purchase: Purchase, record: Record) -> Purchase:
    """The purchase with access ended by a revocation of its level, not before its start (adapty.md §4.3)."""
    for level in purchase.access_level_ids:
        revocation = record["revocations"].get(level)
        if revocation is None or _instant(revocation["revoked_at"]) < purchase.purchased_at:
            continue
        end = max(filter(None, (_instant(revocation["expires_at"]), purchase.starts_at)))
        if purchase.access_until is None or end < purchase.access_until:
            return replace(
                purchase,
                access_until=end,
                renewal_cancelled_at=_instant(revocation["revoked_at"]),
                cancellation_reason="adapty_revoked",
                will_renew=False,
            )
    return purchase


def revenue(record: Record, without: Collection[str]) -> Decimal:
    """What the recorded transactions brought in, refunds subtracted, but for those chains."""
    chains = (chain for chain_id, chain in record["chains"].items() if chain_id not in without)
    charges = (charge for chain in chains for charge in chain["charges"].values())
    return sum((Decimal(charge["value"]) for charge in charges if not charge["refunded"]), Decimal(0))


def _grant(profile_id: str, level: str, grant: Mapping[str, Any]) -> Purchase:
    """A grant has no transaction, but its ids are texts all the same (adapty.md §5.2)."""
    transaction = str(uuid5(NAMESPACE_URL, f"adapty-grant:{profile_id}:{level}"))
    granted, end = _instant(grant["granted_at"]), _optional(grant["expires_at"])
    return Purchase(
        kind="access",
        store="adapty",
        store_product_id=SERVER_SIDE_PRODUCT,
        store_transaction_id=transaction,
        store_original_transaction_id=transaction,
        environment="Production",
        purchased_at=granted,
        originally_purchased_at=granted,
        expires_at=end,
        access_until=end,
        access_level_ids=(level,),
        starts_at=_optional(grant["starts_at"]),
    )


def _chain(chain: Mapping[str, Any], products: Mapping[str, str], at: datetime) -> Purchase:
    latest = chain["latest"]
    renews = latest["purchase_type"] == "subscription"
    grace, refunded = _optional(latest.get("grace_period_expires_at")), _optional(latest["refunded_at"])
    end = _optional(latest.get("expires_at"))
    product, _, plan = latest["store_product_id"].partition(":")
    bought = _instant(latest["purchased_at"])
    return Purchase(
        kind="subscription" if renews else "non_subscription",
        store=latest["store"],
        store_product_id=product if plan else latest["store_product_id"],
        store_base_plan_id=plan or None,
        store_transaction_id=latest["store_transaction_id"],
        store_original_transaction_id=latest["store_original_transaction_id"],
        environment=latest["environment"],
        purchased_at=bought,
        originally_purchased_at=_optional(latest.get("originally_purchased_at")) or bought,
        expires_at=end,
        access_until=refunded or grace or end,
        access_level_ids=_levels(latest["store_product_id"], products),
        offer=Offer(**latest["offer"]) if latest["offer"] else None,
        renewal_cancelled_at=_optional(chain["renewal_cancelled_at"]),
        billing_issue_detected_at=_optional(latest.get("billing_issue_detected_at")),
        is_in_grace_period=grace is not None and at < grace and refunded is None,
        cancellation_reason=latest["cancellation_reason"],
        is_refund=refunded is not None,
        will_renew=bool(latest.get("renew_status")) and refunded is None,
    )


def _levels(product: str, products: Mapping[str, str]) -> tuple[str, ...]:
    """A product that the app does not know unlocks `premium` (adapty.md §17); one it knows may unlock nothing."""
    level = products.get(product, PREMIUM)
    return (level,) if level else ()


def _charge(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"value": str(body["price"]["value"]), "refunded": body["refunded_at"] is not None}


def _cancelled(before: Mapping[str, Any], body: Mapping[str, Any], at: datetime) -> str | None:
    """When renewal was switched off, as the sender says, else when we first heard of it."""
    if body.get("renew_status", True):
        return None
    return _text(body["renew_status_changed_at"]) or before["renewal_cancelled_at"] or at.isoformat()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return {key: _plain(inner) for key, inner in value.items()} if isinstance(value, Mapping) else value


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else instant.isoformat()


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _optional(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
