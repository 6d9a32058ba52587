"""The responder's desk: orders that wait, conversations oldest unanswered first, own figures."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QCursor, QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QApplication,
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from miaohui.client.snapshots import PanelView
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.models import measures
from miaohui.desktop.pages.deskrows import HandoverCard, IncomingCard, TalkRow
from miaohui.desktop.pages.people import cards_line
from miaohui.desktop.pages.sessions.conversation import ConversationPane
from miaohui.desktop.strings import chat as chat_words
from miaohui.desktop.strings import desk as say
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import rule, scrolled
from miaohui.desktop.widgets.empty import EmptyState
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label, restyle
from miaohui.desktop.widgets.page import WindowPage
from miaohui.desktop.widgets.pill import pill, set_tone
from miaohui.wire import desk as wire
from miaohui.wire.accounts import Presence
from miaohui.wire.sessions import AcceptHandover, DeclineHandover, SessionCard

if TYPE_CHECKING:
    from miaohui.client.port import Refused

TICK_MS = 100
WIDTH = 340
WIDEST = 410  # in large type: the conversation needs its half of a small window
LARGE = 1.5


class DeskPage(WindowPage):
    """Signals: ``notice_wanted(words)``, ``spoken(words)``."""

    notice_wanted = Signal(str)
    spoken = Signal(str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        self._cards: dict[str, IncomingCard] = {}
        self._handed: dict[str, HandoverCard] = {}
        self._taken = ""  # a session that was taken over, until it is here
        self._rows: dict[str, TalkRow] = {}
        self._order: list[str] = []
        self._desk: wire.Desk | None = None
        self._on_since: int | None = None

    @property
    def session(self) -> str:
        return self.pane.session

    def _steps(self) -> Iterator[None]:
        bridge = self._bridge
        self.pane = ConversationPane(bridge, desk=True)
        self.pane.notice_wanted.connect(self.notice_wanted)
        self.pane.spoken.connect(self.spoken)
        yield from self.pane.steps
        yield
        self._build()
        yield
        bridge.app_changed.connect(self.refresh)
        # A method's connection goes with its page, a function's does not.
        bridge.messages_changed.connect(self._said)
        bridge.look.changed.connect(self._look_changed)
        self._timer = QTimer(self)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self.tick)
        for keys, step in (("Ctrl+Down", 1), ("Ctrl+Up", -1)):
            shortcut = QShortcut(QKeySequence(keys), self)
            shortcut.activated.connect(lambda step=step: self._step(step))
        self._look_changed()
        self.retranslate()

    def _build(self) -> None:
        self._title, self.duty = label("", "title"), pill("")
        head = self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        head.setContentsMargins(18, 18, 18, 10)
        head.addWidget(self._title)
        head.addStretch(1)
        head.addWidget(self.duty, 0, Qt.AlignmentFlag.AlignLeft)
        self._incoming = QVBoxLayout()
        self._incoming.setContentsMargins(14, 0, 14, 0)
        self._incoming.setSpacing(8)
        self._list_title = label("", "small")
        self._empty = label("", "small", wrap=True)
        told = QVBoxLayout()  # a dressed label heeds no margins of its own
        told.setContentsMargins(18, 10, 18, 8)
        told.addWidget(self._list_title)
        told.addWidget(self._empty)
        self._list = QVBoxLayout()
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(0)
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._incoming)
        column.addLayout(told)
        column.addLayout(self._list)
        column.addStretch(1)
        self._side = QFrame()
        self._side.setProperty("kind", "column")
        side = QVBoxLayout(self._side)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(0)
        side.addLayout(head)
        side.addWidget(scrolled(inner, on_card=True), 1)
        side.addWidget(rule())
        side.addLayout(self._foot())
        self._nothing = EmptyState()
        self._nothing.pressed.connect(lambda: self._presence("on"))
        self._stack = QStackedWidget()
        self._stack.addWidget(self._nothing)
        self._stack.addWidget(self.pane)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self._side)
        row.addWidget(self._stack, 1)

    def _foot(self) -> QVBoxLayout:
        self._today, self._share = label("", "strong"), label("", "strong")
        self.figures = label("", "small", wrap=True)
        self.cards_kept = label("", "small", wrap=True)
        self.cards_kept.hide()
        first = QHBoxLayout()
        first.addWidget(self._today)
        first.addStretch(1)
        first.addWidget(self._share)
        self._on, self._break, self._off = button("", "primary"), button(""), button("")
        for name, press, state in (
            ("duty-on", self._on, "on"),
            ("duty-break", self._break, "break"),
            ("duty-off", self._off, "off"),
        ):
            press.setObjectName(name)
            press.clicked.connect(lambda _=False, state=state: self._presence(state))
        buttons = FlowLayout(gap=8)
        for press in (self._on, self._break, self._off):
            buttons.addWidget(press)
        foot = QVBoxLayout()
        foot.setContentsMargins(18, 12, 18, 14)
        foot.setSpacing(6)
        foot.addLayout(first)
        foot.addWidget(self.figures)
        foot.addWidget(self.cards_kept)
        holder = QWidget()
        holder.setLayout(buttons)
        foot.addWidget(holder)
        return foot

    @property
    def presence(self) -> Presence | None:
        """On duty, on a break or off; None before the relay has said."""
        return None if self._desk is None else self._desk.presence

    @property
    def live(self) -> tuple[str, ...]:
        """The sessions in the list."""
        return tuple(self._rows)

    def retranslate(self) -> None:
        self._title.setText(say.title())
        self._list_title.setText(say.oldest_first())
        self._today.setText(say.today())
        self._on.setText(say.go_on())
        self._break.setText(say.take_break())
        self._off.setText(say.stop())
        self._empty.setText(say.no_sessions())
        for card in (*self._cards.values(), *self._handed.values()):
            card.deleteLater()
        self._cards.clear()
        self._handed.clear()
        if self._bridge.is_attached:
            self.refresh()

    def _look_changed(self) -> None:
        look, way = self._bridge.look, QBoxLayout.Direction
        self._side.setFixedWidth(min(look.px(WIDTH), WIDEST))
        self._head.setDirection(way.LeftToRight if look.scale < LARGE else way.TopToBottom)

    def showEvent(self, event: object) -> None:
        self._timer.start()
        if self._bridge.is_attached:
            self._bridge.client.refresh()
            self.refresh()

    def hideEvent(self, event: object) -> None:
        self._timer.stop()

    # --- facts --------------------------------------------------------------------------------
    def refresh(self) -> None:
        desk = self._bridge.client.view.desk
        if desk is None:
            return
        if desk is not self._desk:
            now = self._bridge.clock.mono()
            since = desk.on_since_ms
            self._on_since = now - since if since is not None else None
            self._show_incoming(desk, now)
            self._show_handed(desk, now)
        self._desk = desk
        self._show_sessions(desk)
        self._show_today(desk)
        duty = desk.presence
        begin = "" if duty == "on" else say.go_on()
        self._nothing.show_words(say.nothing_yet(duty), say.nothing_hint(duty), begin)
        self._on.setVisible(duty != "on")
        self._break.setVisible(duty == "on")
        self._off.setVisible(duty != "off")
        self.tick()

    def _show_incoming(self, desk: wire.Desk, now: int) -> None:
        wanted = {one.order: one for one in desk.incoming}
        for order in [order for order in self._cards if order not in wanted]:
            self._cards.pop(order).deleteLater()
        for order, one in wanted.items():
            if order not in self._cards:
                card = IncomingCard(one, now + one.left_ms)
                card.accepted.connect(self._accept)
                card.declined.connect(self._decline)
                self._cards[order] = card
                self._incoming.addWidget(card)

    def _show_handed(self, desk: wire.Desk, now: int) -> None:
        wanted = {one.session: one for one in desk.handover_offers}
        for session in [session for session in self._handed if session not in wanted]:
            self._handed.pop(session).deleteLater()
        for session, one in wanted.items():
            if session in self._handed:
                self._handed[session].show_asks(one, now)
                continue
            card = HandoverCard(one, now + one.left_ms)
            card.accepted.connect(self._take_over)
            card.declined.connect(self._leave_over)
            self._handed[session] = card
            self._incoming.addWidget(card)

    def _show_sessions(self, desk: wire.Desk) -> None:
        live = {card.session: card for card in desk.sessions if card.state != "closed"}
        for session in [one for one in self._rows if one not in live]:
            self._rows.pop(session).deleteLater()
        for session, card in live.items():
            if session not in self._rows:
                row = TalkRow(self._bridge.look, session, card.peer_name)
                row.chosen.connect(self.choose)
                self._rows[session] = row
                self._list.addWidget(row)
                self._show_last(session)
        self._empty.setVisible(not live)
        self._list_title.setVisible(bool(live))
        if self._taken in live:
            taken, self._taken = self._taken, ""
            self.choose(taken)
        current = self.pane.session
        if not current and live:
            self.choose(self._oldest_first(list(live.values()))[0])

    def _oldest_first(self, cards: list[SessionCard]) -> list[str]:
        client = self._bridge.client

        def age(card: SessionCard) -> tuple[int, str]:
            panel = client.panel(card.session)
            wait = panel.wait_ms if panel is not None else None
            return (-(wait if wait is not None else -1), card.opened_utc)

        return [card.session for card in sorted(cards, key=age)]

    def _said(self, session: str, _differences: object) -> None:
        self._show_last(session)

    def _show_last(self, session: str) -> None:
        row = self._rows.get(session)
        if row is None:
            return
        messages = self._bridge.client.messages(session)
        for index in range(len(messages) - 1, max(-1, len(messages) - 20), -1):
            if messages[index].kind == "message":
                one = messages[index]
                still = say.picture() if one.picture else chat_words.voice() if one.voice else ""
                row.show_last(still or one.text)
                return

    def _show_today(self, desk: wire.Desk) -> None:
        line = cards_line(desk.cards_kept, few=True)
        self.cards_kept.setText(line)
        self.cards_kept.setVisible(bool(line))
        today = desk.today
        turns = today.kept + today.breached
        if not turns:
            self._share.setText("")
            self.figures.setText(say.no_figures())
            return
        self._share.setText(measures.kept_figure(today))
        restyle(self._share, tone="kept" if not today.breached else "")
        median = amounts.carried(today.p50_ms, at_least=today.p50_at_least)
        worst = amounts.seconds(today.worst_ms, at_least=today.worst_at_least)
        self.figures.setText(say.today_figures(today.kept, turns, median, worst))

    def tick(self) -> None:
        """Rings, deadlines, the order of the list."""
        now = self._bridge.clock.mono()
        for card in self._cards.values():
            card.tick(now)
        for handed in self._handed.values():
            handed.tick(now)
        desk = self._desk
        if desk is None:
            return
        self._tick_duty(desk, now)
        panels: dict[str, PanelView] = {}
        for session, row in self._rows.items():
            panel = self._bridge.client.panel(session)
            if panel is not None:
                panels[session] = panel
                row.tick(panel)
                row.set_current(current=session == self.pane.session)
        cards = [card for card in desk.sessions if card.session in self._rows]
        order = self._oldest_first(cards)
        # Rows move only while the pointer is elsewhere: nothing moves under it.
        if order != self._order and not self._pointed_at():
            self._order = order
            for place, session in enumerate(order):
                self._list.insertWidget(place, self._rows[session])

    def _pointed_at(self) -> bool:
        """Asked of the pointer itself: Qt's own mark stays set where a page was made under it."""
        under = QApplication.widgetAt(QCursor.pos())
        return under is not None and (under is self._side or self._side.isAncestorOf(under))

    def _tick_duty(self, desk: wire.Desk, now: int) -> None:
        if desk.presence == "on" and self._on_since is not None:
            set_tone(self.duty, say.on_duty(now - self._on_since), "accent")
        elif desk.presence == "break":
            set_tone(self.duty, say.on_break(), "plain")
        else:
            set_tone(self.duty, say.off_duty(), "plain")

    # --- what the responder does --------------------------------------------------------------
    def choose(self, session: str) -> None:
        self._stack.setCurrentWidget(self.pane)
        self.pane.show_session(session)
        self.tick()

    def _step(self, step: int) -> None:
        order = self._order or list(self._rows)
        if not order:
            return
        at = order.index(self.pane.session) if self.pane.session in order else -step
        self.choose(order[(at + step) % len(order)])

    def _presence(self, state: Presence) -> None:
        self._bridge.ask(
            self, wire.SetPresence(id=self._bridge.new_id(), state=state), self._changed
        )

    def _changed(self, _: object) -> None:
        self._bridge.client.refresh()

    def _accept(self, order: str) -> None:
        def opened(answer: wire.Opened) -> None:
            self._bridge.client.refresh()
            self.choose(answer.card.session)

        command = wire.AcceptOrder(id=self._bridge.new_id(), order=order)
        self._bridge.ask(self, command, opened, lambda refused: self._refused(order, refused))

    def _decline(self, order: str) -> None:
        command = wire.DeclineOrder(id=self._bridge.new_id(), order=order)
        self._bridge.ask(
            self, command, self._changed, lambda refused: self._refused(order, refused)
        )

    def _take_over(self, session: str) -> None:
        self._taken = session
        command = AcceptHandover(id=self._bridge.new_id(), session=session)
        self._bridge.ask(
            self, command, self._changed, lambda refused: self._not_over(session, refused)
        )

    def _leave_over(self, session: str) -> None:
        command = DeclineHandover(id=self._bridge.new_id(), session=session)
        self._bridge.ask(
            self, command, self._changed, lambda refused: self._not_over(session, refused)
        )

    def _not_over(self, session: str, refused: Refused) -> None:
        self._taken = ""
        self._bridge.trouble.emit(refused.code, refused.detail, refused.retry_ms)
        if session in self._handed:
            self._handed[session].setEnabled(True)
        self._bridge.client.refresh()

    def _refused(self, order: str, refused: Refused) -> None:
        """The order stays to be answered, or is gone: the desk is asked anew."""
        self._bridge.trouble.emit(refused.code, refused.detail, refused.retry_ms)
        if order in self._cards:
            self._cards[order].setEnabled(True)
        self._bridge.client.refresh()
