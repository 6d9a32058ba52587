"""Fraud in a message's words: what asks for money, a code, the screen or a download, whoever writes;
and whether bait off the platform, which the label rules name, was written so as not to be found.

A QR code inside a picture is judged by where it leads. Pure; it blocks nothing, and is read on the device that shows or sends the words. Words are folded hard
first: width, case, traditional characters, look-alikes, emoji and signs inside words, number words.
"""

import re
import tomllib
import unicodedata
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple

from miaohui import resources

__all__ = ["CodeKind", "Lure", "LureKind", "code_in", "hides_bait", "lure_in", "version"]

FILE = "lures-1.toml"
MOST_CHARS = 4000
_CLAUSE = re.compile(r"[,，。！!？?；;\n]")
_KEPT = re.compile(r"[^\w\u4e00-\u9fff,，。！!？?；;:：@*$'\n-]+|_(?=\W)")
_NUMBERS = re.compile(
    r"[\d一二两三四五六七八九零〇幺壹贰叁肆伍陆柒捌玖](?:[\s.·*-]?[\d一二两三四五六七八九零〇幺壹贰叁肆伍陆柒捌玖]){4,}"
)
_BETWEEN = re.compile(r"(?<=[\u4e00-\u9fff])[-*_]+(?=[\u4e00-\u9fff])")
_PLUS = re.compile(r"\+(?=[a-z\u4e00-\u9fff])")


class LureKind(StrEnum):
    """What a message asks for."""

    SCREEN = "screen"
    CODE = "code"
    MONEY = "money"
    TASK = "task"
    INVEST = "invest"
    DOWNLOAD = "download"


class CodeKind(StrEnum):
    """The place that a QR code inside a picture leads to."""

    PAY = "pay"
    CONTACT = "contact"
    LINK = "link"


class Lure(NamedTuple):
    """What was found: its kind, and the piece that decided as it reads folded."""

    kind: LureKind
    piece: str


class _Rules(NamedTuple):
    version: str
    pairs: dict[int, str]
    alike: dict[str, str]
    digits: dict[int, str]
    kinds: tuple[tuple[LureKind, re.Pattern[str]], ...]
    codes: tuple[tuple[CodeKind, re.Pattern[str]], ...]
    bait: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]
    harmless: re.Pattern[str]


def version() -> str:
    return _rules().version


def lure_in(text: str) -> Lure | None:
    """What a text asks for that fraud asks for; None where it asks for nothing."""
    plain = _folded(text[:MOST_CHARS])
    rules = _rules()
    for kind, pattern in rules.kinds:
        piece = _found(rules, pattern, plain)
        if piece is not None:
            return Lure(kind, piece)
    return None


def code_in(content: str) -> CodeKind | None:
    """The kind of place that a QR code with this content leads to; None for one that leads nowhere,
    which may hold words."""
    plain = unicodedata.normalize("NFKC", content[:MOST_CHARS]).casefold().strip()
    for kind, pattern in _rules().codes:
        if pattern.match(plain):
            return kind
    return None


def hides_bait(text: str) -> bool:
    """Whether what leads off the platform is found only after folding. Of words that the label rules
    call bait; of others it says nothing."""
    rules, text = _rules(), text[:MOST_CHARS]
    bare = unicodedata.normalize("NFKC", text).casefold().replace(" ", "")
    return (
        _found(rules, rules.bait, _folded(text)) is not None
        and _found(rules, rules.bait, bare) is None
    )


@lru_cache(maxsize=1)
def _rules() -> _Rules:
    raw: dict[str, Any] = tomllib.loads(resources.path("care", FILE).read_text(encoding="utf-8"))
    fold, words, denied = raw["fold"], raw["words"], raw["denied"]

    def filled(pattern: str) -> str:
        for name, value in words.items():
            pattern = pattern.replace("{" + name + "}", value)
        return pattern

    def joined(patterns: list[str]) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{filled(each)})" for each in patterns))

    def table(pairs: str) -> dict[int, str]:
        return {ord(a): b for a, b in zip(pairs[::2], pairs[1::2], strict=True)}

    return _Rules(
        raw["version"],
        table(fold["pairs"]),
        fold["alike"],
        table(fold["digits"]),
        tuple((kind, joined(raw["kinds"][kind.value])) for kind in LureKind),
        tuple((kind, joined(raw["codes"][kind.value])) for kind in CodeKind),
        joined(raw["off_platform"]["patterns"]),
        re.compile(denied["before"]),
        re.compile(denied["after"]),
        re.compile(denied["harmless"]),
    )


def _folded(text: str) -> str:
    rules = _rules()
    plain = unicodedata.normalize("NFKC", text).casefold().translate(rules.pairs)
    for one, other in rules.alike.items():
        plain = plain.replace(one, other)
    plain = _PLUS.sub("加", plain)
    plain = _NUMBERS.sub(
        lambda m: re.sub(r"[\s.·*-]", "", m.group()).translate(rules.digits), plain
    )
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("So", "Sk", "Mn", "Cf"))
    plain = _BETWEEN.sub("", _KEPT.sub("", plain))
    # A heart between the two halves of a channel's name is only there to hide it.
    return re.sub(r"(?<=[微薇威徽])心(?=信)", "", plain)


def _found(rules: _Rules, pattern: re.Pattern[str], plain: str) -> str | None:
    plain = rules.harmless.sub(lambda m: "\x00" * len(m.group()), plain)
    for match in pattern.finditer(plain):
        if not _denied(rules, plain, match.start(), match.end()):
            return match.group()
    return None


def _denied(rules: _Rules, plain: str, start: int, end: int) -> bool:
    begin = 0
    for stop in _CLAUSE.finditer(plain, 0, start):
        begin = stop.end()
    return (
        rules.before.search(plain[begin:start]) is not None
        or rules.after.search(plain[end:]) is not None
    )
