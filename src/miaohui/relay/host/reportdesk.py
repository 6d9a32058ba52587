"""``miaohui relay admin reports``: the host's queue of reports, decided with a reason for both."""

import argparse
import json
import sqlite3
from typing import Any

from miaohui.relay.shops import reports
from miaohui.relay.shops.reports import Case
from miaohui.relay.storage import control
from miaohui.runtime.clock import rfc3339
from miaohui.wire.reports import ReportState

OPEN = (ReportState.RECEIVED, ReportState.READ, ReportState.APPEALED)


def add_to(commands: "argparse._SubParsersAction[Any]") -> None:
    """The command and its own commands."""
    parser = commands.add_parser("reports", help="what people reported: list, show, decide")
    deeds = parser.add_subparsers(dest="deed", required=True)
    listing = deeds.add_parser("list", help="what waits for a decision, the most urgent first")
    listing.add_argument("--all", action="store_true", help="the decided ones, too")
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
