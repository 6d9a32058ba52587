"""Danger to a life in the words of one message, by versioned rules.

Pure: rules and text in, a finding out. It runs on the customer's own device; nobody is told.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import lru_cache
from typing import Any

from miaohui import resources

__all__ = ["CrisisRules", "Feigned", "Finding", "RulesError", "Strength", "rules"]

FILE = "crisis-2.toml"
MOST_CHARS = 20_000  # of a message; the wire takes fewer

_HAN = "\u3400-\u9fff"
_CLAUSES = re.compile(r"[，。、；！？!?;\n\r~～…]+|\.{2,}|\. |\.$|——+|(?<=[\u3400-\u9fff])[:：]")
_QUOTES = re.compile(r"[“\"「『‘]([^“”\"「」『』’]{1,60})[”\"」』’]")
_FACES = re.compile("[\U0001f600-\U0001f64f\U0001f900-\U0001f9ff]+")
_MODAL = re.compile(r"(?:会|要|想|去|能|再|又|在)+")  # said no to, with what stands before it
_GAP = "\x00"  # where something harmless was


class Strength(StrEnum):
    """How near the danger is: one's own, now; hopelessness; somebody else's, acute or not."""

    NOW = "now"
    HOPELESS = "hopeless"
    SOMEONE = "someone"


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome for a text; ``pieces``: the folded words that decided."""

    strength: Strength | None = None
    pieces: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feigned:
    """A feigned crisis: the kind, the phrase that says so, and the kind's name in words."""

    kind: str
    phrase: str
    chinese: str
    english: str


