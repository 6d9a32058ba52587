import pytest

from miaohui.desktop.look import amounts
from miaohui.desktop.look.language import set_language


@pytest.fixture(autouse=True)
def chinese() -> None:
    set_language("zh_CN")


@pytest.mark.parametrize(
    ("fen", "short", "exact"),
    [
        (0, "¥0", "¥0.00"),
        (5, "¥0.05", "¥0.05"),
        (5000, "¥50", "¥50.00"),
        (4550, "¥45.50", "¥45.50"),
        (-640, "−¥6.40", "−¥6.40"),
        (123456700, "¥1,234,567", "¥1,234,567.00"),
    ],
)
def test_sums_are_made_from_fen(fen: int, short: str, exact: str) -> None:
    assert amounts.yuan(fen) == short
    assert amounts.yuan_exact(fen) == exact


def test_a_breach_never_reads_ten_seconds() -> None:
    assert amounts.seconds(10_000) == "10.0 s"
    assert amounts.seconds(10_001) == "10.1 s"
    assert amounts.seconds(2_900) == "2.9 s"
    assert amounts.seconds(59_999) == "60.0 s"
    assert amounts.seconds(192_000) == "192.0 s"
    assert amounts.seconds(None) == "–"
    assert amounts.seconds(9_600, at_least=True) == "≥ 9.6 s"


def test_shares_are_cut_so_that_nearly_all_never_reads_all() -> None:
    assert amounts.percent(0.9996) == "99.9%"
    assert amounts.percent(1.0) == "100.0%"
    assert amounts.percent(0.962) == "96.2%"


def test_stretches_and_clocks() -> None:
    assert amounts.clock(1_122_000) == "18:42"
    assert amounts.clock(3_723_000) == "1:02:03"
    assert amounts.rough(100 * 60_000) == "1 时 40 分"
    assert amounts.rough(59_000) == "不到 1 分"
    set_language("en")
    assert amounts.rough(100 * 60_000) == "1 h 40 min"


def test_moments_name_the_day_only_where_it_is_not_today() -> None:
    today = amounts.local("2026-11-22T12:00:00.000Z")
    when = amounts.local("2026-11-21T12:00:00.000Z")
    assert amounts.moment("2026-11-22T12:00:00.000Z", today) == f"{today:%H:%M}"
    assert amounts.moment("2026-11-21T12:00:00.000Z", today) == f"昨天 {when:%H:%M}"
    assert amounts.day("2025-11-21T12:00:00.000Z", today) == "2025-11-21"
