"""The forms of a rota's owner: one shift, and the limits of work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from miaohui.desktop.pages.rotachart import local_at
from miaohui.desktop.strings import rota as words
from miaohui.desktop.widgets.button import MenuButton, button
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.turned import NumberField
from miaohui.runtime.clock import rfc3339, utc_ms_of
from miaohui.wire.rota import Rota, ShiftView, WorkLimits

__all__ = ["LimitsForm", "ShiftForm"]

EDGE = 8
MINUTE_MS = 60_000
_HOURS = re.compile(r"(\d{1,2}):?(\d{2})?\s*[-–~—到]\s*(\d{1,2}):?(\d{2})?")


def minutes_of(text: str) -> tuple[int, int] | None:
    """ "18:00-23:00" as minutes after midnight; past midnight the end is above 24 hours. None where
    it is no such stretch."""
    found = _HOURS.fullmatch(text.strip().replace("：", ":"))
    if found is None:
        return None
    first = int(found[1]) * 60 + int(found[2] or 0)
    last = int(found[3]) * 60 + int(found[4] or 0)
    if first >= 24 * 60 or last > 24 * 60 or int(found[2] or 0) > 59 or int(found[4] or 0) > 59:
        return None
    return (first, last if last > first else last + 24 * 60) if first != last else None


class ShiftForm(QFrame):
    """Signals: ``put(responder, from_utc, to_utc, shift)`` (``shift``: the one replaced, or empty),
    ``dropped(shift)``, ``wrong(words)``, ``left``: nothing is chosen any more."""

    put = Signal(str, str, str, str)
    dropped = Signal(str)
    wrong = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._rota: Rota | None = None
        self._replaced = ""
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(8)
        column.addWidget(label(words.add_title(), "heading"))
        self.person, self.day = MenuButton(), MenuButton()
        self.hours = QLineEdit()
        self.hours.setAccessibleName(words.hours_field())
        self.hours.setPlaceholderText(words.hours_hint())
        self.hours.returnPressed.connect(self._put)
        self.add = button(words.add(), "outline")
        self.add.clicked.connect(self._put)
        self.drop = button(words.drop(), "link")
        self.drop.clicked.connect(lambda: self.dropped.emit(self._replaced))
        self.keep = button(words.keep(), "link")
        self.keep.clicked.connect(self._leave)
        flow = FlowLayout(gap=10, middle=True)
        for part in (self.person, self.day, self.hours, self.add, self.drop, self.keep):
            flow.addWidget(part)
        holder = QWidget()
        holder.setLayout(flow)
        column.addWidget(holder)
        self.begin_anew()

    def show_rota(self, rota: Rota) -> None:
        """Its people and its days; what is being filled in stays."""
        before = self._rota
        self._rota = rota
        people = [(each.responder, each.name) for each in rota.people]
        chosen = self.person.current
        if chosen not in dict(people):
            chosen = people[0][0] if people else ""
        self.person.set_choices(people, chosen, f"{words.person()} ")
        start = local_at(rota, rota.from_utc)
        days = [(str(day), words.day(day, (start + timedelta(days=day)).day)) for day in range(7)]
        day = self.day.current if before is not None else "0"
        self.day.set_choices(days, day or "0", f"{words.day_field()} ")
        self.add.setEnabled(bool(people))
        if self._replaced and self._replaced not in {each.shift for each in rota.shifts}:
            self.begin_anew()

    def begin(self, shift: ShiftView) -> None:
        """Its values stand in the form, to be replaced."""
        rota = self._rota
        if rota is None or shift.state == "over":
            return
        self._replaced = shift.shift
        first, last = local_at(rota, shift.from_utc), local_at(rota, shift.to_utc)
        people = [(each.responder, each.name) for each in rota.people]
        self.person.set_choices(people, shift.responder, f"{words.person()} ")
        start = local_at(rota, rota.from_utc)
        days = [(str(day), words.day(day, (start + timedelta(days=day)).day)) for day in range(7)]
        weekday = max(0, (first - start).days)
        self.day.set_choices(days, str(weekday), f"{words.day_field()} ")
        until = "24:00" if (last.hour, last.minute) == (0, 0) else f"{last:%H:%M}"
        self.hours.setText(f"{first:%H:%M}-{until}")
        self.add.setText(words.change())
        self.drop.show()
        self.keep.show()

    def begin_anew(self) -> None:
        """The form adds, and replaces nothing."""
        self._replaced = ""
        self.hours.clear()
        self.add.setText(words.add())
        self.drop.hide()
        self.keep.hide()

    def _leave(self) -> None:
        self.begin_anew()
        self.left.emit()

    def _put(self) -> None:
        rota, hours = self._rota, minutes_of(self.hours.text())
        if rota is None or not self.person.current:
            return
        if hours is None:
            self.wrong.emit(words.hours_wrong())
            return
        start = utc_ms_of(rota.from_utc) + int(self.day.current) * 24 * 60 * MINUTE_MS
        first, last = (rfc3339(start + minutes * MINUTE_MS) for minutes in hours)
        self.put.emit(self.person.current, first, last, self._replaced)


class LimitsForm(QFrame):
    """Signals: ``put(responder, limits)``: a WorkLimits; ``responder`` empty: for everybody."""

    put = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._rota: Rota | None = None
        self._told: WorkLimits | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(8)
        column.addWidget(label(words.limits_title(), "heading"))
        column.addWidget(label(words.limits_about(), "small", wrap=True))
        self.whose = MenuButton()
        self.whose.chosen = lambda _key: self._fill()
        self.day = self._field(words.day_hours(), 0, 24, words.hours_unit())
        self.stretch = self._field(words.stretch_hours(), 0, 16, words.hours_unit())
        self.break_ = self._field(words.break_minutes(), 5, 240, words.minutes_unit())
        self.at_once = self._field(words.at_once(), 0, 20, "")
        self.nights = self._field(words.nights(), -1, 7, "")
        self.save = button(words.save_limits(), "outline")
        self.save.clicked.connect(self._put)
        flow = FlowLayout(gap=12, middle=True)
        flow.addWidget(self.whose)
        for name, field in (
            (words.day_hours(), self.day),
            (words.stretch_hours(), self.stretch),
            (words.break_minutes(), self.break_),
            (words.at_once(), self.at_once),
            (words.nights(), self.nights),
        ):
            pair = FlowLayout(gap=6, middle=True)
            pair.addWidget(label(name, "small"))
            pair.addWidget(field)
            holder = QWidget()
            holder.setLayout(pair)
            flow.addWidget(holder)
        flow.addWidget(self.save)
        holder = QWidget()
        holder.setLayout(flow)
        column.addWidget(holder)

    @staticmethod
    def _field(name: str, least: int, most: int, unit: str) -> NumberField:
        field = NumberField()
        field.setRange(least, most)
        field.setSuffix(unit)
        if least <= 0:
            field.setSpecialValueText(words.none())
        field.setAccessibleName(name)
        field.lineEdit().setTextMargins(EDGE, 0, EDGE, 0)
        return field

    def show_rota(self, rota: Rota) -> None:
        """Fields that nobody touched follow the relay."""
        untouched = self._told is None or self.limits() == self._told
        self._rota = rota
        people: Sequence[tuple[str, str]] = [
            ("", words.everybody()),
            *((each.responder, each.name) for each in rota.people),
        ]
        current = self.whose.current if self.whose.current in dict(people) else ""
        self.whose.set_choices(people, current, f"{words.whose()} ")
        if untouched:
            self._fill()

    def _fill(self) -> None:
        if self._rota is None:
            return
        limits = self._rota.limits
        for each in self._rota.work:
            if each.responder == self.whose.current:
                limits = each.limits
        limits = limits or WorkLimits()
        self.day.setValue((limits.day_minutes or 0) // 60)
        self.stretch.setValue((limits.stretch_minutes or 0) // 60)
        self.break_.setValue(limits.break_minutes)
        self.at_once.setValue(limits.at_once or 0)
        self.nights.setValue(-1 if limits.nights is None else limits.nights)
        self._told = self.limits()

    def limits(self) -> WorkLimits:
        """As they stand in the fields."""
        return WorkLimits(
            day_minutes=self.day.value() * 60 or None,
            stretch_minutes=self.stretch.value() * 60 or None,
            break_minutes=self.break_.value(),
            at_once=self.at_once.value() or None,
            nights=None if self.nights.value() < 0 else self.nights.value(),
        )

    def _put(self) -> None:
        for field in (self.day, self.stretch, self.break_, self.at_once, self.nights):
            field.interpretText()  # what was typed counts, not only what was left by Tab
        self.put.emit(self.whose.current, self.limits())


def span(rota: Rota) -> tuple[datetime, datetime]:
    """The first and the last day of a week, by the shop's clock."""
    first = local_at(rota, rota.from_utc)
    return first, first + timedelta(days=6)
