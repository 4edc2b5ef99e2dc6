"""Random-looking ids that depend on a seed and on words alone: the same in every process, in any order of asking."""

from __future__ import annotations

from functools import lru_cache
from hashlib import blake2b

from mockserver.lifecycle.subscriber import Store

_BASE62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BASE64 = _BASE62 + "+/"
_DIGITS = "0123456789"


class SeededIds:
    """Values that are the same for the same seed and words (`mockserver.vendors.contract.Ids`)."""

    __slots__ = ("_key", "_uuids", "seed")

    def __init__(self, seed: object = 0) -> None:
        self.seed = seed
        self._key = blake2b(str(seed).encode(), digest_size=32).digest()
        self._uuids = blake2b(key=self._key, digest_size=16)

    def __repr__(self) -> str:
        return f"SeededIds({self.seed!r})"

    def uuid(self, *words: object) -> str:
        """A version-4-shaped UUID in lower case."""
        draw = self._uuids.copy()
        draw.update(_text("uuid", words))
        text = draw.hexdigest()
        variant = "89ab"[int(text[16], 16) & 3]
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"

    def digits(self, count: int, *words: object) -> str:
        """Decimal digits, the first not zero."""
        low = 10 ** (count - 1)
        return str(low + self._whole("digits", words, count) % (9 * low))

    def hex(self, count: int, *words: object) -> str:
        """Lower-case hexadecimal digits."""
        return self._spelled("0123456789abcdef", count, "hex", words)

    def number(self, low: int, high: int, *words: object) -> int:
        """An integer from `low` to `high`, both included."""
        return low + self._whole("number", words) % (high - low + 1)

    def letters(self, count: int, *words: object) -> str:
        """Letters and digits, as in a token."""
        return self._spelled(_BASE62, count, "letters", words)

    def transaction(self, store: Store, original_id: str, number: int) -> str:
        """The id of the `number`-th charge of a chain, in the store's form (revenuecat.md §9).

        The first charge of a chain has the chain's own id; Stripe repeats the id of the subscription.
        """
        if number == 1 or store is Store.STRIPE:
            return original_id
        if store is Store.PLAY_STORE:
            return f"{original_id}..{number - 2}"
        return self.original(store, original_id, number)

    def original(self, store: Store, *words: object) -> str:
        """The id of a new chain, in the store's form."""
        match store:
            case Store.APP_STORE:
                return "2000000" + self._spelled(_DIGITS, 9, "original", words)
            case Store.PLAY_STORE:
                number = self._spelled(_DIGITS, 17, "original", words)
                return f"GPA.{number[:4]}-{number[4:8]}-{number[8:12]}-{number[12:]}"
            case Store.STRIPE:
                return "sub_1" + self.letters(23, "original", *words)
            case Store.AMAZON:
                return self._spelled(_BASE64, 42, "original", words) + "=:3:11"
        return self.hex(32, "original", *words)

    def _spelled(self, alphabet: str, count: int, kind: str, words: tuple[object, ...]) -> str:
        value, base = self._whole(kind, words, count), len(alphabet)
        signs = []
        for _ in range(count):
            value, sign = divmod(value, base)
            signs.append(alphabet[sign])
        return "".join(signs)

    def _whole(self, kind: str, words: tuple[object, ...], count: int = 16) -> int:
        return int.from_bytes(self._draw(max(16, min(64, count + 8)), kind, words), "big")

    def _draw(self, size: int, kind: str, words: tuple[object, ...]) -> bytes:
        return blake2b(_text(kind, words), key=self._key, digest_size=size).digest()


def _text(kind: str, words: tuple[object, ...]) -> bytes:
    return "\x1f".join((kind, *map(str, words))).encode()


@lru_cache(maxsize=64)
def ids_of(seed: int, scope: str) -> SeededIds:
    """The ids of one scenario or one subscriber under a seed: two of them never share a value by construction."""
    return SeededIds(f"{seed}/{scope}")
