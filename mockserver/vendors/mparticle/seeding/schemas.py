"""The shape of seeds: whose they are, the calculated attributes, user attributes beside them (mparticle.md §8).

What mParticle refuses is a remark that `refuses`; every other one is a finding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from marshmallow import ValidationError, validates_schema

from mockserver.journal.entry import Severity
from mockserver.vendors.mparticle.fields import Member, Messages, Remark, nearest, shown
from mockserver.vendors.mparticle.identity.names import mpid_in
from mockserver.vendors.mparticle.judgement import flat
from mockserver.vendors.mparticle.profiles import types
from mockserver.vendors.mparticle.seeding import calculations
from mockserver.vendors.mparticle.shapes import Shape, instance
from mockserver.vendors.mparticle.strict import Needed, NeededEnvironment, missing, unfit

_WORKSPACE = re.compile(r"workspace|[0-9]{1,19}", re.ASCII)
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_ITEM = re.compile(r"/(calculated_attributes|user_attributes)/([^/]+)/([0-9]+)(?:/|$)")


class Mpid(Member):
    """A user's id: a signed 64-bit number, or the text of one."""

    def remarks(self, value: Any) -> list[Remark]:
        """No such number."""
        if mpid_in(value) is None:
            return [unfit(f'Field "mpid" must be a signed 64-bit integer, not {shown(value)}.')]
        return []


class IdentitiesByType(Member):
    """Texts by type: the Events API's names of users' identities, the Profile API's of devices'."""

    def remarks(self, value: Any) -> list[Remark] | Messages:
        """No object, or a value that is no identity, or a type that nobody knows."""
        if not isinstance(value, dict):
            return [unfit(f'Field "identities" must be an object, not {shown(value)}.')]
        return {name: said for name, one in value.items() if (said := self._about(name, one))}

    def _about(self, name: str, value: Any) -> list[Remark]:
        if isinstance(value, dict | list | bool):
            return [unfit(f'Identity "{name}" must be text, not {shown(value)}.')]
        if name in types.KNOWN:
            return []
        near = nearest(name, types.KNOWN)
        hint = f'; "{near}" was probably meant' if near else ""
        return [Remark(f'"{name}" is no type of identity{hint}.', "unknown-identity", Severity.ERROR)]


class Name(Needed):
    """The name of an attribute."""

    def remarks(self, value: Any) -> list[Remark]:
        """Another type."""
        return [] if isinstance(value, str) else [unfit(f'Field "{self.name}" must be text, not {shown(value)}.')]


class CalculationType(Name):
    """How the attribute is calculated."""

    def remarks(self, value: Any) -> list[Remark]:
        """A type that the manual does not have."""
        said = super().remarks(value)
        if said or calculations.calculation_of(value):
            return said
        near = nearest(value, calculations.KNOWN)
        hint = f' (did you mean "{near}"?)' if near else ""
        text = f"One of {', '.join(calculations.KNOWN)} expected, {shown(value)} sent{hint}."
        return [Remark(text, "unknown-calculation-type", Severity.ERROR)]


class CutoffDate(Needed):
    """A day of the calendar in the form yyyy-MM-dd."""

    def remarks(self, value: Any) -> list[Remark]:
        """Another form, or no such day."""
        try:
            date.fromisoformat(value if isinstance(value, str) and _DAY.fullmatch(value) else "")
        except ValueError:
            return [unfit(f'Field "cutoff_date" must be a date in the form yyyy-MM-dd, not {shown(value)}.')]
        return []


class Seed(Needed):
    """One of `value`, `key_value_pairs` and `list`; which one says the type of calculation."""

    def remarks(self, value: Any) -> list[Remark]:
        """None of them."""
        if not isinstance(value, dict):
            return [unfit(f'Field "seed" must be an object, not {shown(value)}.')]
        if all(value.get(member) is None for member in calculations.MEMBERS):
            return [unfit(f"Seed must have one of {', '.join(calculations.MEMBERS)}.")]
        return []


