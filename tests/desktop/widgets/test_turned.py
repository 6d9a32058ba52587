"""The wheel over a field: it scrolls the page, unless the field has the keyboard."""

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget

import miaohui.desktop
from miaohui.desktop.widgets.turned import DecimalField, NumberField, Slider

TURNED = re.compile(r"\b(QSpinBox|QDoubleSpinBox|QSlider|QDial|QComboBox|Q(Date|Time)+Edit)\(")


def _wheel(field: QWidget) -> bool:
    """One notch, as a window delivers it; whether the field took it."""
    place = QPointF(field.rect().center())
    event = QWheelEvent(
        place,
        field.mapToGlobal(place),
        QPoint(),
        QPoint(0, 120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    event.ignore()
    QApplication.sendEvent(field, event)
    return event.isAccepted()


@pytest.mark.parametrize("make", [NumberField, DecimalField, Slider])
def test_only_with_the_keyboard(qapp, make) -> None:
    window = QWidget()
    column = QVBoxLayout(window)
    field, other = make(), QLineEdit()
    field.setRange(0, 99)
    field.setValue(11)
    column.addWidget(other)
    column.addWidget(field)
    window.show()
    window.activateWindow()
    QTest.qWaitForWindowActive(window)
    other.setFocus()
    assert not _wheel(field)
    assert (field.value(), field.hasFocus()) == (11, False)
    field.setFocus()
    assert _wheel(field)
    assert field.value() != 11
    window.close()


def test_no_other_field_is_made() -> None:
    """Qt's own take the keyboard from the wheel, and turn."""
    folder = Path(miaohui.desktop.__file__).parent
    found = [
        f"{file.name}: {made[0]}"
        for file in folder.rglob("*.py")
        for made in TURNED.finditer(file.read_text("utf-8"))
        if file.name != "turned.py"
    ]
    assert found == []
