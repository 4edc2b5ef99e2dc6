"""marshmallow's judgement of a batch: asked only where the compiled schemas do not say yes at once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from marshmallow.exceptions import SCHEMA

from mockserver.journal.entry import Finding
from mockserver.vendors.mparticle.fields import Remark
from mockserver.vendors.mparticle.schemas import BatchSchema
from mockserver.vendors.mparticle.shapes import instance

_NO_BATCH = Remark("A batch must be a JSON object.", "wrong-type", refuses=True)


def remarks(batch: Any, path: str = "") -> Iterator[tuple[str, Remark]]:
    """Everything that is to be said of a batch's shape, each with its JSON pointer below `path`."""
    if isinstance(batch, dict):
        return flat(instance(BatchSchema).validate(batch), path)
    return iter([(path, _NO_BATCH)])


def refusal(batch: Any) -> str | None:
    """The sentence of mParticle's 400, None when the batch is accepted."""
    return next((str(remark) for _, remark in remarks(batch) if remark.refuses), None)


def finding(path: str, remark: Remark) -> Finding:
    """A remark as the journal keeps it."""
    return Finding(path, remark.rule, str(remark), remark.severity)


def pointer(path: str, name: Any) -> str:
    """The JSON pointer of a member (RFC 6901)."""
    return f"{path}/{str(name).replace('~', '~0').replace('/', '~1')}"


def flat(messages: Any, path: str) -> Iterator[tuple[str, Remark]]:
    """The messages of marshmallow, each with its JSON pointer below `path`."""
    if isinstance(messages, dict):
        for name, inner in messages.items():
            yield from flat(inner, path if name == SCHEMA else pointer(path, name))
    else:
        yield from ((path, remark) for remark in messages)
