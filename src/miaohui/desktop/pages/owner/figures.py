"""The figures of the shop in parts: by person, by hour, by mode, each with its interval."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QGridLayout, QVBoxLayout

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.models import measures
from miaohui.desktop.pages.owner.panel import ShopPanel
from miaohui.desktop.pages.owner.tiles import FigureTile, TileRow
from miaohui.desktop.pages.people import cards_line
from miaohui.desktop.strings import shopbooks as words
from miaohui.desktop.widgets.card import card, clear
from miaohui.desktop.widgets.hours import HourChart
from miaohui.desktop.widgets.label import Elided, label
from miaohui.promise import words as figure_words
from miaohui.promise.constants import PROMISE_MS
from miaohui.wire.catalogue import HourFigure, Measured
from miaohui.wire.owner import GetShopFigures, ShopFigures

__all__ = ["FiguresPanel"]

PERIODS = (1, 7, 30)


class FiguresPanel(ShopPanel):
    """Read by the same rule as what customers see; a part with few turns says so."""

    every_ms = 20_000

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.told: ShopFigures | None = None
        self._days = PERIODS[-1]

    @property
    def is_empty(self) -> bool:
        return self.told is None

    def _steps(self) -> Iterator[None]:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 10, 24)
        column.setSpacing(14)
        periods = [(words.last_days(days), days) for days in PERIODS]
        column.addLayout(self._choice_row(periods, self._days))
        self.kept = FigureTile(words.column_kept())
        self.median, self.p95 = FigureTile(words.column_p50()), FigureTile(words.column_p95())
        self.worst = FigureTile(words.column_worst())
        column.addWidget(TileRow(self._bridge.look, [self.kept, self.median, self.p95, self.worst]))
        self.cards_kept = label("", "small", wrap=True)
        column.addWidget(self.cards_kept)
        yield
        self.people = self._table(column, words.by_person())
        yield
        frame, inside = card(margin=22, gap=10)
        inside.addWidget(label(words.by_hour(), "heading"))
        self.chart = HourChart(self._bridge.look)
        inside.addWidget(self.chart)
        self.hours = QGridLayout()
        inside.addLayout(self.hours)
        column.addWidget(frame)
        self.modes = self._table(column, words.by_mode())
        column.addWidget(label(words.few(), "small", wrap=True))
        column.addStretch(1)

    def _table(self, column: QVBoxLayout, name: str) -> QGridLayout:
        frame: QFrame
        frame, inside = card(margin=22, gap=10)
        inside.addWidget(label(name, "heading"))
        grid = QGridLayout()
        inside.addLayout(grid)
        column.addWidget(frame)
        return grid

    # --- showing -------------------------------------------------------------------------------
    def _choose(self, days: int) -> None:
        self._days = days
        self.read()

    def read(self) -> None:
        if self.own_shop is not None:
            self.ask(GetShopFigures(id=self._bridge.new_id(), days=self._days), self._show)

    def _show(self, told: ShopFigures) -> None:
        if told.days != self._days or told == self.told:
            return
        self.told = told
        measured = told.measured
        turns = measured.kept + measured.breached
        rate = measures.rate_of(measured)
        interval = figure_words.interval(rate.low, rate.high) if rate.shows_percent else ""
        self.kept.show_figure(
            measures.kept_figure(measured),
            words.turns_of(turns, interval),
            measures.tone_of(measured),
        )
        self.median.show_figure(_p50(measured), words.customers(measured.customers, turns))
        self.p95.show_figure(_p95(measured), words.asks(measures.asks_figure(measured)))
        late = "breach" if (measured.worst_ms or 0) > PROMISE_MS else ""
        self.worst.show_figure(
            amounts.seconds(measured.worst_ms, at_least=measured.worst_at_least),
            words.late_share(measures.late_figure(measured)),
            late,
        )
        line = cards_line(told.cards_kept, few=True)
        self.cards_kept.setText(line)
        self.cards_kept.setVisible(bool(line))
        self._fill(self.people, [(each.name, each.measured) for each in told.people])
        self.chart.set_hours([_bar(each.hour, each.measured) for each in told.hours])
        self._fill(self.hours, [(words.hour_span(each.hour), each.measured) for each in told.hours])
        self._fill(self.modes, [(words.mode(each.mode), each.measured) for each in told.modes])

    def _fill(self, grid: QGridLayout, rows: Sequence[tuple[str, Measured]]) -> None:
        clear(grid)
        grid.setHorizontalSpacing(18)
        grid.setVerticalSpacing(8)
        rows = [row for row in rows if row[1].kept + row[1].breached]
        if not rows:
            grid.addWidget(label(words.no_figures(), "second", wrap=True), 0, 0)
            return
        heads = (
            words.column_who(),
            words.column_kept(),
            words.column_customers(),
            words.column_p50(),
            words.column_p95(),
            words.column_worst(),
        )
        right = Qt.AlignmentFlag.AlignRight
        for at, head in enumerate(heads):
            grid.addWidget(label(head, "small", align=right if at else None), 0, at)
        for line, (name, measured) in enumerate(rows, 1):
            cells = (
                figure_words.kept(measures.rate_of(measured)),
                f"{measured.customers:,}" if measured.customers else amounts.DASH,
                _p50(measured),
                _p95(measured),
                amounts.seconds(measured.worst_ms, at_least=measured.worst_at_least),
            )
            grid.addWidget(Elided(name), line, 0)
            for at, cell in enumerate(cells, 1):
                shown = label(cell, "body", align=right)
                if at == 1:
                    shown.setProperty("tone", measures.tone_of(measured))
                grid.addWidget(shown, line, at)
        grid.setColumnStretch(0, 1)


def _p50(measured: Measured) -> str:
    return amounts.carried(measured.p50_ms, at_least=measured.p50_at_least)


def _p95(measured: Measured) -> str:
    return amounts.carried(measured.p95_ms, at_least=measured.p95_at_least)


def _bar(hour: int, measured: Measured) -> HourFigure:
    return HourFigure(
        hour=hour,
        kept=measured.kept,
        breached=measured.breached,
        p50_ms=None if measured.p50_at_least else measured.p50_ms,
        p95_ms=None if measured.p95_at_least else measured.p95_ms,
    )
