"""What a member of a batch may be: marshmallow fields that also know their JSON Schema (mparticle.md §§3.3-3.9).

Every deviation is a `Remark`. mParticle refuses very little (mparticle.md §3.11), so a remark is a finding, unless it
`refuses`: then it is the sentence of the 400. Each field has two JSON Schemas: `accepted` holds for no value that would
be refused, `clean` for no value that anything is to be said of.
"""

from __future__ import annotations

import re
from difflib import get_close_matches
from functools import lru_cache
from ipaddress import ip_address
from typing import Any

import orjson
from marshmallow import ValidationError, fields

from mockserver.journal.entry import Severity
from mockserver.vendors.mparticle import words

JsonSchema = dict[str, Any]
Messages = dict[Any, Any]

_ACCEPTS = "mParticle accepts it, what it keeps of the value is not documented"


class Remark(str):
    """A sentence about a deviation, which knows its rule and weight through marshmallow's hands."""

    rule: str
    severity: Severity
    refuses: bool

    def __new__(cls, text: str, rule: str, severity: Severity = Severity.WARNING, *, refuses: bool = False) -> Remark:
        """A remark; one that refuses is always an error."""
        remark = super().__new__(cls, text)
        remark.rule = rule
        remark.severity = Severity.ERROR if refuses else severity
        remark.refuses = refuses
        return remark


def refusal(text: str, rule: str = "required-member") -> ValidationError:
    """What mParticle answers with 400."""
    return ValidationError([Remark(text, rule, refuses=True)])


def shown(value: Any) -> str:
    """A value as JSON, short enough for a sentence."""
    try:
        text = orjson.dumps(value).decode()
    except TypeError:  # orjson reads deeper nesting than it writes
        text = "something nested very deeply"
    return text if len(text) <= 60 else f"{text[:57]}..."


@lru_cache(maxsize=1024)
def nearest(word: str, known: tuple[str, ...]) -> str | None:
    """The known word that was probably meant."""
    found = get_close_matches(word[: words.NAME_LENGTH], known, 1, 0.8)
    return found[0] if found else None


class Member(fields.Field[Any]):
    """A member that mParticle leaves alone whatever it holds: null means absent (mparticle.md §3.3).

    `needed` says that the manual requires it, though nothing is refused without it.
    """

    expected = "anything"

    def __init__(self, *, needed: bool = False) -> None:
        super().__init__(required=needed, allow_none=not needed)

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:  # noqa: ARG002  the shape of marshmallow's method
        """A needed member that is missing or null."""
        return ValidationError([Remark(f'"{self.name}" is required here, but was not sent.', "missing-member")])

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002  as above
        remarks = self.remarks(value)
        if remarks:
            raise ValidationError(remarks)
        return value

    def remarks(self, value: Any) -> list[Remark] | Messages:  # noqa: ARG002  children look at it
        """What is to be said of a value that is not null."""
        return []

    def unfit(self, value: Any) -> list[Remark]:
        """The remark that the value is of another kind than expected."""
        return [Remark(f"{self.expected} expected, {shown(value)} sent; {_ACCEPTS}.", "wrong-type")]

    def accepted(self) -> JsonSchema | None:
        """None: nothing is refused."""
        return None

    def clean(self) -> JsonSchema:
        """What needs no remark."""
        return {}


class Text(Member):
    """Text; beyond `longest` characters mParticle does what `beyond` says (mparticle.md §3.9)."""

    expected = "text"

    def __init__(self, longest: int | None = None, beyond: str = "", *, needed: bool = False) -> None:
        super().__init__(needed=needed)
        self.longest = longest
        self.beyond = beyond

    def remarks(self, value: Any) -> list[Remark]:
        """Another type, or too long."""
        return self.lengthy(value) if isinstance(value, str) else self.unfit(value)

    def lengthy(self, value: str) -> list[Remark]:
        """That the text is longer than the manual allows."""
        if self.longest is None or len(value) <= self.longest:
            return []
        return [Remark(f"At most {self.longest} characters expected, {len(value)} sent; {self.beyond}.", "too-long")]

    def clean(self) -> JsonSchema:
        """Text up to the length."""
        return {"type": ["string", "null"]} | ({} if self.longest is None else {"maxLength": self.longest})


class Number(Member):
    """A number, between two bounds where they are given."""

    expected = "a number"
    kind = "number"

    def __init__(self, least: float | None = None, most: float | None = None, *, needed: bool = False) -> None:
        super().__init__(needed=needed)
        self.least = least
        self.most = most

    def remarks(self, value: Any) -> list[Remark]:
        """Another type, or out of bounds."""
        if not self.fits(value):
            return self.unfit(value)
        low = self.least is not None and value < self.least
        high = self.most is not None and value > self.most
        return self.outside(value) if low or high else []

    def fits(self, value: Any) -> bool:
        """True and false are no numbers in JSON."""
        return isinstance(value, int | float) and not isinstance(value, bool)

    def outside(self, value: float) -> list[Remark]:
        """That the number is out of bounds."""
        text = (
            f"{self.expected.capitalize()} from {self.least} to {self.most} expected, {shown(value)} sent; {_ACCEPTS}."
        )
        return [Remark(text, "out-of-range")]

    def clean(self) -> JsonSchema:
        """A number within the bounds."""
        bounds = {"minimum": self.least, "maximum": self.most}
        return {"type": [self.kind, "null"]} | {key: bound for key, bound in bounds.items() if bound is not None}


