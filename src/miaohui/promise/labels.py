"""Labels on messages and edits, by versioned text rules (`resources/label_rules/labels-N.json`).

Pure: the rules come as bytes, the fingerprints of earlier messages from the caller. A label is a
hint that can be appealed, so a rule would rather miss than accuse: a hollow message is one that
holds nothing else, an off-platform bait is not one that warns of it, quotes it or declines it.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache, partial
from typing import Final, NamedTuple, Self

import msgspec
from msgspec import Struct

from miaohui import resources
from miaohui.promise.recycled import Recycled, fingerprint_of, likeness
from miaohui.promise.weights import Weighed, Weights, alphabet_of
from miaohui.promise.wording import (
    Reading,
    Words,
    compiled,
    firsts,
    folded,
    folds_of,
    read,
    words_of,
)
from miaohui.wire.journal import LabelName

# Longer texts are read up to here: the rest cannot make a pattern take long.
_READ_CHARS: Final = 4000
# How many words from a sign what denies it may stand.
_REACH: Final = 48
_STRETCHED: Final = re.compile(r"(.)\1{2,}", re.DOTALL)
_SPACES: Final = re.compile(r"\s+")
_HEART: Final = re.compile(r"<3+")
_STICKER: Final = re.compile(r"\[[\u4e00-\u9fffa-z]{1,6}\]")
# What is neither letter nor number, emoji among it; an apostrophe counts between letters.
_PUNCTUATION: Final = re.compile(r"(?<![a-z])'|'(?![a-z])|<3+|[^\w\s']+|_+")
# Letters and digits that no folding, sticker or emoji takes away.
_LASTING: Final = (*range(0x30, 0x3A), *range(0x61, 0x7B), *range(0x4E00, 0xA000))


class _Fold(Struct, frozen=True, forbid_unknown_fields=True):
    simplified: str
    alike: dict[str, str]
    gone: str


class _Hollow(Struct, frozen=True, forbid_unknown_fields=True):
    max_chars: int
    phrases: tuple[str, ...]
    particles: tuple[str, ...]


class _Signs(Struct, frozen=True, forbid_unknown_fields=True):
    """A label's patterns: what says it, and what in it, before it, after it or in the same sentence
    says that it is denied, quoted or warned of. `raw` is looked for in the folded text itself."""

    signs: tuple[str, ...]
    raw: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    sentence: tuple[str, ...] = ()
    max_tokens: int = _READ_CHARS


class _RulesFile(Struct, frozen=True, forbid_unknown_fields=True):
    version: str
    fold: _Fold
    words: dict[str, tuple[str, ...]]
    parts: dict[str, str]
    pet_names: tuple[str, ...]
    hollow: _Hollow
    begging: _Signs
    off_platform: _Signs
    closing_phrase: _Signs
    recycled: Recycled
    weights: Weighed | None = None


class RulesInvalid(ValueError):
    """Bytes that are no label rules."""


class Reason(NamedTuple):
    """A label, and the piece of the text, as the rules read it, that decided."""

    label: str
    piece: str


class _Matcher:
    """One label's patterns, compiled."""

    __slots__ = (
        "_after",
        "_before",
        "_begins",
        "_inside",
        "_max",
        "_raw",
        "_sentence",
        "_signs",
        "_stops",
        "label",
    )

    def __init__(self, label: LabelName, rule: _Signs, words: Words, parts: dict[str, str]) -> None:
        def one(patterns: Iterable[str]) -> re.Pattern[str] | None:
            each = "|".join(f"(?:{compiled(p, words, parts).pattern})" for p in patterns)
            return re.compile(each) if each else None

        self.label = label.value
        self._max = rule.max_tokens
        compilations = {sign: compiled(sign, words, parts).pattern for sign in rule.signs}
        self._begins: dict[str, list[str]] = {}
        for sign in rule.signs:
            for symbol in firsts(sign, words, parts):
                self._begins.setdefault(symbol, []).append(f"(?:{compilations[sign]})")
        # Filled as symbols are met: most never are, and all at once would take a second.
        self._signs: dict[str, re.Pattern[str]] = {}
        self._raw = re.compile("|".join(rule.raw)) if rule.raw else None
        self._inside = one(rule.inside)
        self._before = one(rule.before)
        self._after = one(rule.after)
        self._sentence = one(rule.sentence)
        self._stops = re.compile(f"[{words.symbols['stop']}{words.symbols['ask']}]")

    def piece(self, plain: str, reading: Reading) -> str | None:
        """What decides for the label; None where nothing does."""
        symbols = reading.symbols
        if self._raw is not None and (raw := self._raw.search(plain)) is not None:
            return raw.group()
        if len(symbols) > self._max:
            return None
        signs, begins = self._signs, self._begins
        # Every start is tried: what was denied may hold, or overlap, what was not.
        for start, symbol in enumerate(symbols):
            if symbol not in begins:
                continue
            pattern = signs.get(symbol)
            if pattern is None:
                pattern = signs[symbol] = re.compile("|".join(begins[symbol]))
            match = pattern.match(symbols, start)
            if match is not None:
                end = match.end()
                if start < end and not self._denied(symbols, start, end):
                    return reading.piece(start, end)
        return None

    def _denied(self, symbols: str, start: int, end: int) -> bool:
        if self._inside is not None and self._inside.search(symbols, start, end) is not None:
            return True
        begin = max(0, start - _REACH)
        for stop in self._stops.finditer(symbols, begin, start):
            begin = stop.end()
        if self._before is not None and self._before.search(symbols, begin, start) is not None:
            return True
        if self._after is not None and self._after.match(symbols, end) is not None:
            return True
        if self._sentence is None:
            return False
        last = min(len(symbols), end + _REACH)
        stop_after = self._stops.search(symbols, end, last)
        last = last if stop_after is None else stop_after.start()
        return self._sentence.search(symbols, begin, last) is not None


