"""A local mock of mParticle and the subscription vendors around it, with a clock you can turn."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mockserver.app import create_app
    from mockserver.client import Client
    from mockserver.errors import MockServerError
    from mockserver.server import MockServer
    from mockserver.settings import Settings

__all__ = ["Client", "MockServer", "MockServerError", "Settings", "create_app"]
_HOMES = {
    "Client": "client",
    "MockServer": "server",
    "MockServerError": "errors",
    "Settings": "settings",
    "create_app": "app",
}


def __getattr__(name: str) -> Any:
    """A public name, from its module: importing the package alone loads nothing."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
