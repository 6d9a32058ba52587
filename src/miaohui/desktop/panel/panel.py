"""The panel beside a conversation: time left, the running wait, the promise so far."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QVBoxLayout, QWidget

from miaohui.client.snapshots import PanelView, SessionView
from miaohui.desktop.look import amounts
from miaohui.desktop.look.look import Look
from miaohui.desktop.models import measures
from miaohui.desktop.strings import panel as say
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import rule, scrolled
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import Elided, label, restyle
from miaohui.desktop.widgets.pill import pill, set_tone
from miaohui.desktop.widgets.progress import ProgressBar
from miaohui.desktop.widgets.ring import CountRing
from miaohui.desktop.widgets.waits import WaitStrip
from miaohui.promise.constants import PROMISE_MS
from miaohui.wire.catalogue import Offer

WIDTH = 288


class PromisePanel(QFrame):
    """Draws a PanelView. Signals: ``jump_requested`` (message key), ``extend_requested``
    (Offer), ``receipt_requested``."""

    jump_requested = Signal(str)
    extend_requested = Signal(object)
    receipt_requested = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._offers: tuple[Offer, ...] = ()
        self._ring_shown = False  # in calm mode, until the person asks for it
        self._panel: PanelView | None = None
        self._narrow, self._linked = False, True
        self.setProperty("kind", "side")
        self._build()
        look.changed.connect(self._look_changed)
        self._look_changed()
        self.retranslate()

    # --- building ---------------------------------------------------------------------------
    def _build(self) -> None:
        self._remaining_title, self._given = label("", "strong"), pill("", "kept")
        self._clock, self._paid = label("", "display"), label("", "small")
        self._ends = label("", "small")
        self._line = ProgressBar(self._look)
        self._state = label("", "small", wrap=True)
        self._wait_title, self._promise = Elided("", "strong"), Elided("", "small")
        self._ring = CountRing(self._look, side=140)
        self._ring_words = label("", "small", wrap=True, align=Qt.AlignmentFlag.AlignHCenter)
        self._show_ring = button("", "link")
        self._show_ring.clicked.connect(self._reveal)
        self._kept_title = Elided("", "strong")
        self._kept, self._kept_of = label("", "figure"), label("", "small", wrap=True)
        self._figures = [(label("", "strong"), label("", "small")) for _ in range(3)]
        self._besides = label("", "small", wrap=True)
        self._bars = WaitStrip(self._look)
        self._bars.bar_pressed.connect(self.jump_requested)
        self._bars_hint = label("", "hint", wrap=True)
        self._silence = label("", "small", wrap=True)
        self._network = label("", "small", wrap=True)
        self._extend = button("")  # selling more time is never the loudest thing
        self._extend.setObjectName("extend")
        self._extend.clicked.connect(self._extend_clicked)
        self._more = button("", "link")
        self._more.setObjectName("extend-more")
        self._menu = QMenu(self)
        self._more.clicked.connect(self._open_menu)
        self._receipt = button("", "primary")
        self._receipt.setObjectName("open-receipt")
        self._receipt.clicked.connect(self.receipt_requested)

        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(6)
        column.addLayout(_row(self._remaining_title, None, self._given))
        clocks = FlowLayout(gap=8, level=True)
        for part in (self._clock, self._paid, self._ends):
            clocks.addWidget(part)
        holder = QWidget()
        holder.setLayout(clocks)
        column.addWidget(holder)
        column.addWidget(self._line)
        column.addWidget(self._state)
        column.addSpacing(4)
        column.addWidget(rule())
        column.addSpacing(4)
        column.addLayout(_row(self._wait_title, None, self._promise))
        column.addWidget(self._ring, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._ring_words)
        column.addWidget(self._show_ring, alignment=Qt.AlignmentFlag.AlignHCenter)
        column.addSpacing(4)
        self._wait_rule = rule()
        column.addWidget(self._wait_rule)
        column.addSpacing(4)
        column.addWidget(self._kept_title)
        kept = _row(self._kept, self._kept_of)
        kept.setStretch(1, 1)
        column.addLayout(kept)
        figures = FlowLayout(gap=12)
        for value, name in self._figures:
            holder = QWidget()
            holder.setMinimumWidth(self._look.px(70))
            cell = QVBoxLayout(holder)
            cell.setContentsMargins(0, 0, 0, 0)
            cell.setSpacing(0)
            cell.addWidget(value)
            cell.addWidget(name)
            figures.addWidget(holder)
        row = QWidget()
        row.setLayout(figures)
        column.addWidget(row)
        column.addWidget(self._besides)
        column.addWidget(self._bars)
        column.addWidget(self._bars_hint)
        column.addWidget(self._silence)
        column.addWidget(self._network)
        column.addStretch(1)
        scroll = scrolled(inner, on_card=True)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

        foot = QVBoxLayout()
        foot.setContentsMargins(20, 8, 20, 16)
        foot.setSpacing(4)
        foot.addWidget(self._extend)
        foot.addWidget(self._more, alignment=Qt.AlignmentFlag.AlignHCenter)
        foot.addWidget(self._receipt)
        self._margins = (column, foot)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(scroll, 1)
        whole.addLayout(foot)

    def _look_changed(self) -> None:
        self.set_narrow(narrow=self._narrow)

    def set_narrow(self, *, narrow: bool) -> None:
        """With little room the panel takes no more than the conversation can spare."""
        self._narrow = narrow
        wide = min(self._look.px(WIDTH), 400)
        self.setFixedWidth(min(wide, 340) if narrow else wide)
        self._ring.fit(150 if narrow else None)
        side = 12 if narrow else 20
        self._margins[0].setContentsMargins(side, 16, side, 16)
        self._margins[1].setContentsMargins(side, 8, side, 16)

    def retranslate(self) -> None:
        self._remaining_title.setText(say.remaining())
        self._wait_title.setText(say.current_wait())
        self._kept_title.setText(say.kept_title())
        names = (say.median(), say.p95(), say.worst())
        for (_, name), words in zip(self._figures, names, strict=True):
            name.setText(words)
        self._bars_hint.setText(say.bars_hint())
        self._show_ring.setText(say.show_ring())
        self._ring.set_unit(say.seconds_unit())
        self._receipt.setText(say.see_receipt())
        self.set_offers(self._offers)
        if self._panel is not None:
            self.tick(self._panel, linked=self._linked)

    # --- what it shows ----------------------------------------------------------------------
    def set_offers(self, offers: Sequence[Offer]) -> None:
        """Shows the time that can be bought on top: the shop's offers without trials, shortest first."""
        self._offers = tuple(
            sorted((one for one in offers if not one.trial), key=lambda one: one.minutes)
        )
        if not self._offers:
            return
        self._fit_extend()
        self._more.setText(f"{say.other_lengths()} ▾")
        self._menu.clear()
        for one in self._offers[1:]:
            action = self._menu.addAction(say.extend(one.minutes, amounts.yuan(one.price_fen)))
            action.triggered.connect(lambda _=False, one=one: self._choose(one))

    def _fit_extend(self) -> None:
        """In fewer words where the button has no room for all of them."""
        press = self._extend
        if not self._offers or not press.isEnabled():
            return
        first = self._offers[0]
        words = (first.minutes, amounts.yuan(first.price_fen))
        wide = press.fontMetrics().horizontalAdvance
        around = press.sizeHint().width() - wide(press.text())
        whole = say.extend(*words)
        fits = wide(whole) + around <= press.width()
        fitting = whole if fits else say.extend_short(*words)
        if press.text() != fitting:
            press.setText(fitting)

    def event(self, event: QEvent) -> bool:
        # The button needs other room by another look, which it wears later than it is chosen.
        if event.type() == QEvent.Type.LayoutRequest:
            self._fit_extend()
        return super().event(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_extend()

    def set_view(self, view: SessionView) -> None:
        """Shows the bars, which change rarely."""
        promise = self._panel.promise_ms if self._panel else PROMISE_MS
        self._bars.set_bars(view.bars, promise, say.bars_name(len(view.bars)))

    def tick(self, panel: PanelView, *, linked: bool = True, selling: bool = True) -> None:
        """Moves what runs: called ten times a second while something moves. ``linked``: the relay can
        be heard, so the wait is not the network's. ``selling``: more time is on offer."""
        self._panel, self._linked = panel, linked
        self._tick_time(panel)
        self._tick_wait(panel)
        self._tick_kept(panel)
        live = selling and panel.phase in ("waiting", "active", "paused", "closing")
        self._extend.setVisible(live and bool(self._offers))
        self._more.setVisible(live and len(self._offers) > 1)
        self._receipt.setVisible(panel.phase == "closed")

    def _tick_time(self, panel: PanelView) -> None:
        self._remaining_title.setText(say.unused() if panel.phase == "closed" else say.remaining())
        self._clock.setText(amounts.clock(panel.remaining_ms))
        self._paid.setText(say.of_paid(amounts.clock(panel.paid_ms)))
        moment = panel.ends_utc_ms
        self._ends.setText(say.ends_at(amounts.hour_minute(moment)) if moment else "")
        self._ends.setVisible(bool(moment))
        self._given.setVisible(panel.given_back_ms > 0)
        given = amounts.clock(panel.given_back_ms)
        set_tone(self._given, f"+{given}" if self._narrow else say.given_back(given), "kept")
        used = 1 - panel.remaining_ms / panel.paid_ms if panel.paid_ms else 0.0
        self._line.set_share(1 - min(max(used, 0.0), 1.0))
        words = ""
        if panel.phase == "paused":
            left = amounts.clock(panel.pause_left_ms) if panel.pause_left_ms else None
            words = say.paused(panel.paused_reason, left)
        elif panel.phase == "waiting":
            words = say.not_started()
        elif panel.last_question:
            words = say.closing_last()
        elif panel.phase == "closed":
            words = say.closed()
            if panel.refund_fen:
                words += " · " + say.refund(amounts.yuan_exact(panel.refund_fen))
        self._state.setText(words)
        self._state.setVisible(bool(words))

    def _tick_wait(self, panel: PanelView) -> None:
        self._promise.setText(say.promise(panel.promise_ms // 1000))
        waiting = panel.wait_ms is not None
        over = panel.phase == "closed"
        for part in (self._wait_title, self._wait_rule):
            part.setVisible(not over)
        self._promise.setVisible(not over and not self._narrow)
        if over:  # nobody waits any more
            for ring in (self._ring, self._ring_words, self._show_ring):
                ring.setVisible(False)
            return
        hide = self._look.calm and not self._ring_shown
        self._ring.setVisible(not hide)
        self._show_ring.setVisible(hide and waiting)
        past = (panel.wait_ms or 0) > panel.promise_ms
        self._ring.set_wait(panel.wait_ms, panel.promise_ms, confirmed=panel.breach_confirmed)
        if not waiting:
            words = say.nothing_open()
        elif not self._linked:
            words = say.wait_unheard()
        elif panel.breach_confirmed:
            words = say.breached_now()
        elif past:
            words = say.about_to_breach()
        else:
            words = ""
        self._ring_words.setText(words)
        self._ring_words.setVisible(bool(words) and not (hide and waiting))

    def _tick_kept(self, panel: PanelView) -> None:
        turns = panel.kept + panel.breached
        if not turns:
            self._kept.setText(amounts.DASH)
            self._kept_of.setText(say.no_turns())
        else:
            enough = measures.rate_of(panel.measured).shows_percent
            self._kept.setText(measures.kept_figure(panel.measured))
            self._kept_of.setText(say.kept_of(panel.kept, turns) if enough else say.within())
        tone = "" if not turns else "kept" if not panel.breached else "ink"
        restyle(self._kept, tone=tone)
        measured = panel.measured
        values = (
            amounts.carried(measured.p50_ms, at_least=measured.p50_at_least),
            amounts.carried(measured.p95_ms, at_least=measured.p95_at_least),
            amounts.seconds(measured.worst_ms, at_least=measured.worst_at_least),
        )
        for (value, _), text in zip(self._figures, values, strict=True):
            value.setText(text)
        late = (measured.worst_ms or 0) > panel.promise_ms and not self._look.calm
        restyle(self._figures[2][0], tone="breach" if late else "")
        asks, late_part = measures.asks_figure(measured), measures.late_figure(measured)
        self._besides.setText(say.besides(asks, late_part))
        self._besides.setVisible(bool(turns or measured.late_ms))
        network = panel.network_ms
        self._network.setText(say.network(network) if network is not None else "")
        self._network.setVisible(network is not None)
        longest = panel.longest_silence_ms
        self._silence.setVisible(longest is not None and longest >= 60_000)
        if longest is not None:
            words = say.silences(amounts.clock(longest), panel.broken_60, panel.silences_60)
            self._silence.setText(words)

    # --- what it does -----------------------------------------------------------------------
    def _reveal(self) -> None:
        self._ring_shown = True
        if self._panel is not None:
            self.tick(self._panel, linked=self._linked)

    def _extend_clicked(self) -> None:
        if self._offers:
            self._choose(self._offers[0])

    def _choose(self, offer: Offer) -> None:
        self.extend_requested.emit(offer)

    def _open_menu(self) -> None:
        self._menu.popup(self._more.mapToGlobal(QPoint(0, self._more.height())))

    def set_extending(self, *, busy: bool) -> None:
        """While a purchase of time is under way nothing can be bought twice."""
        self._extend.setEnabled(not busy)
        self._more.setEnabled(not busy)
        if busy:
            self._extend.setText(say.extending())
        else:
            self.set_offers(self._offers)


def _row(*widgets: QWidget | None) -> QHBoxLayout:
    """Widgets side by side on one baseline; None is the stretch between."""
    line = QHBoxLayout()
    line.setSpacing(8)
    for widget in widgets:
        if widget is None:
            line.addStretch(1)
        else:
            line.addWidget(widget, alignment=Qt.AlignmentFlag.AlignBottom)
    return line
