"""What a running mock is made of; `app` puts it together, everything above it takes what it needs from here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from mockserver.delivery.forwarding import Forwarder
from mockserver.delivery.lives import Lives
from mockserver.delivery.playback import Player
from mockserver.delivery.turns import Turns
from mockserver.frontdesk import FrontDesk
from mockserver.journal.journal import Journal
from mockserver.journal.recorder import Recorder
from mockserver.settings import Settings
from mockserver.tenants import Tenants
from mockserver.vendors.contract import Vendor


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """One mock, wired. Two of them in a process never meet."""

    settings: Settings
    vendors: Mapping[str, Vendor]
    tenants: Tenants
    recorder: Recorder
    desk: FrontDesk
    journal: Journal
    player: Player
    lives: Lives
    forwarder: Forwarder
    turns: Turns

    def close(self) -> None:
        """Break off what is being played, and let go of files and databases."""
        self.turns.stop()
        self.lives.stop()
        self.forwarder.stop()
        self.journal.close()
        self.tenants.close()
