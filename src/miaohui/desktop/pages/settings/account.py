"""Account and relay: who is signed in where, on which devices, and how to leave."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look import amounts
from miaohui.desktop.pages.settings.password import PasswordPart
from miaohui.desktop.strings import errors, relaykey
from miaohui.desktop.strings import settings as words
from miaohui.desktop.widgets.button import button
from miaohui.desktop.widgets.card import card, clear, rule
from miaohui.desktop.widgets.keyview import KeyView
from miaohui.desktop.widgets.label import Elided, label
from miaohui.desktop.widgets.pill import pill
from miaohui.wire.accounts import Device, Devices, ListDevices, RevokeDevice, SetDisplay

if TYPE_CHECKING:
    from miaohui.client.port import Refused

__all__ = ["AccountCard"]


class AccountCard(QFrame):
    """``read`` asks for the devices; everything else follows the client."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setProperty("kind", "card")
        self._bridge = bridge
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 22, 22, 22)
        column.setSpacing(12)
        column.addWidget(label(words.account(), "heading"))
        self.relay = label("", "second", wrap=True, selectable=True)
        self.who = label("", "body", wrap=True)
        column.addWidget(self.who)
        column.addWidget(self.relay)
        self.key = KeyView(bridge.look)
        column.addWidget(self.key)
        self.new_key, inside = card("breach", margin=14, gap=8)
        self.new_key_words = label("", "body", wrap=True)
        inside.addWidget(self.new_key_words)
        self.accept_key = button(relaykey.accept())
        self.accept_key.clicked.connect(bridge.client.accept_relay_key)
        inside.addWidget(self.accept_key, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.new_key)
        naming = QHBoxLayout()
        naming.setSpacing(10)
        naming.addWidget(label(words.display(), "second"))
        self.display = QLineEdit()
        self.display.setMaxLength(32)
        self.display.setAccessibleName(words.display())
        self.display.returnPressed.connect(self._rename)
        naming.addWidget(self.display, 1)
        self.rename = button(words.change())
        self.rename.clicked.connect(self._rename)
        naming.addWidget(self.rename)
        column.addLayout(naming)
        self.note = label("", "body", wrap=True)
        self.note.hide()
        column.addWidget(self.note)
        self.password = PasswordPart(bridge)
        column.addWidget(rule())
        column.addWidget(self.password)
        column.addWidget(rule())
        column.addWidget(label(words.devices(), "strong"))
        self.devices = QVBoxLayout()
        self.devices.setSpacing(6)
        column.addLayout(self.devices)
        column.addWidget(rule())
        foot = QHBoxLayout()
        foot.setSpacing(10)
        self.sign_out = button(words.sign_out())
        self.sign_out.clicked.connect(lambda: bridge.run(self, bridge.client.sign_out()))
        self.leave = button(words.leave_relay())
        self.leave.clicked.connect(self._leave)
        foot.addWidget(self.sign_out)
        foot.addWidget(self.leave)
        foot.addStretch(1)
        column.addLayout(foot)
        bridge.app_changed.connect(self._changed)
        self._changed()

    def _changed(self) -> None:
        view = self._bridge.client.view
        self.relay.setText(words.relay_line(view.link.relay, view.link.url))
        self.key.show_key(
            words.key_line(view.key_id), view.key_id, view.relay_key, view.former_key_ids
        )
        self.new_key.setVisible(bool(view.new_key_id))
        self.new_key_words.setText(words.new_key(view.key_id, view.new_key_id))
        account = view.account
        self.who.setText(words.signed_in_as(account.display, account.name) if account else "")
        if account is not None and not self.display.isModified():
            self.display.setText(account.display)
        practice = self._bridge.settings.practice
        self.leave.setText(words.leave_practice() if practice else words.leave_relay())
        self.sign_out.setVisible(not practice)
        self.password.setVisible(not practice)

    def _rename(self) -> None:
        name = self.display.text().strip()
        if not name:
            return
        self._bridge.ask(
            self,
            SetDisplay(id=self._bridge.new_id(), display=name),
            lambda _answer: self._renamed(),
            self._refused,
        )

    def _renamed(self) -> None:
        self.display.setModified(False)
        self._say(words.changed())
        self._bridge.client.refresh()

    def _leave(self) -> None:
        self._bridge.set(practice=False)
        self._bridge.client.forget_relay()

    # --- devices -------------------------------------------------------------------------------
    def read(self) -> None:
        self._bridge.ask(
            self, ListDevices(id=self._bridge.new_id()), self._show_devices, self._not_read
        )

    def _not_read(self, refused: Refused) -> None:
        clear(self.devices)
        self.devices.addWidget(label(words.devices_failed(), "small", wrap=True))

    def _show_devices(self, answer: Devices) -> None:
        clear(self.devices)
        today = datetime.fromtimestamp(self._bridge.clock.utc_ms() / 1000).astimezone()
        for device in answer.devices:
            self.devices.addLayout(self._device(device, today))

    def _device(self, device: Device, today: datetime) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(Elided(device.name or device.token_id[:8]))
        row.addWidget(label(words.device_line(amounts.moment(device.seen_utc, today)), "small"))
        row.addStretch(1)
        if device.here:
            row.addWidget(pill(words.this_device(), "accent"))
        else:
            revoke = button(words.revoke(), name=words.revoke_name(device.name))
            revoke.clicked.connect(lambda: self._revoke(device))
            row.addWidget(revoke)
        return row

    def _revoke(self, device: Device) -> None:
        self._bridge.ask(
            self,
            RevokeDevice(id=self._bridge.new_id(), token_id=device.token_id),
            lambda _answer: self.read(),
            self._refused,
        )

    def _refused(self, refused: Refused) -> None:
        self._say(errors.sentence(refused.code, refused.detail, refused.retry_ms))

    def _say(self, text: str) -> None:
        self.note.setText(text)
        self.note.show()
