"""VendorView: one vendor as a tenant sees it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from mockserver.client.asking import Asking
from mockserver.client.connection import Connection


class VendorView(Asking):
    """A vendor: where it is, how to get in, and what came there.

    `url` takes the place of the vendor's real host. `credentials` may be unpacked with `**`; `inputs` are those of
    other vendors' feeds, by name.
    """

    def __init__(self, connection: Connection, name: str, access: Mapping[str, Any]) -> None:
        super().__init__(connection, vendor=name)
        self.name = name
        self.url: str = access["url"]
        self.credentials: Mapping[str, str] = MappingProxyType(access["credentials"])
        self.inputs: Mapping[str, Mapping[str, str]] = MappingProxyType(
            {input_name: MappingProxyType(values) for input_name, values in access["inputs"].items()}
        )

    def __repr__(self) -> str:
        return f"<{self.name} at {self.url}>"
