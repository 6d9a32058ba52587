"""Where the keyboard goes when the button that had it is dead for a while, or goes away."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from miaohui.client.settings import Settings
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look.splash import Splash
from miaohui.desktop.navigation.frame import WindowFrame
from miaohui.desktop.widgets.button import button


class Page(QWidget):
    """A button in a row of its own, and a field above."""

    def __init__(self) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        self.field, self.pay, self.more = QLineEdit(), button("pay"), button("more")
        column.addWidget(self.field)
        self.row = QWidget()
        line = QHBoxLayout(self.row)
        for one in (self.pay, self.more):
            line.addWidget(one)
        column.addWidget(self.row)


def framed() -> tuple[WindowFrame, Page]:
    frame = WindowFrame(Splash("light", rail=False))
    frame.furnish(Bridge(Settings(None)))
    page = Page()
    frame.stack.addWidget(page)
    frame.stack.setCurrentWidget(page)
    frame.show()
    frame.activateWindow()
    QTest.qWaitForWindowActive(frame)
    page.pay.setFocus()
    assert frame.focusWidget() is page.pay
    return frame, page


def test_a_button_that_is_dead_for_a_while_has_the_keyboard_afterwards(qapp: QApplication) -> None:
    frame, page = framed()
    page.pay.setEnabled(False)
    assert frame.focusWidget() is page.row  # not the next button, which one might press unawares
    page.pay.setEnabled(True)
    assert frame.focusWidget() is page.pay
    frame.close()


def test_who_went_on_meanwhile_is_left_where_they_are(qapp: QApplication) -> None:
    frame, page = framed()
    page.pay.setEnabled(False)
    page.field.setFocus()
    page.pay.setEnabled(True)
    assert frame.focusWidget() is page.field
    frame.close()


def test_tab_goes_on_from_where_the_button_was(qapp: QApplication) -> None:
    frame, page = framed()
    page.pay.hide()
    assert frame.focusWidget() is page.row
    QTest.keyClick(page.row, Qt.Key.Key_Tab)
    assert frame.focusWidget() is page.more
    page.row.hide()
    assert frame.focusWidget() is page
    frame.close()
