"""About the app: its version, and the licences of everything that it is made of."""

from __future__ import annotations

import platform
from collections.abc import Iterator

from PySide6.QtCore import Qt, Signal, qVersion
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from miaohui import __version__, licences
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.strings import about as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.page import Pane
from miaohui.desktop.widgets.sheet import over

__all__ = ["AboutCard", "LicencesPane"]

LIST_PX, TALL_PX = 230, 380


class AboutCard(QWidget):
    """One line about the app, and the way to the licences."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        frame, inner = card(margin=22, gap=8)
        column.addWidget(frame)
        inner.addWidget(label(words.title(), "heading"))
        line = words.version_line(__version__, platform.python_version(), qVersion())
        inner.addWidget(label(line, "body", wrap=True, selectable=True))
        inner.addWidget(label(words.own(), "second", wrap=True))
        row = QHBoxLayout()
        self.licences = button(words.licences())
        self.licences.clicked.connect(self._show)
        row.addWidget(self.licences)
        row.addStretch(1)
        inner.addLayout(row)

    def _show(self) -> None:
        pane = LicencesPane(self._bridge)
        sheet = over(self, self._bridge.look, pane, width=860, scheduler=self._bridge.scheduler)
        pane.read.connect(sheet.close_sheet)


class LicencesPane(Pane):
    """The parts on the left, the chosen one's text on the right. Signals: ``read``."""

    read = Signal()

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge

    def _steps(self) -> Iterator[None]:
        px = self._bridge.look.px
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 12)
        column.setSpacing(10)
        column.addWidget(label(words.licences(), "title"))
        column.addWidget(label(words.licences_about(), "second", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(12)
        self.parts = QListWidget()
        self.parts.setProperty("kind", "names")
        self.parts.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.parts.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.parts.setAccessibleName(words.licences())
        self.parts.setFixedWidth(px(LIST_PX))
        self.text = QPlainTextEdit()
        self.text.setProperty("kind", "field")
        self.text.setReadOnly(True)
        self.text.setTabChangesFocus(True)
        self.text.setAccessibleName(words.text_name())
        for part in (self.parts, self.text):
            part.setMinimumHeight(px(TALL_PX))
        row.addWidget(self.parts)
        row.addWidget(self.text, 1)
        column.addLayout(row)
        yield
        foot = QWidget(self)
        line = QHBoxLayout(foot)
        line.setContentsMargins(24, 6, 24, 18)
        line.addStretch(1)
        self.done = button(words.done(), "primary")
        self.done.clicked.connect(self.read)
        line.addWidget(self.done)
        self.foot = foot
        self._found = licences.parts()
        for one in self._found:
            item = QListWidgetItem(f"{one.name} {one.version}".strip())
            item.setToolTip(one.licence)
            self.parts.addItem(item)
        self.parts.currentRowChanged.connect(self._choose)
        self.parts.setCurrentRow(0)

    def _choose(self, number: int) -> None:
        part = self._found[number]
        self.text.setPlainText(
            f"{part.name} {part.version}\n{part.licence}\n\n{licences.text_of(part)}"
        )
