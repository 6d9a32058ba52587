"""The shelf of checks: plans on the left, what was checked on the right, and where to begin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFileDialog,
    QHBoxLayout,
    QListView,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from miaohui.desktop.checking.library import Inventory, PlanCard, RunCard
from miaohui.desktop.checking.library_model import ROW, LibraryDelegate, LibraryModel, LibraryRow
from miaohui.desktop.checking.running import Running
from miaohui.desktop.look import amounts
from miaohui.desktop.look.look import Look
from miaohui.desktop.pages.check.pane import CheckPane
from miaohui.desktop.strings import check as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.empty import EmptyState
from miaohui.desktop.widgets.files import ask_files
from miaohui.desktop.widgets.label import label

__all__ = ["LibraryPane", "run_words"]

BESIDE = 760


def run_words(run: RunCard, running: Running) -> str:
    """The state of a run: what this window's process does, else what its record says."""
    live = running.live(run.folder)
    if live is None:
        return words.run_state(run.state)
    return words.run_state(live.state)


class LibraryPane(CheckPane):
    """Signals: ``plan_asked(path)``, ``run_asked(folder)``, ``new_asked``,
    ``files_brought(list[Path])``."""

    plan_asked = Signal(str)
    run_asked = Signal(str)
    new_asked = Signal()
    files_brought = Signal(object)

    def __init__(self, look: Look, running: Running, today: Callable[[], datetime]) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._look, self._running, self._today = look, running, today
        self._inventory: Inventory | None = None
        self._dialog: QFileDialog | None = None
        self.setAcceptDrops(True)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 18, 24, 0)
        whole.setSpacing(14)
        whole.addLayout(self._head())
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(20)
        whole.addLayout(self._columns, 1)
        self.plan_model, self.run_model = LibraryModel(), LibraryModel()
        self.plans = self._list(self.plan_model, words.plans(), self.plan_asked)
        self.runs = self._list(self.run_model, words.runs(), self.run_asked)
        self._columns.addWidget(self._column(words.plans(), self.plans, words.drop_here()), 1)
        self._stack = QStackedWidget()
        self._stack.addWidget(self.runs)
        self._no_runs = EmptyState()
        self._no_runs.show_words(words.no_runs_title(), words.no_runs())
        self._stack.addWidget(self._no_runs)
        self._columns.addWidget(self._column(words.runs(), self._stack, ""), 1)
        running.moved.connect(lambda _folder: self._show())
        running.ended.connect(lambda *_: self._show())
        look.changed.connect(self._look_changed)

    def _head(self) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(2)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(label(words.title(), "title"))
        row.addStretch(1)
        self.bring = button(words.import_plan())
        self.bring.clicked.connect(self._choose_file)
        self.new = button(words.new_plan(), "primary")
        self.new.clicked.connect(self.new_asked)
        row.addWidget(self.bring)
        row.addWidget(self.new)
        column.addLayout(row)
        column.addWidget(label(words.about(), "second", wrap=True))
        return column

    def _column(self, title: str, inside: QWidget, hint: str) -> QWidget:
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 12)
        column.setSpacing(8)
        column.addWidget(label(title, "heading"))
        column.addWidget(inside, 1)
        if hint:
            column.addWidget(label(hint, "hint", wrap=True))
        return holder

    def _list(self, model: LibraryModel, name: str, asked: object) -> QListView:
        view = QListView()
        view.setModel(model)
        view.setItemDelegate(LibraryDelegate(self._look))
        view.itemDelegate().setParent(view)
        view.setUniformItemSizes(True)
        view.setMouseTracking(True)
        view.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        view.setAccessibleName(name)

        def open_(index: QModelIndex) -> None:
            key = index.data(ROW).key
            if key:
                asked.emit(key)  # type: ignore[attr-defined]

        view.clicked.connect(open_)
        view.activated.connect(open_)
        return view

    # --- showing ---------------------------------------------------------------------------------
    def show_inventory(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._show()

    def _show(self) -> None:
        inventory = self._inventory
        if inventory is None:
            return
        self.plan_model.show_rows([plan_row(one) for one in inventory.plans])
        self.run_model.show_rows([self._run_row(one) for one in inventory.runs])
        self._stack.setCurrentIndex(0 if inventory.runs else 1)

    def _run_row(self, run: RunCard) -> LibraryRow:
        when = "—"
        if run.begun_utc_ms:
            began = datetime.fromtimestamp(run.begun_utc_ms / 1000).astimezone()
            when = amounts.moment(began.isoformat(), self._today())
        live = self._running.live(run.folder)
        done, planned = run.done, run.planned
        if live is not None:
            done = _count(live.told.get("done"), done)
            planned = _count(live.told.get("planned"), planned)
        share = done / planned if planned and run.state != "finished" else None
        line = words.run_line(done, planned, when)
        return LibraryRow(str(run.folder), run.name, line, run_words(run, self._running), share)

    # --- bringing in -----------------------------------------------------------------------------
    def _choose_file(self) -> None:
        dialog = ask_files(self, words.import_title(), "TOML (*.toml)")
        dialog.filesSelected.connect(
            lambda files: self.files_brought.emit([Path(one) for one in files])
        )
        self._dialog = dialog
        dialog.open()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _tomls_in(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        files = _tomls_in(event)
        if files:
            event.acceptProposedAction()
            self.files_brought.emit(files)

    # --- arranging -------------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        way = QBoxLayout.Direction
        wide = self.width() >= BESIDE * self._look.scale
        self._columns.setDirection(way.LeftToRight if wide else way.TopToBottom)

    def _look_changed(self) -> None:
        for view in (self.plans, self.runs):
            view.doItemsLayout()
            view.viewport().update()


def plan_row(plan: PlanCard) -> LibraryRow:
    """A plan's row; one with mistakes says how many."""
    if plan.plan is None:
        return LibraryRow(
            str(plan.path), plan.name, plan.path.name, words.mistakes(len(plan.mistakes))
        )
    scope = plan.plan.scope
    line = words.plan_line(
        len(scope.shops) + len(scope.responders),
        scope.sessions,
        scope.minutes,
        amounts.yuan(scope.budget_fen),
    )
    state = words.shipped() if plan.shipped else words.used() if plan.begun else words.ready()
    return LibraryRow(str(plan.path), plan.name, line, state)


def _count(value: object, default: int) -> int:
    return value if isinstance(value, int) else default


def _tomls_in(event: QDropEvent) -> list[Path]:
    files = [Path(one.toLocalFile()) for one in event.mimeData().urls() if one.isLocalFile()]
    return [one for one in files if one.suffix.lower() == ".toml"]
