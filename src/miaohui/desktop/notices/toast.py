"""Short notices below the window's head, where nobody writes, one under the other."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QWidget

from miaohui.desktop.look import sanitize
from miaohui.desktop.look.look import Look
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.label import label

__all__ = ["Toasts"]

STAY_MS = 6000
MOST = 3


class Toasts(QObject):
    """Shows notices over ``host``; each goes by itself, by its button or by a click.
    At most three. Signals: ``shown(text)``."""

    shown = Signal(str)

    def __init__(self, host: QWidget, look: Look) -> None:
        super().__init__(host)
        self._host, self._look = host, look
        self._shown: list[QFrame] = []
        host.installEventFilter(self)
        look.changed.connect(self._look_changed)

    def texts(self) -> list[str]:
        """The texts that stand there now."""
        return [str(frame.accessibleName()) for frame in self._shown]

    def frames(self) -> tuple[QFrame, ...]:
        """The notices themselves, the oldest first."""
        return tuple(self._shown)

    def show(self, text: str, action: str = "", act: Callable[[], None] | None = None) -> None:
        """The same words are not shown twice at a time."""
        text = sanitize.text(text)
        if text in self.texts():
            return
        frame = QFrame(self._host)
        frame.setStyleSheet(self._look.sheet())
        frame.setProperty("kind", "toast")
        frame.installEventFilter(self)
        frame.setAccessibleName(text)
        row = QHBoxLayout(frame)
        row.setContentsMargins(16, 10, 16, 10)
        words = label(text, wrap=True)
        row.addWidget(words, 1)
        if act is not None:
            press = button(action, "outline")
            press.clicked.connect(act)
            press.clicked.connect(lambda: self._drop(frame))
            row.addWidget(press, 0, Qt.AlignmentFlag.AlignVCenter)
        self._shown.append(frame)
        while len(self._shown) > MOST:
            self._drop(self._shown[0])
        frame.show()
        self._place()
        self.shown.emit(text)
        QTimer.singleShot(STAY_MS, frame, lambda: self._drop(frame))

    def _drop(self, frame: QFrame) -> None:
        if frame in self._shown:
            self._shown.remove(frame)
            frame.hide()
            frame.deleteLater()
            self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonRelease and isinstance(watched, QFrame):
            self._drop(watched)
            return False
        # Its own wish for room comes a moment after its words or its look have changed.
        wants = QEvent.Type.Resize if watched is self._host else QEvent.Type.LayoutRequest
        if event.type() == wants:
            self._place()
        return False

    def _look_changed(self) -> None:
        for frame in self._shown:
            frame.setStyleSheet(self._look.sheet())
        self._place()

    def _place(self) -> None:
        """As wide as the words need, in the middle of the page beside the rail."""
        rail = self._host.findChild(QWidget, "rail")
        left = rail.width() if rail is not None and rail.isVisible() else 0
        room = self._host.width() - left - 32
        top = self._look.px(44)
        for frame in self._shown:
            words = frame.findChild(QLabel)
            needs = 0
            if words is not None:
                once = words.fontMetrics().horizontalAdvance(words.text())
                needs = frame.sizeHint().width() - words.sizeHint().width() + once + 4
            wide = min(needs, self._look.px(520), room)
            # The hint is that of words broken at some width of Qt's own choice.
            tall = frame.heightForWidth(wide)
            if tall <= 0:
                tall = frame.sizeHint().height()
            frame.setGeometry(left + (room + 32 - wide) // 2, top, wide, tall)
            frame.raise_()
            top += tall + 8
