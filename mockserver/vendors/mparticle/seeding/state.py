"""What is remembered of seeds: the users' attributes as of a batch, and what each seed amounts to (mparticle.md §8).

Whose seeds are is found, and a user who is not known yet is made, exactly as for a batch of a server's (mparticle.md
§3.7): the contract says nothing else. A seed of a name replaces the one before. Documents: `seeds` by mpid.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mockserver.journal.entry import Entry
from mockserver.vendors.contract import Documents
from mockserver.vendors.mparticle import words
from mockserver.vendors.mparticle.identity.batches import SERVER, fold_batch
from mockserver.vendors.mparticle.seeding import calculations
from mockserver.vendors.mparticle.seeding.dialect import entries_of, identities_of

SEEDS = "seeds"


def fold(entry: Entry, documents: Documents) -> None:
    """Keep the seeds of every user of an accepted body."""
    body = orjson.loads(entry.content)
    users = [("", body)] if isinstance(body, dict) else [(f"/{at}", user) for at, user in enumerate(body)]
    for path, user in users:
        mpid = fold_batch(
            _batch(user), documents, entry.at, source=SERVER, input_name=entry.input, came=f"{entry.id}{path}"
        )
        if mpid is not None:
            documents.put(SEEDS, str(mpid), {**(documents.get(SEEDS, str(mpid)) or {}), **_seeds(user)})


def calculated_attributes(documents: Documents, mpid: int) -> dict[str, Any]:
    """A user's calculated attributes, as far as they were seeded."""
    found = documents.get(SEEDS, str(mpid)) or {}
    return {name: seed["value"] for name, seed in found.items() if seed["value"] is not None}


def _batch(user: Mapping[str, Any]) -> dict[str, Any]:
    """The seeds' user and user attributes as a batch; with an mpid the identities are ignored."""
    batch = {"environment": user["environment"], "user_attributes": _attributes(user)}
    if user.get("mpid") is not None:
        return {**batch, "mpid": user["mpid"]}
    identities = identities_of(user.get("identities"))
    return {
        **batch,
        "user_identities": {name: one for name, one in identities.items() if name in words.USER_IDENTITIES},
        "device_info": {name: one for name, one in identities.items() if name in words.DEVICE_IDENTITIES},
    }


def _attributes(user: Mapping[str, Any]) -> dict[str, Any]:
    return {entry["attribute_name"]: entry["attribute_value"] for _, entry in entries_of(user, "user_attributes")}


def _seeds(user: Mapping[str, Any]) -> dict[str, Any]:
    return {
        entry["attribute_name"]: {
            "calculation_type": entry["calculation_type"],
            "cutoff_date": entry["cutoff_date"],
            "value": calculations.result_of(entry["calculation_type"], entry["seed"]),
        }
        for _, entry in entries_of(user, "calculated_attributes")
    }
