"""The accountant's table: every movement once, whole numbers, nothing that a spreadsheet runs."""

import csv

import pytest

from miaohui.desktop.look.language import set_language
from miaohui.desktop.models.takings import csv_of
from miaohui.wire.owner import MoneyLine

LINES = [
    MoneyLine(
        utc="2026-12-02T01:00:00.000Z",
        order="o-2",
        kind="refund",
        provider="wechat",
        number="4200001234567890123456789012",
        fen=-1205,
        state="processing",
    ),
    MoneyLine(
        utc="2026-12-01T01:00:00.000Z",
        order="o-1",
        kind="payment",
        provider="=1+1",
        number="0012",
        transaction="00987",
        fen=5000,
        fee_fen=30,
        state="-succeeded",
        done_utc="2026-12-01T01:00:02.000Z",
    ),
]


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_month_is_written_oldest_first_and_exact(language: str) -> None:
    set_language(language)  # type: ignore[arg-type]
    data = csv_of(LINES)
    set_language("zh_CN")
    assert data.startswith(b"\xef\xbb\xbf")  # by which a spreadsheet knows UTF-8
    head, first, second = csv.reader(data.decode("utf-8-sig").splitlines())
    assert len(head) == len(first) == len(second) == 10
    assert (first[3], first[4], first[6], first[7]) == ("`0012", "`00987", "50.00", "0.30")
    assert (second[3], second[6], second[7]) == ("`4200001234567890123456789012", "-12.05", "")
    # Whatever came from outside begins no formula.
    assert (first[2], first[8]) == ("'=1+1", "'-succeeded")


def test_no_movements_are_a_head_alone() -> None:
    assert len(csv_of([]).decode("utf-8-sig").splitlines()) == 1
