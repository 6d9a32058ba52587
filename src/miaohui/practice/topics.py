"""What scripted responders say: topics found by words, lines never said twice in a session."""

import random
import re
import unicodedata
from collections.abc import Sequence
from functools import cache
from itertools import product
from pathlib import Path

import msgspec
from msgspec import Struct

from miaohui import resources
from miaohui.care.rules import rules
from miaohui.practice.catalogue import CatalogueInvalid, Lang

QUOTE_CHARS = {"zh_CN": 12, "en": 32}
_FULL_STOPS = tuple("。！？…～~")
_CUT = re.compile(r"[，。！？；、,.!?;:：…\n~～]+")
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")


class Topic(Struct, frozen=True):
    """A topic: the words that point to it, first answers, and how it goes on."""

    name: str
    words: tuple[str, ...]
    replies: list[str]
    more: list[str]


class Lines(Struct, frozen=True, forbid_unknown_fields=True):
    """Everything that can be said in one language."""

    topics: list[Topic]
    greet: list[str]
    nudge: list[str]
    late: list[str]
    follow: list[str]
    reflect: list[str]
    silence: list[str]
    hollow: list[str]
    handover: list[str]
    takeover: list[str]
    soon: list[str]
    begging: list[str]
    closing: list[str]
    asks: list[str]  # what the customers of the generated past say
    crisis: list[str]
    crisis_after: list[str]


class Source(Struct, frozen=True):
    """The help line's number, and who said so when."""

    line: str
    name: str
    said_by: str
    checked: str


class Topics(Struct, frozen=True):
    """resources/practice/topics.json."""

    version: int
    source: Source
    zh_CN: Lines  # noqa: N815 - the language's own code
    en: Lines
    nudge_words: list[str]

    def of(self, lang: Lang) -> Lines:
        return self.en if lang == "en" else self.zh_CN


def read(path: Path | None = None) -> Topics:
    """The topics in a file, by default the ones that come along."""
    path = resources.path("practice", "topics.json") if path is None else path
    try:
        return msgspec.json.decode(path.read_bytes(), type=Topics)
    except (OSError, msgspec.MsgspecError) as error:
        raise CatalogueInvalid(f"{path.name}: {error}") from None


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold().replace("’", "'")


@cache
def _finder(words: tuple[str, ...]) -> re.Pattern[str]:
    """Latin words must stand alone ("ex" is not in "next"), Chinese ones need not."""
    latin = [re.escape(word) for word in words if _LATIN.search(word)]
    other = [re.escape(word) for word in words if not _LATIN.search(word)]
    parts = [rf"(?<![a-z])(?:{'|'.join(latin)})(?![a-z])"] if latin else []
    return re.compile("|".join([*parts, *other]))


def language_of(text: str, otherwise: Lang) -> Lang:
    """The language of what was written; `otherwise` where it has no letters of either."""
    if _HAN.search(text):
        return "zh_CN"
    return "en" if _LATIN.search(text) else otherwise


def joined(first: str, second: str) -> str:
    """Two sentences as one text; Chinese ones stand together without a space."""
    return first + second if first.endswith(_FULL_STOPS) else f"{first} {second}"


class Talk:
    """One responder's side of one conversation: what was said, and what to say next.

    The words depend on nothing but the seed and what was asked, in this order.
    """

    def __init__(self, topics: Topics, seed: str, lang: Lang) -> None:
        self._topics = topics
        self._random = random.Random(f"talk/{seed}")
        self._lang: Lang = lang
        self._said: set[str] = set()
        self._topic: str | None = None
        self._crisis = False

    @property
    def in_crisis(self) -> bool:
        """Somebody spoke of harming themselves: no jokes, no sweet nothings from here on."""
        return self._crisis

    def listen(self, text: str) -> None:
        """Takes note of a text that gets no answer of its own (a handed-over past)."""
        self._lang = language_of(text, self._lang)
        self._crisis = self._crisis or self._is_crisis(text)

    def answer(self, asks: Sequence[str]) -> str:
        """One line for everything that was asked since the last one."""
        text = "\n".join(asks)
        self._lang = language_of(text, self._lang)
        lines = self._topics.of(self._lang)
        if self._is_crisis(text):
            self._crisis = True
            return self._fresh(lines.crisis) or self._again(lines.crisis_after)
        if self._crisis:
            return self._again(lines.crisis_after)
        if all(self._is_nudge(ask) for ask in asks):
            return self._fresh(lines.nudge) or self._fresh(lines.follow) or self._again(lines.nudge)
        topic = self._find(lines, text)
        if topic is not None:
            again = topic.name == self._topic
            self._topic = topic.name
            found = self._fresh(topic.more if again else topic.replies)
            found = found or self._fresh([*topic.more, *topic.replies])
            if found is not None:
                return found
        return self._reflect(lines, asks[-1])

    def line(self, kind: str) -> str:
        """A line of a kind that needs no question: greet, silence, hollow, soon, closing …"""
        lines: list[str] = getattr(self._topics.of(self._lang), kind)
        return self._fresh(lines) or self._again(lines)

    def fresh_line(self, kind: str) -> str | None:
        """The same, or None where every such line was said."""
        return self._fresh(getattr(self._topics.of(self._lang), kind))

    def _is_crisis(self, text: str) -> bool:
        return rules().judge(text).strength is not None

    def _is_nudge(self, text: str) -> bool:
        plain = _plain(text).strip(" ~!.。！…")
        return (
            plain in self._topics.nudge_words or plain.rstrip("?啊呀") in self._topics.nudge_words
        )

    def _find(self, lines: Lines, text: str) -> Topic | None:
        plain = _plain(text)
        best, hits = None, 0
        for topic in lines.topics:
            found = sum(map(len, _finder(topic.words).findall(plain)))
            if found > hits:
                best, hits = topic, found
        return best

    def _reflect(self, lines: Lines, ask: str) -> str:
        quote = self._quote(ask)
        if not quote:
            return self._fresh(lines.follow) or self._again(lines.follow)
        pairs = list(product(lines.reflect, lines.follow))
        self._random.shuffle(pairs)
        for line, follow in pairs:
            said = line.format(quote=quote, follow=follow)
            if said not in self._said:
                break
        return self._say(said)

    def _quote(self, ask: str) -> str:
        """A few of the customer's own words: the longest clause, cut where words end."""
        clauses = [
            part.strip(" “”\"'") for part in _CUT.split(ask.replace("{", "").replace("}", ""))
        ]
        clause = max(clauses, key=len, default="")
        limit = QUOTE_CHARS[self._lang]
        if len(clause) <= limit:
            return clause
        cut = clause[:limit]
        return (cut.rsplit(" ", 1)[0] if self._lang == "en" and " " in cut else cut) + "…"

    def _fresh(self, lines: Sequence[str]) -> str | None:
        unused = [line for line in lines if line not in self._said]
        return self._say(self._random.choice(unused)) if unused else None

    def _again(self, lines: Sequence[str]) -> str:
        return self._say(self._random.choice(lines))

    def _say(self, line: str) -> str:
        self._said.add(line)
        return line