class Whole(Number):
    """A whole number."""

    expected = "a whole number"
    kind = "integer"

    def fits(self, value: Any) -> bool:
        """As in JSON Schema, 1.0 is whole."""
        return super().fits(value) and value == value // 1


class Millis(Whole):
    """An instant in milliseconds since 1970."""

    expected = "milliseconds since 1970"

    def __init__(self, *, needed: bool = False) -> None:
        super().__init__(words.MILLIS_LEAST, words.MILLIS_MOST, needed=needed)

    def outside(self, value: float) -> list[Remark]:
        """That it is probably in another unit."""
        unit = "seconds" if value < words.MILLIS_LEAST else "micro- or nanoseconds"
        text = f"Milliseconds since 1970 expected, {shown(value)} looks like {unit}; mParticle takes it as sent."
        return [Remark(text, "not-milliseconds", Severity.ERROR)]


class Id64(Whole):
    """A signed 64-bit number; the manual's own samples send it as text now and then."""

    expected = "a signed 64-bit integer"

    def __init__(self) -> None:
        super().__init__(words.INT64_LEAST, words.INT64_MOST)

    def outside(self, value: float) -> list[Remark]:
        """That mParticle cannot hold the number."""
        return [
            Remark(
                f"{self.expected} expected, {shown(value)} sent; no such number exists.", "not-int64", Severity.ERROR
            )
        ]

    def remarks(self, value: Any) -> list[Remark]:
        """Text of such a number counts as one."""
        digits = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value, re.ASCII)
        return super().remarks(int(value) if digits else value)

    def clean(self) -> JsonSchema:
        """The bounds are those that a float holds too: validators may compare as floats."""
        return {
            "type": ["integer", "string", "null"],
            "minimum": words.INT64_LEAST,
            "maximum": words.INT64_MOST - 1023,
            "pattern": "^-?([0-9]{1,18}|[0-8][0-9]{18})$",
        }


class Amount(Number):
    """A decimal; SDKs turn a Decimal into text."""

    expected = "a decimal"

    def remarks(self, value: Any) -> list[Remark]:
        """Text of a decimal is worth knowing, not more."""
        if isinstance(value, str) and re.fullmatch(r"[+-]?[0-9]+(\.[0-9]+)?", value, re.ASCII):
            return [Remark(f"A number expected, the text {shown(value)} sent.", "number-as-text", Severity.INFO)]
        return super().remarks(value)


class Flag(Member):
    """True or false; an empty text counts as not given, as in the manual's own sample."""

    expected = "true or false"

    def remarks(self, value: Any) -> list[Remark]:
        """Another type."""
        return [] if isinstance(value, bool) or value == "" else self.unfit(value)

    def clean(self) -> JsonSchema:
        """A boolean."""
        return {"enum": [True, False, None, ""]}


class Choice(Member):
    """One of mParticle's words; an empty text counts as not given."""

    def __init__(self, *known: str, needed: bool = False) -> None:
        super().__init__(needed=needed)
        self.known = known

    def remarks(self, value: Any) -> list[Remark]:
        """Another word."""
        if value == "" or (isinstance(value, str) and value in self.known):
            return []
        near = nearest(value, self.known) if isinstance(value, str) else None
        hint = f' (did you mean "{near}"?)' if near else ""
        text = f"One of {', '.join(self.known)} expected, {shown(value)} sent{hint}; {_ACCEPTS}."
        return [Remark(text, "unknown-value")]

    def clean(self) -> JsonSchema:
        """A known word."""
        return {"enum": [*self.known, "", None]}


class Uuid(Member):
    """A UUID in its usual form; an empty text counts as not given."""

    expected = "a UUID"
    pattern = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"

    def remarks(self, value: Any) -> list[Remark]:
        """Another form."""
        fits = isinstance(value, str) and (not value or re.fullmatch(self.pattern, value))
        return [] if fits else self.unfit(value)

    def clean(self) -> JsonSchema:
        """A UUID."""
        return {"type": ["string", "null"], "pattern": f"^({self.pattern})?$"}


class Address(Member):
    """An IPv4 or IPv6 address; an empty text counts as not given."""

    expected = "an IPv4 or IPv6 address"

    def remarks(self, value: Any) -> list[Remark]:
        """No address."""
        if value == "":
            return []
        try:
            ip_address(value if isinstance(value, str) else "")
        except ValueError:
            return self.unfit(value)
        return []

    def clean(self) -> JsonSchema:
        """IPv4; other addresses are left to marshmallow."""
        octet = "(25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
        return {"type": ["string", "null"], "pattern": rf"^{octet}(\.{octet}){{3}}$"}
