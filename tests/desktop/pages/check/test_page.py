"""The page of checks in a real window: plans written, mistakes at their fields, runs read, replies rated."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from tests.checks import samples
from tests.end_to_end.screen import Screen, on_qt, screen

from miaohui import resources
from miaohui.checks.analysis.ratings import read_ratings
from miaohui.checks.plan.reader import read_plan
from miaohui.desktop.checking.running import Running
from miaohui.desktop.look.amounts import yuan
from miaohui.desktop.pages.check.coding import CodingPane
from miaohui.desktop.pages.check.editor import EditorPane
from miaohui.desktop.pages.check.page import CheckPage
from miaohui.desktop.pages.check.run import RunPane
from miaohui.desktop.pages.check.start import StartForm

SHIPPED = resources.path("plans", "practice.toml")


@asynccontextmanager
async def page_in(home: Path) -> AsyncIterator[tuple[Screen, Any]]:
    async with screen() as shown:
        # Nobody is signed in, so the window itself would lead back to its start.
        running = Running(home)
        page = CheckPage(shown.bridge, running)
        shown.window.stack.addWidget(page)
        shown.window.stylesheet.wear(page)
        shown.window.stack.setCurrentWidget(page)
        await shown.until(lambda: page.shelf.plan_model.rowCount() > 0)
        try:
            yield shown, page
        finally:
            await running.close()


async def editor_of(shown: Screen, page: Any) -> EditorPane:
    """The editor that is on screen, with its form."""
    await shown.until(lambda: isinstance(page.pane, EditorPane) and page.is_settled)
    editor: EditorPane = page.pane
    await shown.until(lambda: editor.is_settled)
    return editor


def test_a_plan_is_copied_written_and_saved_with_its_mistakes_at_their_fields(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def job() -> None:
        async with page_in(tmp_path) as (shown, page):
            page.open_plan(SHIPPED)
            editor = await editor_of(shown, page)
            assert editor.card.shipped
            assert editor.form is not None
            name = editor.form.field_at(("name",))
            assert name is not None
            assert name.line.isReadOnly()  # type: ignore[attr-defined]
            await shown.press(editor.duplicate)
            await shown.until(lambda: page.pane is not editor)
            copy = await editor_of(shown, page)
            assert copy.start.isEnabled()
            assert copy.path.parent == tmp_path / "plans"
            form = copy.form
            assert form is not None
            threshold: Any = form.field_at(("claim", "threshold"))
            before = read_plan(SHIPPED.read_bytes()).claim.threshold
            threshold.spin.setValue(99)
            await shown.until(lambda: bool(threshold.mistakes_shown()))
            unit: Any = form.field_at(("claim", "unit"))
            assert unit.value() == "messages"
            unit.menu._choose("late_share")
            late: Any = form.field_at(("claim", "late_most"))
            late.spin.setValue(35)
            await shown.until(lambda: b"late_most = 0.35" in copy.path.read_bytes())
            assert b'unit = "late_share"' in copy.path.read_bytes()
            assert not copy.start.isEnabled()
            assert b"threshold = 0.99" in copy.path.read_bytes()
            assert copy.lint.presses
            await shown.press(copy.text_chip)
            await shown.until(lambda: copy.in_text and bool(copy.text.presses))
            text = copy.text.text().replace("threshold = 0.99", f"threshold = {before}")
            copy.text.edit.setPlainText(text)
            await shown.until(copy.start.isEnabled)
            assert read_plan(copy.path.read_bytes()).claim.threshold == before
            copy.text.edit.setPlainText("name = ")
            await shown.until(lambda: not copy.start.isEnabled() and bool(copy.text.presses))
            await shown.press(copy.form_chip)  # no form of what is no TOML
            assert copy.in_text
            assert copy.path.read_bytes() == b"name = "
            page.step_back()
            assert page.pane is page.shelf

    on_qt(qapp, job())


def test_a_dropped_file_with_mistakes_is_kept_and_shown(qapp: QApplication, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text(
        SHIPPED.read_text(encoding="utf-8").replace('kind = "gap"', 'kind = "gab"'),
        encoding="utf-8",
    )

    async def job() -> None:
        async with page_in(tmp_path / "checks") as (shown, page):
            data = QMimeData()
            data.setUrls([QUrl.fromLocalFile(str(bad))])
            event = QDropEvent(
                QPointF(20, 20),
                Qt.DropAction.CopyAction,
                data,
                Qt.MouseButton.LeftButton,
                Qt.KeyboardModifier.NoModifier,
            )
            page.shelf.dropEvent(event)
            editor = await editor_of(shown, page)
            assert editor.path.read_bytes() == bad.read_bytes()
            await shown.until(lambda: bool(editor.lint.presses))
            assert "gap" in editor.lint.presses[0].text()
            assert not editor.start.isEnabled()
            await shown.press(editor.delete)
            assert editor.path.exists()  # it asks twice
            await shown.press(editor.delete)
            await shown.until(lambda: not editor.path.exists())

    on_qt(qapp, job())


def test_the_form_grows_and_shrinks(qapp: QApplication, tmp_path: Path) -> None:
    async def job() -> None:
        async with page_in(tmp_path) as (shown, page):
            await shown.press(page.shelf.new)
            await shown.until(lambda: isinstance(page.pane, EditorPane) and page.is_settled)
            editor: EditorPane = page.pane
            await shown.until(lambda: bool(editor.lint.presses))  # nobody to try yet
            form = editor.form
            assert form is not None
            assert form.strata is not None
            assert form.probes is not None
            assert form.shops is not None
            form.shops.text.setText("晚风小屋")
            QTest.keyClick(form.shops.text, Qt.Key.Key_Return)
            await shown.until(lambda: not editor.lint.presses)
            before = form.plan().scope.sessions
            await shown.press(form.strata.add)
            await shown.until(lambda: form.plan().scope.sessions == before + 2)
            await shown.press(form.probes.add)
            kind: Any = form.probes.rows[-1].fields[0]
            kind.menu._choose("gap")
            await shown.until(lambda: len(form.plan().probes) == 2)
            assert form.plan().probes[1].texts == ()
            await shown.press(form.probes.rows[-1].remove)
            await shown.until(lambda: len(form.plan().probes) == 1)
            await shown.until(
                lambda: (
                    len(read_plan(editor.path.read_bytes()).probes) == 1
                    and len(read_plan(editor.path.read_bytes()).strata) == 2
                )
            )

    on_qt(qapp, job())


def test_a_run_that_cannot_begin_says_why_and_keeps_the_plan(
    qapp: QApplication, tmp_path: Path
) -> None:
    async def job() -> None:
        async with page_in(tmp_path) as (shown, page):
            page.open_plan(SHIPPED)
            editor = await editor_of(shown, page)
            await shown.press(editor.start)
            await shown.until(lambda: bool(shown.window.findChildren(StartForm)))
            form = shown.window.findChildren(StartForm)[0]
            plan = read_plan(SHIPPED.read_bytes())
            assert plan.sha256[:32] in form.hash.text()
            assert yuan(plan.scope.budget_fen) in form.confirm.text()
            await shown.press(form.cancel)
            bad = tmp_path / "bad.toml"
            bad.write_text("name = 3\n", encoding="utf-8")
            page.begin(bad, "bad", "ws://127.0.0.1:9")
            await shown.until(lambda: isinstance(page.pane, RunPane))
            run: RunPane = page.pane
            await shown.until(lambda: "bad.toml" in run.trouble.text())
            assert run.stop.isHidden()

    on_qt(qapp, job())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("checks")
    run = home / "runs" / "2026-08-18 七夕"
    samples.make(run, shops=samples.SHOPS[2:], sessions=2)
    return run


def test_a_finished_run_is_read_rated_and_told(qapp: QApplication, folder: Path) -> None:
    async def job() -> None:
        async with page_in(folder.parent.parent) as (shown, page):
            await shown.until(lambda: page.shelf.run_model.rowCount() == 1)
            page.open_run(folder)
            await shown.until(lambda: isinstance(page.pane, RunPane) and page.is_settled)
            run: RunPane = page.pane
            await shown.until(lambda: run.results is not None)
            assert run.view.table.model.rowCount() == 2
            assert "4 / 4" in run.done.text()
            assert run.report.isEnabled()
            assert run.resume.isHidden()
            await shown.press(run.rate)
            await shown.until(lambda: isinstance(page.pane, CodingPane) and page.is_settled)
            coding: CodingPane = page.pane
            shown.type(coding.name, "no/path")
            QTest.keyClick(coding.name, Qt.Key.Key_Return)
            assert not coding.wrong.isHidden()
            coding.name.clear()
            shown.type(coding.name, "ann")
            await shown.press(coding.begin)
            await shown.until(lambda: bool(coding.choices))
            for count, key in enumerate((Qt.Key.Key_2, Qt.Key.Key_Return, Qt.Key.Key_1), 1):
                QTest.keyClick(coding, key)
                await shown.until(lambda count=count: f"{count} /" in coding.count.text())
            QTest.keyClick(coding, Qt.Key.Key_Backspace)
            await shown.until(lambda: "2 /" in coding.count.text())
            rated = read_ratings(folder).raters["ann"]
            assert len(rated) == 2
            assert next(iter(rated.values())) == "hollow"
            page.step_back()
            assert page.pane is run

    on_qt(qapp, job())


def test_text_leaves_only_bubble_by_bubble(qapp: QApplication, folder: Path) -> None:
    from miaohui.desktop.checking.bubbles import BubbleModel, said_in

    said = said_in(folder)
    assert said
    model = BubbleModel(said)
    assert model.chosen() == ()
    changes: list[int] = []
    model.chosen_changed.connect(lambda: changes.append(len(model.chosen())))
    for row in (3, 1):
        model.setData(model.index(row), Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)
    assert model.chosen() == (said[1].key, said[3].key)
    model.setData(model.index(3), Qt.CheckState.Unchecked.value, Qt.ItemDataRole.CheckStateRole)
    assert changes == [1, 2, 1]
    assert said[1].text in model.data(model.index(1))
    assert said[1].text in model.data(model.index(1), Qt.ItemDataRole.ToolTipRole)


def test_a_folder_that_cannot_be_read_says_so(qapp: QApplication, tmp_path: Path) -> None:
    async def job() -> None:
        async with page_in(tmp_path) as (shown, page):
            (tmp_path / "runs" / "empty").mkdir(parents=True)
            page.open_run(tmp_path / "runs" / "empty")
            await shown.until(lambda: isinstance(page.pane, RunPane) and page.is_settled)
            run: RunPane = page.pane
            await shown.until(lambda: "plan.toml" in _words(run))
            await asyncio.sleep(0)

    on_qt(qapp, job())


def _words(run: RunPane) -> str:
    return " ".join(one.text() for one in run.empty.findChildren(type(run.done)))


def test_a_practice_run_goes_on_in_practice_only(qapp: QApplication, tmp_path: Path) -> None:
    async def job() -> None:
        folder = tmp_path / "runs" / "broken off"
        samples.make(folder, shops=samples.SHOPS[:1], sessions=2, done=1)
        async with page_in(tmp_path) as (shown, page):
            told: list[str] = []
            page.notice_wanted.connect(told.append)
            page.open_run(folder)
            await shown.until(lambda: isinstance(page.pane, RunPane) and page.is_settled)
            run: RunPane = page.pane
            await shown.press(run.resume)
            await shown.until(lambda: bool(told))
            assert "练习" in told[0]
            assert page.running.folders() == ()
            page.running.ended.emit(str(folder), -9, "Killed")
            assert "继续" in run.trouble.text()

    on_qt(qapp, job())
