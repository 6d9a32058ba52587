"""``miaohui relay admin payments``: lists, another question, a refund by two people, bills."""

import argparse
import json
import sqlite3
from datetime import date

from miaohui.relay.money import ledger, orderbook, reconcile
from miaohui.relay.storage import audit, control
from miaohui.runtime.arguments import Parser
from miaohui.runtime.clock import rfc3339

ASKED_KEPT_MS = 24 * 3_600_000  # so long one person's word for a refund waits for another's
SHOWN = 200


class PaymentsWrong(Exception):
    """A command that cannot be carried out; the text is one sentence."""


def add_to(commands: "argparse._SubParsersAction[Parser]") -> None:
    made = commands.add_parser("payments", help="payments, refunds and bills")
    what = made.add_subparsers(dest="payments", required=True)
    listing = what.add_parser("list", help="the newest payments and their refunds, a line each")
    listing.add_argument("--order", help="of one order")
    listing.add_argument("--open", action="store_true", help="what is not decided, or not arrived")
    ask = what.add_parser("ask", help="have the provider asked at once")
    ask.add_argument("number", help="the payment's number, or the one that the provider shows")
    refund = what.add_parser("refund", help="pay back; carried out when two people asked for it")
    refund.add_argument("number")
    refund.add_argument("fen", type=int)
    refund.add_argument("--by", required=True, metavar="NAME", help="who asks")
    refund.add_argument("--why", required=True, metavar="TEXT")
    day = what.add_parser("reconcile", help="fetch a day's bills again and compare both ways")
    day.add_argument("day", help="such as 2026-12-01, in Beijing")
    what.add_parser("differences", help="what bills and this relay do not agree on")
    what.add_parser("alarms", help="what has to be looked at")


def carry_out(conn: sqlite3.Connection, options: argparse.Namespace, host: str, now: int) -> None:
    """Prints JSON Lines; PaymentsWrong."""
    match options.payments:
        case "list":
            for line in _listed(conn, options.order, open_only=options.open):
                _print(line)
        case "ask":
            number = _number(conn, options.number)
            control.say_in(conn, "payment", number, now)
            audit.note_in(conn, host, "payments ask", number, now)
            _print({"asked": number})
        case "refund":
            _refund(conn, options, now)
        case "reconcile":
            try:
                date.fromisoformat(options.day)
            except ValueError:
                raise PaymentsWrong(f"{options.day!r} is no day such as 2026-12-01") from None
            control.say_in(conn, "bill", options.day, now)
            audit.note_in(conn, host, "payments reconcile", options.day, now)
            _print({"asked": options.day})
        case "differences":
            rows = conn.execute(
                "SELECT provider, day, trade, what, ours_fen, bill_fen FROM bill_differences"
                " ORDER BY day, provider, trade"
            )
            for row in rows:
                _print(dict(zip([each[0] for each in rows.description], row, strict=True)))
        case _:
            for sentence in reconcile.alarms_in(conn, now):
                _print({"alarm": sentence})


def _print(line: dict[str, object]) -> None:
    print(json.dumps(line, ensure_ascii=False))


def _number(conn: sqlite3.Connection, number: str) -> str:
    row = conn.execute(
        "SELECT number FROM payments WHERE number = ? OR trade = ?", (number, number)
    ).fetchone()
    if row is None:
        raise PaymentsWrong(f"there is no payment {number!r}")
    return str(row[0])


def _listed(
    conn: sqlite3.Connection, order: str | None, *, open_only: bool
) -> list[dict[str, object]]:
    rows = conn.execute(
        "SELECT number, trade, order_id, kind, provider, fen, state, transaction_id, payer_fen,"
        " fee_fen, merchant, created_ms, paid_ms, answer, unanswered FROM payments p"
        " WHERE (? IS NULL OR order_id = ?) AND (NOT ? OR state = 'pending' OR EXISTS (SELECT 1"
        " FROM refunds r WHERE r.payment = p.number AND r.state NOT IN ('done', 'closed')))"
        " ORDER BY created_ms DESC, number LIMIT ?",
        (order, order, open_only, SHOWN),
    )
    names = [each[0] for each in rows.description]
    found = []
    for row in rows.fetchall():
        line = dict(zip(names, row, strict=True))
        for key in ("created", "paid"):
            at = line.pop(f"{key}_ms")
            line[key] = None if at is None else rfc3339(at)
        refunds = conn.execute(
            "SELECT number, trade, fen, state, answer FROM refunds WHERE payment = ?"
            " ORDER BY number",
            (line["number"],),
        )
        keys = [each[0] for each in refunds.description]
        line["refunds"] = [dict(zip(keys, each, strict=True)) for each in refunds]
        found.append(line)
    return found


def _refund(conn: sqlite3.Connection, options: argparse.Namespace, now: int) -> None:
    """One person asks, another says the same: then it is booked, and the relay sees to it."""
    number, fen, who = _number(conn, options.number), options.fen, options.by.strip()
    order, provider, left = conn.execute(
        "SELECT order_id, provider, iif(state = 'succeeded', fen, 0) - ifnull((SELECT sum(r.fen)"
        " FROM refunds r WHERE r.payment = p.number AND r.state <> 'closed'), 0)"
        " FROM payments p WHERE number = ?",
        (number,),
    ).fetchone()
    if not who:
        raise PaymentsWrong("--by takes a name")
    if not 0 < fen <= left:
        raise PaymentsWrong(f"of this payment at most {max(left, 0)} fen can go back")
    conn.execute("DELETE FROM refund_asked WHERE utc_ms < ?", (now - ASKED_KEPT_MS,))
    asked = conn.execute(
        "SELECT fen, who FROM refund_asked WHERE payment = ?", (number,)
    ).fetchone()
    audit.note_in(conn, who, "payments refund", number, now, f"{fen} fen: {options.why}")
    if asked is None or asked[0] != fen or asked[1] == who:
        conn.execute(
            "INSERT OR REPLACE INTO refund_asked VALUES (?, ?, ?, ?, ?)",
            (number, fen, who, options.why, now),
        )
        _print({"waits_for": "another person", "payment": number, "fen": fen})
        return
    conn.execute("DELETE FROM refund_asked WHERE payment = ?", (number,))
    row = orderbook.get(conn, order)
    book = ledger.order_book(order)
    if ledger.balance_in(conn, book) < fen:
        book = ledger.shop_book(row.shop)
    ledger.move_in(
        conn,
        "refund",
        from_book=book,
        to_book=orderbook.source_book(provider, row.customer),
        fen=fen,
        now_ms=now,
        order=order,
        customer=row.customer,
    )
    orderbook.note_refund_in(conn, number, fen, now)
    orderbook.change_in(conn, row, refund_fen=row.refund_fen + fen)
    control.say_in(conn, "payment", number, now)
    _print({"refunded": number, "fen": fen, "by": [asked[1], who]})
