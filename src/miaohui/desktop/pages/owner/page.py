"""My shop: the owner's page, one part of it at a time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from PySide6.QtCore import QTimer
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.pages.owner.figures import FiguresPanel
from miaohui.desktop.pages.owner.money import MoneyPanel
from miaohui.desktop.pages.owner.panel import ShopPanel
from miaohui.desktop.pages.owner.people import PeoplePanel
from miaohui.desktop.pages.owner.reviews import ReviewsPanel
from miaohui.desktop.pages.owner.today import TodayPanel
from miaohui.desktop.pages.owner.trade import TradePanel
from miaohui.desktop.strings import myshop as words
from miaohui.desktop.strings import shopbooks as book_words
from miaohui.desktop.widgets.button import chip, one_of
from miaohui.desktop.widgets.card import scrolled
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import Elided, label
from miaohui.desktop.widgets.page import WindowPage

__all__ = ["MyShopPage"]


class MyShopPage(WindowPage):
    """A part is read while it is shown, and no other."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge = bridge
        self._fresh = QTimer(self)
        self._fresh.timeout.connect(self.read)

    def _steps(self) -> Iterator[None]:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(24, 18, 14, 0)  # the parts leave the rest to their scroll bars
        outer.setSpacing(12)
        head = FlowLayout(gap=12, middle=True, push_last=True)
        self.title = Elided(words.title(), "title")
        self.when = label("", "small")
        titles = QVBoxLayout()
        titles.setSpacing(0)
        titles.addWidget(self.title)
        titles.addWidget(self.when)
        named = QWidget()
        named.setLayout(titles)
        titles.setContentsMargins(0, 0, 0, 0)
        head.addWidget(named)
        tabs = QWidget()
        self._tabs = QHBoxLayout(tabs)
        self._tabs.setContentsMargins(0, 0, 0, 0)
        self._tabs.setSpacing(8)
        head.addWidget(tabs)
        top = QWidget()
        top.setLayout(head)
        over = QHBoxLayout()
        over.setContentsMargins(0, 0, 10, 0)
        over.addWidget(top)
        outer.addLayout(over)
        self.note = label("", "body", wrap=True)
        self.note.hide()
        outer.addWidget(self.note)
        self._stack = QStackedWidget()
        outer.addWidget(self._stack, 1)
        self._group = QButtonGroup(self)
        self._panels: list[ShopPanel] = []
        yield
        self.today = TodayPanel(self._bridge)
        yield from self._add(self.today, words.today())
        self.trade = TradePanel(self._bridge)
        self.people = PeoplePanel(self._bridge)
        self.figures = FiguresPanel(self._bridge)
        yield from self._add(self.people, words.people_tab())
        yield from self._add(self.trade, words.trade())
        yield from self._add(self.figures, words.figures_tab())
        self.money = MoneyPanel(self._bridge, self.shops_now)
        yield from self._add(self.money, book_words.money_tab())
        self.reviews = ReviewsPanel(self._bridge)
        yield from self._add(self.reviews, book_words.reviews_tab())
        self._bridge.app_changed.connect(self._link_changed)

    def _add(self, panel: ShopPanel, words_of: str) -> Iterator[None]:
        yield from panel.steps
        self._stack.addWidget(scrolled(panel))
        tab = chip(words_of)
        one_of(self._group, tab)
        tab.setChecked(not self._panels)
        tab.clicked.connect(lambda: self.show_panel(panel))
        self._tabs.addWidget(tab)
        self._panels.append(panel)
        panel.said.connect(self._say)

    # --- one part at a time ----------------------------------------------------------------------
    @property
    def panel(self) -> ShopPanel:
        """The part on screen."""
        return self._panels[self._stack.currentIndex()]

    def panels(self) -> list[ShopPanel]:
        """Its parts, in the order of their tabs."""
        return list(self._panels)

    def tabs(self) -> list[QAbstractButton]:
        """The tabs, a part each."""
        return self._group.buttons()

    def show_panel(self, panel: ShopPanel) -> None:
        at = self._panels.index(panel)
        self._stack.setCurrentIndex(at)
        self._group.buttons()[at].setChecked(True)
        self._say("")
        self._begin()

    def _begin(self) -> None:
        if self.isVisible():
            self._fresh.start(self.panel.every_ms)
            self.read()

    def read(self) -> None:
        """Asks for what is on screen."""
        self._name()
        self.panel.read()

    def shops_now(self) -> datetime:
        """This moment by the shop's clock; by this machine's people's until the shop's is known."""
        now, day = self._bridge.clock.utc_ms(), self.today.day
        return amounts.here(now) if day is None else amounts.there(now, day.utc_offset_min)

    def _name(self) -> None:
        account = self._bridge.client.view.account
        name = "" if account is None or account.shop_name is None else account.shop_name
        when, day = words.date_line(self.shops_now()), self.today.day
        if day is not None:
            name = day.name
            when += f" · {words.open_today(day.open_hours)}"
        self.title.setText(sanitize.line(name) or words.title())
        self.when.setText(when)

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.setVisible(bool(text))

    def _link_changed(self) -> None:
        if self.isVisible() and self.panel.is_empty:
            self.read()

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._begin()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._fresh.stop()
