"""A field of the plan's form, and what is wrong with it, whole below it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from miaohui.desktop.checking.fields import Text
from miaohui.desktop.widgets.button import sentence

LONG = "from 和 to 相同；整天写作 00:00 到 24:00，夜里可以写过零点"


def test_a_mistake_in_a_narrow_field_is_not_cut(qapp: QApplication) -> None:
    host = QWidget()
    column = QVBoxLayout(host)
    row = QHBoxLayout()
    fields = [Text((name,), name, "x") for name in ("from", "to")]
    for field in fields:
        row.addWidget(field, 1, Qt.AlignmentFlag.AlignTop)
    column.addLayout(row)
    column.addStretch(1)
    host.resize(220, 400)
    host.show()
    fields[0].show_mistakes([LONG])
    qapp.processEvents()
    for shown in fields[0].findChildren(QLabel):
        assert shown.height() >= shown.heightForWidth(shown.width())
    assert LONG in fields[0].mistakes_shown()
    # The one beside it keeps its own height: what is to be written in stays at the top.
    assert fields[0].line.y() == fields[1].line.y()
    host.close()


def test_a_sentence_takes_the_lines_it_needs(qapp: QApplication) -> None:
    host = QWidget()
    column = QVBoxLayout(host)
    press = sentence(LONG)
    column.addWidget(press)
    column.addStretch(1)
    host.resize(200, 400)
    host.show()
    qapp.processEvents()
    (words,) = press.findChildren(QLabel)
    assert press.text() == LONG
    assert words.height() >= words.heightForWidth(words.width())
    assert press.heightForWidth(120) > press.heightForWidth(600)
    presses: list[bool] = []
    press.clicked.connect(lambda: presses.append(True))
    press.click()
    assert presses == [True]
    host.close()
