"""Labels on messages, by versioned text rules (`resources/label_rules/labels-N.json`).

Pure: the rules come as bytes, the fingerprints of earlier messages from the caller. A label is a
hint that can be appealed, so a rule would rather miss than accuse: a hollow message is one that
holds nothing else, an off-platform bait is not one that warns of it.
"""

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from typing import Annotated, Final, Self

import msgspec
import regex  # type: ignore[import-untyped]  # it ships no types
from msgspec import Meta, Struct

from miaohui.promise.needles import finder
from miaohui.wire.journal import LabelName

_HASH_BYTES: Final = 8
# Longer texts are read up to here: the rest cannot make a pattern take long.
_READ_CHARS: Final = 4000
_STRETCHED: Final = regex.compile(r"(.)\1{2,}", regex.DOTALL)
_SPACES: Final = regex.compile(r"\s+")
# Emoji with their joiners, modifiers and keycaps; digits and signs alone are not emoji.
_EMOJI: Final = regex.compile(
    r"[\p{Extended_Pictographic}\U0001F1E6-\U0001F1FF\U0001F3FB-\U0001F3FF"
    r"\uFE0E\uFE0F\u200D\u20E3]+|\[[\p{Han}A-Za-z]{1,6}\]"
)
_PUNCTUATION: Final = regex.compile(r"(?<![A-Za-z])'|'(?![A-Za-z])|[^\p{L}\p{N}'\s]+")
# Where `re` and `regex` agree on what is a letter or a number; nearly every text is of these.
_FAMILIAR: Final = re.compile("[\0-\u024f\u2000-\u206f\u3000-\u30ff\u4e00-\u9fff\uff00-\uff65]*\\Z")
_WORDS: Final = re.compile(r"[^\W_]+")
# Letters and digits that no folding, sticker or emoji takes away.
_LASTING: Final = (*range(0x30, 0x3A), *range(0x61, 0x7B), *range(0x4E00, 0xA000))


class _Hollow(Struct, frozen=True, forbid_unknown_fields=True):
    max_chars: int
    phrases: tuple[str, ...]
    particles: tuple[str, ...]


class _Patterns(Struct, frozen=True, forbid_unknown_fields=True):
    patterns: tuple[str, ...]
    negations: tuple[str, ...] = ()
    negation_reach: int = 0
    max_chars: int = _READ_CHARS


class _Recycled(Struct, frozen=True, forbid_unknown_fields=True):
    shingle: Annotated[int, Meta(ge=1)]
    keep: Annotated[int, Meta(ge=1)]
    min_shingles: int
    max_chars: int
    share: float


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    pet_names: tuple[str, ...]
    hollow: _Hollow
    begging: _Patterns
    off_platform: _Patterns
    closing_phrase: _Patterns
    recycled: _Recycled


class RulesInvalid(ValueError):
    """Bytes that are no label rules."""


class _Matcher:
    """One label's patterns, compiled."""

    __slots__ = ("_negations", "_patterns", "_rule")

    def __init__(self, rule: _Patterns) -> None:
        self._rule = rule
        self._patterns = tuple((finder([each]), regex.compile(each)) for each in rule.patterns)
        self._negations = rule.negations

    def finds(self, text: str) -> bool:
        if len(text) > self._rule.max_chars:
            return False
        for needles, pattern in self._patterns:
            # Most texts hold none of it: one search for its needles tells, and costs least.
            if needles is not None and needles.search(text) is None:
                continue
            # The texts are short: handing Python's lock to others meanwhile would take longer.
            for match in pattern.finditer(text, concurrent=False):
                if not self._negated(text, match.start()):
                    return True
        return False

    def _negated(self, text: str, start: int) -> bool:
        before = text[max(0, start - self._rule.negation_reach) : start]
        return any(word in before for word in self._negations)


