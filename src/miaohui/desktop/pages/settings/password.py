"""The password: changing it, and a recovery code for the day it is forgotten."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.strings import errors
from miaohui.desktop.strings import settings as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.wire.accounts import ChangePassword, MakeRecovery, RecoveryMade

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["PasswordPart"]

MOST = 200


class PasswordPart(QWidget):
    """Both steps ask for the present password: a window left open is not enough."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self._bridge = bridge
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(label(words.password(), "strong"))
        self.old = self._field(column, words.old_password())
        self.new = self._field(column, words.new_password())
        foot = FlowLayout()
        self.change = button(words.change_password())
        self.change.clicked.connect(self._change)
        self.recovery = button(words.make_recovery())
        self.recovery.clicked.connect(self._recovery)
        foot.addWidget(self.change)
        foot.addWidget(self.recovery)
        column.addLayout(foot)
        column.addWidget(label(words.recovery_about(), "small", wrap=True))
        self.note = label("", "body", wrap=True, selectable=True)
        self.note.hide()
        column.addWidget(self.note)

    def _field(self, column: QVBoxLayout, name: str) -> QLineEdit:
        field = QLineEdit()
        field.setPlaceholderText(name)
        field.setAccessibleName(name)
        field.setMaxLength(MOST)
        field.setEchoMode(QLineEdit.EchoMode.Password)
        column.addWidget(field)
        return field

    def _change(self) -> None:
        request = ChangePassword(id=self._bridge.new_id(), old=self.old.text(), new=self.new.text())
        self._bridge.ask(self, request, lambda _done: self._changed(), self._refused)

    def _changed(self) -> None:
        self.old.clear()
        self.new.clear()
        self._say(words.password_changed())

    def _recovery(self) -> None:
        request = MakeRecovery(id=self._bridge.new_id(), password=self.old.text())
        self._bridge.ask(self, request, self._made, self._refused)

    def _made(self, made: RecoveryMade) -> None:
        self.old.clear()
        self._say(words.recovery_code(made.code))

    def _refused(self, refused: Refused) -> None:
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.show()
