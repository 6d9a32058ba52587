"""Customers' answers in reviews to whether their card was kept, of a shop and of a person."""

import sqlite3
from collections import defaultdict
from typing import Literal

from miaohui.promise import figures
from miaohui.wire.catalogue import CardsKept

__all__ = ["WINDOW_DAYS", "cards_kept_in"]

WINDOW_DAYS = 180
WINDOW_MS = WINDOW_DAYS * 24 * 3_600_000


def cards_kept_in(
    conn: sqlite3.Connection, column: Literal["shop", "responder"], subject: str, now_ms: int
) -> CardsKept | None:
    """None where nobody was asked or answered. The interval reckons with customers."""
    rows = conn.execute(
        f"SELECT customer, card_kept FROM reviews WHERE {column} = ? AND utc_ms > ?"
        " AND card_kept IS NOT NULL",
        (subject, now_ms - WINDOW_MS),
    ).fetchall()
    if not rows:
        return None
    customers: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    answers = [answer for _, answer in rows]
    for customer, answer in rows:
        customers[customer][0] += 1
        customers[customer][1] += answer == "yes"
    rate = figures.customers_rate((n, k) for n, k in customers.values())
    return CardsKept(
        yes=answers.count("yes"),
        partly=answers.count("partly"),
        no=answers.count("no"),
        low=rate.low,
        high=rate.high,
        days=WINDOW_DAYS,
    )
