"""The charts of a check: what they say of a target, where things stand, what keys and clicks do."""

from itertools import pairwise

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.desktop.checking.sample import sample

from miaohui.checks.results import ClaimVerdict, CurveStep
from miaohui.client.settings import Settings
from miaohui.desktop.checking.axis import Logarithmic, share_axis, ticks_between
from miaohui.desktop.checking.columns import ORDER, lay_out
from miaohui.desktop.checking.curves import CurveChart
from miaohui.desktop.checking.distribution import curve_of, curves_of, reach_ms, spread
from miaohui.desktop.checking.figures import row_of
from miaohui.desktop.checking.resultsview import ResultsView
from miaohui.desktop.checking.sessionbars import SessionBars
from miaohui.desktop.checking.sessioncard import SessionChart, tags_of
from miaohui.desktop.checking.sessionlayout import place_waits, tone_of_bar
from miaohui.desktop.checking.targettable import TargetTable
from miaohui.desktop.look.language import set_language
from miaohui.desktop.look.look import Look


@pytest.fixture(autouse=True)
def chinese() -> None:
    set_language("zh_CN")


def look_of(**settings: object) -> Look:
    kept = Settings(None)
    kept.set(**settings)
    return Look(kept.values)


def test_an_axis_of_shares_reaches_below_what_is_drawn_and_to_one() -> None:
    axis = share_axis([0.64, 0.81], 0.9, 0, 100)
    assert (axis.low, axis.high) == (0.6, 1.0)
    assert axis.place(0.6) == 0
    assert axis.place(1.0) == 100
    assert axis.place(0.2) == 0  # held at the edge
    assert ticks_between(axis, 0.1) == (0.6, 0.7, 0.8, 0.9, 1.0)
    assert share_axis([0.97], 0.9, 0, 1).low == 0.7


def test_a_logarithmic_height_keeps_short_waits_visible() -> None:
    axis = Logarithmic(1_000, 192_000, 100)
    assert 10 < axis.height(300) == axis.height(1_000)
    assert axis.height(192_000) == 100 == axis.height(400_000)
    assert axis.height(4_000) < axis.height(10_000) < axis.height(30_000) < 100


def test_columns_give_way_to_two_lines_where_there_is_no_room() -> None:
    wanted = dict.fromkeys(ORDER, 60.0)
    wide, narrow = lay_out(1160, 1.0, wanted), lay_out(500, 1.0, wanted)
    assert not wide.narrow
    assert set(wide.places) == {*ORDER, "chart"}
    right = max(left + width for left, width in wide.places.values())
    assert right <= 1160
    assert narrow.narrow
    assert set(narrow.places) == {"name", "rate", "chart", "verdict"}


def test_below_twenty_turns_no_percentage_is_shown() -> None:
    target = sample().targets[0]
    few = type(target)(
        **{
            **{name: getattr(target, name) for name in target.__struct_fields__},
            "rate": type(target.rate)(k=9, n=12, estimate=0.75, low=0.4, high=0.9),
            "verdict": ClaimVerdict.NOT_ENOUGH,
        }
    )
    row = row_of(few, 0.9)
    assert (row.rate, row.tone) == ("9 / 12", "quiet")
    assert "%" not in row.rate + row.small
    assert "证据不足" in row.spoken
    assert "%" in row_of(target, 0.9).rate


def test_a_curve_is_flat_between_its_steps_and_keeps_its_marks() -> None:
    target = sample().targets[0]
    steps = (
        CurveStep(ms=3_000, surviving=0.5, low=0.4, high=0.6, at_risk=4, censored=0),
        CurveStep(ms=6_000, surviving=0.5, low=0.4, high=0.6, at_risk=2, censored=1),
        CurveStep(ms=9_000, surviving=0.0, low=0.0, high=0.0, at_risk=1, censored=0),
    )
    fields = {name: getattr(target, name) for name in target.__struct_fields__}
    curve = curve_of(type(target)(**{**fields, "survival": steps, "turns": 4}), 0.9)
    assert curve.at(2_999).share == 0
    assert curve.at(2_999).at_risk == 4
    assert curve.at(3_000).share == curve.at(8_999).share == 0.5
    assert curve.at(9_000).share == 1
    assert (round(curve.at(3_000).low, 6), round(curve.at(3_000).high, 6)) == (0.4, 0.6)
    assert curve.marks(25_000) == ((6_000.0, 0.5),)
    assert curve.corners(5_000) == ((0.0, 0.0), (3_000.0, 0.0), (3_000.0, 0.5), (5_000, 0.5))