class CalculatedAttribute(Shape):
    """One seed."""

    attribute_name = Name()
    calculation_type = CalculationType()
    cutoff_date = CutoffDate()
    seed = Seed()

    @validates_schema(pass_original=True, skip_on_field_errors=True)
    def seed_fits(self, data: Any, original: Mapping[str, Any], **kwargs: Any) -> None:  # noqa: ARG002  marshmallow's hook
        """The seed has the form that its calculation takes."""
        calculation, seed = calculations.calculation_of(original["calculation_type"]), original["seed"]
        if calculation is None:
            return
        if seed.get(calculation.member) is None:
            raise ValidationError({"seed": [missing(calculation.member)]})
        if trouble := calculation.trouble(seed[calculation.member]):
            raise ValidationError({"seed": {calculation.member: [unfit(trouble)]}})


class AttributeValue(Needed):
    """The value of a user attribute; mParticle keeps text."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        return value if value == "" else super()._deserialize(value, attr, data, **kwargs)

    def remarks(self, value: Any) -> list[Remark]:
        """A list or an object."""
        if isinstance(value, dict | list):
            return [unfit(f'Field "attribute_value" must be text, not {shown(value)}.')]
        return []


class UserAttribute(Shape):
    """One user attribute."""

    attribute_name = Name()
    attribute_value = AttributeValue()


class OfWorkspace(Member):
    """Lists of objects of one shape under `workspace`, or under the number of one."""

    def __init__(self, shape: type[Shape], *, needed: bool = False) -> None:
        super().__init__(needed=needed)
        self.shape = shape

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:  # noqa: ARG002  the shape of marshmallow's method
        """The member is missing or null."""
        return ValidationError([missing(str(self.name))])

    def remarks(self, value: Any) -> list[Remark] | Messages:
        """No object, no workspace in it, or what is to be said of each entry."""
        if value in ("", [], {}):
            return [missing(str(self.name))] if self.required else []
        if not isinstance(value, dict):
            return [unfit(f'Field "{self.name}" must be an object, not {shown(value)}.')]
        if not any(map(_WORKSPACE.fullmatch, value)):
            return {"workspace": [missing("workspace")]}
        return {name: said for name, entries in value.items() if (said := self._about(name, entries))}

    def _about(self, name: str, entries: Any) -> list[Remark] | Messages:
        if not _WORKSPACE.fullmatch(name):
            return [Remark(f'"{name}" is no workspace here; mParticle ignores it.', "unknown-member")]
        if not isinstance(entries, list):
            return [missing(name) if entries is None else unfit(f'Field "{name}" must be an array.')]
        said = {at: self._said(entry) for at, entry in enumerate(entries)}
        return {at: messages for at, messages in said.items() if messages}

    def _said(self, entry: Any) -> list[Remark] | Messages:
        return instance(self.shape).validate(entry) if isinstance(entry, dict) else [_NO_OBJECT]


_NO_OBJECT = unfit("A JSON object is expected.")


class UserSeeds(Shape):
    """Everything that is seeded for one user."""

    environment = NeededEnvironment()
    mpid = Mpid()
    identities = IdentitiesByType()
    calculated_attributes = OfWorkspace(CalculatedAttribute, needed=True)
    user_attributes = OfWorkspace(UserAttribute)

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def has_owner(self, data: Any, original: Mapping[str, Any], **kwargs: Any) -> None:  # noqa: ARG002  marshmallow's hook
        """There is an mpid or an identity."""
        given = original.get("identities")
        if original.get("mpid") is None and not (isinstance(given, dict) and any(given.values())):
            raise ValidationError([missing("mpid or identities")])


def remarks(user: Any, path: str = "") -> Iterator[tuple[str, Remark]]:
    """Everything that is to be said of one user's seeds, each with its JSON pointer below `path`.

    What is refused begins with the name of the attribute that it is about (mparticle.md §8).
    """
    if not isinstance(user, dict):
        yield path, _NO_OBJECT
        return
    for place, remark in flat(instance(UserSeeds).validate(user), ""):
        yield path + place, _named(remark, _attribute_at(user, place)) if remark.refuses else remark


def _named(remark: Remark, name: str) -> Remark:
    return Remark(f"{name}: {remark}", remark.rule, refuses=True) if name else remark


def _attribute_at(user: Mapping[str, Any], place: str) -> str:
    """The name of the attribute that a JSON pointer leads into, empty when it leads into none."""
    found = _ITEM.match(place)
    if found is None:
        return ""
    entry = user[found[1]][found[2]][int(found[3])]
    name = entry.get("attribute_name") if isinstance(entry, dict) else None
    return name if isinstance(name, str) else ""