class LabelRules:
    """One version of the label rules, ready to use."""

    __slots__ = (
        "_by_first",
        "_folded",
        "_foreign",
        "_hollow",
        "_matchers",
        "_pieces",
        "_weights",
        "_words",
        "recycled",
        "version",
    )

    def __init__(self, file: _RulesFile) -> None:
        self.version = file.version
        self.recycled = file.recycled
        fold = file.fold
        folds = folds_of(fold.simplified, fold.alike, fold.gone)
        # A message is folded for its labels and for its fingerprint.
        self._folded = lru_cache(16)(partial(folded, folds=folds))
        self._words = words_of(file.words, folds)
        self._hollow = file.hollow
        pieces = {*file.hollow.phrases, *file.hollow.particles, *file.pet_names}
        particles = pieces.difference(file.hollow.phrases, file.pet_names)
        # Of each piece, whether it is a particle, and whether it says something (a name does not).
        self._pieces = {p: (p in particles, p not in file.pet_names) for p in pieces}
        lengths: dict[str, set[int]] = {}
        for piece in pieces:
            lengths.setdefault(piece[:1], set()).add(len(piece))
        self._by_first = {first: tuple(sorted(each)) for first, each in lengths.items()}
        known = set("".join(pieces))
        foreign = "".join(char for char in map(chr, _LASTING) if char not in known)
        self._foreign = re.compile(f"[{foreign}]")
        self._matchers = tuple(
            _Matcher(label, rule, self._words, file.parts)
            for label, rule in (
                (LabelName.BEGGING, file.begging),
                (LabelName.CLOSING_PHRASE, file.closing_phrase),
                (LabelName.OFF_PLATFORM, file.off_platform),
            )
        )
        self._weights = None if file.weights is None else Weights(file.weights, self._words)
        if self._weights is not None and self._weights.labels != tuple(
            matcher.label for matcher in self._matchers
        ):
            raise ValueError("the weights are of other labels")

    @classmethod
    def load(cls, data: bytes, *, weighed: bool = True) -> Self:
        """The rules in a rule file; raises `RulesInvalid`. Not `weighed`: its patterns alone."""
        try:
            file = msgspec.json.decode(data, type=_RulesFile)
            return cls(file if weighed else msgspec.structs.replace(file, weights=None))
        except (msgspec.MsgspecError, ValueError, KeyError, re.error) as error:
            raise RulesInvalid(f"the label rules cannot be read: {error}") from None

    def words(self) -> frozenset[str]:
        """Every word that the patterns know, as it is written folded."""
        return self._words.known

    def folded(self, text: str) -> str:
        """The text as every rule reads it."""
        return self._folded(text)

    def hollow(self, text: str) -> bool:
        """Whether the text is acknowledgement and pet names from end to end."""
        return self._hollow_plain(self.folded(text))

    def _hollow_plain(self, plain: str) -> bool:
        if "<3" in plain:
            plain = _HEART.sub("♥", plain)
        if "[" not in plain and self._foreign.search(plain) is not None:
            # It stays, and no piece covers it.
            return False
        if not plain or plain.isspace():
            return False
        first = next(filter(str.isalnum, plain), "")
        if not first and "?" in plain:
            return False
        if first and first not in self._by_first and "[" not in plain:
            # Punctuation and emoji fall away, so a phrase would have to begin here.
            return False
        if "[" in plain:
            plain = _STICKER.sub(" ", plain)
        bare = _STRETCHED.sub(r"\1\1", _PUNCTUATION.sub(" ", plain))
        bare = _SPACES.sub(" ", bare).strip()
        if len(bare) > self._hollow.max_chars:
            return False
        # To which positions pieces lead, and whether to what a particle may follow: every split is
        # tried, none twice.
        reached = [True] + [False] * len(bare)
        said = [False] * (len(bare) + 1)
        for start in range(len(bare)):
            if not reached[start]:
                continue
            if bare[start] == " ":
                reached[start + 1] = True
                said[start + 1] |= said[start]
                continue
            for length in self._by_first.get(bare[start], ()):
                end = start + length
                piece = self._pieces.get(bare[start:end])
                if piece is None or (piece[0] and not said[start]):
                    continue
                if end <= len(bare) and _whole(bare, start, end):
                    reached[end] = True
                    said[end] |= piece[1]
        return reached[len(bare)]

    def judge(self, text: str) -> tuple[Reason, ...]:
        """Every label but `recycled`, sorted, each with the piece that decided."""
        plain = self.folded(text[:_READ_CHARS])
        if self._is_hollow(text, plain):
            return (Reason(LabelName.HOLLOW.value, " ".join(plain.split())),)
        reading = read(plain, self._words)
        found = []
        for column, lacking, start, end in self._weighed(plain, reading):
            matcher = self._matchers[column]
            piece = matcher.piece(plain, reading)
            if piece is None and lacking <= 0 and self._weights is not None:
                piece = self._weights.piece(column, reading, start, end)
            if piece is not None:
                found.append(Reason(matcher.label, piece))
        return tuple(found)

    def _is_hollow(self, text: str, plain: str) -> bool:
        return self.hollow(text) if len(text) > _READ_CHARS else self._hollow_plain(plain)

    def _weighed(self, plain: str, reading: Reading) -> Iterator[tuple[int, int, int, int]]:
        """The labels that a text can bear, as columns: what its words lack, which a pattern that
        holds makes up for, and from which to which symbol they stand."""
        weights = self._weights
        if weights is None:
            for column in range(len(self._matchers)):
                yield column, 1, 0, len(reading.symbols)
            return
        sums = weights.sums(reading)
        limit = weights.limit(plain)
        for column, rule in enumerate(weights.rule):
            found, start, end = sums[0] if len(sums) == 1 else _heaviest(sums, column)
            lacking = limit[column] - found[column]
            if lacking <= rule:
                yield column, lacking, start, end

    def read(self, text: str) -> Reading:
        """The text as patterns and weights see it."""
        return read(self.folded(text[:_READ_CHARS]), self._words)

    def rules_hold(self, text: str) -> tuple[str, ...]:
        """The labels whose patterns hold, whatever the weights say."""
        plain = self.folded(text[:_READ_CHARS])
        reading = read(plain, self._words)
        return tuple(m.label for m in self._matchers if m.piece(plain, reading) is not None)

    def alphabet(self) -> tuple[str, ...]:
        """The classes of words that each symbol stands for."""
        return alphabet_of(self._words)

    def of(self, text: str) -> tuple[str, ...]:
        """Every label but `recycled`, sorted."""
        plain = self.folded(text[:_READ_CHARS])
        if self._is_hollow(text, plain):
            return (LabelName.HOLLOW.value,)
        reading = read(plain, self._words)
        # As `judge`, but where words are enough no pattern is tried.
        return tuple(
            self._matchers[column].label
            for column, lacking, _, _ in self._weighed(plain, reading)
            if lacking <= 0 or self._matchers[column].piece(plain, reading) is not None
        )


