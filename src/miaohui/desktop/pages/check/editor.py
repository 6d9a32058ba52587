"""The editor of one plan: form or text, what is wrong beside it, saved as one writes."""

from __future__ import annotations

import asyncio
import tomllib
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QHBoxLayout,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from miaohui.checks.plan.reader import Mistake
from miaohui.checks.plan.writer import write_plan
from miaohui.client.port import Refused
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.checking.draft import draft_of, places_of
from miaohui.desktop.checking.library import Library, PlanCard
from miaohui.desktop.checking.lintcard import LintCard, Verdicted, at_fields, look_over, read_over
from miaohui.desktop.checking.planform import PlanForm
from miaohui.desktop.checking.plantext import PlanText
from miaohui.desktop.look.stylesheet import Stylesheet
from miaohui.desktop.pages.check.pane import CheckPane
from miaohui.desktop.strings import check as page_words
from miaohui.desktop.strings import checkplan as words
from miaohui.desktop.widgets.assembly import Assembly
from miaohui.desktop.widgets.button import button, chip, icon_button, one_of
from miaohui.desktop.widgets.card import card, scrolled
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.inside import set_shown
from miaohui.desktop.widgets.label import Elided, label

__all__ = ["EditorPane"]

WRITTEN_MS = 350
SURE_MS = 5000
BESIDE = 860
SIDE = 320