def test_lines_of_one_tone_differ_without_colour() -> None:
    curves = curves_of(sample().targets, 0.9)
    assert len({(one.tone, one.style) for one in curves}) == len(curves) == 4
    assert reach_ms(curves) == 25_000
    placed = spread([10, 11, 12, 300], 17, 0, 200)
    assert all(b - a >= 17 - 1e-9 for a, b in pairwise(placed))
    assert max(placed) <= 200


def test_values_are_read_by_pointer_and_by_keys(qapp: QApplication) -> None:
    chart = CurveChart(look_of())
    chart.resize(600, 320)
    chart.show_targets(sample().targets, 0.9)
    chart.show()
    chart.setFocus()
    QTest.keyClick(chart, Qt.Key.Key_Right)
    assert chart.read_ms == 10_000
    QTest.keyClick(chart, Qt.Key.Key_Left)
    assert chart.read_ms == 9_500
    assert "晚风小屋" in chart.accessibleDescription()
    assert "%" in chart.accessibleDescription()
    box = chart.plot()
    QTest.mouseMove(chart, QPoint(int(box.center().x()), int(box.center().y())))
    assert chart.read_ms == pytest.approx(12_500, abs=200)
    assert not chart.grab().isNull()
    chart.close()


def test_bars_stand_in_the_order_of_time_with_gaps_between() -> None:
    session = sample().sessions[1]
    waits = place_waits(session.bars, session.gaps, 400, 150, 1.0)
    assert len(waits.places) == len(session.bars) + 1
    lefts = [one.left for one in waits.places]
    assert lefts == sorted(lefts)
    gap = next(one for one in waits.places if one.gap is not None)
    assert gap.height == 150
    for one in waits.places:
        if one.bar is not None:
            assert (one.top < waits.line) == (one.bar.wait_ms > 10_000)
    assert {tone_of_bar(one) for one in session.bars} <= {"kept", "warn", "breach", "quiet"}


def test_each_bar_says_its_wait_probe_and_state(qapp: QApplication) -> None:
    bars = SessionBars(look_of())
    bars.resize(420, 190)
    session = sample().sessions[1]
    bars.show_session(session)
    bars.show()
    bars.setFocus()
    for _ in range(3):
        QTest.keyClick(bars, Qt.Key.Key_Right)
    assert bars.at == 2
    said = bars.accessibleDescription()
    assert "第 3 轮" in said
    assert "✓" in said or "✗" in said
    gap = next(n for n, one in enumerate(bars.placed().places) if one.gap is not None)
    bars.read(gap)
    assert "刻意停顿 1:40" in bars.accessibleDescription()
    assert not bars.grab().isNull()
    bars.close()


def test_tags_say_what_stands_out() -> None:
    session = sample().sessions[-1]
    texts = [text for text, _tone in tags_of(session)]
    assert any("最长等待" in one for one in texts)
    assert any(one.startswith("敷衍 ") for one in texts)
    assert any("最后一问" in one for one in texts)


def test_the_table_is_worked_by_keys_and_read_aloud(qapp: QApplication) -> None:
    table = TargetTable(look_of())
    table.resize(1160, 240)
    results = sample()
    table.show_targets(results.targets, results.threshold)
    chosen: list[str] = []
    table.target_chosen.connect(chosen.append)
    table.show()
    table.choose("晚风小屋")
    table.list.setFocus()
    QTest.keyClick(table.list, Qt.Key.Key_Down)
    QTest.mouseClick(
        table.list.viewport(),
        Qt.MouseButton.LeftButton,
        pos=table.list.visualRect(table.model.index(3)).center(),
    )
    assert chosen == ["晚风小屋", "山茶树洞", "星期八"]
    face = QAccessible.queryAccessibleInterface(table.list)
    assert face.childCount() == 4
    spoken = [face.child(row).text(QAccessible.Text.Name) for row in range(4)]
    assert all("守约" in one for one in spoken)
    table.close()


@pytest.mark.parametrize("scale", [100, 200])
@pytest.mark.parametrize("width", [640, 1180])
def test_a_row_chooses_curve_and_session_and_new_results_leave_the_choice(
    qapp: QApplication, scale: int, width: int
) -> None:
    view = ResultsView(look_of(scale_percent=scale))
    view.resize(width, 800)
    view.show_results(sample())
    view.show()
    view.table.choose("橘子汽水秒回")
    card: SessionChart = view.session_card
    assert "橘子汽水秒回" in card.title.text()
    QTest.mouseClick(card.chips()["s02-3"], Qt.MouseButton.LeftButton)
    assert view.shown_slot == "s02-3"
    view.show_results(sample(running=True))
    assert view.table.chosen == "橘子汽水秒回"
    assert view.shown_slot == "s02-3"
    view.table.choose("晚风小屋")
    assert view.shown_slot.endswith("-1")
    assert not view.grab().isNull()
    view.close()
