"""检验 / Check: the shelf of plans and runs, and what is opened from it."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from miaohui.checks.plan.plan import Plan
from miaohui.checks.plan.writer import write_plan
from miaohui.checks.record.events import RunBegun
from miaohui.checks.record.trace import read_trace
from miaohui.client.port import Refused
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.checking.draft import blank
from miaohui.desktop.checking.library import Inventory, Library, PlanCard, TooLarge
from miaohui.desktop.checking.running import Running
from miaohui.desktop.look.stylesheet import Stylesheet
from miaohui.desktop.pages.check.library import LibraryPane
from miaohui.desktop.pages.check.pane import CheckPane
from miaohui.desktop.strings import check as words
from miaohui.desktop.strings import checkplan
from miaohui.desktop.widgets.assembly import Assembly
from miaohui.desktop.widgets.page import WindowPage
from miaohui.desktop.widgets.sheet import Sheet, over

if TYPE_CHECKING:
    from miaohui.desktop.pages.check.editor import EditorPane
    from miaohui.desktop.pages.check.run import RunPane

__all__ = ["CheckPage"]

PLAN = "plan.toml"
OWN_PRACTICE = "practice.log"  # written by a runner that started practice itself


class CheckPage(WindowPage):
    """Signals: ``notice_wanted(words)``."""

    notice_wanted = Signal(str)

    def __init__(self, bridge: Bridge, running: Running) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge, self.running = bridge, running
        self._files = Library(running.home)
        self._inventory: Inventory | None = None
        self._again = QTimer(self, singleShot=True, interval=0)
        self._again.timeout.connect(self.refresh)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.stack = QStackedWidget()
        column.addWidget(self.stack)
        self.shelf = LibraryPane(bridge.look, running, self.today)
        self.shelf.plan_asked.connect(lambda path: self.open_plan(Path(path)))
        self.shelf.run_asked.connect(lambda folder: self.open_run(Path(folder)))
        self.shelf.new_asked.connect(self.new_plan)
        self.shelf.files_brought.connect(self.bring_in)
        self.stack.addWidget(self.shelf)
        self._over: list[CheckPane] = []  # what was opened from the shelf, the newest last
        running.ended.connect(self._ended)
        self.refresh()

    def today(self) -> datetime:
        return datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000).astimezone()

    # --- the shelf -------------------------------------------------------------------------------
    def refresh(self) -> None:
        self._run(self._files.look, self._have)

    def _have(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self.shelf.show_inventory(inventory)

    def _run(self, work: Callable[[], object], then: Callable[..., object]) -> None:
        """Touches the disk beside the window; trouble with it is told in one sentence."""
        self._bridge.run(self, _beside(work), then, self._trouble)

    def _trouble(self, refused: Refused) -> None:
        self.notice_wanted.emit(words.trouble(refused.code, refused.detail))

    def _ended(self, _folder: str, _status: int, _tail: str) -> None:
        self.refresh()

    # --- what lies over it -----------------------------------------------------------------------
    @property
    def pane(self) -> CheckPane:
        """The one on screen: the shelf, or what was opened from it."""
        return self._over[-1] if self._over else self.shelf

    def _lay(self, pane: CheckPane) -> None:
        """Built, dressed and laid out in turns of the loop, then shown."""
        self._over.append(pane)
        stylesheet = self.window().findChild(Stylesheet)
        steps = Assembly(pane, self.stack, stylesheet).steps if stylesheet else pane.steps

        def while_wanted() -> Iterator[None]:
            for _ in steps:
                if pane not in self._over:
                    return
                yield

        self._bridge.scheduler.begin(while_wanted(), lambda: self._arrive(pane))

    def _arrive(self, pane: CheckPane) -> None:
        if self.pane is pane:
            if self.stack.indexOf(pane) < 0:
                self.stack.addWidget(pane)
            self.stack.setCurrentWidget(pane)
            pane.setFocus()
            pane.arrived()

    @property
    def is_settled(self) -> bool:
        """True where what was opened is on screen."""
        return self.stack.currentWidget() is self.pane

    def step_back(self) -> bool:
        """Esc: one pane up; on the shelf nothing."""
        if not self._over:
            return False
        pane = self._over.pop()
        pane.finish()
        self.stack.setCurrentWidget(self.pane)
        self.stack.removeWidget(pane)
        pane.hide()
        pane.deleteLater()
        self._again.start()
        return True

    # --- plans -----------------------------------------------------------------------------------
    def open_plan(self, path: Path) -> None:
        """The plan's editor."""

        def work() -> tuple[PlanCard, str]:
            data = path.read_bytes()
            return self._files.card(path), data.decode("utf-8-sig", "replace")

        self._run(work, lambda found: self._show_plan(*found))

    def _show_plan(self, card: PlanCard, text: str) -> None:
        from miaohui.desktop.pages.check.editor import EditorPane

        while self._over:
            self.step_back()
        pane = EditorPane(self._bridge, self._files, card, text)
        pane.back_asked.connect(self.step_back)
        pane.notice_wanted.connect(self.notice_wanted)
        pane.duplicate_asked.connect(lambda path: self.duplicate(Path(path)))
        pane.delete_asked.connect(lambda path: self._delete(Path(path)))
        pane.start_asked.connect(lambda plan: self._ask_start(pane, plan))
        self._lay(pane)

    def new_plan(self) -> None:
        """A plan of one stratum and one probe, opened for writing."""
        plan = blank(
            words.plan_name(),
            checkplan.first_claim(),
            checkplan.first_stratum(),
            checkplan.first_texts(),
            secrets.randbelow(2**31),
        )
        self._run(lambda: self._files.add(plan.name, write_plan(plan).encode()), self.open_plan)

    def bring_in(self, files: list[Path]) -> None:
        """Copies of files from elsewhere; the last one is opened."""

        def work() -> Path:
            paths = [self._files.bring_in(one) for one in files]
            return paths[-1]

        if files:
            self._run(work, self.open_plan)

    def duplicate(self, path: Path) -> None:
        """A copy that can be written: the same bytes, under another name."""

        def work() -> Path:
            data = path.read_bytes()
            card = self._files.card(path)
            text = data.decode("utf-8-sig", "replace")
            named = text.replace(_toml(card.name), _toml(words.copy_of(card.name)), 1)
            return self._files.add(words.copy_of(card.name), named.encode())

        self._run(work, self.open_plan)

    def _delete(self, path: Path) -> None:
        self._run(lambda: self._files.delete(path), lambda _done: self.step_back())

    # --- runs ------------------------------------------------------------------------------------
    def _ask_start(self, editor: EditorPane, plan: Plan) -> None:
        from miaohui.desktop.pages.check.start import StartForm

        form = StartForm(self._bridge, plan, practise=editor.card.shipped)
        sheet = self._sheet(form, 520)
        form.cancelled.connect(sheet.close_sheet)
        form.confirmed.connect(sheet.close_sheet)
        form.confirmed.connect(lambda relay: self.begin(editor.path, plan.name, relay))

    def _sheet(self, body: QWidget, width: int) -> Sheet:
        look, scheduler = self._bridge.look, self._bridge.scheduler
        return over(self, look, body, width=width, scheduler=scheduler)

    def begin(self, path: Path, name: str, relay: str) -> None:
        """Starts the run as a process of its own and shows it."""
        stamp = f"{self.today():%Y-%m-%d %H%M}"

        def then(folder: Path) -> None:
            self.running.start(path, folder, relay)
            self.open_run(folder)

        self._run(lambda: self._files.new_run(name, stamp), then)

    def open_run(self, folder: Path) -> None:
        """A run, also one that is over."""
        from miaohui.desktop.pages.check.run import RunPane

        while self._over:
            self.step_back()
        pane = RunPane(self._bridge, self.running, folder)
        pane.back_asked.connect(self.step_back)
        pane.resume_asked.connect(lambda folder: self.resume(Path(folder)))
        pane.report_asked.connect(lambda folder: self._ask_report(pane, Path(folder)))
        pane.evidence_asked.connect(lambda folder: self._ask_evidence(pane, Path(folder)))
        pane.coding_asked.connect(lambda folder: self.open_coding(Path(folder)))
        self._lay(pane)

    def resume(self, folder: Path) -> None:
        """Goes on with a run that was stopped or broke off, on the relay where it was begun."""

        def work() -> RunBegun | None:
            return read_trace(folder).begun

        def then(begun: RunBegun | None) -> None:
            link = self._bridge.client.view.link
            relay = "" if begun is None else begun.relay
            if (folder / OWN_PRACTICE).exists():
                relay = ""  # the run brought its practice relay up by itself
            elif begun is not None and begun.practice:
                if not link.practice:
                    self.notice_wanted.emit(words.trouble("practice_gone"))
                    return
                relay = link.url  # the same house, at another address than before
            self.running.start(folder / PLAN, folder, relay, resume=True)

        self._run(work, then)

    def open_coding(self, folder: Path) -> None:
        """The page for rating, over the run."""
        from miaohui.desktop.pages.check.coding import CodingPane

        pane = CodingPane(self._bridge, folder)
        pane.back_asked.connect(self.step_back)
        self._lay(pane)

    # --- exports ---------------------------------------------------------------------------------
    def _ask_report(self, pane: RunPane, folder: Path) -> None:
        from miaohui.desktop.widgets.files import ask_folder

        dialog = ask_folder(self, words.report_where())
        dialog.fileSelected.connect(lambda out: self.write_report(pane, folder, Path(out)))
        dialog.open()

    def write_report(self, pane: RunPane, folder: Path, out: Path) -> None:
        """Written by a process of its own; the button says that it is under way."""
        from miaohui.desktop.pages.check.export import write_report

        pane.report_under_way(under_way=True)

        def done(file: Path) -> None:
            pane.report_under_way(under_way=False)
            self.notice_wanted.emit(words.report_written(str(file)))

        def failed(refused: Refused) -> None:
            pane.report_under_way(under_way=False)
            self._trouble(refused)

        self._bridge.run(self, write_report(folder, out), done, failed)

    def _ask_evidence(self, pane: RunPane, folder: Path) -> None:
        from miaohui.desktop.pages.check.export import EvidenceForm
        from miaohui.desktop.widgets.files import ask_save

        form = EvidenceForm(self._bridge, folder)
        sheet = self._sheet(form, 620)
        form.cancelled.connect(sheet.close_sheet)

        def confirmed(texts: tuple[str, ...]) -> None:
            sheet.close_sheet()
            dialog = ask_save(
                self, words.evidence_where(), "ZIP (*.zip)", "zip", f"{folder.name}.zip"
            )
            dialog.fileSelected.connect(
                lambda out: self.write_evidence(pane, folder, Path(out), texts)
            )
            dialog.open()

        form.confirmed.connect(confirmed)

    def write_evidence(
        self, pane: RunPane, folder: Path, out: Path, texts: tuple[str, ...]
    ) -> None:
        """One signed bundle; the button says that it is under way."""
        from miaohui.desktop.pages.check.export import write_evidence

        pane.evidence_under_way(under_way=True)

        def done(file: Path) -> None:
            pane.evidence_under_way(under_way=False)
            self.notice_wanted.emit(words.evidence_written(str(file)))

        def failed(refused: Refused) -> None:
            pane.evidence_under_way(under_way=False)
            self._trouble(refused)

        self._bridge.run(self, write_evidence(folder, out, texts), done, failed)

    def run_shown(self) -> RunPane | None:
        """The run on screen or under what is on screen."""
        from miaohui.desktop.pages.check.run import RunPane

        return next((one for one in self._over if isinstance(one, RunPane)), None)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._again.start()


async def _beside(work: Callable[[], object]) -> object:
    try:
        return await asyncio.to_thread(work)
    except TooLarge:
        raise Refused("too_large") from None
    except OSError as error:
        raise Refused("disk", str(error.strerror or error)) from None


def _toml(name: str) -> str:
    return f'name = "{name}"'
