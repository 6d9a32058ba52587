"""The crisis card: above the composer, never over it; it takes no keyboard and asks nothing."""

from __future__ import annotations

from collections.abc import Sequence
from enum import Enum

from PySide6.QtCore import QEvent, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices, QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from miaohui.care.lines import Audience, DatedHelpLine
from miaohui.care.rules import Strength
from miaohui.desktop.look import sanitize
from miaohui.desktop.look.language import say as either
from miaohui.desktop.strings import care as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import Fitted, clear
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import Label, label

__all__ = ["CardState", "CareCard"]


class CardState(Enum):
    """The part of the card that is on the screen."""

    AWAY = "away"
    LINE = "line"  # one quiet line, which opens it
    OPEN = "open"


class CareCard(QFrame):
    """Signals: ``came``: something of it is on screen; ``opened``: by the person; ``put_away``; ``stop_wanted``: time and billing;
    ``tell_wanted``: the responder is to know; ``copied(number)``."""

    came = Signal()
    opened = Signal()
    put_away = Signal()
    stop_wanted = Signal()
    tell_wanted = Signal()
    copied = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.state = CardState.AWAY
        self.setProperty("kind", "care")
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._column.setContentsMargins(12, 6, 8, 6)
        self._column.setSpacing(8)
        self._area = Fitted(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(6, 6, 6, 6)
        whole.addWidget(self._area)
        self.hide()

    # --- what it shows ------------------------------------------------------------------------
    def show_line(self) -> None:
        """One quiet line, whose button opens the card."""
        self._begin(CardState.LINE, words.quiet_line())
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(label(words.quiet_line(), "second", wrap=True), 1)
        press = button(words.show(), "outline", name=words.card())
        press.setObjectName("care-open")
        press.clicked.connect(self.opened)
        row.addWidget(press)
        row.addWidget(self._away())
        self._column.addLayout(row)
        self._appear()

    def show_open(
        self,
        strength: Strength | None,
        lines: Sequence[DatedHelpLine],
        *,
        night: bool,
        can_stop: bool,
        peer: str,
    ) -> None:
        """``strength`` None: opened by hand. ``can_stop``: there is time to be stopped; ``peer``:
        who can be told, or empty."""
        title = {
            None: words.by_hand(),
            Strength.SOMEONE: words.someone(),
        }.get(strength, words.noticed())
        about = words.about_someone() if strength is Strength.SOMEONE else words.about()
        self._begin(CardState.OPEN, f"{words.card()} {title}")
        head = QHBoxLayout()
        head.setSpacing(10)
        head.addWidget(label(title, "heading", wrap=True), 1)
        head.addWidget(self._away(), 0, Qt.AlignmentFlag.AlignTop)
        self._column.addLayout(head)
        self._column.addWidget(label(words.night() if night else about, "second", wrap=True))
        self._column.addWidget(_flow([self._tile(group) for group in _tiles(lines)], gap=8))
        acts: list[QWidget] = []
        if can_stop and strength is not Strength.SOMEONE:
            stop = button(words.stop(), "primary")
            stop.setObjectName("care-stop")
            stop.clicked.connect(self.stop_wanted)
            acts.append(stop)
        if peer and strength is not Strength.SOMEONE:
            tell = button(words.tell(peer), "plain")
            tell.setObjectName("care-tell")
            tell.clicked.connect(self.tell_wanted)
            acts.append(tell)
        if acts:
            self._column.addWidget(_flow(acts, gap=8))
        checked = min((each.checked for each in lines), default=None)
        if checked is not None:
            self._column.addWidget(label(words.dated(checked.isoformat()), "small", wrap=True))
        self._appear()

    def dismiss(self) -> None:
        """Puts it away; whoever had the keyboard in it gives it back."""
        if self.state is CardState.AWAY:
            return
        self.state = CardState.AWAY
        self.hide()
        clear(self._column)
        self.put_away.emit()

    def event(self, event: QEvent) -> bool:
        # Inside the card Esc is its own, not the window's.
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.key() == Qt.Key.Key_Escape
        ):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.dismiss()
            return
        super().keyPressEvent(event)

    # --- parts --------------------------------------------------------------------------------
    def _begin(self, state: CardState, name: str) -> None:
        self.state = state
        self.setAccessibleName(sanitize.line(name))
        clear(self._column)

    def _appear(self) -> None:
        self._column.addStretch(1)
        self._area.verticalScrollBar().setValue(0)
        self.show()
        self.came.emit()

    def _away(self) -> QWidget:
        press = button(f"{words.put_away()} ✕", "quiet", name=words.put_away())
        press.setObjectName("care-away")
        press.clicked.connect(self.dismiss)
        return press

    def _tile(self, lines: Sequence[DatedHelpLine]) -> QWidget:
        """One number with its hours, or those for danger together."""
        tile = QFrame()
        tile.setProperty("kind", "tile")
        column = QVBoxLayout(tile)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(2)
        column.addWidget(label(" · ".join(each.number for each in lines), "figure"))
        in_danger = lines[0].audience is Audience.DANGER
        name = words.danger() if in_danger else _name(lines[0])
        column.addWidget(_Line(name, "body"))
        column.addWidget(_Line(_hours(lines[0]), "small"))
        row = QHBoxLayout()
        row.setSpacing(4)
        for each in lines:
            both = len(lines) > 1
            calls = words.call_number(each.number)
            copies = words.copy_number(each.number)
            call = button(calls if both else words.call(), "chip", name=calls)
            call.clicked.connect(lambda _=False, number=each.number: self._call(number))
            row.addWidget(call)
            if not both:
                copy = button(words.copy(), "chip", name=copies)
                copy.clicked.connect(lambda _=False, number=each.number: self._copy(number))
                row.addWidget(copy)
        row.addStretch(1)
        column.addLayout(row)
        tile.setAccessibleName(
            sanitize.line(
                "; ".join(words.line_name(each.number, _name(each), _hours(each)) for each in lines)
            )
        )
        return tile

    def _call(self, number: str) -> None:
        """Calls where this machine can; in any case the number is ready to be pasted."""
        self._copy(number)
        QDesktopServices.openUrl(QUrl(f"tel:{number.replace(' ', '')}"))

    def _copy(self, number: str) -> None:
        QGuiApplication.clipboard().setText(number)
        self.copied.emit(number)

    def texts(self) -> list[str]:
        """Every word on it, for tests."""
        return [each.text() for each in self.findChildren(QLabel) if not each.isHidden()]


class _Line(Label):
    """One line that wraps where its tile has no room for it."""

    def __init__(self, text: str, kind: str) -> None:
        super().__init__(text)
        self.setProperty("kind", kind)
        self.setWordWrap(True)

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self.text()) + 2, metrics.height())


def _tiles(lines: Sequence[DatedHelpLine]) -> list[list[DatedHelpLine]]:
    """The lines in their order, those for danger as one."""
    found: list[list[DatedHelpLine]] = []
    for each in lines:
        danger = each.audience is Audience.DANGER
        if danger and found and found[-1][0].audience is Audience.DANGER:
            found[-1].append(each)
        else:
            found.append([each])
    return found


def _name(line: DatedHelpLine) -> str:
    return either(line.chinese, line.english)


def _hours(line: DatedHelpLine) -> str:
    return either(line.hours_zh, line.hours_en)


def _flow(widgets: Sequence[QWidget], *, gap: int) -> QWidget:
    flow = FlowLayout(gap=gap)
    for each in widgets:
        flow.addWidget(each)
    holder = QWidget()
    holder.setLayout(flow)
    return holder
