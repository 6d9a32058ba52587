"""Sessions: the list on the left; the conversation, or the queue, beside it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from PySide6.QtCore import QModelIndex, Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from miaohui.client.port import Hit
from miaohui.client.snapshots import SessionView
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.models.sessions import ROW, RowDelegate, RowModel, SessionListRow
from miaohui.desktop.pages.sessions.conversation import ConversationPane
from miaohui.desktop.pages.sessions.queue import WAITING, QueuePane
from miaohui.desktop.strings import sessions as words
from miaohui.desktop.widgets.empty import EmptyState
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.page import WindowPage
from miaohui.wire.orders import Order, OrderState
from miaohui.wire.sessions import SessionCard

__all__ = ["SessionList", "SessionsPage"]

TYPED_MS = 250
NARROW = 560  # of the design's pixels: below, a list beside a conversation would choke both
REFRESH_MS = 1000
SOON_MS = 30


class SessionList(QFrame):
    """Orders that wait, then sessions, newest first; with words in the search, hits instead.

    Signals: ``session_chosen(session, message)`` (``message`` of a hit, else empty),
    ``order_chosen(order)``.
    """

    session_chosen = Signal(str, str)
    order_chosen = Signal(str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self.setProperty("kind", "column")
        self._wanted = ("", "")
        self._hits: list[Hit] | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 18, 0, 0)
        column.setSpacing(10)
        head = QVBoxLayout()
        head.setContentsMargins(16, 0, 16, 0)
        head.setSpacing(12)
        head.addWidget(label(words.title(), "title"))
        self.text = QLineEdit()
        self.text.setPlaceholderText(words.search_hint())
        self.text.setAccessibleName(words.search_hint())
        self.text.setClearButtonEnabled(True)
        head.addWidget(self.text)
        column.addLayout(head)
        self.model = RowModel()
        self.view = QListView()
        self.view.setObjectName("column")
        self.view.setModel(self.model)
        self._delegate = RowDelegate(bridge.look)
        self.view.setItemDelegate(self._delegate)
        self.view.setUniformItemSizes(True)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.view.setAccessibleName(words.list_name())
        self.view.selectionModel().currentChanged.connect(self._chosen)
        self.view.clicked.connect(self._chosen)
        column.addWidget(self.view, 1)
        self.nothing = label(words.no_hits(), "second", align=Qt.AlignmentFlag.AlignHCenter)
        self.nothing.hide()
        column.addWidget(self.nothing)
        self._typed = QTimer(self, singleShot=True, interval=TYPED_MS)
        self._typed.timeout.connect(self._search)
        self.text.textChanged.connect(lambda _text: self._typed.start())
        self._minute = QTimer(self, interval=REFRESH_MS)
        self._minute.timeout.connect(self.refresh)
        bridge.app_changed.connect(self.refresh)
        # A session that is being read changes many times a second.
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self.refresh)
        bridge.session_changed.connect(self._refresh_soon)
        bridge.look.changed.connect(self._look_changed)
        self._look_changed()
        self.refresh()

    def mark(self, kind: str, id: str) -> None:
        """This one is shown beside the list."""
        self._wanted = (kind, id)
        self._follow()

    def is_empty(self) -> bool:
        return self._hits is None and not self.model.rowCount()

    def _refresh_soon(self, _session: str) -> None:
        if not self._soon.isActive():
            self._soon.start()

    def refresh(self) -> None:
        if self._hits is None:
            self.model.show_rows(self._rows())
        self._follow()

    def _follow(self) -> None:
        place = self.model.place_of(*self._wanted)
        chosen = self.view.selectionModel()
        if place == self.view.currentIndex().row():
            return
        chosen.blockSignals(True)
        if place >= 0:
            self.view.setCurrentIndex(self.model.index(place))
        else:
            chosen.clear()
        chosen.blockSignals(False)
        self.view.viewport().update()

    # --- rows ----------------------------------------------------------------------------------
    def _rows(self) -> list[SessionListRow]:
        client = self._bridge.client
        today = datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000).astimezone()
        rows = [self._order_row(one, today) for one in client.view.orders if one.state in WAITING]
        for card in client.view.sessions:
            rows.append(self._session_row(card, client.session(card.session), today))
        return rows

    def _order_row(self, order: Order, today: datetime) -> SessionListRow:
        line = (
            words.order_paying()
            if order.state is OrderState.AWAITING_PAYMENT
            else f"{words.order_waits()} · {words.ahead(order.queue_ahead or 0)}"
        )
        name = sanitize.line(order.responder_name or order.shop_name)
        return SessionListRow(
            "order", order.order, name, line, amounts.day(order.created_utc, today)
        )

    def _session_row(
        self, card: SessionCard, view: SessionView | None, today: datetime
    ) -> SessionListRow:
        aside = amounts.day(card.last_utc, today)
        unread = view.unread if view is not None else 0
        if card.state == "closed":
            if card.refund_fen:
                line = words.refunded(amounts.yuan_exact(card.refund_fen))
            else:
                line = words.ended() if card.reviewed else words.to_review()
        elif view is not None and view.peer_typing:
            line = words.typing()
        else:
            line = words.last_question() if card.state == "closing" else words.running()
        panel = self._bridge.client.panel(card.session) if card.state != "closed" else None
        if panel is not None:
            aside = amounts.clock(panel.remaining_ms)
            if panel.phase == "paused":
                line = words.paused()
            elif panel.phase == "waiting":
                line = words.waiting_start()
        name = sanitize.line(f"{card.peer_name} · {card.shop_name}")
        return SessionListRow(
            "session", card.session, name, line, aside, unread, face=card.peer_name
        )

    # --- search --------------------------------------------------------------------------------
    def _search(self) -> None:
        text = self.text.text().strip()
        if not text:
            self._hits = None
            self.nothing.hide()
            self.refresh()
            return
        self._bridge.run(
            self, self._bridge.client.search(text), lambda hits: self._found(text, hits)
        )

    def _found(self, text: str, hits: list[Hit]) -> None:
        if text != self.text.text().strip():
            return
        self._hits = hits
        self.nothing.setVisible(not hits)
        today = datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000).astimezone()
        rows = []
        for hit in hits:
            when = datetime.fromtimestamp(hit.utc_ms / 1000).astimezone().isoformat()
            line = " ".join(sanitize.line(hit.text).split())
            day = amounts.day(when, today)
            rows.append(
                SessionListRow(
                    "hit", hit.session, sanitize.line(hit.peer_name), line, day, message=hit.key
                )
            )
        self.model.show_rows(rows)

    def _chosen(self, current: QModelIndex, _before: object = None) -> None:
        row: SessionListRow | None = current.data(ROW) if current.isValid() else None
        if row is None:
            return
        if row.kind == "order":
            self.order_chosen.emit(row.id)
        else:
            self.session_chosen.emit(row.id, row.message)

    def _look_changed(self) -> None:
        self.fit(self.parentWidget())
        self.view.doItemsLayout()
        self.view.viewport().update()

    def fit(self, page: QWidget | None) -> None:
        """As wide as drawn, and at most a quarter of the page in large type."""
        wide = self._bridge.look.px(256)
        if page is not None:
            wide = min(wide, max(200, page.width() // 4))
        self.setFixedWidth(wide)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._minute.start()
        self.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._minute.stop()


class SessionsPage(WindowPage):
    """Signals: ``receipt_asked(session)``, ``discover_asked``, ``notice_wanted(words)``,
    ``spoken(words)``."""

    receipt_asked = Signal(str)
    discover_asked = Signal()
    notice_wanted = Signal(str)
    spoken = Signal(str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge = bridge
        self._session = ""

    def _steps(self) -> Iterator[None]:
        bridge = self._bridge
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        self.list = SessionList(bridge)
        self.list.session_chosen.connect(self.open_session)
        self.list.order_chosen.connect(self.open_order)
        row.addWidget(self.list)
        self.stack = QStackedWidget()
        row.addWidget(self.stack, 1)
        self.empty = EmptyState()
        self.empty.pressed.connect(self.discover_asked)
        self.stack.addWidget(self.empty)
        self.queue = QueuePane(bridge)
        self.queue.opened.connect(self.open_session)
        self.queue.discover_asked.connect(self.discover_asked)
        self.stack.addWidget(self.queue)
        yield
        self.conversation = pane = ConversationPane(bridge)
        yield from pane.steps
        pane.receipt_requested.connect(self.receipt_asked)
        pane.notice_wanted.connect(self.notice_wanted)
        pane.spoken.connect(self.spoken)
        pane.head.back.clicked.connect(self.show_list)
        self.stack.addWidget(pane)
        self.stack.currentChanged.connect(lambda _index: self._arrange())
        bridge.look.changed.connect(self._arrange)
        bridge.app_changed.connect(self._show_empty)
        self._show_empty()

    @property
    def session(self) -> str:
        """The session on screen, or empty."""
        return self._session if self.stack.currentWidget() is self.conversation else ""

    def open_session(self, session: str, message: str = "") -> None:
        """Shows a session, at a message where one is named."""
        self._session = session
        self.list.mark("session", session)
        self.conversation.show_session(session)
        if message:
            self.conversation.view.jump_to(message)
        self.stack.setCurrentWidget(self.conversation)

    def open_order(self, order: str) -> None:
        """Shows an order that has no session yet; the session follows by itself."""
        known = next((one for one in self._bridge.client.view.orders if one.order == order), None)
        if known is not None and known.session is not None:
            self.open_session(known.session)
            return
        self._session = ""
        self._bridge.client.focus(None)
        self.list.mark("order", order)
        self.queue.show_order(order)
        self.stack.setCurrentWidget(self.queue)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.list.fit(self)
        self._arrange()

    def _arrange(self) -> None:
        """Large type in a small window: the list or the conversation, each with room to read."""
        narrow = self.width() < self._bridge.look.px(NARROW)
        self.list.setVisible(not narrow or self.stack.currentWidget() is not self.conversation)
        self.conversation.head.back.setVisible(narrow)

    def show_list(self) -> None:
        """From the conversation back to the list, where there is no room for both."""
        self.stack.setCurrentWidget(self.empty)
        self._show_empty()

    def focus_search(self) -> bool:
        if not self.list.isVisible():
            self.show_list()
        self.list.text.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.list.text.selectAll()
        return True

    def _show_empty(self) -> None:
        if self.list.is_empty():
            self.empty.show_words(words.empty_title(), words.empty_hint(), words.to_discover())
        else:
            self.empty.show_words(words.choose(), words.choose_hint())

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.stack.currentWidget() is self.empty:
            live = [one for one in self._bridge.client.view.sessions if one.state != "closed"]
            if live:
                self.open_session(live[0].session)
