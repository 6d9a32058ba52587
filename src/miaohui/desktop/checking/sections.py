"""Sections of the plan's form: a card with its title, and a list of cards that can grow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from miaohui.checks.plan.positions import Path
from miaohui.desktop.checking.fields import Field
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card
from miaohui.desktop.widgets.inside import set_shown
from miaohui.desktop.widgets.label import label

__all__ = ["Section", "SectionRow", "grid_of"]

HEAD = 3  # title, what it is for, what is wrong with all of it


def grid_of(title: str, about: str) -> tuple[QFrame, QGridLayout]:
    """A card with a title and a few words, and a grid of two equal columns."""
    frame, column = card(margin=20, gap=10)
    column.addWidget(label(title, "heading"))
    if about:
        column.addWidget(label(about, "small", wrap=True))
    grid = QGridLayout()
    grid.setHorizontalSpacing(20)
    grid.setVerticalSpacing(12)
    grid.setColumnStretch(0, 1)
    grid.setColumnStretch(1, 1)
    column.addLayout(grid)
    return frame, grid


class SectionRow(QFrame):
    """One stratum, probe or bank: its fields, what is wrong with it whole, and the way out.

    A card of its own, so that it is dressed by itself: all probes of a plan at once would hold the
    window up."""

    removed = Signal()

    def __init__(self, fields: Sequence[Sequence[Field]], *, locked: bool, remove: str) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 14)
        column.setSpacing(8)
        self.wrong = label("", "wrong", wrap=True)
        self.wrong.hide()
        column.addWidget(self.wrong)
        self.fields: list[Field] = []
        for number, line in enumerate(fields):
            row = QHBoxLayout()
            row.setSpacing(14)
            for field in line:
                field.lock(locked=locked)
                self.fields.append(field)
                row.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
            if number == 0:
                self.remove = button("✕", "quiet", name=remove)
                self.remove.setToolTip(remove)
                set_shown(self.remove, shown=not locked)
                self.remove.clicked.connect(self.removed)
                row.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignTop)
            column.addLayout(row)

    def show_mistakes(self, path: Path, mistakes: Mapping[Path, Sequence[str]]) -> None:
        whole = list(mistakes.get(path, ()))
        at = {field.path[-1]: field for field in self.fields}
        for key, sentences in mistakes.items():
            # About a field that this kind of probe does not show.
            if key[: len(path)] == path and len(key) > len(path) and key[len(path)] not in at:
                whole += sentences
        self.wrong.setText("\n".join(f"✗ {one}" for one in whole))
        self.wrong.setVisible(bool(whole))
        for key_, field in at.items():
            field.show_mistakes(mistakes.get((*path, key_), ()))


class Section(QWidget):
    """A list of rows with a button for one more. Signals: ``changed``; ``rebuilt``: rows came or
    went, so that mistakes are to be shown anew."""

    changed = Signal()
    rebuilt = Signal()
    key = ""

    def __init__(self, title: str, about: str, add: str, *, locked: bool) -> None:
        super().__init__()
        self.locked = locked
        self.rows: list[SectionRow] = []
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 6, 0, 0)
        self._column.setSpacing(10)
        self._column.addWidget(label(title, "heading"))
        self._column.addWidget(label(about, "small", wrap=True))
        self._wrong = label("", "wrong", wrap=True)
        self._wrong.hide()
        self._column.addWidget(self._wrong)
        self.add: QPushButton = button(add, "outline")
        set_shown(self.add, shown=not locked)
        self.add.clicked.connect(self.add_row)
        self._column.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)

    def filled(self) -> Iterator[None]:
        """The rows that the plan has, one a step."""
        raise NotImplementedError

    def add_row(self) -> None:
        """One more, with something sensible in it."""
        raise NotImplementedError

    def fields(self) -> list[Field]:
        return [field for row in self.rows for field in row.fields]

    def path_of(self, number: int) -> Path:
        return (self.key, number)

    def put(self, number: int, row: SectionRow) -> None:
        """A row at its place; the one that stood there goes."""
        if number < len(self.rows):
            old = self.rows[number]
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
            self.rows[number] = row
        else:
            self.rows.append(row)
        for field in row.fields:
            field.changed.connect(self.changed)
        row.removed.connect(lambda row=row: self._remove(row))
        self._column.insertWidget(HEAD + number, row)
        self.rebuilt.emit()

    def _remove(self, row: SectionRow) -> None:
        self.rows.remove(row)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()
        self.changed.emit()
        self.rebuilt.emit()
        (self.rows[-1].remove if self.rows else self.add).setFocus()

    def show_mistakes(self, mistakes: Mapping[Path, Sequence[str]]) -> None:
        whole = mistakes.get((self.key,), ())
        self._wrong.setText("\n".join(f"✗ {one}" for one in whole))
        self._wrong.setVisible(bool(whole))
        for number, row in enumerate(self.rows):
            row.show_mistakes(self.path_of(number), mistakes)
