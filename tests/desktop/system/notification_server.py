"""A server of notifications of the test's own: keeps what it is told, and clicks when it is told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from dbus_fast import Message, MessageType
from dbus_fast.aio import MessageBus

NAME = "org.freedesktop.Notifications"
PATH = "/org/freedesktop/Notifications"
KEYS = ("app", "replaces", "icon", "title", "text", "actions", "hints", "stays_ms")


class NotificationServer:
    """``shown``: what is on the screen now, by number; ``heard``: every Notify there was."""

    def __init__(self, bus: MessageBus) -> None:
        self._bus, self._next = bus, 0
        self.shown: dict[int, dict[str, Any]] = {}
        self.heard: list[dict[str, Any]] = []
        bus.add_message_handler(self._hear)

    def _hear(self, message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL or message.path != PATH:
            return None
        if message.member == "Notify":
            told = dict(zip(KEYS, message.body, strict=True))
            told["hints"] = {key: hint.value for key, hint in told["hints"].items()}
            number = told["replaces"]
            if not number:
                self._next += 1
                number = self._next
            self.shown[number] = told
            self.heard.append(told)
            return Message.new_method_return(message, "u", [number])
        if message.member == "CloseNotification":
            self.shown.pop(message.body[0], None)
            self._signal("NotificationClosed", "uu", [message.body[0], 3])
            return Message.new_method_return(message)
        return None

    def _signal(self, member: str, signature: str, body: list[Any]) -> None:
        self._bus.send(Message.new_signal(PATH, NAME, member, signature, body))

    def click(self, number: int) -> None:
        """As a person does: the program is told, and the notification goes."""
        self._signal("ActivationToken", "us", [number, "token-of-the-desktop"])
        self._signal("ActionInvoked", "us", [number, "default"])
        self.shown.pop(number, None)
        self._signal("NotificationClosed", "uu", [number, 2])

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():  # noqa: ASYNC110 (the bus and Qt both go on meanwhile)
                await asyncio.sleep(0)


@asynccontextmanager
async def notification_server(address: str) -> AsyncIterator[NotificationServer]:
    bus = await MessageBus(bus_address=address).connect()
    server = NotificationServer(bus)
    await bus.request_name(NAME)
    try:
        yield server
    finally:
        bus.disconnect()
