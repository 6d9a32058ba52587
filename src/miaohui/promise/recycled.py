"""Recycled words: one text known again in another by salted fingerprints, without keeping either.

A text becomes units (Han characters, other words) without fillers, pet names, emoji, digits and
stops; every few units in a row are a shingle, and the smallest salted hashes of them the fingerprint.
So clauses may change places, and fillers and single words change, and it is still known.
"""

import hashlib
import re
from functools import lru_cache
from typing import Annotated, Final

from msgspec import Meta, Struct

from miaohui.promise.wording import tokens_of

HASH_BYTES: Final = 8
_HAN_FROM: Final = "\u3400"


class Recycled(Struct, frozen=True, forbid_unknown_fields=True):
    """How texts are compared. `shingle`: Han characters in a row, of other words one less;
    `keep`: hashes at most; `min_units`: a shorter text is everybody's; `share`: from this likeness
    on a text is recycled."""

    shingle: Annotated[int, Meta(ge=2)]
    keep: Annotated[int, Meta(ge=1)]
    min_units: int
    min_words: int
    max_chars: int
    share: float
    fillers: tuple[str, ...]


@lru_cache(maxsize=4)
def _any_of(words: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(map(re.escape, words)))


def units_of(plain: str, rule: Recycled) -> list[str]:
    """A folded text's units in order."""
    tokens = [token for token in tokens_of(plain[: rule.max_chars]) if token[0].isalpha()]
    han = [token for token in tokens if token >= _HAN_FROM]
    if 2 * len(han) >= len(tokens):
        # A Latin letter between Han characters is there to disturb.
        text = "".join(han)
        if _any_of(rule.fillers).search(text) is not None:
            for filler in rule.fillers:
                if filler >= _HAN_FROM:
                    text = text.replace(filler, "")
        return list(text)
    return [token for token in tokens if token not in rule.fillers]


def fingerprint_of(plain: str, salt: bytes, rule: Recycled) -> bytes:
    """The smallest salted hashes of a folded text's shingles, in order; empty for a short text.

    Without the salt (at most 64 bytes) nobody can test which text a fingerprint came from.
    """
    if len(plain) < rule.min_units:
        return b""
    units = units_of(plain, rule)
    is_han = bool(units) and units[0] >= _HAN_FROM
    if len(units) < (rule.min_units if is_han else rule.min_words):
        return b""
    wide = rule.shingle if is_han else rule.shingle - 1
    shingles = {" ".join(units[i : i + wide]) for i in range(len(units) - wide + 1)}
    hashes = sorted(
        hashlib.blake2b(each.encode("utf-8", "replace"), digest_size=HASH_BYTES, key=salt).digest()
        for each in shingles
    )
    return b"".join(hashes[: rule.keep])


def hashes_of(print_: bytes) -> frozenset[bytes]:
    """The hashes that a fingerprint is made of."""
    return frozenset(print_[i : i + HASH_BYTES] for i in range(0, len(print_), HASH_BYTES))


def likeness(one: bytes, other: bytes, rule: Recycled) -> float:
    """The estimated share of one text's shingles that another has, too."""
    full = rule.keep * HASH_BYTES
    # Beyond the last hash of a fingerprint that is full nothing is known of its text.
    most = min(each[-HASH_BYTES:] if len(each) >= full else b"\xff" * 9 for each in (one, other))
    mine = {each for each in hashes_of(one) if each <= most}
    return len(mine & hashes_of(other)) / len(mine) if mine else 0.0
