"""The figures of the shop, as they were measured."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.models import measures
from miaohui.desktop.pages.owner.panel import ShopPanel
from miaohui.desktop.pages.people import besides_of, cards_line
from miaohui.desktop.strings import myshop as words
from miaohui.desktop.strings import shop as shop_words
from miaohui.desktop.widgets.card import card
from miaohui.desktop.widgets.figure import Figure
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.hours import HourChart
from miaohui.desktop.widgets.label import label, restyle
from miaohui.promise import words as figure_words
from miaohui.promise.constants import PROMISE_MS
from miaohui.wire.catalogue import GetShop, Shop

__all__ = ["FiguresPanel"]


class FiguresPanel(ShopPanel):
    """The figures that customers see of the shop."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__(bridge)
        self.shop: Shop | None = None

    @property
    def is_empty(self) -> bool:
        return self.shop is None

    def _steps(self) -> Iterator[None]:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 24)
        column.addWidget(self._figures_card())
        column.addStretch(1)
        yield

    def read(self) -> None:
        shop = self.own_shop
        if shop is not None:
            self.ask(GetShop(id=self._bridge.new_id(), shop=shop), self._show_figures)

    def _figures_card(self) -> QFrame:
        frame, column = card(margin=22, gap=10)
        column.addWidget(label(words.figures(), "heading"))
        self.measured = label("", "small", wrap=True)
        column.addWidget(self.measured)
        self.kept = label("", "big")
        self.median, self.p95, self.worst = Figure(), Figure(), Figure()
        flow = FlowLayout(gap=18)
        for one in (self.kept, self.median, self.p95, self.worst):
            flow.addWidget(one)
        holder = QWidget()
        holder.setLayout(flow)
        column.addWidget(holder)
        self.interval = label("", "small", wrap=True)
        column.addWidget(self.interval)
        self.besides = label("", "small", wrap=True)
        column.addWidget(self.besides)
        self.cards_kept = label("", "small", wrap=True)
        column.addWidget(self.cards_kept)
        self.chart = HourChart(self._bridge.look)
        column.addWidget(self.chart)
        self.served = label("", "small")
        column.addWidget(self.served)
        return frame

    def _show_figures(self, shop: Shop) -> None:
        self.shop = shop
        measured = shop.card.measured
        turns = measured.kept + measured.breached
        tone = measures.tone_of(measured)
        enough = tone != "quiet"
        self.measured.setText(shop_words.measured_title(shop.window_days, turns))
        self.kept.setText(measures.kept_figure(measured))
        restyle(self.kept, tone=tone)
        self.interval.setText(
            shop_words.interval(figure_words.kept(measures.rate_of(measured)))
            if enough
            else shop_words.too_few_about()
        )
        self.besides.setText(besides_of(measured))
        line = cards_line(shop.cards_kept, few=True)
        self.cards_kept.setText(line)
        self.cards_kept.setVisible(bool(line))
        median = amounts.carried(measured.p50_ms, at_least=measured.p50_at_least)
        p95 = amounts.carried(measured.p95_ms, at_least=measured.p95_at_least)
        self.median.show_figure(median, shop_words.median())
        self.p95.show_figure(p95, shop_words.p95())
        late = "breach" if (measured.worst_ms or 0) > PROMISE_MS else ""
        self.worst.show_figure(
            amounts.seconds(measured.worst_ms, at_least=measured.worst_at_least),
            shop_words.worst(),
            late,
        )
        self.chart.set_hours(shop.hours)
        self.served.setText(words.served(shop.served))
