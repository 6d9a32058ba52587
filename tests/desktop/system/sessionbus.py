"""A test's ear on a session bus."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from dbus_fast import Message
from dbus_fast.aio import MessageBus

__all__ = ["appeared"]

DBUS = "org.freedesktop.DBus"
WITHIN_S = 60  # or it does not come


@asynccontextmanager
async def appeared(session: dict[str, str], name: str) -> AsyncIterator[None]:
    """At its end somebody owns ``name``."""
    bus = await MessageBus(bus_address=session["DBUS_SESSION_BUS_ADDRESS"]).connect()
    there = asyncio.Event()

    def hear(message: Message) -> None:
        if message.member == "NameOwnerChanged" and message.body[0] == name and message.body[2]:
            there.set()

    bus.add_message_handler(hear)
    rule = f"type='signal',sender='{DBUS}',member='NameOwnerChanged'"
    await bus.call(
        Message(DBUS, "/org/freedesktop/DBus", DBUS, "AddMatch", signature="s", body=[rule])
    )
    try:
        yield
        async with asyncio.timeout(WITHIN_S):
            await there.wait()
    finally:
        bus.disconnect()
