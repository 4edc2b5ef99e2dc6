"""Whom we imitate: a folder for each vendor, found by `discover`, all of one shape (`contract.py`)."""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mockserver.vendors.contract import Vendor


def discover() -> dict[str, Vendor]:
    """Every sub-folder that declares `VENDOR`, by folder name, in alphabetical order."""
    names = sorted(module.name for module in iter_modules(__path__) if module.ispkg)
    return {name: import_module(f"{__name__}.{name}").VENDOR for name in names}
