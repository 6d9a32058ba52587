"""One run: how far it is, what it found so far, pausing, going on, exporting."""

from __future__ import annotations

import asyncio
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from miaohui.checks.analysis.analyse import FolderUnreadable, analyse, plan_of
from miaohui.checks.plan.plan import Plan
from miaohui.checks.record.trace import read_trace
from miaohui.checks.results import Results
from miaohui.client.port import Refused
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.checking.library import state_of
from miaohui.desktop.checking.resultsview import ResultsView
from miaohui.desktop.checking.running import Running
from miaohui.desktop.checking.trouble import trouble_of
from miaohui.desktop.look.amounts import yuan
from miaohui.desktop.look.language import say
from miaohui.desktop.pages.check.deviations import show_deviations
from miaohui.desktop.pages.check.pane import CheckPane
from miaohui.desktop.strings import check as words
from miaohui.desktop.strings import checkresults
from miaohui.desktop.widgets.asking import ask
from miaohui.desktop.widgets.button import button, icon_button
from miaohui.desktop.widgets.card import card, scrolled
from miaohui.desktop.widgets.empty import EmptyState
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import Elided, label
from miaohui.desktop.widgets.progress import ProgressBar

__all__ = ["RunPane"]

FINISHED, NOT_POSSIBLE, STOPPED = 0, 2, 3  # exit statuses of `miaohui check run`
AGAIN_MS = 2_000  # between two readings of a folder that goes on


