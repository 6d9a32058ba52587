"""The deviations of a run from its plan, one sentence each, in a sheet."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from miaohui.checks.report.words import note_words
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look.language import say
from miaohui.desktop.strings import check as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.sheet import Sheet, over

__all__ = ["show_deviations"]

MOST = 40


def show_deviations(host: QWidget, bridge: Bridge, found: Sequence[tuple[str, str, str]]) -> Sheet:
    """``found``: code, detail, slot; where there are very many, the report has the rest."""
    body = QWidget()
    column = QVBoxLayout(body)
    column.setContentsMargins(28, 24, 28, 20)
    column.setSpacing(6)
    column.addWidget(label(words.deviations(len(found)), "heading"))
    for code, detail, slot in found[:MOST]:
        column.addWidget(label(note_words(say, code, detail, slot), "body", wrap=True))
    if len(found) > MOST:
        column.addWidget(label(words.more_deviations(len(found) - MOST), "small", wrap=True))
    column.addStretch(1)
    close = button(words.close())
    column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
    sheet = over(host, bridge.look, body, width=560, scheduler=bridge.scheduler)
    close.clicked.connect(sheet.close_sheet)
    return sheet
