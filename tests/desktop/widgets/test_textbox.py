"""A box's hint makes room for a composition, in every box that has one."""

import ast
from pathlib import Path

import pytest
from PySide6.QtGui import QInputMethodEvent
from PySide6.QtWidgets import QApplication, QPlainTextEdit

import miaohui.desktop
from miaohui.desktop.widgets.textbox import TextBox

SOURCE = Path(miaohui.desktop.__file__).parent


def test_the_hint_is_gone_while_something_is_composed(qapp: QApplication) -> None:
    box = TextBox()
    box.setPlaceholderText("Say something")
    assert box.placeholderText() == "Say something"
    QApplication.sendEvent(box, QInputMethodEvent("ni hao", []))
    assert box.placeholderText() == ""
    box.setPlaceholderText("Say more")  # a page that is told something meanwhile
    assert box.placeholderText() == ""
    QApplication.sendEvent(box, QInputMethodEvent("", []))
    assert box.placeholderText() == "Say more"
    done = QInputMethodEvent("", [])
    done.setCommitString("你好")
    QApplication.sendEvent(box, done)
    assert box.toPlainText() == "你好"
    box.clear()
    assert box.placeholderText() == "Say more"


def test_a_line_s_own_hint_makes_room_by_itself(qapp: QApplication) -> None:
    """Qt's single line does it; a box of several lines does not, which is why there is ours."""
    plain = QPlainTextEdit()
    plain.setPlaceholderText("hint")
    QApplication.sendEvent(plain, QInputMethodEvent("ni", []))
    assert plain.placeholderText() == "hint"


@pytest.mark.parametrize("path", sorted(SOURCE.rglob("*.py")), ids=lambda path: path.stem)
def test_a_box_with_a_hint_is_ours(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if "setPlaceholderText" not in text or path.name == "textbox.py":
        return
    made = {
        getattr(node.func, "id", "")
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Call)
    }
    assert not made & {"QPlainTextEdit", "QTextEdit"}, f"{path.name}: TextBox instead"
