"""Texts that feign a crisis: self-harm, danger or a medical emergency, in either language.

Somebody else may be in need of the person who answers; a probe must not call on them. The phrases
are in resources/plans/crisis-1.json.
"""

import json
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import regex  # type: ignore[import-untyped]  # it ships no types

from miaohui import resources

__all__ = ["Crisis", "feigned"]


@dataclass(frozen=True, slots=True)
class Crisis:
    """A feigned crisis: the kind, the phrase that says so, and the kind's name in words."""

    kind: str
    phrase: str
    chinese: str
    english: str


@dataclass(frozen=True, slots=True)
class _Kind:
    kind: str
    chinese: str
    english: str
    zh: regex.Pattern[str]
    en: regex.Pattern[str]


def feigned(text: str) -> Crisis | None:
    """The first crisis that a text feigns; None where it feigns none."""
    harmless, kinds = _rules()
    plain = harmless.sub(" ", _fold(text))
    dense = regex.sub(r"[\s\p{P}\p{S}]+", "", plain)
    for each in kinds:
        found = each.zh.search(dense) or each.en.search(plain)
        if found:
            return Crisis(each.kind, found.group(), each.chinese, each.english)
    return None


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


def _words(phrases: list[str]) -> regex.Pattern[str]:
    # Any run of spaces or hyphens parts the words of an English phrase.
    parts = (r"[\s\-]+".join(map(regex.escape, phrase.split())) for phrase in phrases)
    return regex.compile(rf"(?<![\p{{L}}\p{{N}}])(?:{'|'.join(parts)})(?![\p{{L}}\p{{N}}])")


@lru_cache(maxsize=1)
def _rules() -> tuple[regex.Pattern[str], tuple[_Kind, ...]]:
    raw: dict[str, Any] = json.loads(
        resources.path("plans", "crisis-1.json").read_text(encoding="utf-8")
    )
    harmless = regex.compile("|".join(map(regex.escape, raw["except"])))
    return harmless, tuple(
        _Kind(
            each["kind"],
            each["chinese"],
            each["english"],
            regex.compile("|".join(map(regex.escape, each["phrases_zh"]))),
            _words(each["phrases_en"]),
        )
        for each in raw["kinds"]
    )
