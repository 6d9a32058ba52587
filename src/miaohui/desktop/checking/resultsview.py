"""The results of a check on the page: the table of targets, their curves, one session beside them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from miaohui.checks.record.events import SlotState
from miaohui.checks.results import Results, SessionResult
from miaohui.desktop.checking.curves import CurveChart
from miaohui.desktop.checking.sessioncard import SessionChart
from miaohui.desktop.checking.targettable import TargetTable
from miaohui.desktop.look.look import Look
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
        self._curves: CurveChart | None = None
        self._session: SessionChart | None = None
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
        # One piece a turn of the loop: all at once would hold the window up.
        self._jobs: list[Callable[[], None]] = [self._build_curves, self._build_session]
        self._turn = QTimer(self)
        self._turn.setInterval(0)
        self._turn.timeout.connect(self._next)
        self._turn.start()
        look.changed.connect(self._arrange)

    def _next(self) -> None:
        if self._jobs:
            self._jobs.pop(0)()
        if not self._jobs:
            self._turn.stop()

    def _soon(self, *jobs: Callable[[], None]) -> None:
        self._jobs += [one for one in jobs if one not in self._jobs]
        self._turn.start()

    def finish(self) -> None:
        """Whatever is still to be built or shown, now."""
        while self._jobs:
            self._next()

    @property
    def curves(self) -> CurveChart:
        self.finish()
        assert self._curves is not None
        return self._curves

    @property
    def session_card(self) -> SessionChart:
        self.finish()
        assert self._session is not None
        return self._session

    @property
    def shown_slot(self) -> str:
        self.finish()
        return self._slot

    def _build_curves(self) -> None:
        frame, inside = self._curve_card()
        self._curves = CurveChart(self._look)
        inside.addWidget(self._curves, 1)
        hint = words.curve_hint(words.curve_keys())
        inside.addWidget(label(hint, "hint", wrap=True))
        self._row.addWidget(frame, 62)

    def _build_session(self) -> None:
        self._session = SessionChart(self._look)
        self._session.session_asked.connect(self.choose_session)
        self._row.addWidget(self._session, 38)
        self._arrange()

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
        self._soon(self._show_curves, self._show_session)

    def _show_curves(self) -> None:
        if self._results is not None and self._curves is not None:
            self._curves.show_targets(self._results.targets, self._results.threshold)
            self._curves.choose(self.table.chosen)

    def _sessions(self) -> list[SessionResult]:
        if self._results is None:
            return []
        return [one for one in self._results.sessions if one.target == self.table.chosen]

    def _show_session(self) -> None:
        mine = self._sessions()
        kept = [one for one in mine if self._picked_slot and one.slot == self._slot]
        shown = kept[0] if kept else telling(mine)
        self._slot = "" if shown is None else shown.slot
        if self._session is not None:
            self._session.show_session(shown, mine)

    def _target_chosen(self, target: str) -> None:
        if not self._showing:
            self._picked_target, self._picked_slot = True, False
        if self._curves is not None:
            self._curves.choose(target)
        self._soon(self._show_session)

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
