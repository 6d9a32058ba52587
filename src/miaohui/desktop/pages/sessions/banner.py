"""The strip above the composer: one thing that a person should decide or know, in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from miaohui.desktop.look import sanitize
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.label import label

MOST = 2  # more at a time would push the conversation away


@dataclass(frozen=True, slots=True)
class Action:
    """A button of a banner."""

    words: str
    act: Callable[[], None]
    kind: str = "outline"


@dataclass(frozen=True, slots=True)
class Banner:
    """``key`` says what it is about; ``words`` may change while it stands."""

    key: str
    words: str
    actions: tuple[Action, ...] = ()


class Banners(QWidget):
    """Shows the first banners of a list; buttons keep the focus while their banner stands."""

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(20, 0, 20, 0)
        self._column.setSpacing(6)
        self._shown: dict[str, tuple[QFrame, Banner]] = {}
        self.room = 0  # the width there will be, known before the first is shown
        self.hide()

    def keys(self) -> tuple[str, ...]:
        return tuple(self._shown)

    def show_all(self, banners: Sequence[Banner]) -> None:
        wanted = {banner.key: banner for banner in banners[:MOST]}
        for key in [key for key in self._shown if key not in wanted]:
            frame, _ = self._shown.pop(key)
            self._column.removeWidget(frame)
            frame.hide()
            frame.deleteLater()
        for key, banner in wanted.items():
            if key in self._shown:
                frame, before = self._shown[key]
                if before.words == banner.words and _words(before) == _words(banner):
                    continue
                self._column.removeWidget(frame)
                frame.hide()
                frame.deleteLater()
            frame = self._made(banner)
            self._shown[key] = (frame, banner)
            self._column.addWidget(frame)
        self.setVisible(bool(self._shown))

    def has_keyboard(self) -> bool:
        """True where one of its buttons has the focus."""
        focused = self.window().focusWidget()
        return focused is not None and self.isAncestorOf(focused)

    def press(self, key: str, number: int) -> None:
        """Presses a banner's button, for keys and tests."""
        self._shown[key][1].actions[number].act()

    def _made(self, banner: Banner) -> QFrame:
        frame = QFrame()
        frame.setProperty("kind", "note")
        frame.setObjectName(f"banner-{banner.key}")
        frame.setAccessibleName(sanitize.text(banner.words))
        whole = QBoxLayout(QBoxLayout.Direction.LeftToRight, frame)
        whole.setContentsMargins(16, 8, 12, 8)
        whole.setSpacing(8)
        whole.addWidget(label(banner.words, "body", wrap=True), 1)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for number, action in enumerate(banner.actions):
            press = button(action.words, action.kind)
            press.setObjectName(f"banner-{banner.key}-{number}")
            press.clicked.connect(action.act)
            row.addWidget(press, 0, Qt.AlignmentFlag.AlignVCenter)
        if banner.actions:
            whole.addLayout(row)
            frame.ensurePolished()
            if row.sizeHint().width() > (self.room or self.width()) / 2:
                whole.setDirection(QBoxLayout.Direction.TopToBottom)  # the words need the row
        return frame


def _words(banner: Banner) -> tuple[str, ...]:
    return tuple(action.words for action in banner.actions)
