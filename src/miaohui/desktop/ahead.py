"""What is loaded ahead: the pages' modules, one a turn of the loop while nobody waits for them.

The first show of a page would else load its modules in one go, which is most of its time.
"""

from __future__ import annotations

import importlib

from PySide6.QtCore import QObject, QTimer

__all__ = ["MODULES", "Ahead"]

# What is imported by others stands before them: each turn loads one module, not a chain.
MODULES = (
    *("strings.discover", "strings.sessions", "strings.conversation"),
    *("strings.chat", "strings.panel", "strings.checkout", "strings.orders"),
    *("models.sessions", "widgets.pill", "widgets.flow", "widgets.figure", "widgets.progress"),
    *("widgets.ring", "widgets.waits", "widgets.stars", "widgets.hours", "widgets.empty"),
    *("chat.icon", "chat.scroll_bar", "chat.emoji_grid", "chat.message_edit", "chat.row"),
    *("chat.strip", "chat.composer", "chat.utf16", "chat.links", "chat.layout"),
    *("chat.selection", "chat.store", "chat.model", "chat.gestures", "chat.menu", "chat.newer"),
    *("chat.painter", "chat.shelf", "chat.canvas", "chat.extents", "chat.reading"),
    *("chat.rowlist", "chat.view", "panel.countbar", "panel.panel"),
    *("pages.asking", "pages.banner", "pages.dealings", "pages.head", "transcript"),
    *("pages.lines", "pages.pictures", "pages.conversation", "pages.queue", "pages.sessions"),
    *("pages.checkout", "models.orders", "pages.orders", "strings.settings"),
    *("pages.accountcard", "pages.limitscard", "pages.privacycard", "pages.settings"),
    *("strings.receipt", "pages.review", "pages.receipt"),
)
PAUSE_MS = 10  # between two: whatever the person does comes first


class Ahead(QObject):
    """Loads them from ``start`` on; what is loaded already costs nothing."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._left = list(MODULES)
        self._timer = QTimer(self)
        self._timer.setInterval(PAUSE_MS)
        self._timer.timeout.connect(self._load)

    def start(self) -> None:
        self._timer.start()

    @property
    def done(self) -> bool:
        return not self._left

    def _load(self) -> None:
        if not self._left:
            self._timer.stop()
            return
        importlib.import_module(f"miaohui.desktop.{self._left.pop(0)}")