class RunPane(CheckPane):
    """Signals: ``back_asked``, ``resume_asked(folder)``, ``report_asked(folder)``,
    ``evidence_asked(folder)``, ``coding_asked(folder)``."""

    back_asked = Signal()
    resume_asked = Signal(str)
    report_asked = Signal(str)
    evidence_asked = Signal(str)
    coding_asked = Signal(str)

    def __init__(self, bridge: Bridge, running: Running, folder: Path) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge, self._running, self.folder = bridge, running, folder
        self.results: Results | None = None
        self._plan: Plan | None = None
        self._ended = "going"
        self._reading = False
        self._stale = False
        self._at_work: set[QPushButton] = set()  # exports under way: pressed once is enough
        self._said = ""  # how the process ended, where it did not end well
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 18, 24, 0)
        whole.setSpacing(14)
        whole.addLayout(self._head())
        inside = QWidget()
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 24)
        column.setSpacing(14)
        column.addWidget(self._progress())
        self.stack = QStackedWidget()
        self.empty = EmptyState()
        self.empty.show_words(words.reading())
        self.view = ResultsView(bridge.look)
        self.stack.addWidget(self.empty)
        self.stack.addWidget(self.view)
        column.addWidget(self.stack, 1)
        whole.addWidget(scrolled(inside), 1)
        self._again = QTimer(self, singleShot=True, interval=AGAIN_MS)
        self._again.timeout.connect(self._due)
        running.moved.connect(self._moved)
        running.ended.connect(self._over)
        bridge.look.changed.connect(self._arrange)
        self.read()

    # --- building --------------------------------------------------------------------------------
    def _head(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(10)
        self.back = icon_button(self._bridge.look, "back", words.back())
        self.back.clicked.connect(self.back_asked)
        row.addWidget(self.back)
        self.title = Elided(self.folder.name, "title")
        row.addWidget(self.title, 1)
        self.rate = button(words.rate_replies())
        self.rate.clicked.connect(lambda: self.coding_asked.emit(str(self.folder)))
        self.evidence = button(words.export_evidence())
        self.evidence.clicked.connect(lambda: self.evidence_asked.emit(str(self.folder)))
        self.report = button(words.export_report(), "primary")
        self.report.clicked.connect(lambda: self.report_asked.emit(str(self.folder)))
        tools = FlowLayout(gap=10)
        for one in (self.rate, self.evidence, self.report):
            one.setEnabled(False)
            tools.addWidget(one)
        self._tools = QWidget()
        self._tools.setLayout(tools)
        self._whole_head = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._whole_head.setSpacing(10)
        self._whole_head.addLayout(row, 1)
        self._whole_head.addWidget(self._tools)
        column.addLayout(self._whole_head)
        self.about = label("", "small", wrap=True)
        column.addWidget(self.about)
        return column

    def _progress(self) -> QFrame:
        frame, column = card(margin=16, gap=8)
        row = QHBoxLayout()
        row.setSpacing(12)
        self.done = label("", "strong")
        row.addWidget(self.done)
        self.state = label("", "small")
        row.addWidget(self.state)
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        self.money = label("", "small", wrap=True, align=right)
        row.addWidget(self.money, 1)
        self.pause = button(words.pause())
        self.pause.clicked.connect(self._pause)
        self.stop = button(words.stop())
        self.stop.clicked.connect(self._ask_stop)
        self.resume = button(words.resume(), "outline")
        self.resume.clicked.connect(self._resume)
        for one in (self.pause, self.resume, self.stop):
            one.hide()
            row.addWidget(one)
        column.addLayout(row)
        self.bar = ProgressBar(self._bridge.look, 8)
        column.addWidget(self.bar)
        below = QHBoxLayout()
        self.verdict = label("", "strong", wrap=True)
        below.addWidget(self.verdict, 1)
        self.deviations = button("", "link")
        self.deviations.clicked.connect(self._show_deviations)
        self.deviations.hide()
        below.addWidget(self.deviations, 0, Qt.AlignmentFlag.AlignTop)
        column.addLayout(below)
        self.trouble = label("", "body", wrap=True, selectable=True)
        self.trouble.hide()
        column.addWidget(self.trouble)
        return frame

    # --- reading ---------------------------------------------------------------------------------
    def read(self) -> None:
        """Reads the folder beside the window; once more where it moved meanwhile."""
        if self._reading:
            self._stale = True
            return
        self._reading, self._stale = True, False
        self._bridge.run(self, _read(self.folder, self._plan), self._have, self._failed)

    def _have(self, found: tuple[Plan, Results, str]) -> None:
        self._reading = False
        self._plan, self.results, self._ended = found
        self._show(self._plan, self.results)
        if self._stale:
            self._again.start()

    def _failed(self, refused: Refused) -> None:
        self._reading = False
        live = self._running.live(self.folder)
        if live is not None:  # it has not written its plan yet
            self.empty.show_words(words.not_begun(), words.no_data_hint())
            self._again.start()
        else:
            said = self._said or words.trouble("unreadable", refused.detail)
            self.empty.show_words(words.no_data_title(), said)
        self._show_state()

    def _due(self) -> None:
        if self.isVisible():
            self.read()
        else:
            self._stale = True

    def _moved(self, folder: str) -> None:
        if folder == str(self.folder):
            self._show_state()
            if not self._again.isActive():
                self._again.start()

    def _over(self, folder: str, status: int, tail: str) -> None:
        if folder != str(self.folder):
            return
        self._said = _sentence(status, tail)
        self.read()
        self._show_state()

    # --- showing ---------------------------------------------------------------------------------
    def _show(self, plan: Plan, results: Results) -> None:
        self.title.setText(results.name)
        self.about.setText(_about(plan, self.folder))
        anything = bool(results.done_sessions) or any(one.bars for one in results.sessions)
        if results.targets:
            self.view.show_results(results)
            self.stack.setCurrentWidget(self.view)
        else:
            self.empty.show_words(words.no_data_title(), words.no_data_hint())
        for one in (self.rate, self.evidence, self.report):
            one.setEnabled(anything and one not in self._at_work)
        self._show_state()

    def _show_state(self) -> None:
        live, results = self._running.live(self.folder), self.results
        state = live.state if live is not None else self._ended
        done = results.done_sessions + results.skipped_sessions if results is not None else 0
        planned = results.planned_sessions if results is not None else 0
        spent = results.spent_fen - results.refunded_fen if results is not None else 0
        budget = results.budget_fen if results is not None else 0
        ends = results.ends_at_utc_ms if results is not None else None
        if live is not None:
            done, planned = _number(live.told, "done", done), _number(live.told, "planned", planned)
            spent = _number(live.told, "spent_fen", spent)
            budget = _number(live.told, "budget_fen", budget)
            ends = _number(live.told, "ends_at_utc_ms", ends or 0) or None
        self.done.setText(words.progress(done, planned))
        self.state.setText(words.run_state(state))
        self.bar.set_share(done / planned if planned else 0.0)
        parts = [words.spent(yuan(spent), yuan(max(0, budget - spent)))]
        if results is not None and results.refunded_fen:
            parts.append(words.refunded(yuan(results.refunded_fen)))
        now = self._bridge.clock.utc_ms()
        if ends is not None and ends > now and state in ("running", "paused", "pausing"):
            parts.append(words.ends(ends, ends - now))
        if results is not None and results.skipped_sessions:
            parts.append(words.skipped_count(results.skipped_sessions))
        if results is not None and results.kappa is not None:
            value = results.kappa.value
            told = "—" if value is None else f"{value:.2f}"
            parts.append(words.kappa(told, results.kappa.items))
        self.money.setText(" · ".join(parts))
        if results is not None:
            over = live is None and state in ("finished", "stopped")
            verdict = checkresults.verdict_whole(results.verdict.value, running=not over)
            threshold = checkresults.threshold(results.threshold)
            self.verdict.setText(f"{verdict} · {words.claim(results.claim)} · {threshold}")
            self.deviations.setText(words.deviations(len(results.deviations)))
            self.deviations.setVisible(bool(results.deviations))
        self.pause.setVisible(live is not None and state == "running")
        self.resume.setVisible(
            state == "paused" if live is not None else state in ("going", "stopped", "paused")
        )
        self.stop.setVisible(live is not None)
        self.stop.setEnabled(state not in ("stopping",))
        self._show_trouble()

    def _show_trouble(self) -> None:
        said = self._said
        if not said and self.results is not None:
            live = self._running.live(self.folder) is not None
            code = trouble_of(self.results, live=live)
            said = words.trouble(code) if code else ""
        self.trouble.setText(said)
        self.trouble.setVisible(bool(said))

    def report_under_way(self, *, under_way: bool) -> None:
        self._work(self.report, under_way=under_way)
        self.report.setText(words.report_writing() if under_way else words.export_report())
        self._arrange()

    def evidence_under_way(self, *, under_way: bool) -> None:
        self._work(self.evidence, under_way=under_way)
        writing = words.evidence_writing()
        self.evidence.setText(writing if under_way else words.export_evidence())
        self._arrange()

    def _work(self, press: QPushButton, *, under_way: bool) -> None:
        (self._at_work.add if under_way else self._at_work.discard)(press)
        press.setEnabled(not under_way)

    # --- deciding --------------------------------------------------------------------------------
    def _pause(self) -> None:
        self._running.tell(self.folder, "pause")

    def _resume(self) -> None:
        self._said = ""
        if self._running.live(self.folder) is not None:
            self._running.tell(self.folder, "resume")
        else:
            self.resume_asked.emit(str(self.folder))
            self._show_state()

    def _ask_stop(self) -> None:
        answers = [(words.stop_now(), "primary", lambda: self._running.tell(self.folder, "stop"))]
        ask(
            self.window(),
            self._bridge.look,
            words.stop_title(),
            words.stop_words(),
            answers,
            scheduler=self._bridge.scheduler,
        )

    def _show_deviations(self) -> None:
        if self.results is not None:
            show_deviations(self.window(), self._bridge, self.results.deviations)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """The buttons stand beside the title where both have room, else below it."""
        hints = [one.sizeHint().width() for one in (self.rate, self.evidence, self.report)]
        wanted = sum(hints) + 10 * (len(hints) - 1)
        wide = self.width() - wanted >= self._bridge.look.px(300)
        way = QBoxLayout.Direction
        self._whole_head.setDirection(way.LeftToRight if wide else way.TopToBottom)
        self._tools.setMinimumWidth(wanted if wide else 0)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self._stale:
            self.read()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._again.stop()
        self._stale = True


async def _read(folder: Path, known: Plan | None) -> tuple[Plan, Results, str]:
    def work() -> tuple[Plan, Results, str]:
        plan = known or plan_of(folder)
        results = analyse(folder)
        return plan, results, state_of(read_trace(folder))

    try:
        return await asyncio.to_thread(work)
    except FolderUnreadable as error:
        raise Refused("unreadable", say(error.chinese, error.english)) from None
    except OSError as error:
        raise Refused("unreadable", str(error.strerror)) from None


def _sentence(status: int, tail: str) -> str:
    """How a process ended, where it did not end as it should: its own last sentence, or that it
    broke off."""
    if status in (FINISHED, STOPPED):
        return ""
    last = tail.strip().rpartition("\n")[2]
    if status != NOT_POSSIBLE:
        return words.trouble("broke_off", last)
    said = last.partition(": ")[2] if last.startswith("miaohui") else last
    return said or words.trouble("broke_off")


def _about(plan: Plan, folder: Path) -> str:
    scope = plan.scope
    spans = [f"{_clock(one.from_min)}–{_clock(one.to_min)}" for one in plan.strata[:3]]
    return words.subtitle(
        len(scope.shops) + len(scope.responders),
        scope.sessions,
        scope.minutes,
        yuan(scope.budget_fen),
        words.times(say("、", ", ").join(spans)) if spans else "",
        f"SHA-256 {plan.sha256[:12]}…",
    )


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _number(told: dict[str, object], key: str, default: int) -> int:
    value = told.get(key)
    return value if isinstance(value, int) else default
