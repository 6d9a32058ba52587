"""The strip above the pages: practice, a lost link, a missing font; hidden where all is well."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from miaohui.client.snapshots import AppView, LinkState
from miaohui.desktop.strings import about, shell, start
from miaohui.desktop.widgets.label import label

__all__ = ["StatusLines"]


class StatusLines(QWidget):
    """Lines that stand as long as what they say is true."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        centre = Qt.AlignmentFlag.AlignCenter
        self.practice = label("", "practice", align=centre, wrap=True)
        self.link = label("", "practice", align=centre, wrap=True)
        self.font_missing = label("", "practice", align=centre, wrap=True)
        self.update_needed = label("", "practice", align=centre, wrap=True)
        for line in (self.practice, self.link, self.font_missing, self.update_needed):
            line.hide()
            column.addWidget(line)

    def show_view(self, view: AppView, *, practice: bool) -> None:
        self.practice.setText(shell.practice_banner())
        self.practice.setVisible(practice or view.link.practice)
        link = view.link
        words = ""
        if link.state is LinkState.OFFLINE:
            left = link.retry_in_ms
            seconds = None if left is None else -(-left // 1000)
            words = shell.link_lost(seconds, start.in_between(link.reason))
        elif link.state is LinkState.REFUSED:
            words = shell.link_refused(start.unusable(link.reason))
        self.link.setText(words)
        self.link.setVisible(bool(words))

    def show_update_needed(self, version: str) -> None:
        """``version``: the one that this app should become; empty where it need not."""
        self.update_needed.setText(about.needed(version) if version else "")
        self.update_needed.setVisible(bool(version))

    def show_font_missing(self) -> None:
        self.font_missing.setText(shell.no_chinese_font())
        self.font_missing.show()
