"""The time that each person served in a month, for the owner to pay by, and for everybody to see."""

from __future__ import annotations

import csv
import io

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.pages.rotachart import local_moment
from miaohui.desktop.strings import rota as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import clear, line_of
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.wire.rota import GetServed, ServedMonth

__all__ = ["ServedCard"]

MOST_AGO = 24


def minutes_of(ms: int) -> str:
    """``61.5``: cut, never rounded up."""
    return f"{ms // 6_000 / 10:.1f}"


class ServedCard(QFrame):
    """One month at a time."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._bridge = bridge
        self._ago = 0
        self.served: ServedMonth | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 14, 18, 14)
        column.setSpacing(8)
        head = QHBoxLayout()
        head.addWidget(label(words.served_title(), "heading"))
        self.month = label("", "second")
        head.addWidget(self.month)
        head.addStretch(1)
        column.addLayout(head)
        column.addWidget(label(words.served_about(), "small", wrap=True))
        self.rows = QVBoxLayout()
        self.rows.setSpacing(6)
        column.addLayout(self.rows)
        self.earlier = button(words.earlier_month(), "outline")
        self.later = button(words.later_month(), "outline")
        self.copy = button(words.copy_csv(), "link")
        self.earlier.clicked.connect(lambda: self._go(1))
        self.later.clicked.connect(lambda: self._go(-1))
        self.copy.clicked.connect(self._copy)
        flow = FlowLayout(gap=8, middle=True)
        for each in (self.earlier, self.later, self.copy):
            flow.addWidget(each)
        holder = QWidget()
        holder.setLayout(flow)
        column.addWidget(holder)

    def read(self) -> None:
        ago = self._ago
        request = GetServed(id=self._bridge.new_id(), months_ago=ago)
        self._bridge.ask(self, request, lambda served: self._show(served, ago))

    def _go(self, step: int) -> None:
        self._ago = min(MOST_AGO, max(0, self._ago + step))
        self.copy.setText(words.copy_csv())
        self.read()

    def _show(self, served: ServedMonth, ago: int) -> None:
        if ago != self._ago:
            return
        self.served = served
        first = local_moment(served.from_utc, served.utc_offset_min)
        self.month.setText(words.month(first.year, first.month))
        self.later.setEnabled(ago > 0)
        self.copy.setVisible(bool(served.people))
        clear(self.rows)
        for each in served.people:
            trial = minutes_of(each.trial_ms) if each.trial_ms else ""
            line = words.served_line(each.sessions, minutes_of(each.ms), trial)
            row, _value = line_of(each.name, line, kind="body")
            self.rows.addLayout(row)
        if not served.people:
            self.rows.addWidget(label(words.no_served(), "second"))

    def csv(self) -> str:
        """As it is copied; names that a table would take for a formula are quoted."""
        out = io.StringIO()
        table = csv.writer(out)
        table.writerow(["month", "responder", "name", "sessions", "minutes", "trial_minutes"])
        served = self.served
        if served is None:
            return out.getvalue()
        first = local_moment(served.from_utc, served.utc_offset_min)
        for each in served.people:
            name = each.name if each.name[:1] not in "=+-@\t\r" else f"'{each.name}"
            table.writerow(
                [
                    f"{first:%Y-%m}",
                    each.responder,
                    name,
                    each.sessions,
                    minutes_of(each.ms),
                    minutes_of(each.trial_ms),
                ]
            )
        return out.getvalue()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.csv())
        self.copy.setText(words.copied())
