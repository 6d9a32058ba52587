"""The receipt: the session's own figures, what was given back, and whether it all holds."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from miaohui.client.snapshots import PanelView, SessionView
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.models import measures
from miaohui.desktop.pages.doubtspanel import DoubtsPanel
from miaohui.desktop.pages.review import ReviewCard
from miaohui.desktop.strings import doubts as doubt_words
from miaohui.desktop.strings import errors, shell
from miaohui.desktop.strings import pay as pay_words
from miaohui.desktop.strings import receipt as words
from miaohui.desktop.strings import shop as shop_words
from miaohui.desktop.widgets.avatar import Avatar
from miaohui.desktop.widgets.button import button, icon_button
from miaohui.desktop.widgets.card import card, clear, line_of, rule, scrolled
from miaohui.desktop.widgets.figure import Figure
from miaohui.desktop.widgets.files import ask_save
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.keyview import KeyView
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.page import WindowPage
from miaohui.desktop.widgets.pill import pill, set_tone
from miaohui.desktop.widgets.waits import WaitStrip
from miaohui.promise import words as figure_words

if TYPE_CHECKING:
    from miaohui.client.port import ReceiptCheck, Refused

__all__ = ["ReceiptPage"]

LARGE = 1.5


class ReceiptPage(WindowPage):
    """Signals: ``back_asked``, ``shop_asked(shop)``, ``session_asked(session)``."""

    back_asked = Signal()
    shop_asked = Signal(str)
    session_asked = Signal(str)

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge = bridge
        self._session = ""
        self._checking = False
        self._stale = False  # something changed while nobody saw it
        self._lines_shown: list[tuple[str, str, bool]] = []
        self._dialog: QFileDialog | None = None

    def _steps(self) -> Iterator[None]:
        bridge = self._bridge
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        inside = QWidget()
        outer.addWidget(scrolled(inside))
        row = QBoxLayout(QBoxLayout.Direction.LeftToRight, inside)
        row.setContentsMargins(24, 24, 24, 24)
        row.setSpacing(18)
        row.addStretch(1)
        self._row = row
        self._card = self._receipt()
        yield
        self.review = ReviewCard(bridge)
        yield
        row.addWidget(self._card, 62)
        row.addWidget(self.review, 38)
        row.addStretch(1)
        bridge.session_changed.connect(self._changed)
        bridge.app_changed.connect(self._app_changed)
        bridge.look.changed.connect(self._arrange)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Side by side where there is room, else one under the other."""
        look, way = self._bridge.look, QBoxLayout.Direction
        wide = self.width() >= look.px(820)
        self._row.setDirection(way.LeftToRight if wide else way.TopToBottom)
        self._card.setMaximumWidth(look.px(690))
        self.review.setMaximumWidth(look.px(420 if wide else 690))
        self._head.setDirection(
            way.LeftToRight if self.width() >= look.px(520) else way.TopToBottom
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self._refresh()

    def _receipt(self) -> QWidget:
        look = self._bridge.look
        frame, column = card(margin=28, gap=12)
        self._head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._head.setSpacing(10)
        head = QHBoxLayout()
        head.setSpacing(10)
        back = icon_button(look, "back", shell.back())
        back.clicked.connect(self.back_asked)
        head.addWidget(back)
        self.avatar = Avatar(look)
        head.addWidget(self.avatar)
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(label(words.title(), "heading"))
        self.subtitle = label("", "small", wrap=True)
        names.addWidget(self.subtitle)
        head.addLayout(names, 1)
        self.seal = pill()
        self._head.addLayout(head, 1)
        self._head.addWidget(
            self.seal, 0, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        )
        column.addLayout(self._head)
        column.addWidget(rule())
        self.doubts = DoubtsPanel(look)
        self.doubts.entry_asked.connect(lambda _seq: self.session_asked.emit(self._session))
        self.doubts.export_asked.connect(lambda: self._export(with_text=False))
        column.addWidget(self.doubts)
        figures = FlowLayout(gap=24, level=True)
        self.kept = Figure("huge")
        self.median, self.p95, self.worst = Figure(), Figure(), Figure()
        for one in (self.kept, self.median, self.p95, self.worst):
            figures.addWidget(one)
        holder = QWidget()
        holder.setLayout(figures)
        column.addWidget(holder)
        self.bars = WaitStrip(look, height=110)
        self.bars.bar_pressed.connect(lambda _key: self.session_asked.emit(self._session))
        column.addWidget(self.bars)
        column.addWidget(rule())
        self.lines = QVBoxLayout()
        self.lines.setSpacing(8)
        column.addLayout(self.lines)
        self.key = KeyView(look)
        column.addWidget(self.key)
        self.result = label("", "body", wrap=True, selectable=True)
        self.result.hide()
        column.addWidget(self.result)
        column.addStretch(1)
        column.addWidget(self._buttons())
        return frame

    def _buttons(self) -> QWidget:
        flow = FlowLayout(gap=10)
        self.export = button(words.export())
        self.export.clicked.connect(lambda: self._export(with_text=False))
        self.export_text = button(words.export_with_text())
        self.export_text.clicked.connect(lambda: self._export(with_text=True))
        self.verify = button(words.verify())
        self.verify.clicked.connect(self.check)
        self.conversation = button(words.to_session())
        self.conversation.clicked.connect(lambda: self.session_asked.emit(self._session))
        self.rebook = button("")
        self.rebook.clicked.connect(self._rebook)
        for one in (self.export, self.export_text, self.verify, self.conversation, self.rebook):
            flow.addWidget(one)
        holder = QWidget()
        holder.setLayout(flow)
        return holder

    # --- showing -------------------------------------------------------------------------------
    def show_session(self, session: str) -> None:
        self._session = session
        self.result.hide()
        self._bridge.client.focus(session)  # read from the store if it is not yet
        self.review.show_session(session)
        self._refresh()

    def _changed(self, session: str) -> None:
        if session == self._session:
            self._app_changed()

    def _app_changed(self) -> None:
        if self.isVisible():
            self._refresh()
        else:
            self._stale = True

    def _refresh(self) -> None:
        self._stale = False
        client = self._bridge.client
        view, panel = client.session(self._session), client.panel(self._session)
        if view is None:
            return
        self._show_head(view)
        if panel is not None:
            self._show_figures(view, panel)
        self.doubts.show_doubts(view, panel)
        if panel is not None:
            self._show_lines(view, panel)
        self.review.refresh()

    def _show_head(self, view: SessionView) -> None:
        card_ = view.card
        today = datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000).astimezone()
        when = amounts.moment(card_.opened_utc, today)
        if card_.closed_utc:
            when += f"–{amounts.local(card_.closed_utc):%H:%M}"
        self.avatar.set_name(card_.peer_name)
        self.subtitle.setText(words.subtitle(card_.peer_name, card_.shop_name, card_.minutes, when))
        self.rebook.setText(words.rebook(card_.peer_name))
        if view.receipt is None or view.receipt_sound is None:
            set_tone(self.seal, words.not_checked(), "plain")
        elif view.doubts:
            set_tone(self.seal, doubt_words.seal(len(view.doubts)), "breach")
        elif view.receipt_sound:
            set_tone(self.seal, words.signed(), "accent")
        else:
            set_tone(self.seal, words.not_sound(), "breach")
        ended = view.receipt is not None
        receipt = view.receipt or {}
        key_id, key = str(receipt.get("key_id", "")), str(receipt.get("relay_key", ""))
        self.key.show_key(words.signing_key(key_id), key_id, key)
        for one in (self.export, self.export_text, self.verify):
            one.setEnabled(ended)
        if not ended:
            self.result.setText(words.not_yet())
        if card_.state != "closed":
            self.result.show()

    def _show_figures(self, view: SessionView, panel: PanelView) -> None:
        measured = panel.measured
        n = panel.kept + panel.breached
        rate = measures.rate_of(measured)
        interval = figure_words.kept(rate) if rate.shows_percent else None
        self.kept.show_figure(
            f"{panel.kept} / {n}",
            words.kept_line(interval) if n else words.no_turns(),
            measures.session_tone(panel.kept, panel.breached),
        )
        self.median.show_figure(
            amounts.carried(measured.p50_ms, at_least=measured.p50_at_least), shop_words.median()
        )
        self.p95.show_figure(
            amounts.carried(measured.p95_ms, at_least=measured.p95_at_least), shop_words.p95()
        )
        late = (measured.worst_ms or 0) > panel.promise_ms
        self.worst.show_figure(
            amounts.seconds(measured.worst_ms, at_least=measured.worst_at_least),
            shop_words.worst(),
            "breach" if late else "",
        )
        self.bars.set_bars(view.bars, panel.promise_ms, words.bars_name(len(view.bars)))

    def _show_lines(self, view: SessionView, panel: PanelView) -> None:
        lines: list[tuple[str, str, bool]] = []

        def add(what: str, value: str, *, strong: bool = False) -> None:
            lines.append((what, value, strong))

        add(words.bought(), amounts.clock(panel.paid_ms))
        add(words.given_back(panel.breached), "+" + amounts.clock(panel.given_back_ms))
        add(words.last_question(), self._last(view, panel))
        longest = amounts.DASH
        if panel.longest_silence_ms is not None:
            longest = amounts.clock(panel.longest_silence_ms)
        add(words.silence(), words.silence_value(longest, panel.silences_60, panel.broken_60))
        tally = self._bridge.client.tally(self._session)
        add(words.hollow(), words.hollow_value(tally.hollow, tally.replies))
        from statistics import median  # its module is large, and receipts are seldom looked at

        felt = tally.network_ms
        network = words.network_value(round(median(felt)), max(felt)) if felt else ""
        add(words.network(), network or words.network_none())
        late = figure_words.share(panel.late_ms, panel.elapsed_ms)
        add(words.asks_kept(), figure_words.kept(measures.asks_rate_of(panel.measured)))
        add(words.late_share(), late)
        if view.receipt is not None:
            key = str(view.receipt.get("key_id", ""))
            # In large type the two would make the page wider than a small window.
            between = "\n" if self._bridge.look.scale >= LARGE else " · "
            signed = f"{doubt_words.relay_key(key)}{between}{doubt_words.heads(view.heads)}"
            add(doubt_words.who_signed(), signed)
        if panel.flags:
            add(words.flags(), " · ".join(words.flag(one) for one in panel.flags))
        order = view.order
        if order is not None:
            paid = figure_words.yuan(order.price_fen + order.extensions_fen)
            back = figure_words.yuan(order.refund_fen or panel.refund_fen or 0)
            add(words.paid(paid), back, strong=True)
            made = order.payment
            if made is not None and made.state != "failed" and made.provider != "practice":
                add(pay_words.paid_with(), f"{pay_words.provider(made.provider)} · {made.number}")
            for one in order.refunds:
                if one.provider != "practice":
                    state = pay_words.refund_state(one.state, one.provider)
                    add(state, figure_words.yuan(one.fen))
        if lines == self._lines_shown:
            return
        self._lines_shown = lines
        clear(self.lines)
        for what, value, strong in lines:
            row, _value = (
                line_of(what, value, kind="strong", value_kind="strong")
                if strong
                else line_of(what, value)
            )
            self.lines.addLayout(row)

    def _last(self, view: SessionView, panel: PanelView) -> str:
        if "unanswered_at_end" in panel.flags:
            return words.last_unanswered()
        answered = [bar for bar in view.bars if bar.state in ("kept", "breached")]
        if not answered:
            return words.last_none()
        bar = answered[-1]
        return words.last_answered(amounts.seconds(bar.wait_ms), kept=bar.state == "kept")

    # --- doing ---------------------------------------------------------------------------------
    def check(self) -> None:
        """The app's own verification, once more."""
        if self._checking:
            return
        self._checking = True  # not disabled: that would send the keyboard to the next button
        self._bridge.run(
            self, self._bridge.client.check_receipt(self._session), self._checked, self._failed
        )

    def _checked(self, check: ReceiptCheck) -> None:
        self._checking = False
        if check.sound:
            self._say(words.verified(check.entries, check.key_id, known=check.key_known))
        else:
            self._say(words.broken(check.reason, check.seq))

    def _export(self, *, with_text: bool) -> None:
        name = f"miaohui-{self._session[:8]}.zip"
        dialog = ask_save(self, words.export_title(), words.export_filter(), "zip", name)
        dialog.fileSelected.connect(lambda path: self.export_to(Path(path), with_text=with_text))
        self._dialog = dialog
        dialog.open()

    def export_to(self, path: Path, *, with_text: bool) -> None:
        """Writes the bundle there."""
        self._bridge.run(
            self,
            self._bridge.client.export_bundle(self._session, path, with_text=with_text),
            lambda _done: self._say(self._exported(path)),
            self._failed,
        )

    def _exported(self, path: Path) -> str:
        view, said = self._bridge.client.session(self._session), words.exported(str(path))
        if view is None or not view.doubts:
            return said
        return said + doubt_words.exported_too()

    def _failed(self, refused: Refused) -> None:
        self._checking = False
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _say(self, text: str) -> None:
        self.result.setText(text)
        self.result.show()
        area = self.findChild(QScrollArea)
        if area is not None:
            area.ensureWidgetVisible(self.result)

    def _rebook(self) -> None:
        view = self._bridge.client.session(self._session)
        if view is not None:
            self.shop_asked.emit(view.card.shop)
