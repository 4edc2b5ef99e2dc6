"""How RevenueCat says what happened: `write_mparticle` to mParticle, `write_webhook` to the customer's own server."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.journal.entry import Entry, Part
from mockserver.vendors.contract import Reading
from mockserver.vendors.revenuecat.feed import write_mparticle
from mockserver.vendors.revenuecat.webhook import write_webhook

__all__ = ["read", "write_mparticle", "write_webhook"]


def read(entry: Entry, reading: Reading) -> Sequence[Part]:  # noqa: ARG001  the shape of `Vendor.read`
    """Nothing: what comes in at RevenueCat are questions and attributes, not events."""
    return ()
