"""A plan's file, read: TOML in the form checkplan/1, with every mistake named by its line.

`read_plan(bytes)` answers with the plan or raises `PlanError` with all that is wrong at once.
`write_plan` in ``checks.plan.writer`` is the way back.
"""

import hashlib
import re
import tomllib
from typing import Final

from miaohui.checks.plan.plan import (
    FORMAT,
    MAX_LOOKS,
    Claim,
    Coding,
    Day,
    Ethics,
    Plan,
    Probe,
    ProbeKind,
    Scope,
    Stratum,
    Unit,
)
from miaohui.checks.plan.positions import Path, lines_of
from miaohui.checks.plan.rules import judge_plan
from miaohui.checks.plan.table import Mistake, MistakeList, PlanError, Table

__all__ = ["MAX_PLAN_BYTES", "Mistake", "PlanError", "read_plan"]

MAX_PLAN_BYTES: Final = 256 * 1024
MAX_SEED: Final = 2**53 - 1
# What stands where a table leaves a key out; the required ones are never taken from here.
_CLAIM: Final = Claim("", 0.9, 0.95, 0.85)
_SCOPE: Final = Scope((), (), 1, 1, 1)
_AT: Final = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


def read_plan(data: bytes) -> Plan:
    """The plan that a file holds; raises `PlanError`."""
    text = _decoded(data)
    raw, lines = _parsed(text)
    book = MistakeList(lines)
    plan = _Sections(book, Table(book, (), raw)).plan(hashlib.sha256(data).hexdigest())
    judge_plan(plan, book)
    if book.mistakes:
        raise PlanError(tuple(sorted(set(book.mistakes))))
    return plan


def _decoded(data: bytes) -> str:
    if len(data) > MAX_PLAN_BYTES:
        size = f"{MAX_PLAN_BYTES // 1024} KiB"
        raise _only(1, "size", f"计划超过 {size}", f"the plan is larger than {size}")
    try:
        # tomllib counts a line at every \n; the byte order mark that Windows editors write goes.
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise _only(line, "utf8", "这里不是 UTF-8 文字", "this is not UTF-8 text") from None


def _parsed(text: str) -> tuple[dict[str, object], dict[Path, int]]:
    try:
        return tomllib.loads(text), lines_of(text)
    except tomllib.TOMLDecodeError as error:
        said = str(error)
        found = _AT.search(said)
        line = text.count("\n") + 1
        column = ""
        if found and found[1]:
            line, column = int(found[1]), found[2]
        why = _AT.sub("", said)
        raise _only(
            line,
            "toml",
            f"不是合法的 TOML{f'（第 {column} 列）' if column else ''}：{why}",
            f"this is not TOML{f' (column {column})' if column else ''}: {why}",
        ) from None
    except RecursionError:
        raise _only(1, "toml", "嵌套太深", "it is nested too deeply") from None
    except ValueError as error:
        # Python reads no whole number of more than some thousand digits.
        raise _only(1, "toml", f"读不了：{error}", f"it cannot be read: {error}") from None


def _only(line: int, code: str, chinese: str, english: str) -> PlanError:
    return PlanError((Mistake(line, code, chinese, english),))


