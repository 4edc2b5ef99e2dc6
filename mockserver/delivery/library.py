"""The scenarios that can be played: ours and those in the folders of the settings, loaded when asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from mockserver.lifecycle.scenario import Scenario, find, load, shipped_folder


class Library:
    """Scenario files by key; a file that has changed is read again."""

    def __init__(self, folders: Sequence[Path]) -> None:
        self._folders = (*folders, shipped_folder())
        self._loaded: dict[Path, tuple[int, Scenario]] = {}

    def paths(self) -> dict[str, Path]:
        """Every key with its file, in alphabetical order; a user's own file wins over ours."""
        return find(self._folders)

    def scenario(self, key: str) -> Scenario:
        """The scenario of that key.

        Raises:
            NotFoundError: there is none; the sentence names the nearest.
        """
        path = find(self._folders, key)
        stamp = path.stat().st_mtime_ns
        known = self._loaded.get(path)
        if known is None or known[0] != stamp:
            known = self._loaded[path] = (stamp, load(path))
        return known[1]
