"""A table of a plan, read key by key: each value as the type asked for, or a mistake on its line."""

import datetime
import difflib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from miaohui.checks.plan.positions import Path

__all__ = ["Mistake", "MistakeList", "PlanError", "Table", "clock_text"]

DAY_MIN: Final = 1440
MAX_TEXTS: Final = 500
MAX_TEXT: Final = 1000
_TYPES: Final[dict[type, tuple[str, str]]] = {
    str: ("一段文字", "text in quotes"),
    bool: ("是非值", "a boolean"),
    int: ("一个整数", "a whole number"),
    float: ("一个数", "a number"),
    list: ("一个列表", "a list"),
    dict: ("一个表", "a table"),
}


def clock_text(minute: int) -> str:
    """Minutes after midnight as "HH:MM"."""
    return f"{minute // 60:02}:{minute % 60:02}"


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake. ``line`` counts from 1."""

    line: int
    code: str
    chinese: str
    english: str


class PlanError(ValueError):
    """A plan that cannot be used; ``mistakes`` by line, every one that was found."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("; ".join(f"line {each.line}: {each.english}" for each in mistakes))
        self.mistakes = mistakes


class MistakeList:
    """The mistakes of one document, and the lines that they stand on.

    What could not be read as what it should be is ``misread``: a rule that rests on it is not
    asked, since its answer would only look like another mistake.
    """

    def __init__(self, lines: Mapping[Path, int]) -> None:
        self.lines = lines
        self.mistakes: list[Mistake] = []
        self._misread: set[Path] = set()

    def line(self, path: Path) -> int:
        """The line of a path, or of the nearest table around it that is there."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def add(self, path: Path, code: str, chinese: str, english: str) -> None:
        self.mistakes.append(Mistake(self.line(path), code, chinese, english))

    def misread(self, path: Path, code: str, chinese: str, english: str) -> None:
        """A mistake that leaves nothing at this path to rest on."""
        self.add(path, code, chinese, english)
        self._misread.add(path)

    def sound(self, *paths: Path) -> bool:
        """True where all that stands at these paths, around them and below them was read as it is."""
        return not any(
            path[: len(wrong)] == wrong or wrong[: len(path)] == path
            for path in paths
            for wrong in self._misread
        )


class Table:
    """One table; ``read`` what is known, then ``done`` names what is not."""

    def __init__(self, book: MistakeList, path: Path, raw: Mapping[str, object]) -> None:
        self.book = book
        self.path = path
        self.raw = raw
        self.known: list[str] = []

    def wrong(self, key: str, code: str, chinese: str, english: str) -> None:
        self.book.misread((*self.path, key), code, f"{key}：{chinese}", f"{key}: {english}")

    def has(self, key: str) -> bool:
        return key in self.raw

    def _read(self, key: str, *, required: bool) -> object | None:
        self.known.append(key)
        if key in self.raw:
            return self.raw[key]
        if required:
            where = ".".join(map(str, self.path))
            self.wrong(
                key,
                "missing",
                f"缺少这一项（在 {where or '文件开头'}）",
                f"is missing (in {where or 'the head of the file'})",
            )
        return None

    def _mistyped(self, key: str, wanted: type, value: object) -> None:
        got = _TYPES.get(type(value), ("日期或时间", "a date or time"))
        chinese, english = _TYPES[wanted]
        self.wrong(key, "type", f"应是{chinese}，不是{got[0]}", f"must be {english}, not {got[1]}")

    def text(self, key: str, default: str = "", *, required: bool = False, most: int = 400) -> str:
        value = self._read(key, required=required)
        if value is None:
            return default
        if not isinstance(value, str):
            self._mistyped(key, str, value)
            return default
        if required and not value.strip():
            self.wrong(key, "empty", "不能为空", "must not be empty")
        if len(value) > most:
            self.wrong(key, "long", f"最多 {most} 个字", f"has more than {most} characters")
        return value

    def number(
        self,
        key: str,
        default: float,
        low: float,
        high: float,
        *,
        required: bool = False,
        open_ends: bool = False,
    ) -> float:
        value = self._read(key, required=required)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float):
            self._mistyped(key, float, value)
            return default
        within = low < value < high if open_ends else low <= value <= high
        if not math.isfinite(value) or not within:
            self.wrong(
                key,
                "range",
                f"应在 {low:g} 和 {high:g} 之间，不是 {value:g}",
                f"must lie between {low:g} and {high:g}, not be {value:g}",
            )
            return default
        return float(value)

    def whole(self, key: str, default: int, low: int, high: int, *, required: bool = False) -> int:
        value = self._read(key, required=required)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int):
            self._mistyped(key, int, value)
            return default
        if not low <= value <= high:
            self.wrong(
                key,
                "range",
                f"应在 {low} 和 {high} 之间，不是 {value}",
                f"must lie between {low} and {high}, not be {value}",
            )
            return default
        return value

    def texts(self, key: str, *, required: bool = False) -> tuple[str, ...]:
        """A list of texts, each with its own mistakes on its own line; empty where it is absent.

        An item that is no text leaves an empty one, so that each stands at its own place.
        """
        value = self._read(key, required=required)
        if value is None:
            return ()
        if not isinstance(value, list):
            self._mistyped(key, list, value)
            return ()
        if len(value) > MAX_TEXTS:
            self.wrong(key, "long", f"最多 {MAX_TEXTS} 项", f"has more than {MAX_TEXTS} items")
        found = []
        for index, item in enumerate(value):
            path = (*self.path, key, index)
            found.append(item if isinstance(item, str) else "")
            if not isinstance(item, str):
                self.book.misread(
                    path,
                    "type",
                    f"{key}：第 {index + 1} 项应是一段文字",
                    f"{key}: item {index + 1} must be text in quotes",
                )
            elif not item.strip() or len(item) > MAX_TEXT:
                self.book.misread(
                    path,
                    "range",
                    f"{key}：第 {index + 1} 项应有 1 到 {MAX_TEXT} 个字",
                    f"{key}: item {index + 1} must have 1 to {MAX_TEXT} characters",
                )
        return tuple(found)

    def choice(
        self, key: str, default: str, choices: Iterable[str], *, required: bool = False
    ) -> str:
        value = self.text(key, default, required=required)
        known = [str(choice) for choice in choices]
        if value not in known and (value or self.has(key)):
            if isinstance(self.raw.get(key), str):
                chinese, english = _suggestion(value, known)
                self.wrong(
                    key,
                    "choice",
                    f"没有 {value!r}{chinese}；可用的有：{'、'.join(known)}",
                    f"there is no {value!r}{english}; there are: {', '.join(known)}",
                )
            return default
        return value

    def clock(self, key: str, default: int) -> int:
        """A time of day as "HH:MM" up to "24:00", in minutes."""
        value = self._read(key, required=True)
        if value is None:
            return default
        if isinstance(value, datetime.time):
            return value.hour * 60 + value.minute
        if not isinstance(value, str):
            self._mistyped(key, str, value)
            return default
        hours, colon, minutes = value.partition(":")
        if colon and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2:
            total = int(hours) * 60 + int(minutes)
            if int(minutes) < 60 and total <= DAY_MIN:
                return total
        self.wrong(
            key,
            "clock",
            f"应是 00:00 到 24:00 的钟点，不是 {value!r}",
            f"must be a time from 00:00 to 24:00, not {value!r}",
        )
        return default

    def table(self, key: str, *, required: bool = False) -> "Table | None":
        value = self._read(key, required=required)
        if value is None:
            return None
        if not isinstance(value, dict):
            self._mistyped(key, dict, value)
            return None
        return Table(self.book, (*self.path, key), value)

    def tables(self, key: str) -> "list[Table]":
        """An array of tables, at least one."""
        value = self._read(key, required=True)
        if value is None:
            return []
        if not isinstance(value, list) or not value or not all(isinstance(v, dict) for v in value):
            self.wrong(
                key,
                "type",
                f"应是一个或几个 [[{key}]]",
                f"must be one or more of [[{key}]]",
            )
            return []
        return [Table(self.book, (*self.path, key, i), raw) for i, raw in enumerate(value)]

    def done(self) -> None:
        """Name every key that nobody asked for."""
        for key in self.raw:
            if key not in self.known:
                chinese, english = _suggestion(key, self.known)
                self.wrong(key, "unknown", f"没有这一项{chinese}", f"there is no such key{english}")


def _suggestion(word: str, known: Iterable[str]) -> tuple[str, str]:
    near = difflib.get_close_matches(word, list(known), n=1)
    return (f"，是不是 {near[0]!r}？", f"; did you mean {near[0]!r}?") if near else ("", "")
