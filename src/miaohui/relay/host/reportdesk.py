"""``miaohui relay admin reports``: the host's queue of reports, decided with a reason for both."""

import argparse
import json
import sqlite3
from collections.abc import Iterable
from statistics import median
from typing import Any

from miaohui.relay.shops import reports
from miaohui.relay.shops.reports import Case
from miaohui.relay.storage import control
from miaohui.runtime.clock import rfc3339
from miaohui.wire.reports import ReportCategory, ReportState

HOUR_MS = 3_600_000
OPEN = (ReportState.RECEIVED, ReportState.READ, ReportState.APPEALED)


def add_to(commands: "argparse._SubParsersAction[Any]") -> None:
    """The command and its own commands."""
    parser = commands.add_parser("reports", help="what people reported: list, show, decide")
    deeds = parser.add_subparsers(dest="deed", required=True)
    listing = deeds.add_parser("list", help="what waits for a decision, the most urgent first")
    listing.add_argument("--all", action="store_true", help="the decided ones, too")
    figures = deeds.add_parser(
        "figures", help="how many, how fast, how many in time, how they ended"
    )
    figures.add_argument("--days", type=days, help="of those filed in the last N days")
    show = deeds.add_parser("show", help="one report with its messages; it counts as read then")
    show.add_argument("report", help="its number or id")
    decide = deeds.add_parser(
        "decide", help="with a reason that both sides read; of an appeal: the last word"
    )
    decide.add_argument("report", help="its number or id")
    decide.add_argument("verdict", choices=["upheld", "dismissed"])
    decide.add_argument("--reason", required=True)
    decide.add_argument("--by", required=True, help="who decides; an appeal takes somebody else")


def carry_out(conn: sqlite3.Connection, options: argparse.Namespace, now: int) -> None:
    """Prints JSON Lines; Refused where it cannot be done."""
    match options.deed:
        case "list":
            waiting = ", ".join(f"'{state.value}'" for state in OPEN)
            where = "" if options.all else f"WHERE state IN ({waiting}) "
            for case in reports.cases_in(conn, where + "ORDER BY due_ms, n", ()):
                _print(_summary(conn, case, now))
        case "figures":
            since = 0 if options.days is None else now - options.days * 24 * HOUR_MS
            cases = reports.cases_in(conn, "WHERE filed_ms >= ?", (since,))
            _print({"category": "all", **figures_of(cases, now)})
            for category in ReportCategory:
                of = [case for case in cases if case.category is category]
                if of:
                    _print({"category": category.value, **figures_of(of, now)})
        case "show":
            case = reports.case_in(conn, options.report)
            if case.state is ReportState.RECEIVED:
                case = reports.read_in(conn, case, now)
                control.say_in(conn, "report", case.id, now)
            _print(_whole(conn, case, now))
        case _:
            case = reports.case_in(conn, options.report)
            case = reports.decide_in(conn, case, options.verdict, options.reason, options.by, now)
            control.say_in(conn, "report", case.id, now)
            _print(_summary(conn, case, now))


def days(text: str) -> int:
    """A number of days, at least one; ArgumentTypeError."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) <= 36500):
        raise argparse.ArgumentTypeError("a number of days, from 1 to 36500")
    return int(text)


def figures_of(cases: Iterable[Case], now: int) -> dict[str, object]:
    """The figures of reports: counts, and hours from filing to the first decision.

    ``in_time``: decided within the limit of their category; ``overdue``: still waiting past it.
    ``overturned``: decided otherwise on appeal.
    """
    cases = list(cases)
    decided = [case for case in cases if case.decided_ms is not None]
    waiting = [case for case in cases if case.state in OPEN]
    hours = sorted(((case.decided_ms or 0) - case.filed_ms) / HOUR_MS for case in decided)
    in_time = sum((case.decided_ms or 0) <= case.owed_ms for case in decided)
    # Owed by now: decided, or past its limit without a decision.
    owed = len(decided) + sum(case.decided_ms is None and now > case.owed_ms for case in cases)
    heard = [case for case in cases if case.appeal_verdict is not None]
    last = [case.appeal_verdict or case.verdict for case in cases]
    return {
        "filed": len(cases),
        "by_customers": sum(case.side == "customer" for case in cases),
        "by_responders": sum(case.side == "responder" for case in cases),
        "waiting": len(waiting),
        "overdue": sum(now > case.due_ms for case in waiting),
        "oldest_waiting_hours": _hours(
            max(((now - case.filed_ms) / HOUR_MS for case in waiting), default=None)
        ),
        "decided": len(decided),
        "in_time": in_time,
        "in_time_share": None if not owed else round(in_time / owed, 3),
        "median_hours": _hours(median(hours) if hours else None),
        "longest_hours": _hours(hours[-1] if hours else None),
        "upheld": last.count("upheld"),
        "dismissed": last.count("dismissed"),
        "appeals": sum(case.was_appealed for case in cases),
        "appeals_decided": len(heard),
        "appeals_in_time": sum((case.final_ms or 0) <= case.due_ms for case in heard),
        "overturned": sum(case.appeal_verdict != case.verdict for case in heard),
    }


def _hours(found: float | None) -> float | None:
    return None if found is None else round(found, 2)


def _print(line: dict[str, object]) -> None:
    print(json.dumps(line, ensure_ascii=False))


def _summary(conn: sqlite3.Connection, case: Case, now: int) -> dict[str, object]:
    count, original = conn.execute(
        "SELECT count(*), ifnull(sum(original), 0) FROM report_message WHERE report = ?", (case.n,)
    ).fetchone()
    return {
        "n": case.n,
        "report": case.id,
        "category": case.category.value,
        "state": case.state.value,
        "filed": rfc3339(case.filed_ms),
        "due": rfc3339(case.due_ms),
        "overdue": case.state in OPEN and now > case.due_ms,
        "session": case.session,
        "by": case.side,
        "reporter": case.reporter,
        "reported": case.reported,
        "reports_on_them": conn.execute(
            "SELECT count(*) FROM report WHERE reported = ?", (case.reported,)
        ).fetchone()[0],
        "messages": count,
        "original": original,
        "verdict": case.verdict,
    }


def _whole(conn: sqlite3.Connection, case: Case, now: int) -> dict[str, object]:
    """``original`` false: these words do not hash to what the journal holds."""
    rows = conn.execute(
        "SELECT message, seq, author, text, media, original FROM report_message"
        " WHERE report = ? ORDER BY place",
        (case.n,),
    ).fetchall()
    return {
        **_summary(conn, case, now),
        "words": case.words,
        "said": [
            {
                "message": message,
                "seq": seq,
                "author": author,
                "text": text,
                "media": media,
                "original": bool(original),
            }
            for message, seq, author, text, media, original in rows
        ],
        "reason": case.reason,
        "decided": None if case.decided_ms is None else rfc3339(case.decided_ms),
        "decided_by": case.decided_by,
        "appeal": case.appeal_words,
        "appeal_verdict": case.appeal_verdict,
        "appeal_reason": case.appeal_reason,
    }