class RulesError(ValueError):
    """A file that holds no rules; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class _Kind:
    kind: str
    chinese: str
    english: str
    zh: re.Pattern[str]
    en: re.Pattern[str]


@dataclass(frozen=True, slots=True)
class _Group:
    strength: Strength
    kind: str
    pieces: tuple[re.Pattern[str], ...]


class CrisisRules:
    """One version of the rules, as its file has them."""

    def __init__(self, raw: Mapping[str, Any]) -> None:
        """RulesError where something is missing or no pattern."""
        try:
            self.version = str(raw["version"])
            self.dated: date = raw["dated"]
            self.review: date = raw["review"]
            fold, skip, someone = raw["fold"], raw["skip"], raw["someone"]
            words = dict(raw["words"])
            self._letters = str.maketrans(fold["from"], fold["to"])
            self._marks = dict(fold["marks"])
            self._harmless = _joined(skip["harmless"], words)
            self._stories = _joined(skip["stories"], words)
            self._negations = _joined(skip["negations"], words)
            self._no_negation = _joined(skip["no_negation"], words)
            self._denials = _joined(skip["denials"], words)
            self._laughter = _joined(skip["laughter"], words)
            self._earnest = _joined(skip["earnest"], words)
            self._groups = tuple(
                _Group(strength, each["kind"], tuple(_made(p, words) for p in each["pieces"]))
                for strength in (Strength.NOW, Strength.HOPELESS)
                for each in raw[strength.value]
            )
            han, latin = _parted(someone["others"])
            self._others = re.compile(_either(han, latin))
            han, latin = _parted(someone["selves"])
            words["selves_zh"] = "|".join(han)
            self._beside = _made(someone["beside"], words)
            self._selves = re.compile(_either(han, latin))
            self._speech = re.compile(someone["speech"])
            self._except = _joined([re.escape(each) for each in raw["feigned"]["except"]], {})
            self._kinds = tuple(_kind(each) for each in raw["feigned"]["kinds"])
        except (KeyError, TypeError, AttributeError) as error:
            raise RulesError(f"the rules lack {error}") from None
        except ValueError as error:
            raise RulesError(f"the rules cannot be used: {error}") from None
        except re.error as error:
            raise RulesError(f"a piece is no pattern: {error}") from None

    @classmethod
    def load(cls, data: bytes) -> "CrisisRules":
        """The rules in a file's bytes; RulesError where they are none."""
        try:
            return cls(tomllib.loads(data.decode("utf-8")))
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise RulesError(f"the rules cannot be read: {error}") from None

    # --- what a text says ------------------------------------------------------------------------
    def judge(self, text: str) -> Finding:
        """The strongest thing that the text says of its writer; else of somebody else."""
        found: dict[Strength, list[str]] = {}
        for strength, piece in self._found(self.fold(text[:MOST_CHARS])):
            pieces = found.setdefault(strength, [])
            if piece not in pieces:
                pieces.append(piece)
        for strength in (Strength.NOW, Strength.HOPELESS, Strength.SOMEONE):
            if strength in found:
                return Finding(strength, tuple(found[strength]))
        return Finding()

    def feigned(self, text: str) -> Feigned | None:
        """The first crisis that a tester's text feigns; None where it feigns none."""
        folded = unicodedata.normalize("NFKC", text).casefold().replace("’", "'")
        plain = self._except.sub(" ", folded)
        dense = re.sub(r"[\W_]+", "", plain)
        for each in self._kinds:
            found = each.zh.search(dense) or each.en.search(plain)
            if found:
                return Feigned(each.kind, found.group(), each.chinese, each.english)
        finding = self.judge(text)
        if finding.strength is None:
            return None
        first = self._kinds[0]
        return Feigned(first.kind, finding.pieces[0], first.chinese, first.english)

    def fold(self, text: str) -> str:
        """The text as the pieces read it: one letter for one thing, no marks inside words."""
        text = unicodedata.normalize("NFKC", text).casefold().replace("’", "'").replace("‘", "'")
        text = text.replace(",", "，").translate(self._letters)
        for mark, word in self._marks.items():
            text = text.replace(mark, word)
        # Dots and faces part clauses; between single characters they hide a word like other marks.
        text = re.sub(r"\.{2,}", "…", text)
        text = _FACES.sub(r"\g<0>…", text)
        # Marks that nobody writes between clauses hide a word: 自*杀, 自❤杀.
        text = re.sub(
            rf"(?<=[{_HAN}])[^\w\s，。、；！？!?;,~～…《》“”\"'「」『』:：()]+(?=[{_HAN}])",
            "",
            text,
        )
        text = re.sub(rf"(?<=[{_HAN}]) +(?=\w)|(?<=\w) +(?=[{_HAN}])", "", text)
        text = re.sub(r"(?<![a-z])([a-z]) (?=[a-z](?![a-z]))", r"\1", text)
        return _rejoined(text)

    # --- inside ------------------------------------------------------------------------------------
    def _found(self, text: str) -> Iterator[tuple[Strength, str]]:
        text = self._harmless.sub(_GAP, text)
        text, said = self._unquoted(text)
        for each in said:
            for _, piece in self._in_clauses(each):
                yield Strength.SOMEONE, piece
        yield from self._in_clauses(text)

    def _unquoted(self, text: str) -> tuple[str, list[str]]:
        """The text without what it quotes, and what people around the writer were quoted with."""
        said: list[str] = []

        def quoted(match: re.Match[str]) -> str:
            before = text[: match.start()][-16:]
            if self._speech.search(before) and self._others.search(before):
                if not self._stories.search(text):
                    said.append(match.group(1))
            elif len(match.group(1)) <= 3:
                return match.group(1)  # a stressed word
            return _GAP

        return _QUOTES.sub(quoted, text), said

    def _in_clauses(self, text: str) -> Iterator[tuple[Strength, str]]:
        laughing = self._laughter.search(text) and not self._earnest.search(text)
        start, earlier, ahead = 0, "", _Ahead(text)
        ends = [*(match.span() for match in _CLAUSES.finditer(text)), (len(text), len(text))]
        for end, following in ends:
            clause = text[start:end]
            if clause and not self._stories.search(clause):
                yield from self._in_clause(ahead, start, end, earlier, laughing=bool(laughing))
                earlier = clause
            elif clause:
                earlier = _GAP + clause
            start = following

    def _in_clause(
        self, ahead: "_Ahead", start: int, end: int, earlier: str, *, laughing: bool
    ) -> Iterator[tuple[Strength, str]]:
        text = ahead.text
        for group in self._groups:
            if laughing and group.kind == "wish":
                continue
            for pattern in group.pieces:
                # A piece may reach into the next clause, but it begins in this one.
                match = ahead.next(pattern, start)
                while match is not None and match.start() < end:
                    before = text[start : match.start()]
                    modal = _MODAL.match(match.group())
                    led = before if modal is None else before + modal.group()
                    if not self._denied(led, text[match.end() : end]):
                        deed = match.group() if group.kind == "deed" else ""
                        other = self._is_other(before, deed, earlier)
                        yield (Strength.SOMEONE if other else group.strength), match.group()
                        break
                    match = ahead.next(pattern, match.start() + 1)

    def _denied(self, before: str, after: str) -> bool:
        if self._denials.match(after):
            return True
        return bool(self._negations.search(before)) and not self._no_negation.search(before)

    def _is_other(self, before: str, piece: str, earlier: str) -> bool:
        """True where the one in danger is not who writes. ``piece``: what may itself name them."""
        named = self._subject(before)
        if (named is None or before.endswith("我")) and self._others.match(piece):
            return True
        if named is not None:
            return named
        if self._speech.search(before) or self._speech.search(earlier):
            return self._subject(earlier) is True
        return False

    def _subject(self, words: str) -> bool | None:
        """True where the last person named is somebody else; None where nobody is named."""
        words = self._beside.sub(_GAP, words)
        others = [match.end() for match in self._others.finditer(words)]
        selves = [match.end() for match in self._selves.finditer(words)]
        if not others and not selves:
            return None
        return max(others, default=-1) > max(selves, default=-1)


