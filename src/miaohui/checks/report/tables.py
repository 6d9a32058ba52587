"""The figures as CSV: turns, sessions, targets, with a byte-order mark for Excel.

A text that a spreadsheet would take for a formula is given an apostrophe; numbers are left alone.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from miaohui.checks.results import Results, SessionResult, TargetResult

Cell: TypeAlias = str | int | float | bool | None

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def guarded(cell: Cell) -> Cell:
    """The cell as it may stand in a spreadsheet; None is empty."""
    if isinstance(cell, str) and cell.lstrip(" \ufeff").startswith(_FORMULA):
        return f"'{cell}"
    return cell


def encoded(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)  # its line ends are CR LF, as RFC 4180 has them
    writer.writerow(head)
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    # A lone surrogate, which only a damaged file can bring, has no bytes.
    return b"\xef\xbb\xbf" + out.getvalue().encode("utf-8", "replace")


def turns(results: Results) -> bytes:
    """One line a turn."""
    head = "target,shop,responder,slot,session,stratum,at_ms,at_utc_ms,wait_ms,state,severity,probe"
    rows = (
        (
            session.target,
            session.shop_name,
            session.responder_name,
            session.slot,
            session.number,
            session.stratum,
            bar.at_ms,
            bar.at_utc_ms,
            bar.wait_ms,
            bar.state,
            bar.severity,
            bar.probe,
        )
        for session in results.sessions
        for bar in session.bars
    )
    return encoded(head.split(","), rows)


_SESSION: Final = (
    "slot",
    "target",
    "shop_name",
    "responder_name",
    "stratum",
    "number",
    "state",
    "planned_utc_ms",
    "opened_utc_ms",
    "kept",
    "breached",
    "censored",
    "void",
    "longest_ms",
    "late_ms",
    "elapsed_ms",
    "given_back_ms",
    "price_fen",
    "refund_fen",
    "refund_owed_fen",
    "end_reason",
    "order_state",
    "skipped",
    "last_question",
    "after_end_asked",
    "after_end_replies",
    "silences_60",
    "broken_60",
    "silences_300",
    "broken_300",
    "replies",
    "bundle_sound",
    "rtt_ms",
    "cuts",
    "probes_sent",
    "probes_skipped",
    "schedule_error_p95_ms",
)
_TARGET: Final = (
    "target",
    "name",
    "responder",
    "verdict",
    "sessions",
    "sessions_planned",
    "turns",
    "censored",
    "void",
    "pass_mark",
    "design_effect",
    "icc",
    "effective_n",
    "level",
    "rule_low",
    "rule_high",
    "p50_ms",
    "p50_at_least",
    "p95_ms",
    "p95_at_least",
    "worst_ms",
    "worst_at_least",
    "late_share",
    "silences_60",
    "broken_60",
    "silences_300",
    "broken_300",
    "credit_owed_ms",
    "credit_received_ms",
    "refund_owed_fen",
    "refund_received_fen",
    "spent_fen",
    "replies",
    "last_asked",
    "last_answered",
    "after_asked",
    "after_answered",
    "rtt_p50_ms",
    "cuts",
)


def sessions(results: Results) -> bytes:
    """One line a slot; labels and flags as "name=count" and names."""
    head = (*_SESSION, "labels", "coded", "flags")

    def row(session: SessionResult) -> list[Cell]:
        cells: list[Cell] = [getattr(session, name) for name in _SESSION]
        return [*cells, _counts(session.labels), _counts(session.coded), " ".join(session.flags)]

    return encoded(head, map(row, results.sessions))


def targets(results: Results) -> bytes:
    """One line a target."""
    head = (*_TARGET, "kept", "share", "low", "high", "labels", "coded", "flags")

    def row(target: TargetResult) -> list[Cell]:
        rate = target.rate
        cells: list[Cell] = [getattr(target, name) for name in _TARGET]
        counts = [_counts(each) for each in (target.labels, target.coded, target.flags)]
        return [*cells, rate.k, rate.estimate, rate.low, rate.high, *counts]

    return encoded(head, map(row, results.targets))


def _counts(counts: dict[str, int]) -> str:
    return " ".join(f"{name}={count}" for name, count in sorted(counts.items()))
