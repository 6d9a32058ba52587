"""What a check found, on the page: the table of targets, their curves, one session beside them."""

from __future__ import annotations

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from miaohui.checks.record import SlotState
from miaohui.checks.results import Results, SessionResult
from miaohui.desktop.checking.curves import CurveChart
from miaohui.desktop.checking.sessioncard import SessionCard
from miaohui.desktop.checking.targettable import TargetTable
from miaohui.desktop.look import Look
from miaohui.desktop.strings import checkresults as words
from miaohui.desktop.widgets.card import card
from miaohui.desktop.widgets.label import label

__all__ = ["ResultsView", "telling"]

BESIDE = 900  # from this width on the charts stand side by side


def telling(sessions: list[SessionResult]) -> SessionResult | None:
    """The session to show first: the one with the longest wait; else one that runs; else any."""
    waited = [one for one in sessions if one.longest_ms is not None]
    if waited:
        return max(waited, key=lambda one: one.longest_ms or 0)
    running = [one for one in sessions if one.state is SlotState.RUNNING]
    return (running or sessions or [None])[0]  # type: ignore[list-item]


class ResultsView(QWidget):
    """Draws Results; what was chosen stays chosen when new ones come."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self._results: Results | None = None
        self._slot = ""
        self._picked_target = self._picked_slot = False  # by the person: it stays
        self._showing = False
        self._charts: tuple[CurveChart, SessionCard] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(14)
        frame, inside = card(margin=0, gap=0)
        self.table = TargetTable(look)
        self.table.target_chosen.connect(self._target_chosen)
        inside.addWidget(self.table)
        self._column.addWidget(frame)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._row.setSpacing(14)
        self._column.addLayout(self._row, 1)
        # The charts come a turn later: all at once would hold the window up.
        self._later = QTimer(self, singleShot=True, interval=0)
        self._later.timeout.connect(self._build_charts)
        self._later.start()
        look.changed.connect(self._arrange)

    @property
    def curves(self) -> CurveChart:
        return self._build_charts()[0]

    @property
    def session_card(self) -> SessionCard:
        return self._build_charts()[1]

    @property
    def shown_slot(self) -> str:
        return self._slot

    def _build_charts(self) -> tuple[CurveChart, SessionCard]:
        if self._charts is not None:
            return self._charts
        frame, inside = self._curve_card()
        curves = CurveChart(self._look)
        inside.addWidget(curves, 1)
        hint = words.curve_hint(words.curve_keys())
        inside.addWidget(label(hint, "hint", wrap=True))
        session = SessionCard(self._look)
        session.session_asked.connect(self.choose_session)
        self._row.addWidget(frame, 62)
        self._row.addWidget(session, 38)
        self._charts = (curves, session)
        self._arrange()
        if self._results is not None:
            self._show_charts(self._results)
        return self._charts

    def _curve_card(self) -> tuple[QFrame, QVBoxLayout]:
        frame, inside = card(margin=16, gap=6)
        inside.addWidget(label(words.curve_title(), "strong", wrap=True))
        return frame, inside

    # --- showing ---------------------------------------------------------------------------------
    def show_results(self, results: Results) -> None:
        self._results = results
        self._showing = True
        self.table.show_targets(results.targets, results.threshold)
        if results.targets and not (self._picked_target and self.table.chosen):
            # What went worst is what a tester looks for first.
            worst = max(results.targets, key=lambda one: (one.worst_ms or 0, one.turns))
            self.table.choose(worst.target)
        self._showing = False
        if self._charts is not None:
            self._show_charts(results)

    def _show_charts(self, results: Results) -> None:
        curves, _card = self._build_charts()
        curves.show_targets(results.targets)
        curves.choose(self.table.chosen)
        self._show_session()

    def _sessions(self) -> list[SessionResult]:
        if self._results is None:
            return []
        return [one for one in self._results.sessions if one.target == self.table.chosen]

    def _show_session(self) -> None:
        mine = self._sessions()
        kept = [one for one in mine if self._picked_slot and one.slot == self._slot]
        shown = kept[0] if kept else telling(mine)
        self._slot = "" if shown is None else shown.slot
        if self._charts is not None:
            self._charts[1].show_session(shown, mine)

    def _target_chosen(self, target: str) -> None:
        if not self._showing:
            self._picked_target, self._picked_slot = True, False
        if self._charts is not None:
            self._charts[0].choose(target)
        self._show_session()

    def choose_session(self, slot: str) -> None:
        self._slot, self._picked_target, self._picked_slot = slot, True, True
        self._show_session()

    # --- arranging -------------------------------------------------------------------------------
    def _arrange(self) -> None:
        way = QBoxLayout.Direction
        wide = self.width() >= BESIDE * self._look.scale
        self._row.setDirection(way.LeftToRight if wide else way.TopToBottom)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