class _Sections:
    """The tables of a plan, one method each."""

    def __init__(self, book: MistakeList, root: Table) -> None:
        self.book = book
        self.root = root

    def plan(self, sha256: str) -> Plan:
        root = self.root
        found = root.text("format", required=True)
        if found and found != FORMAT:
            root.wrong("format", "format", f"应是 {FORMAT!r}", f"must be {FORMAT!r}")
        plan = Plan(
            name=root.text("name", required=True, most=80),
            about=root.text("about", most=4000),
            seed=root.whole("seed", 0, 0, MAX_SEED),
            claim=self._claim(),
            scope=self._scope(),
            strata=tuple(map(self._stratum, root.tables("strata"))),
            probes=tuple(map(self._probe, root.tables("probes"))),
            banks=self._banks(),
            coding=self._coding(),
            ethics=self._ethics(),
            sha256=sha256,
        )
        root.done()
        return plan

    def _claim(self) -> Claim:
        table = self.root.table("claim", required=True)
        if table is None:
            return _CLAIM
        claim = Claim(
            text=table.text("text", required=True),
            threshold=table.number("threshold", 0.9, 0, 1, required=True, open_ends=True),
            p0=table.number("p0", 0.95, 0, 1, required=True, open_ends=True),
            p1=table.number("p1", 0.85, 0, 1, required=True, open_ends=True),
            alpha=table.number("alpha", _CLAIM.alpha, 0.0001, 0.2),
            power=table.number("power", _CLAIM.power, 0.5, 0.9999),
            icc=table.number("icc", _CLAIM.icc, 0, 0.9),
            looks=table.whole("looks", _CLAIM.looks, 1, MAX_LOOKS),
            unit=Unit(table.choice("unit", _CLAIM.unit, Unit)),
            late_most=table.number("late_most", _CLAIM.late_most, 0.001, 1),
        )
        table.done()
        return claim

    def _scope(self) -> Scope:
        table = self.root.table("scope", required=True)
        if table is None:
            return _SCOPE
        scope = Scope(
            shops=table.texts("shops"),
            responders=table.texts("responders"),
            sessions=table.whole("sessions", 1, 1, 2000, required=True),
            minutes=table.whole("minutes", 1, 1, 1440, required=True),
            budget_fen=table.whole("budget_fen", 1, 1, 10**9, required=True),
            mode=table.choice("mode", "text", ("text",)),
            stay_s=table.whole("stay_s", 0, 0, 86_400),
            parallel=table.whole("parallel", 1, 1, 50),
            accounts=table.whole("accounts", 0, 0, 200),
            days=table.whole("days", _SCOPE.days, 0, 366),
        )
        table.done()
        return scope

    def _stratum(self, table: Table) -> Stratum:
        stratum = Stratum(
            name=table.text("name", required=True, most=40),
            from_min=table.clock("from", 0),
            to_min=table.clock("to", 1440),
            quota=table.whole("quota", 0, 0, 2000, required=True),
            day=Day(table.choice("day", Day.ANY, Day)),
            festival=table.text("festival", most=40),
        )
        table.done()
        return stratum

    def _probe(self, table: Table) -> Probe:
        probe = Probe(
            kind=ProbeKind(table.choice("kind", ProbeKind.PLAIN, ProbeKind, required=True)),
            at_s=table.number("at_s", 0.0, 0, 86_400, required=True),
            every_s=table.number("every_s", 0.0, 0, 86_400),
            count=table.whole("count", 1, 1, 100),
            seconds=table.number("seconds", 0.0, 0, 86_400),
            jitter_s=table.number("jitter_s", 0.0, 0, 3600),
            texts=table.texts("texts"),
            bank=table.text("bank", most=40),
        )
        table.done()
        return probe

    def _banks(self) -> dict[str, tuple[str, ...]]:
        table = self.root.table("banks")
        return {} if table is None else {name: table.texts(name) for name in table.raw}

    def _coding(self) -> Coding:
        table = self.root.table("coding")
        if table is None:
            return Coding()
        coding = Coding(
            labels=table.texts("labels") if table.has("labels") else Coding().labels,
            raters=table.whole("raters", Coding().raters, 1, 10),
            share=table.number("share", 1.0, 0, 1),
        )
        table.known.append("labels")
        table.done()
        return coding

    def _ethics(self) -> Ethics:
        table = self.root.table("ethics")
        if table is None:
            return Ethics()
        ethics = Ethics(
            notify_after_days=table.whole("notify_after_days", Ethics().notify_after_days, 0, 365),
            contact=table.text("contact", most=200),
        )
        table.done()
        return ethics