class EditorPane(CheckPane):
    """Signals: ``back_asked``, ``start_asked(PlanCard)``, ``duplicate_asked(path)``,
    ``delete_asked(path)``, ``notice_wanted(words)``."""

    back_asked = Signal()
    start_asked = Signal(object)
    duplicate_asked = Signal(str)
    delete_asked = Signal(str)
    notice_wanted = Signal(str)

    def __init__(self, bridge: Bridge, shelf: Library, plan: PlanCard, text: str) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge, self._shelf, self.card = bridge, shelf, plan
        self._saved = text
        self._asked, self._answered = 0, -1
        self._counting = self._touched = False
        self._saving = asyncio.Lock()  # one writer at a time: the newest text is the last
        self._found: Verdicted | None = None
        self.form: PlanForm | None = None
        self._form_area: QScrollArea | None = None
        self._written = QTimer(self, singleShot=True, interval=WRITTEN_MS)
        self._written.timeout.connect(self._look_over)
        self._sure = QTimer(self, singleShot=True, interval=SURE_MS)
        self._sure.timeout.connect(lambda: self.delete.setText(words.delete()))
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 18, 24, 0)
        whole.setSpacing(12)
        whole.addLayout(self._head())
        if plan.locked:
            note, column = card("note", margin=12)
            column.addWidget(label(words.read_only(shipped=plan.shipped), "body", wrap=True))
            whole.addWidget(note)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._columns.setSpacing(16)
        whole.addLayout(self._columns, 1)
        self.stack = QStackedWidget()
        self.text = PlanText(bridge.look)
        self.text.edit.setReadOnly(plan.locked)
        self.text.set_text(text)
        self.text.changed.connect(self._text_changed)
        self.stack.addWidget(self.text)
        self._columns.addWidget(self.stack, 1)
        self._columns.addWidget(self._side_column())
        bridge.look.changed.connect(self._arrange)
        self.form_chip.setChecked(True)
        self._blank = QWidget()
        self.stack.addWidget(self._blank)
        self.stack.setCurrentWidget(self._blank)

    def arrived(self) -> None:
        """The pane is on screen: now its form is built, card by card."""
        if not self._begin_form(self._saved):
            self.text_chip.setChecked(True)
            self.stack.setCurrentWidget(self.text)
            self._look_over()

    # --- building --------------------------------------------------------------------------------
    def _head(self) -> QVBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        self.back = icon_button(self._bridge.look, "back", page_words.back())
        self.back.clicked.connect(self.leave)
        row.addWidget(self.back)
        self.title = Elided(self.card.name, "title")
        row.addWidget(self.title, 1)
        self.saved = label("", "small")
        row.addWidget(self.saved)
        self.start = button(page_words.start(), "primary")
        self.start.setEnabled(False)  # until the plan was looked over
        self.start.clicked.connect(self._start)
        row.addWidget(self.start)
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addLayout(row)
        tools = FlowLayout(gap=8)
        self.form_chip, self.text_chip = chip(words.form_view()), chip(words.text_view())
        views = QButtonGroup(self)
        one_of(views, self.form_chip)
        one_of(views, self.text_chip)
        self.form_chip.clicked.connect(self._to_form)
        self.text_chip.clicked.connect(self._to_text)
        self.duplicate = button(words.duplicate(), "quiet")
        self.duplicate.clicked.connect(self._duplicate)
        self.delete = button(words.delete(), "quiet")
        self.delete.clicked.connect(self._delete)
        set_shown(self.delete, shown=not self.card.shipped)
        for one in (self.form_chip, self.text_chip, self.duplicate, self.delete):
            tools.addWidget(one)
        holder = QWidget()
        holder.setLayout(tools)
        column.addWidget(holder)
        return column

    def _side_column(self) -> QWidget:
        holder = QWidget()
        self.lint = LintCard(self._bridge.look)
        self.lint.setContentsMargins(0, 0, 0, 24)
        holder.setLayout(self.lint)
        self.lint.mistake_pressed.connect(self._go_to)
        self._side = scrolled(holder)
        return self._side

    def _form_of(self, text: str) -> QScrollArea | None:
        """A form for this text, still to be built; None where it is no TOML."""
        try:
            draft = draft_of(text)
        except (tomllib.TOMLDecodeError, RecursionError):
            return None
        self.form = PlanForm(self._bridge, draft, locked=self.card.locked)
        self.form.changed.connect(self._form_changed)
        self.form.priced.connect(self._priced)
        return scrolled(self.form)

    def _take_form(self, area: QScrollArea) -> None:
        """It is built: the one before goes."""
        if self._form_area is not None:
            self.stack.removeWidget(self._form_area)
            self._form_area.hide()
            self._form_area.deleteLater()
        self._form_area = area
        if self.stack.indexOf(area) < 0:
            self.stack.addWidget(area)
        self.stack.setCurrentWidget(area)
        self.form_chip.setChecked(True)
        if self._found is not None:
            self._spread(self._found)

    # --- the two views ---------------------------------------------------------------------------
    @property
    def in_text(self) -> bool:
        return self.stack.currentWidget() is self.text

    def _to_form(self) -> None:
        if self.in_text and not self._begin_form(self.text.text()):
            self.text_chip.setChecked(True)
            self.notice_wanted.emit(words.not_toml())

    def _begin_form(self, text: str) -> bool:
        """Builds, dresses and lays the form of this text out in turns, then shows it; False where
        the text is no TOML."""
        area = self._form_of(text)
        form = self.form
        if area is None or form is None:
            return False
        stylesheet = self.window().findChild(Stylesheet)
        dressed = Assembly(area, self.stack, stylesheet).steps if stylesheet else iter(())

        def steps() -> Iterator[None]:
            yield from form.steps
            yield from dressed
            yield from form.laying(self.stack.width())

        def while_wanted() -> Iterator[None]:
            for _ in steps():
                if self.form is not form:
                    return
                yield

        self._bridge.scheduler.begin(while_wanted(), lambda: self._arrive(form, area))
        return True

    def _arrive(self, form: PlanForm, area: QScrollArea) -> None:
        if self.form is form:  # nobody asked for another one meanwhile
            self._take_form(area)
            self._look_over()

    def _to_text(self) -> None:
        if not self.in_text and self._form_area is not None:
            self.text.set_text(self._text())
            self.stack.setCurrentWidget(self.text)

    def _text(self) -> str:
        """The plan's text as it stands now; a plan that nobody touched keeps its very bytes."""
        if self.in_text or self.form is None:
            return self.text.text()
        if self.card.locked or not self._touched:
            return self._saved
        return write_plan(self.form.plan())

    def _form_changed(self) -> None:
        self._touched = True
        self._written.start()

    def _text_changed(self) -> None:
        self._touched = True
        self._written.start()

    # --- looking over and saving -----------------------------------------------------------------
    def today(self) -> date:
        return datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000).astimezone().date()

    def _prices(self) -> dict[str, int | None] | None:
        """What the relay told of each target; in practice the catalogue knows."""
        view = self._bridge.client.view
        shops = self.form.shops if self.form is not None else None
        if view.link.practice or shops is None or self.form is None:
            return None
        minutes = self.form.plan().scope.minutes
        return {name: shops.price_of(name, minutes) for name in shops.value()}

    def _priced(self) -> None:
        """A shop's prices came in; in practice its catalogue was asked already."""
        if not self._bridge.client.view.link.practice:
            self._written.start()

    def _look_over(self) -> None:
        """Saves, and says at once what is wrong; the sample and its cost follow."""
        text = self._text()
        self._asked += 1
        asked, save = self._asked, self._touched and text != self._saved
        self.start.setEnabled(False)
        self._bridge.run(
            self, self._read(text, save=save), lambda found: self._have_read(asked, found)
        )

    async def _read(self, text: str, *, save: bool) -> tuple[Verdicted, str]:
        """Saved first: what was written is kept, whatever is wrong with it."""
        trouble = ""
        if save and not self.card.locked:
            try:
                async with self._saving:
                    await asyncio.to_thread(self._shelf.save, self.card.path, text)
                self._saved = text
            except OSError as error:
                trouble = page_words.trouble("disk", error.strerror or "")
        return await asyncio.to_thread(read_over, text), trouble

    def _have_read(self, asked: int, answer: tuple[Verdicted, str]) -> None:
        found, trouble = answer
        if asked != self._asked:
            return
        if trouble:
            self.notice_wanted.emit(trouble)
        elif self._touched:
            self.saved.setText(page_words.saved())
        self._show(found)
        if found.linted.mistakes:
            self._answered = asked
        else:
            self._count()

    def _count(self) -> None:
        """One count at a time; what was written meanwhile is counted after it."""
        if self._counting:
            return
        self._counting = True
        asked, text = self._asked, self._text()
        counted = asyncio.to_thread(look_over, text, self._prices(), self.today())
        self._bridge.run(
            self, counted, lambda found: self._have_counted(asked, found), self._uncounted
        )

    def _have_counted(self, asked: int, found: Verdicted) -> None:
        self._counting = False
        if asked == self._asked:
            self._answered = asked
            self._show(found)
        elif self._found is not None and not self._found.linted.mistakes:
            self._count()

    def _uncounted(self, refused: Refused) -> None:
        self._counting = False
        self.notice_wanted.emit(page_words.trouble(refused.code, refused.detail))

    @property
    def is_settled(self) -> bool:
        """True where what is shown was looked over as it stands, and nothing waits to be."""
        return self._answered == self._asked and not self._written.isActive()

    def _show(self, found: Verdicted) -> None:
        self._found = found
        plan = found.linted.plan
        if plan is not None:
            self.title.setText(plan.name)
        scope = None if plan is None else plan.scope
        targets = 0 if scope is None else len(scope.shops) + len(scope.responders)
        budget, sessions = (0, 0) if scope is None else (scope.budget_fen, scope.sessions)
        self.lint.show_found(found, budget, sessions, targets)
        self.text.show_mistakes(found.linted.mistakes)
        self._spread(found)
        unreadable = self.form is not None and not self.in_text and self.form.unreadable()
        self.start.setEnabled(plan is not None and not found.linted.mistakes and not unreadable)

    def _spread(self, found: Verdicted) -> None:
        if self.form is not None:
            self.form.show_mistakes(at_fields(found))

    def _go_to(self, mistake: Mistake) -> None:
        """A press on a mistake leads to its line, or to its field."""
        if self.in_text or self.form is None or self._found is None:
            self.text.go_to(mistake.line)
            return
        places = places_of(self._found.text, [mistake])
        field = self.form.field_at(next(iter(places), ()))
        if field is None:
            self.text_chip.setChecked(True)
            self._to_text()
            self.text.go_to(mistake.line)
        elif self._form_area is not None:
            self._form_area.ensureWidgetVisible(field)
            (field.focus_part() or field).setFocus(Qt.FocusReason.OtherFocusReason)

    # --- going on --------------------------------------------------------------------------------
    def finish(self) -> None:
        """Saves the text written a moment ago."""
        if self._written.isActive():
            self._written.stop()
            self._look_over()

    def leave(self) -> None:
        self.finish()
        self.back_asked.emit()

    def _start(self) -> None:
        found = self._found
        if found is None or found.linted.plan is None or self._text() != found.text:
            self._look_over()
            return
        self.start_asked.emit(found.linted.plan)

    def _duplicate(self) -> None:
        self.finish()
        self.duplicate_asked.emit(str(self.card.path))

    def _delete(self) -> None:
        if not self._sure.isActive():
            self._sure.start()
            self.delete.setText(words.delete_sure())
            return
        self._sure.stop()
        self._written.stop()
        self.delete_asked.emit(str(self.card.path))

    @property
    def path(self) -> Path:
        return self.card.path

    # --- arranging -------------------------------------------------------------------------------
    def _arrange(self) -> None:
        look = self._bridge.look
        wide = self.width() >= BESIDE * look.scale
        way = QBoxLayout.Direction
        self._columns.setDirection(way.LeftToRight if wide else way.TopToBottom)
        if wide:
            self._side.setFixedWidth(look.px(SIDE))
            self._side.setMaximumHeight(16_777_215)
        else:
            self._side.setMinimumWidth(0)
            self._side.setMaximumWidth(16_777_215)
            self._side.setMaximumHeight(look.px(150))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()
