"""Signing in or up: one form, in a sheet."""

from __future__ import annotations

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
        for way, up in ((self.way_in, False), (self.way_up, True)):
            way.setAutoExclusive(True)
            way.clicked.connect(lambda _=False, up=up: self._show_way(up=up))
            ways.addWidget(way)
        ways.addStretch(1)
        column.addLayout(ways)
        column.addSpacing(4)
        self.name = self._field(column, signin.name(), signin.name_hint(), 32)
        self.name.setProperty("focusFirst", True)
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
        for field in (self.name, self.password, self.display, self.invite):
            field.returnPressed.connect(self._enter)
        self.way_in.setChecked(True)
        self._show_way(up=False)

    def _field(self, column: QVBoxLayout, name: str, hint: str, most: int) -> QLineEdit:
        column.addWidget(label(name, "small"))
        field = QLineEdit()
        field.setAccessibleName(name)
        field.setPlaceholderText(hint)
        field.setMaxLength(most)
        column.addWidget(field)
        return field

    def _show_way(self, *, up: bool) -> None:
        self._up = up
        self._more.setVisible(up)
        self.enter.setText(signin.sign_up() if up else signin.sign_in())
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
        if not self.enter.isEnabled():
            return
        self.enter.setEnabled(False)
        self._say(signin.working())
        self._bridge.run(self, self._work(name, password), self._done, self._failed)

    async def _work(self, name: str, password: str) -> Account:
        # The relay was chosen a moment ago: its link may still be on the way.
        await self._bridge.live()
        client = self._bridge.client
        if not self._up:
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
