"""Days on which the shop keeps other hours, festivals among them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from miaohui.checks.plan import festivals
from miaohui.desktop.strings import shoptrade as words
from miaohui.desktop.widgets.button import MenuButton, button
from miaohui.desktop.widgets.card import clear, rule
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import Elided, label
from miaohui.wire.catalogue import SpecialDay

__all__ = ["DaysCard", "festival_of"]

AHEAD_DAYS = 400  # festivals so far ahead are offered


def festival_of(day: date) -> str:
    """The festivals that fall on a day, in the language of this moment."""
    found = [each for each in map(festivals.find, festivals.names()) if each and day in each.dates]
    return " ".join(words.festival(each.name, each.english) for each in found)


class DaysCard(QFrame):
    """Signals: ``changed(days)``: the owner wants these, and ``wrong(sentence)``."""

    changed = Signal(list)
    wrong = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._days: tuple[SpecialDay, ...] | None = None
        self._today = date.min
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 22, 22, 22)
        column.setSpacing(10)
        column.addWidget(label(words.days(), "heading"))
        column.addWidget(label(words.days_about(), "small", wrap=True))
        self.rows = QVBoxLayout()
        self.rows.setSpacing(6)
        column.addLayout(self.rows)
        column.addWidget(rule())
        self.day, self.hours = QLineEdit(), QLineEdit()
        for field, name, hint in (
            (self.day, words.day(), words.day_hint),
            (self.hours, words.day_hours(), words.day_hours()),
        ):
            field.setAccessibleName(name)
            field.setPlaceholderText(hint)
            field.setMaxLength(16)
            field.returnPressed.connect(self._add)
        self.pick = MenuButton("chipmenu")
        self.pick.chosen = self.day.setText
        self.add = button(words.add_day(), "outline")
        self.add.clicked.connect(self._add)
        flow = FlowLayout(gap=10, middle=True)
        for part in (self.pick, self.day, self.hours, self.add):
            flow.addWidget(part)
        holder = QWidget()
        holder.setLayout(flow)
        column.addWidget(holder)

    def show_days(self, days: Sequence[SpecialDay], today: date) -> None:
        """The days from today on; made anew only where they changed."""
        if today != self._today:
            self._today = today
            self._offer()
        if tuple(days) == self._days:
            return
        self._days = tuple(days)
        clear(self.rows)
        for each in self._days:
            self.rows.addLayout(self._row(each))
        if not self._days:
            self.rows.addWidget(label(words.no_days(), "second", wrap=True))

    def _offer(self) -> None:
        last = self._today + timedelta(days=AHEAD_DAYS)
        ahead = sorted(
            (day, words.festival(each.name, each.english))
            for each in map(festivals.find, festivals.names())
            if each is not None
            for day in each.dates
            if self._today <= day <= last
        )
        choices = [(day.isoformat(), words.day_named(day, name)) for day, name in ahead]
        self.pick.set_choices([("", words.pick()), *choices], "")

    def _row(self, each: SpecialDay) -> QHBoxLayout:
        when = date.fromisoformat(each.day)
        named = words.day_named(when, festival_of(when))
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(Elided(named), 1)
        row.addWidget(label(words.special(each.hours), "strong"))
        drop = button(words.drop_day(), "link", name=words.of_day(words.drop_day(), named))
        drop.setObjectName(f"drop-{each.day}")
        drop.clicked.connect(lambda: self._drop(each.day))
        row.addWidget(drop)
        return row

    def _add(self) -> None:
        try:
            day = date.fromisoformat(self.day.text().strip()).isoformat()
        except ValueError:
            self.wrong.emit(words.bad_day())
            return
        new = SpecialDay(day=day, hours=self.hours.text().strip())
        others = [each for each in self._days or () if each.day != day]
        self.changed.emit(sorted([*others, new], key=lambda each: each.day))

    def _drop(self, day: str) -> None:
        self.changed.emit([each for each in self._days or () if each.day != day])

    def begin_anew(self) -> None:
        """The form is empty again."""
        self.day.clear()
        self.hours.clear()
        self._offer()
