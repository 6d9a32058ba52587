"""A shop's movements of money as a table for the accountant."""

import csv
import io
from collections.abc import Iterable
from datetime import datetime

from miaohui.desktop.strings import pay as pay_words
from miaohui.desktop.strings import shopbooks as words
from miaohui.wire.owner import MoneyLine

__all__ = ["csv_of"]

# What a spreadsheet would take for a formula.
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def csv_of(lines: Iterable[MoneyLine]) -> bytes:
    """Comma-separated, the oldest first, with the mark by which a spreadsheet knows UTF-8. Sums in
    yuan; numbers begin with a backtick, as in the providers' own bills, so that no spreadsheet
    rounds them."""
    told = io.StringIO(newline="")
    writer = csv.writer(told)
    writer.writerow(words.csv_head())
    for line in sorted(lines, key=lambda each: (each.utc, each.number)):
        writer.writerow(
            [
                _local(line.utc),
                words.kind(line.kind),
                _plain(pay_words.provider(line.provider)),
                f"`{line.number}",
                f"`{line.transaction}" if line.transaction else "",
                f"`{line.order}",
                _yuan(line.fen),
                "" if line.fee_fen is None else _yuan(line.fee_fen),
                _plain(line.state),
                "" if line.done_utc is None else _local(line.done_utc),
            ]
        )
    return told.getvalue().encode("utf-8-sig")


def _yuan(fen: int) -> str:
    sign = "-" if fen < 0 else ""
    return f"{sign}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _local(utc: str) -> str:
    return f"{datetime.fromisoformat(utc).astimezone():%Y-%m-%d %H:%M:%S}"


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(FORMULA) else text
