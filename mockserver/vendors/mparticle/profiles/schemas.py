"""The body by which a profile is asked for without its mpid (mparticle.md §7)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from mockserver.vendors.mparticle.fields import Remark, shown
from mockserver.vendors.mparticle.identity.names import text_of
from mockserver.vendors.mparticle.judgement import flat
from mockserver.vendors.mparticle.shapes import Shape, instance
from mockserver.vendors.mparticle.strict import Needed, NeededEnvironment, missing, unfit


class WantedText(Needed):
    """A text that is not empty."""

    def remarks(self, value: Any) -> list[Remark]:
        """Another type."""
        return [] if text_of(value) else [unfit(f'Field "{self.name}" must be text, not {shown(value)}.')]


class WantedIdentity(Shape):
    """One identity."""

    type = WantedText()
    value = WantedText()


class Wanted(Needed):
    """An object with one identity."""

    def remarks(self, value: Any) -> list[Remark] | dict[Any, Any]:
        """No object, or what is wrong with the identity."""
        if not isinstance(value, dict):
            return [unfit(f'Field "identity" must be an object, not {shown(value)}.')]
        return instance(WantedIdentity).validate(value)


class ResolveRequest(Shape):
    """Which user is asked for."""

    environment_type = NeededEnvironment()
    identity = Wanted()


def remarks(body: Any) -> Iterator[tuple[str, Remark]]:
    """Everything that is to be said of a body, each with its JSON pointer."""
    if not isinstance(body, dict):
        return iter([("", missing("environment_type"))])
    return flat(instance(ResolveRequest).validate(body), "")