class LabelRules:
    """One version of the label rules, ready to use."""

    __slots__ = (
        "_begging",
        "_by_first",
        "_closing",
        "_foreign",
        "_hollow",
        "_needles",
        "_off_platform",
        "recycled",
        "version",
    )

    def __init__(self, file: _File) -> None:
        self.version = file.version
        self.recycled = file.recycled
        self._hollow = file.hollow
        pieces = {*file.hollow.phrases, *file.hollow.particles, *file.pet_names}
        self._by_first: dict[str, list[str]] = {}
        for piece in sorted(pieces):
            self._by_first.setdefault(piece[:1], []).append(piece)
        known = set("".join(pieces))
        foreign = "".join(char for char in map(chr, _LASTING) if char not in known)
        self._foreign = re.compile(f"[{foreign}]")
        self._begging = _Matcher(file.begging)
        self._off_platform = _Matcher(file.off_platform)
        self._closing = _Matcher(file.closing_phrase)
        rules = (file.begging, file.off_platform, file.closing_phrase)
        self._needles = finder(pattern for rule in rules for pattern in rule.patterns)

    @classmethod
    def load(cls, data: bytes) -> Self:
        """The rules in a rule file; raises `RulesInvalid`."""
        try:
            return cls(msgspec.json.decode(data, type=_File))
        except (msgspec.MsgspecError, ValueError, regex.error) as error:
            raise RulesInvalid(f"the label rules cannot be read: {error}") from None

    def hollow(self, text: str) -> bool:
        """Whether the text is acknowledgement and pet names from end to end."""
        return self._hollow_plain(folded(text))

    def _hollow_plain(self, plain: str) -> bool:
        if "[" not in plain and self._foreign.search(plain) is not None:
            # It stays, and no piece covers it.
            return False
        first = next(filter(str.isalnum, plain), "")
        if first and first not in self._by_first and "[" not in plain:
            # Punctuation and emoji fall away, so a phrase would have to begin here.
            return False
        if "?" in plain and not any(char.isalnum() for char in plain):
            return False
        bare = _STRETCHED.sub(r"\1\1", _PUNCTUATION.sub(" ", _EMOJI.sub(" ", plain)))
        bare = _SPACES.sub(" ", bare).strip()
        if len(bare) > self._hollow.max_chars:
            return False
        # Which positions whole phrases lead to: every split is tried, none twice.
        reached = [True] + [False] * len(bare)
        for start in range(len(bare)):
            if not reached[start]:
                continue
            if bare[start] == " ":
                reached[start + 1] = True
                continue
            for piece in self._by_first.get(bare[start], ()):
                end = start + len(piece)
                if bare.startswith(piece, start) and _whole(bare, start, end):
                    reached[end] = True
        return reached[len(bare)]

    def of(self, text: str) -> tuple[str, ...]:
        """Every label but `recycled`, sorted."""
        plain = folded(text[:_READ_CHARS])
        found: list[str] = []
        suspect = self._needles is None or self._needles.search(plain) is not None
        if suspect and self._begging.finds(plain):
            found.append(LabelName.BEGGING.value)
        if suspect and self._closing.finds(plain):
            found.append(LabelName.CLOSING_PHRASE.value)
        if self.hollow(text) if len(text) > _READ_CHARS else self._hollow_plain(plain):
            found.append(LabelName.HOLLOW.value)
        if suspect and self._off_platform.finds(plain):
            found.append(LabelName.OFF_PLATFORM.value)
        return tuple(found)


@lru_cache(maxsize=4)  # one text is looked at several times in a row
def folded(text: str) -> str:
    """NFKC, case folded, typographic apostrophes made plain, spaces single."""
    plain = unicodedata.normalize("NFKC", text).casefold().replace("\u2019", "'")
    return " ".join(plain.split())


def bare(plain: str) -> str:
    """A folded text's letters and numbers, and the apostrophes between letters."""
    if "'" not in plain and _FAMILIAR.match(plain) is not None:
        return "".join(_WORDS.findall(plain))
    return str(_PUNCTUATION.sub("", plain, concurrent=False)).replace(" ", "")


def _whole(text: str, start: int, end: int) -> bool:
    """Latin words count only whole: "ok" is not found in "okra"."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    cut_left = text[start].isascii() and before.isascii() and before.isalnum()
    cut_right = text[end - 1].isascii() and after.isascii() and (after.isalnum() or after == "'")
    return not cut_left and not cut_right


def fingerprint(text: str, salt: bytes, rules: LabelRules) -> bytes:
    """The smallest salted hashes of a text's shingles; empty for a text too short to compare.

    Without the salt (at most 64 bytes) nobody can test which text a fingerprint came from.
    """
    rule = rules.recycled
    plain = folded(text[: rule.max_chars])
    if len(plain) < rule.shingle - 1 + rule.min_shingles:
        return b""
    plain = bare(plain)
    shingles = {plain[i : i + rule.shingle] for i in range(len(plain) - rule.shingle + 1)}
    if len(shingles) < rule.min_shingles:
        return b""
    hashes = sorted(
        hashlib.blake2b(s.encode("utf-8", "replace"), digest_size=_HASH_BYTES, key=salt).digest()
        for s in shingles
    )
    return b"".join(hashes[: rule.keep])


def likeness(one: bytes, other: bytes, rules: LabelRules) -> float:
    """The estimated share of shingles that two texts have in common."""
    mine, theirs = _hashes(one), _hashes(other)
    if not mine or not theirs:
        return 0.0
    smallest = sorted(mine | theirs)[: rules.recycled.keep]
    return sum(each in mine and each in theirs for each in smallest) / len(smallest)


def _hashes(mark: bytes) -> set[bytes]:
    return {mark[i : i + _HASH_BYTES] for i in range(0, len(mark), _HASH_BYTES)}


def labels_for(
    text: str,
    rules: LabelRules,
    recent_fingerprints: Iterable[bytes] = (),
    own_fingerprint: bytes = b"",
) -> tuple[str, ...]:
    """The labels of a responder's message, sorted.

    `recent_fingerprints` are of the same responder's messages in other sessions, under the same salt
    as `own_fingerprint`; without the latter nothing is called recycled.
    """
    found = rules.of(text)
    if own_fingerprint and any(
        likeness(own_fingerprint, other, rules) >= rules.recycled.share
        for other in recent_fingerprints
    ):
        return tuple(sorted((*found, LabelName.RECYCLED.value)))
    return found