def _heaviest(
    sums: list[tuple[tuple[int, ...], int, int]], column: int
) -> tuple[tuple[int, ...], int, int]:
    return max(sums, key=lambda each: each[0][column])


def _whole(text: str, start: int, end: int) -> bool:
    """Latin words count only whole: "ok" is not found in "okra"."""
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    cut_left = text[start].isascii() and before.isascii() and before.isalnum()
    cut_right = text[end - 1].isascii() and after.isascii() and (after.isalnum() or after == "'")
    return not cut_left and not cut_right


@cache
def newest_rules() -> LabelRules:
    """The newest rules of those that come with the program, read once in a process."""
    folder = resources.path("label_rules")
    newest = max(folder.glob("labels-*.json"), key=lambda path: (len(path.name), path.name))
    return LabelRules.load(newest.read_bytes())


def fingerprint(text: str, salt: bytes, rules: LabelRules) -> bytes:
    """A text's fingerprint, by which a recycled one is known; empty for a short text."""
    return fingerprint_of(rules.folded(text[: rules.recycled.max_chars]), salt, rules.recycled)


def labels_for(
    text: str,
    rules: LabelRules,
    recent_fingerprints: Iterable[bytes] = (),
    own_fingerprint: bytes = b"",
) -> tuple[str, ...]:
    """The labels of a responder's message or edit, sorted.

    `recent_fingerprints` are of messages in other sessions, of the same responder's and of the same
    shop's, under the same salt as `own_fingerprint`; without the latter nothing is called recycled.
    """
    found = rules.of(text)
    if own_fingerprint and any(
        likeness(own_fingerprint, other, rules.recycled) >= rules.recycled.share
        for other in recent_fingerprints
    ):
        return tuple(sorted((*found, LabelName.RECYCLED.value)))
    return found
