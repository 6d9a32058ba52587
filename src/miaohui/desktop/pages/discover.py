"""Discover: find a shop by what was measured of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QItemSelectionModel, QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListView,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from miaohui.client.snapshots import LinkState
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.models.shops import CARD, ShopDelegate, ShopModel
from miaohui.desktop.pages.shop import ShopPane
from miaohui.desktop.strings import discover as words
from miaohui.desktop.strings import errors, shell
from miaohui.desktop.widgets.button import MenuButton, chip
from miaohui.desktop.widgets.empty import EmptyState
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.page import WindowPage
from miaohui.desktop.widgets.pill import pill, set_tone
from miaohui.wire.catalogue import GetShop, Search, Shop, ShopPage

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["DiscoverPage"]

TYPED_MS = 250
REFRESH_MS = 4000
PAGE = 20


class DiscoverPage(WindowPage):
    """Signals: ``buy_asked(Shop, offer, responder)``; offer and responder may be empty."""

    buy_asked = Signal(object, str, str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge = bridge
        self._cursor: str | None = None
        self._asked = 0  # answers to an older question are dropped
        self._reading = False
        self._wanted = ""  # the shop whose details are on their way
        self.model = ShopModel()
        self._typed = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typed.timeout.connect(self.search)
        self._fresh = QTimer(self, interval=REFRESH_MS)
        self._fresh.timeout.connect(self.refresh)

    def _steps(self) -> Iterator[None]:
        bridge = self._bridge
        yield from self._build()
        bridge.app_changed.connect(self._link_changed)
        bridge.look.changed.connect(self._look_changed)
        self._link_changed()

    # --- building ------------------------------------------------------------------------------
    def _build(self) -> Iterator[None]:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 18, 24, 0)
        whole.setSpacing(12)
        head = QHBoxLayout()
        head.setSpacing(18)
        head.addWidget(label(words.title(), "title"))
        self.text = QLineEdit()
        self.text.setPlaceholderText(words.search_hint())
        self.text.setAccessibleName(words.search_name())
        self.text.setMaxLength(64)
        self.text.setClearButtonEnabled(True)
        self.text.textChanged.connect(lambda _text: self._typed.start())
        self.text.returnPressed.connect(self.search)
        head.addWidget(self.text, 1)
        self.link = pill()
        head.addWidget(self.link, 0, Qt.AlignmentFlag.AlignVCenter)
        whole.addLayout(head)
        yield
        whole.addWidget(self._filters())
        columns = QHBoxLayout()
        columns.setSpacing(16)
        columns.addWidget(self._list(), 66)
        yield
        self.pane = ShopPane(self._bridge)
        yield from self.pane.steps
        self.pane.buy_asked.connect(self.buy_asked)
        columns.addWidget(self.pane, 34)
        whole.addLayout(columns, 1)

    def _filters(self) -> QWidget:
        flow = FlowLayout(gap=8, middle=True, push_last=True)
        self.free_now = chip(words.free_now())
        self.kept = chip(words.kept_at_least(90))
        self.price = chip(words.price_below(60))
        self.night = chip(words.night())
        self.freelancer = chip(words.freelancer())
        self.trial = chip(words.trial())
        for one in self.chips():
            one.toggled.connect(self.search)
            flow.addWidget(one)
        self.sort = MenuButton("chipmenu")
        keys = ("measured", "fastest", "price", "wait")
        self.sort.set_choices([(key, words.sort_of(key)) for key in keys], "measured")
        self.sort.setAccessibleDescription(words.sort())
        self.sort.chosen = lambda _key: self.search()
        row = QHBoxLayout()
        row.setSpacing(12)
        row.addWidget(label(words.sort(), "small"))
        row.addWidget(self.sort)
        flow.addLayout(row)
        holder = QWidget()
        holder.setLayout(flow)
        return holder

    def chips(self) -> tuple[QPushButton, ...]:
        return (self.free_now, self.kept, self.price, self.night, self.freelancer, self.trial)

    def _list(self) -> QStackedWidget:
        self.list = QListView()
        self.list.setModel(self.model)
        self._delegate = ShopDelegate(self._bridge.look)
        self.list.setItemDelegate(self._delegate)
        self.list.setUniformItemSizes(True)
        self.list.setResizeMode(QListView.ResizeMode.Adjust)
        self.list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setAccessibleName(words.list_name())
        self.list.setMouseTracking(True)
        self.list.verticalScrollBar().valueChanged.connect(self._scrolled)
        self.list.selectionModel().currentChanged.connect(self._chosen)
        self.list.activated.connect(lambda _index: self.pane.buy.click())
        self.state = EmptyState()
        self.state.pressed.connect(self._state_pressed)
        self.stack = QStackedWidget()
        self.stack.addWidget(self.list)
        self.stack.addWidget(self.state)
        self._say(words.loading(), "")
        return self.stack

    # --- asking --------------------------------------------------------------------------------
    def question(self, cursor: str | None = None, limit: int = PAGE) -> Search:
        return Search(
            id=self._bridge.new_id(),
            text=self.text.text().strip(),
            free_now=self.free_now.isChecked(),
            kept_percent=90 if self.kept.isChecked() else None,
            max_fen_per_30=6000 if self.price.isChecked() else None,
            night=self.night.isChecked(),
            freelancer=True if self.freelancer.isChecked() else None,
            trial=self.trial.isChecked(),
            sort=self.sort.current,  # type: ignore[arg-type]
            cursor=cursor,
            limit=limit,
        )

    def is_filtered(self) -> bool:
        return bool(self.text.text().strip()) or any(one.isChecked() for one in self.chips())

    def search(self, *_: Any) -> None:
        """Asks anew, from the first page."""
        self._typed.stop()
        if not self._online():
            return
        self._asked += 1
        asked = self._asked
        self._reading = True
        self._bridge.ask(
            self,
            self.question(),
            lambda page: self._found(asked, page),
            lambda no: self._failed(asked, no),
        )

    def _found(self, asked: int, page: ShopPage) -> None:
        if asked != self._asked:
            return
        self._reading = False
        self._cursor = page.cursor
        before = self.pane.shop_id()
        self.model.replace(page.cards)
        if not page.cards:
            self.pane.clear()
            if self.is_filtered():
                self._say(words.empty_title(), words.empty_hint(), words.clear_filters())
            else:
                self._say(words.none_title(), words.none_hint())
            return
        self.stack.setCurrentWidget(self.list)
        row = max(0, self.model.row_of(before))
        self.list.selectionModel().setCurrentIndex(
            self.model.index(row), QItemSelectionModel.SelectionFlag.ClearAndSelect
        )
        self.list.scrollTo(self.model.index(row))
        # A page may be shorter than the window: then there is nothing to scroll to the next.
        QTimer.singleShot(0, self, self._scrolled)

    def _failed(self, asked: int, refused: Refused) -> None:
        if asked != self._asked:
            return
        self._reading = False
        if not self.model.rowCount():
            self._say(
                words.failed_title(),
                errors.sentence(refused.code, refused.detail, refused.retry_ms),
                words.retry(),
            )

    def _scrolled(self, *_: Any) -> None:
        bar = self.list.verticalScrollBar()
        near = bar.value() >= bar.maximum() - self.list.height()
        if not near or self._cursor is None or self._reading or not self._online():
            return
        self._reading = True
        asked = self._asked
        self._bridge.ask(
            self,
            self.question(self._cursor),
            lambda page: self._more(asked, page),
            lambda no: self._failed(asked, no),
        )

    def _more(self, asked: int, page: ShopPage) -> None:
        if asked != self._asked:
            return
        self._reading = False
        self._cursor = page.cursor
        self.model.append(page.cards)

    def refresh(self) -> None:
        """New values for what is on the screen; nothing moves."""
        if not self._online():
            return
        if not self.model.rowCount():
            if not self._reading:
                self.search()
            return
        asked = self._asked
        limit = min(50, max(PAGE, self.model.rowCount()))
        self._bridge.ask(
            self,
            self.question(limit=limit),
            lambda page: self.model.refresh(page.cards) if asked == self._asked else None,
            lambda _no: None,
        )
        if self.pane.shop_id():
            self._read_shop(self.pane.shop_id())

    # --- choosing ------------------------------------------------------------------------------
    def _chosen(self, current: QModelIndex, _before: QModelIndex) -> None:
        card = current.data(CARD) if current.isValid() else None
        if card is None:
            return
        self.pane.show_card(card)
        self._read_shop(card.shop)

    def _read_shop(self, shop: str) -> None:
        self._wanted = shop
        self._bridge.ask(
            self, GetShop(id=self._bridge.new_id(), shop=shop), self._shop_read, self._shop_failed
        )

    def _shop_read(self, shop: Shop) -> None:
        if shop.card.shop == self._wanted == self.pane.shop_id():
            self.pane.show_shop(shop)
            self.model.refresh([shop.card])

    def _shop_failed(self, refused: Refused) -> None:
        self.pane.show_failure(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def choose(self, shop: str) -> None:
        """Shows this shop, whether or not it is in the list (as when ordering again)."""
        row = self.model.row_of(shop)
        if row >= 0:
            self.list.setCurrentIndex(self.model.index(row))
        else:
            self.list.selectionModel().clear()
            self.pane.expect(shop)
            self._read_shop(shop)

    # --- state ---------------------------------------------------------------------------------
    def _state_pressed(self) -> None:
        for one in self.chips():
            one.blockSignals(True)
            one.setChecked(False)
            one.blockSignals(False)
        self.text.clear()
        self.search()

    def _say(self, title: str, hint: str, action: str = "") -> None:
        self.state.show_words(title, hint, action)
        self.stack.setCurrentWidget(self.state)

    def _online(self) -> bool:
        view = self._bridge.client.view
        return view.link.state is LinkState.LIVE and view.account is not None

    def _link_changed(self) -> None:
        link = self._bridge.client.view.link
        match link.state:
            case LinkState.LIVE:
                set_tone(self.link, "● " + shell.connected(link.rtt_ms), "accent")
            case LinkState.CONNECTING:
                set_tone(self.link, shell.connecting(), "plain")
            case _:
                set_tone(self.link, "○ " + shell.offline(), "plain")
        if self._online() and not self.model.rowCount() and not self._reading:
            self.search()

    def _look_changed(self) -> None:
        self.list.doItemsLayout()
        self.list.viewport().update()

    def focus_search(self) -> bool:
        self.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.text.selectAll()
        return True

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._fresh.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._fresh.stop()
