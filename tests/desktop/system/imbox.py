"""A box of the window's own in a process of its own: says in lines of JSON what is typed into it."""

import json
import sys

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QApplication

from miaohui.desktop.chat.message_edit import MessageEdit
from miaohui.desktop.system import input_method


def main() -> None:
    input_method.prepare()
    app = QApplication(["imbox"])
    box = MessageEdit()
    box.setPlaceholderText("hint")
    said: list[dict[str, object]] = []

    def tell(*_: object) -> None:
        now: dict[str, object] = {
            "window": int(box.winId()),
            "focus": box.hasFocus(),
            "text": box.toPlainText(),
            "preedit": box.textCursor().block().layout().preeditAreaText(),
            "hint": box.placeholderText(),
            "in_use": input_method.in_use().value,
        }
        if said[-1:] != [now]:
            said.append(now)
            print(json.dumps(now), flush=True)

    class Ear(QObject):
        def eventFilter(self, watched: QObject, event: object) -> bool:
            from PySide6.QtCore import QTimer

            QTimer.singleShot(0, box, tell)
            return False

    ear = Ear()
    box.installEventFilter(ear)
    box.show()
    tell()
    sys.exit(app.exec())


if __name__ == "__main__":
    main()
