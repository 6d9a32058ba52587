"""The doubts about a session's record: what differs, where, by how much, and both results."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from miaohui.client.doubts import Doubt, DoubtKind
from miaohui.client.snapshots import PanelView, SessionView
from miaohui.desktop.look import amounts
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import doubts as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card, clear, rule
from miaohui.desktop.widgets.figure import Figure
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.promise import words as figure_words
from miaohui.promise.figures import kept_rate
from miaohui.runtime.clock import told_utc_ms

__all__ = ["DoubtsPanel", "kept_here"]


class DoubtsPanel(QWidget):
    """Hidden where everything fits. ``entry_asked(seq)``: the person wants to see that entry;
    ``export_asked``: to take the evidence along."""

    entry_asked = Signal(int)
    export_asked = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._shown: tuple[Doubt, ...] = ()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        box, inside = card("breach", margin=16, gap=4)
        title = label(words.box_title(), "strong", wrap=True)
        title.setProperty("tone", "breach")
        inside.addWidget(title)
        inside.addWidget(label(words.box_text(), "body", wrap=True))
        column.addWidget(box)
        self.rows = QVBoxLayout()
        self.rows.setSpacing(8)
        column.addLayout(self.rows)
        flow = FlowLayout(gap=24, level=True)
        self.theirs, self.mine, self.refunds = Figure("figure"), Figure("figure"), Figure("figure")
        for one in (self.theirs, self.mine, self.refunds):
            flow.addWidget(one)
        holder = QWidget()
        holder.setLayout(flow)
        column.addWidget(holder)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        self.export = button(words.export_evidence(), "primary")
        self.export.clicked.connect(self.export_asked)
        foot.addWidget(self.export)
        foot.addWidget(label(words.for_good(), "small", wrap=True), 1)
        column.addLayout(foot)
        column.addWidget(rule())
        self.hide()

    def show_doubts(self, view: SessionView, panel: PanelView | None) -> None:
        """All of them, oldest first."""
        found = view.doubts
        self.setVisible(bool(found))
        if not found:
            return
        if panel is not None:
            self._show_results(view, panel)
        if found == self._shown:
            return
        self._shown = found
        clear(self.rows)
        for doubt in found:
            self.rows.addWidget(self._row(doubt, view))

    def _show_results(self, view: SessionView, panel: PanelView) -> None:
        turns = panel.kept + panel.breached
        self.theirs.show_figure(
            figure_words.kept(kept_rate(panel.kept, panel.breached)), words.by_the_record()
        )
        kept = kept_here(panel.kept, panel.promise_ms, view.doubts)
        self.mine.show_figure(
            figure_words.kept(kept_rate(kept, turns - kept)), words.by_this_computer()
        )
        refund = next((each for each in view.doubts if each.kind is DoubtKind.REFUND), None)
        self.refunds.setVisible(refund is not None)
        if refund is not None:
            theirs, mine = (figure_words.yuan(int(fen)) for fen in (refund.theirs, refund.mine))
            self.refunds.show_figure(words.refunds(theirs, mine), words.refunds_about())

    def _row(self, doubt: Doubt, view: SessionView) -> QWidget:
        holder = QWidget()
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        utc_ms = told_utc_ms(view.card.opened_utc) + doubt.t
        time = label(amounts.hour_minute_second(utc_ms), "small")
        row.addWidget(time, 0, Qt.AlignmentFlag.AlignTop)
        lines = QVBoxLayout()
        lines.setSpacing(2)
        lines.addWidget(label(words.headline(doubt), "strong", wrap=True))
        lines.addWidget(label(words.detail(doubt), "small", wrap=True))
        row.addLayout(lines, 1)
        if doubt.seq:
            see = button(words.see_entry())
            see.setAccessibleName(f"{words.see_entry()}: {words.headline(doubt)}")
            see.clicked.connect(lambda _checked=False, seq=doubt.seq: self.entry_asked.emit(seq))
            row.addWidget(see, 0, Qt.AlignmentFlag.AlignTop)
        return holder


def kept_here(kept: int, promise_ms: int, doubts: tuple[Doubt, ...]) -> int:
    """The kept turns less those that the record keeps and that this computer waited too long for,
    the round trip taken off."""
    late = {
        each.seq
        for each in doubts
        if each.kind is DoubtKind.LONGER
        and int(each.theirs) <= promise_ms
        and int(each.mine) - (each.rtt_ms or 0) > promise_ms
    }
    return max(0, kept - len(late))
