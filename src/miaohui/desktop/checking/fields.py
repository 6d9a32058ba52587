"""Fields of the plan's form: words, something to write in, and the mistakes right below it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QLineEdit,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from miaohui.checks.plan.positions import Path
from miaohui.desktop.look.look import Look
from miaohui.desktop.strings import checkplan as words
from miaohui.desktop.widgets.button import MenuButton
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.turned import DecimalField

__all__ = ["Choice", "ClockField", "Field", "LinesField", "Number", "Text"]

BREAK = "⏎"  # a line break inside one text: one text is one line of the field


class Field(QWidget):
    """One part of the plan. Signals: ``changed``: the person wrote something else."""

    changed = Signal()

    def __init__(self, path: Path, name: str) -> None:
        super().__init__()
        self.path = path
        self._name = name
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(4)
        self.column.addWidget(label(name, "small", wrap=True))
        self._wrong = label("", "wrong", wrap=True)
        self._wrong.hide()
        # Not by an alignment: that would hold a wrapped mistake to the height of its hint.
        self.column.addStretch(1)
        self.own = ""  # what the field itself cannot read

    def put(self, inside: QWidget) -> None:
        inside.setAccessibleName(self._name)
        self.lay(inside)
        self.lay(self._wrong)

    def lay(self, inside: QWidget) -> None:
        """Below what is there, above what is left over."""
        self.column.insertWidget(self.column.count() - 1, inside)

    def show_mistakes(self, sentences: Sequence[str]) -> None:
        said = [self.own] if self.own else list(sentences)
        self._wrong.setText("\n".join(f"✗ {one}" for one in said))
        self._wrong.setVisible(bool(said))
        for inside in self.findChildren(QWidget):
            inside.setAccessibleDescription("; ".join(said))

    def focus_part(self) -> QWidget | None:
        """The part that takes the keyboard."""
        parts = self.findChildren(QWidget)
        return next(
            (
                one
                for one in parts
                if isinstance(one, QLineEdit | QPlainTextEdit | QAbstractSpinBox | MenuButton)
            ),
            None,
        )

    def mistakes_shown(self) -> str:
        return "" if self._wrong.isHidden() else self._wrong.text()

    def lock(self, *, locked: bool) -> None:
        """Read only: it can still be read, walked through and copied."""
        for inside in self.findChildren(QWidget):
            if isinstance(inside, QLineEdit | QPlainTextEdit | QAbstractSpinBox):
                inside.setReadOnly(locked)
            elif isinstance(inside, MenuButton):
                inside.setEnabled(not locked)


class Text(Field):
    """One line."""

    def __init__(self, path: Path, name: str, value: str, *, most: int = 400) -> None:
        super().__init__(path, name)
        self.line = QLineEdit(value)
        self.line.setMaxLength(most)
        self.line.setCursorPosition(0)
        self.line.textEdited.connect(lambda _text: self.changed.emit())
        self.put(self.line)

    def value(self) -> str:
        return self.line.text()


class LinesField(Field):
    """Several texts, one a line."""

    def __init__(
        self, look: Look, path: Path, name: str, values: Sequence[str], *, rows: int = 4
    ) -> None:
        super().__init__(path, name)
        self.edit = QPlainTextEdit("\n".join(one.replace("\n", BREAK) for one in values))
        self.edit.setProperty("kind", "field")
        self.edit.setTabChangesFocus(True)
        self.edit.setFixedHeight(look.px(22 * rows + 20))
        self.edit.textChanged.connect(self.changed)
        self.put(self.edit)

    def value(self) -> tuple[str, ...]:
        lines = self.edit.toPlainText().split("\n")
        return tuple(one.strip().replace(BREAK, "\n") for one in lines if one.strip())


class _Spin(DecimalField):
    """A figure that is as wide as it must be."""

    _hint = (0, QSize())

    def sizeHint(self) -> QSize:
        # Qt would write out both ends of the range each time a layout asks.
        high = self.fontMetrics().height()
        if self._hint[0] != high:
            self._hint = (high, super().sizeHint())
        return self._hint[1]

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def textFromValue(self, value: float) -> str:  # noqa: N802 (Qt's name)
        text = f"{value:.{self.decimals()}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text


class Number(Field):
    """A number with its unit; ``times``: what is shown for 1 of the plan's (100 for per cent)."""

    def __init__(
        self,
        path: Path,
        name: str,
        value: float,
        *,
        most: float = 1_000_000,
        decimals: int = 0,
        times: float = 1,
        suffix: str = "",
        prefix: str = "",
        step: float = 1,
    ) -> None:
        super().__init__(path, name)
        self._times = times
        self.spin = _Spin()
        self.spin.setDecimals(decimals)
        self.spin.setRange(0, most)
        self.spin.setSingleStep(step)
        self.spin.setSuffix(suffix)
        self.spin.setPrefix(prefix)
        self.spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.spin.setMinimumWidth(1)
        self.spin.lineEdit().setTextMargins(8, 0, 8, 0)
        self.spin.setValue(value * times)
        self.spin.valueChanged.connect(lambda _value: self.changed.emit())
        self.put(self.spin)

    def value(self) -> float:
        # Through the digits that are shown: 0.97 times 100 is not quite 97.
        return round(self.spin.value() / self._times, 6)

    def whole(self) -> int:
        return round(self.value())


class ClockField(Field):
    """A time of day, up to 24:00."""

    def __init__(self, path: Path, name: str, minutes: int) -> None:
        super().__init__(path, name)
        self._minutes = minutes
        self.line = QLineEdit(f"{minutes // 60:02}:{minutes % 60:02}")
        self.line.setMaxLength(5)
        self.line.textEdited.connect(self._edited)
        self.put(self.line)

    def _edited(self, text: str) -> None:
        hours, colon, minutes = text.replace("：", ":").partition(":")
        good = bool(colon) and hours.isdecimal() and minutes.isdecimal() and len(minutes) == 2
        total = int(hours) * 60 + int(minutes) if good else -1
        good = good and int(minutes) < 60 and 0 <= total <= 1440
        self.own = "" if good else words.bad_clock()
        if good:
            self._minutes = total
        self.changed.emit()

    def value(self) -> int:
        """The last time that could be read."""
        return self._minutes


class Choice(Field):
    """One of several, from a menu."""

    def __init__(
        self,
        path: Path,
        name: str,
        choices: Sequence[tuple[str, str]],
        value: str,
        then: Callable[[], None] | None = None,
    ) -> None:
        super().__init__(path, name)
        self.menu = MenuButton("chipmenu")
        self.menu.set_choices(choices, value)
        self._then = then
        self.menu.chosen = self._chosen
        self.put(self.menu)
        self.column.setAlignment(self.menu, Qt.AlignmentFlag.AlignLeft)
        self.menu.setAccessibleDescription(name)

    def _chosen(self, _key: str) -> None:
        self.changed.emit()
        if self._then is not None:
            self._then()

    def value(self) -> str:
        return self.menu.current
