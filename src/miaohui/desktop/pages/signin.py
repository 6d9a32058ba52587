"""Signing in or up: one form, in a sheet."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.strings import errors, signin
from miaohui.desktop.widgets.button import button, chip
from miaohui.desktop.widgets.label import label

if TYPE_CHECKING:
    from miaohui.client.port import Refused
    from miaohui.wire.accounts import Account

__all__ = ["SignInForm"]


class SignInWay(StrEnum):
    """A purpose of the form."""

    IN = "in"
    UP = "up"
    BACK = "back"  # a new password, by the recovery code


class SignInForm(QWidget):
    """Signals: ``signed_in``, ``cancelled``."""

    signed_in = Signal()
    cancelled = Signal()

    def __init__(self, bridge: Bridge, relay: str, *, responder: bool = False) -> None:
        super().__init__()
        self._bridge = bridge
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 20)
        column.setSpacing(8)
        self.heading = label(
            signin.responder_title() if responder else signin.title(relay), "heading"
        )
        column.addWidget(self.heading)
        ways = QHBoxLayout()
        ways.setSpacing(8)
        self.way_in, self.way_up = chip(signin.sign_in()), chip(signin.sign_up())
        self.way_back = chip(signin.forgot())
        for chip_, way in (
            (self.way_in, SignInWay.IN),
            (self.way_up, SignInWay.UP),
            (self.way_back, SignInWay.BACK),
        ):
            chip_.setAutoExclusive(True)
            chip_.clicked.connect(lambda _=False, way=way: self._show_way(way))
            ways.addWidget(chip_)
        ways.addStretch(1)
        column.addLayout(ways)
        column.addSpacing(4)
        self.name = self._field(column, signin.name(), signin.name_hint(), 32)
        self.name.setProperty("focusFirst", True)
        self._code = QWidget()
        code = QVBoxLayout(self._code)
        code.setContentsMargins(0, 0, 0, 0)
        self.code = self._field(code, signin.recovery(), signin.recovery_hint(), 100)
        column.addWidget(self._code)
        self.password = self._field(column, signin.password(), signin.password_hint(), 200)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.reveal = QCheckBox(signin.show_password())
        self.reveal.toggled.connect(self._reveal)
        column.addWidget(self.reveal)
        self._more = QWidget()
        more = QVBoxLayout(self._more)
        more.setContentsMargins(0, 0, 0, 0)
        self.display = self._field(more, signin.display(), signin.display_hint(), 32)
        self.invite = self._field(more, signin.invite(), signin.invite_hint(), 200)
        column.addWidget(self._more)
        self.result = label("", "body", wrap=True)
        self.result.hide()
        column.addWidget(self.result)
        column.addWidget(label(signin.privacy(), "small", wrap=True))
        column.addSpacing(8)
        row = QHBoxLayout()
        row.addStretch(1)
        cancel = button(signin.cancel())
        cancel.clicked.connect(self.cancelled)
        self.enter = button(signin.sign_in(), "primary")
        self.enter.clicked.connect(self._enter)
        row.addWidget(cancel)
        row.addWidget(self.enter)
        column.addLayout(row)
        for field in (self.name, self.code, self.password, self.display, self.invite):
            field.returnPressed.connect(self._enter)
        self.way_in.setChecked(True)
        self._show_way(SignInWay.IN)

    def _field(self, column: QVBoxLayout, name: str, hint: str, most: int) -> QLineEdit:
        named = label(name, "small")
        column.addWidget(named)
        if name == signin.password():
            self.password_name = named
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setPlaceholderText(hint)
        field.setMaxLength(most)
        column.addWidget(field)
        return field

    def _show_way(self, way: SignInWay) -> None:
        self._way = way
        self._more.setVisible(way is SignInWay.UP)
        self._code.setVisible(way is SignInWay.BACK)
        lines = {
            SignInWay.IN: signin.sign_in(),
            SignInWay.UP: signin.sign_up(),
            SignInWay.BACK: signin.set_and_enter(),
        }
        self.enter.setText(lines[way])
        named = signin.new_password() if way is SignInWay.BACK else signin.password()
        self.password_name.setText(named)
        self.password.setAccessibleName(named)
        self.result.hide()

    def _reveal(self, shown: bool) -> None:
        mode = QLineEdit.EchoMode.Normal if shown else QLineEdit.EchoMode.Password
        self.password.setEchoMode(mode)

    def _enter(self) -> None:
        name, password = self.name.text().strip(), self.password.text()
        if not name or not password:
            self._say(signin.missing())
            (self.name if not name else self.password).setFocus()
            return
        if self._way is SignInWay.BACK and not self.code.text().strip():
            self._say(signin.missing_code())
            self.code.setFocus()
            return
        if not self.enter.isEnabled():
            return
        self.enter.setEnabled(False)
        self._say(signin.working())
        self._bridge.run(self, self._work(name, password), self._done, self._failed)

    async def _work(self, name: str, password: str) -> Account:
        # The relay was chosen a moment ago: its link may still be on the way.
        await self._bridge.live()
        client = self._bridge.client
        if self._way is SignInWay.BACK:
            return await client.recover(name, self.code.text(), password)
        if self._way is SignInWay.IN:
            return await client.sign_in(name, password)
        display, invite = self.display.text().strip(), self.invite.text().strip()
        return await client.sign_up(name, password, display, invite or None)

    def _done(self, account: Account) -> None:
        self.signed_in.emit()

    def _failed(self, refused: Refused) -> None:
        self.enter.setEnabled(True)
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _say(self, text: str) -> None:
        self.result.setText(text)
        self.result.setAccessibleName(text)
        self.result.show()
