"""A dialog inside the window: the rest is dimmed, Esc closes, Tab stays within."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleEvent,
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLineEdit,
    QMainWindow,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)
from shiboken6 import isValid

from miaohui.desktop.look.look import Look
from miaohui.desktop.loop.scheduler import Scheduler, finish
from miaohui.desktop.widgets.keyboard import Keyboard
from miaohui.desktop.widgets.page import Pane
from miaohui.desktop.widgets.spoken import DIALOG, set_spoken_role

__all__ = ["Sheet", "over"]

EDGE = 4  # nothing square in the round corners


class Sheet(QWidget):
    """Shows ``body`` over ``host`` until it is closed; never ``exec``: the network goes on.

    The ``foot`` of a body that is a pane stays in sight below it when the rest must be scrolled.

    Signals: ``closed``. The widget that had the focus gets it back.
    """

    closed = Signal()

    def __init__(
        self,
        host: QWidget,
        look: Look,
        body: QWidget,
        *,
        width: int = 640,
        scheduler: Scheduler | None = None,
    ) -> None:
        """With ``scheduler`` it is made in steps, the body's own (``steps``) first, and shown when it
        is ready; else at once."""
        super().__init__(host)
        self._host, self._look, self._wide = host, look, width
        self._closed = False
        set_spoken_role(self, DIALOG)
        self._keyboard = Keyboard(self)
        self._before = QApplication.focusWidget()
        self._frame = QFrame(self)
        self._frame.setProperty("kind", "card")
        self._inner = QVBoxLayout(self._frame)
        edge = look.px(EDGE)
        self._inner.setContentsMargins(edge, edge, edge, edge)
        self._inner.setSpacing(0)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setObjectName("onCard")
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        body.setObjectName("onCard")
        # Else Qt keeps the height that wrapped words would need if they were narrower.
        body.setMinimumHeight(1)
        self._body = body
        self._foot: QWidget | None = None
        self.may_close: Callable[[], bool] = lambda: True
        if scheduler is None:
            finish(self._opening())
        else:
            scheduler.begin(self._opening())

    def _opening(self) -> Iterator[None]:
        body = self._body
        if isinstance(body, Pane):
            yield from body.steps
        if self._is_gone():
            return
        self._area.setWidget(body)
        self._inner.addWidget(self._area)
        self._foot = body.foot if isinstance(body, Pane) else None
        if self._foot is not None:
            self._foot.setObjectName("onCard")
            self._inner.addWidget(self._foot)
        yield
        for act in (self._dress, self._polish, self._lay_out, self._appear):
            if self._is_gone():
                return
            act()
            yield

    def _is_gone(self) -> bool:
        return not isValid(self) or self._closed

    def _dress(self) -> None:
        self.setStyleSheet(self._look.sheet())

    def _polish(self) -> None:
        """Everything within, too, before it is measured: rows inside a layout keep the height
        that their buttons had before they were dressed, until it is activated."""
        self.ensurePolished()
        for widget in self._frame.findChildren(QWidget):
            widget.ensurePolished()
        for part in (self._body, self._foot):
            layout = None if part is None else part.layout()
            if layout is not None:
                layout.activate()

    def _lay_out(self) -> None:
        self._host.installEventFilter(self)
        self._body.installEventFilter(self)
        if self._foot is not None:
            self._foot.installEventFilter(self)
        self._place()

    def _appear(self) -> None:
        self.show()
        self.raise_()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DialogStart))
        self._focus_first()

    @property
    def body(self) -> QWidget:
        return self._body

    @property
    def is_closed(self) -> bool:
        return self._closed

    def close_sheet(self) -> None:
        """Goes away; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.DialogEnd))
        self.hide()
        self._host.removeEventFilter(self)
        if self._before is not None and self._before.isVisible():
            self._before.setFocus(Qt.FocusReason.OtherFocusReason)
        self.closed.emit()
        self.deleteLater()

    def dismiss(self) -> None:
        """Closes by Esc or a click beside it, unless the body must not be left now."""
        if self.may_close():
            self.close_sheet()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._place()
        return False

    def _place(self) -> None:
        host = self._host
        self.setGeometry(host.rect())
        room = host.rect().adjusted(16, 16, -16, -16)
        wide = min(self._look.px(self._wide), room.width())
        around = 2 * (self._look.px(EDGE) + 1)  # and the line of the card
        parts = (self._body,) if self._foot is None else (self._body, self._foot)
        hint = sum(_height(part, wide - around) for part in parts)
        tall = min(hint + around, room.height())
        # A bar that was there once makes the body narrower, so higher, so that it never goes.
        fits = hint + around <= room.height()
        bar = Qt.ScrollBarPolicy
        self._area.setVerticalScrollBarPolicy(
            bar.ScrollBarAlwaysOff if fits else bar.ScrollBarAsNeeded
        )
        self._frame.setGeometry((host.width() - wide) // 2, (host.height() - tall) // 2, wide, tall)

    def _focus_first(self) -> None:
        for widget in self._ring():
            if widget.property("focusFirst"):
                widget.setFocus(Qt.FocusReason.TabFocusReason)
                return
        ring = self._ring()
        if ring:
            ring[0].setFocus(Qt.FocusReason.OtherFocusReason)

    def _ring(self) -> list[QWidget]:
        """What Tab visits, in its order."""
        found: list[QWidget] = []
        widget = self._body.nextInFocusChain()
        # The chain is the whole window's, and a ring: it comes back to where it began.
        while widget is not None and widget is not self._body:
            if (
                self._frame.isAncestorOf(widget)
                and widget.isVisible()
                and widget.isEnabled()
                and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            ):
                found.append(widget)
            widget = widget.nextInFocusChain()
        return found

    def focusNextPrevChild(self, next: bool) -> bool:
        if self._keyboard.stays():
            return True
        ring = self._ring()
        if not ring:
            return True
        now = QApplication.focusWidget()
        at = ring.index(now) if now in ring else (-1 if next else 0)
        wanted = ring[(at + (1 if next else -1)) % len(ring)]
        wanted.setFocus(
            Qt.FocusReason.TabFocusReason if next else Qt.FocusReason.BacktabFocusReason
        )
        if self._body.isAncestorOf(wanted):
            self._area.ensureWidgetVisible(wanted)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self._press_primary()
        event.accept()

    def _press_primary(self) -> None:
        """Enter does what the sheet is for, unless a field has it for itself."""
        if isinstance(QApplication.focusWidget(), QLineEdit | QPlainTextEdit):
            return
        for press in self._frame.findChildren(QPushButton):
            if press.property("kind") == "primary" and press.isVisible() and press.isEnabled():
                press.click()
                return

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._frame.geometry().contains(event.position().toPoint()):
            self.dismiss()
        event.accept()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(20, 23, 29, 110))
        painter.setPen(Qt.PenStyle.NoPen)
        box = QRectF(self._frame.geometry())
        for step in range(6):
            grow = 4.0 * (step + 1)
            painter.setBrush(QColor(0, 0, 0, 9))
            painter.drawRoundedRect(
                box.adjusted(-grow, -grow, grow, grow).translated(QPointF(0, 6)),
                12 + grow,
                12 + grow,
            )
        painter.end()


def over(
    part: QWidget,
    look: Look,
    body: QWidget,
    *,
    width: int = 680,
    scheduler: Scheduler | None = None,
) -> Sheet:
    """A sheet over the window that ``part`` stands in. A main window's own children are its layout;
    sheets lie over what it shows."""
    window = part.window()
    shown = window.centralWidget() if isinstance(window, QMainWindow) else None
    return Sheet(shown or window, look, body, width=width, scheduler=scheduler)


def _height(part: QWidget, width: int) -> int:
    """What it wants at this width."""
    layout = part.layout()
    if layout is not None and layout.hasHeightForWidth():
        # Not the hint: that is as tall as wrapped words would be in a narrower column.
        return layout.totalHeightForWidth(width)
    return max(part.sizeHint().height(), part.minimumSizeHint().height())
