"""Notifications on Linux: ``org.freedesktop.Notifications`` on the session's bus, by dbus-fast.

Qt's own D-Bus cannot send an unsigned number from Python, and so no notification.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from typing import Any

from dbus_fast import Message, MessageType, Variant
from dbus_fast.aio import MessageBus

from miaohui.desktop.system.notification import Notification

__all__ = ["BusNotifications", "Unavailable"]

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
DBUS, DBUS_PATH = "org.freedesktop.DBus", "/org/freedesktop/DBus"
DESKTOP_ENTRY = "miaohui"
OPEN = "default"  # what a click on the notification itself asks for
ANSWER_S = 5.0  # a server that says nothing by then is none


class Unavailable(Exception):
    """Nobody shows notifications on this bus."""


class BusNotifications:
    """One notification a subject: shown again, it is replaced. ``opened(subject)`` is called when
    the person asks for what it is about."""

    def __init__(self, opened: Callable[[str], None]) -> None:
        self._opened = opened
        self._bus: MessageBus | None = None
        self.numbers: dict[str, int] = {}  # the server's, by subject
        # One at a time: the number of the first is what replaces it by the second.
        self._turn = asyncio.Lock()

    async def show(self, one: Notification) -> None:
        """Unavailable where nobody shows it."""
        hints = {
            "urgency": Variant("y", int(one.urgency)),
            "desktop-entry": Variant("s", DESKTOP_ENTRY),
            "suppress-sound": Variant("b", not one.sound),
        }
        if one.category:
            hints["category"] = Variant("s", one.category)
        if one.sound:
            hints["sound-name"] = Variant("s", "message-new-instant")
        async with self._turn:
            body = [
                *("miaohui", self.numbers.get(one.subject, 0), DESKTOP_ENTRY),
                *(one.title, one.text, [OPEN, one.action], hints),
                -1 if one.stays_ms is None else one.stays_ms,
            ]
            (number,) = await self._call("Notify", "susssasa{sv}i", body)
            self.numbers[one.subject] = number

    async def withdraw(self, subject: str) -> None:
        """It is no longer true, or was read; nothing where it was not shown."""
        async with self._turn:
            number = self.numbers.pop(subject, None)
            if number is not None:
                await self._call("CloseNotification", "u", [number])

    def disconnect(self) -> None:
        """The loop closes the connection when it goes on."""
        if self._bus is not None:
            self._bus.disconnect()
            self._bus = None

    async def close(self) -> None:
        """Disconnected when it returns."""
        bus = self._bus
        self.disconnect()
        if bus is not None and bus.connected:
            await bus.wait_for_disconnect()  # type: ignore[no-untyped-call]

    async def _call(self, member: str, signature: str, body: list[Any]) -> list[Any]:
        try:
            asked = Message(NAME, PATH, NAME, member, signature=signature, body=body)
            async with asyncio.timeout(ANSWER_S):
                bus = await self._connected()
                answer = await bus.call(asked)
        except (OSError, EOFError, TimeoutError, ValueError) as error:
            self.disconnect()
            raise Unavailable(str(error)) from error
        if answer is None or answer.message_type is MessageType.ERROR:
            raise Unavailable("no answer" if answer is None else answer.error_name)
        return list(answer.body)

    async def _connected(self) -> MessageBus:
        if self._bus is None or not self._bus.connected:
            self._bus = bus = MessageBus()
            await bus.connect()
            bus.add_message_handler(self._heard)
            rule = f"type='signal',interface='{NAME}',path='{PATH}'"
            await bus.call(Message(DBUS, DBUS_PATH, DBUS, "AddMatch", signature="s", body=[rule]))
        return self._bus

    def _heard(self, message: Message) -> None:
        if message.message_type is MessageType.SIGNAL and message.interface == NAME:
            # After the task that waits for the notification's number, whose answer came before.
            asyncio.get_running_loop().call_soon(self._follow, message)

    def _follow(self, message: Message) -> None:
        subject = next((one for one, n in self.numbers.items() if n == message.body[0]), None)
        if subject is None:
            return  # another program's
        match message.member:
            case "ActivationToken":
                # On Wayland a window comes to the front by this alone; Qt reads it there.
                os.environ["XDG_ACTIVATION_TOKEN"] = str(message.body[1])
            case "ActionInvoked":
                self._opened(subject)
            case "NotificationClosed":
                self.numbers.pop(subject, None)
