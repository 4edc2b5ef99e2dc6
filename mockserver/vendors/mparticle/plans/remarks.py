"""What is to be said of a plan that was taken: members that nobody reads, data points that nobody looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from mockserver.journal.entry import Finding, Severity
from mockserver.vendors.mparticle.plans.documents import doubles

_NO_VERSIONS = Finding(
    "/data_plan_versions", "plan-without-versions", "A plan with a version is expected; nothing can be validated by it."
)


def of_plan(body: Mapping[str, Any]) -> tuple[Finding, ...]:
    """A plan that was made."""
    from mockserver.vendors.mparticle.plans.schemas import PlanSchema

    versions = body["data_plan_versions"]
    inside = (found for at, one in enumerate(versions) for found in _version(one, f"/data_plan_versions/{at}"))
    return (*_strangers(body, PlanSchema, ""), *inside, *(() if versions else (_NO_VERSIONS,)))


def of_plan_changes(body: Mapping[str, Any], plan_id: str) -> tuple[Finding, ...]:
    """Changes of a plan."""
    from mockserver.vendors.mparticle.plans.schemas import PlanChangesSchema

    return (*_fixed(body, "data_plan_id", plan_id), *_strangers(body, PlanChangesSchema, ""))


def of_version(body: Mapping[str, Any], number: int | None = None) -> tuple[Finding, ...]:
    """A version that was made, or one of that number that was changed."""
    fixed = () if number is None else _fixed(body, "version", number)
    return (*fixed, *_version(body, ""))


def _version(body: Mapping[str, Any], path: str) -> Iterator[Finding]:
    from mockserver.vendors.mparticle.plans.schemas import VersionSchema

    yield from _strangers(body, VersionSchema, path)
    for key in doubles(body.get("version_document") or {}):
        text = f"Several data points have the key {key}; only the last of them is looked at."
        yield Finding(f"{path}/version_document/data_points", "plan-double-point", text)


def _fixed(body: Mapping[str, Any], name: str, own: Any) -> tuple[Finding, ...]:
    if body.get(name, own) in (own, None):
        return ()
    text = f'"{name}" never changes; it stays {own!r}.'
    return (Finding(f"/{name}", "plan-fixed-member", text, Severity.INFO),)


def _strangers(body: Mapping[str, Any], schema: Any, path: str) -> Iterator[Finding]:
    from mockserver.vendors.mparticle.fields import nearest
    from mockserver.vendors.mparticle.plans.schemas import READ_ONLY

    known = tuple(schema._declared_fields)
    for name in body:
        if name in known or name in READ_ONLY or name == "data_plan_versions":
            continue
        near = nearest(name, known)
        hint = f', "{near}" was probably meant' if near else ""
        yield Finding(f"{path}/{name}", "unknown-member", f'"{name}" is no member here{hint}; it is ignored.')