class _Ahead:
    """Each pattern's next match in a text, looked for once: clause after clause would else read the
    whole rest of it anew."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._found: dict[re.Pattern[str], re.Match[str] | None] = {}

    def next(self, pattern: re.Pattern[str], start: int) -> re.Match[str] | None:
        """The first match that begins at ``start`` or later; ``start`` never goes back."""
        found = self._found.get(pattern)
        if pattern not in self._found or (found is not None and found.start() < start):
            found = self._found[pattern] = pattern.search(self.text, start)
        return found


@lru_cache(maxsize=1)
def rules() -> CrisisRules:
    """The rules that this version of the program brings."""
    return CrisisRules.load(resources.path("care", FILE).read_bytes())


def _rejoined(text: str) -> str:
    """The text with words that were taken apart put together: 自 杀, 我，想，死."""
    tokens = re.split(r"((?:[^\w\x00]|_)+)", text)
    out = tokens[0]
    for mark, word in zip(tokens[1::2], tokens[2::2], strict=True):
        # Its last characters alone: a long text is put together from its beginning anew otherwise.
        last = re.search(rf"(?:^|[^\w])([{_HAN}])$", out[-3:])
        alone = len(word) == 1 and re.match(rf"[{_HAN}]", word)
        joins = (
            (last or alone) and re.search(rf"[{_HAN}]$", out[-2:]) and re.match(rf"[{_HAN}]", word)
        )
        quoted = re.search(r"[“”\"「」『』《》()]", mark)
        out += word if joins and not quoted else mark + word
    return out


def _parted(words: str) -> tuple[list[str], list[str]]:
    """The Han words and the Latin ones of an alternation."""
    parts = words.split("|")
    latin = [each for each in parts if re.match(r"[a-z]", each)]
    return [each for each in parts if each not in latin], latin


def _either(han: list[str], latin: list[str]) -> str:
    return rf"(?:{'|'.join(han)})|(?<![a-z'])(?:{'|'.join(latin)})(?![a-z])"


def _made(piece: str, words: Mapping[str, str]) -> re.Pattern[str]:
    for name, alternatives in words.items():
        piece = piece.replace(f"{{{name}}}", alternatives)
    return re.compile(piece)


def _joined(pieces: list[str], words: Mapping[str, str]) -> re.Pattern[str]:
    return _made("|".join(f"(?:{each})" for each in pieces), words)


def _kind(raw: Mapping[str, Any]) -> _Kind:
    # Any run of spaces or hyphens parts the words of an English phrase.
    parts = (r"[\s\-]+".join(map(re.escape, phrase.split())) for phrase in raw["phrases_en"])
    return _Kind(
        raw["kind"],
        raw["chinese"],
        raw["english"],
        re.compile("|".join(map(re.escape, raw["phrases_zh"]))),
        re.compile(rf"(?<![^\W_])(?:{'|'.join(parts)})(?![^\W_])"),
    )
