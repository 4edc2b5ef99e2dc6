"""How Nami says what happened: `write_mparticle` to mParticle, `write_webhook` to the customer's own server."""

from __future__ import annotations

from collections.abc import Sequence

from mockserver.journal.entry import Entry, Part
from mockserver.vendors.contract import Reading
from mockserver.vendors.nami.feed import write_mparticle
from mockserver.vendors.nami.webhook import write_webhook

__all__ = ["read", "write_mparticle", "write_webhook"]


def read(entry: Entry, reading: Reading) -> Sequence[Part]:  # noqa: ARG001  the shape of `Vendor.read`
    """Nothing: Nami is only imitated where it speaks."""
    return ()
