"""The responder's ten seconds: a bar above the composer that fills, and what is left in words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QWidget

from miaohui.client.snapshots import PanelView
from miaohui.desktop.chat.row import Chip, Tone
from miaohui.desktop.look import amounts
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import desk as say
from miaohui.desktop.widgets.progress import ProgressBar
from miaohui.desktop.widgets.ring import tone_of_wait


class CountBar(QWidget):
    """Shows an open turn's running wait against the promise; empty while nothing is open."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._bar = ProgressBar(look, 5)
        row = QHBoxLayout(self)
        row.setContentsMargins(20, 4, 20, 0)
        row.addWidget(self._bar, 1, Qt.AlignmentFlag.AlignVCenter)
        self.hide()

    def tick(self, panel: PanelView) -> Chip | None:
        """Moves the bar; returns what is left in words, for the place beside the send button."""
        wait = panel.wait_ms
        if wait is None or panel.phase == "closed":
            self.hide()
            return None
        self.show()
        if not panel.breach_confirmed:
            wait = min(wait, panel.promise_ms)  # nothing is over until the relay has said so
        tone = tone_of_wait(wait, panel.promise_ms)
        self._bar.set_share(min(1.0, wait / panel.promise_ms), tone)
        left = panel.promise_ms - wait
        # What is left is cut to the tenth, what is over is rounded up: neither flatters.
        if left >= 0:
            words = say.left(f"{left // 1000}.{left % 1000 // 100}")
        else:
            words = say.over(amounts.seconds(-left).removesuffix(" s"))
        return Chip(words, Tone(tone))
