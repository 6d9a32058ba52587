"""What a relay says at its door is heard, also by who had not yet said hello."""

import asyncio

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection, serve

from miaohui.client.link.connection import ask_relay, dial
from miaohui.runtime.clock import SystemClock
from miaohui.wire.codec import encode
from miaohui.wire.errors import Code
from miaohui.wire.limits import PROTOCOL
from miaohui.wire.link import Goodbye, Hello
from miaohui.wire.machine import LinkEnded

HELLO = Hello(protocol=PROTOCOL, client="miaohui", device="here", generation=1)


async def turned_away(socket: ServerConnection) -> None:
    await socket.send(encode(Goodbye(code=Code.TOO_MANY, retry_ms=4321)), text=True)
    await socket.close(1008, "too_many")


def test_the_turn_is_heard_though_the_door_is_shut_already() -> None:
    async def job() -> None:
        async with serve(turned_away, "127.0.0.1", 0) as door:
            port = door.sockets[0].getsockname()[1]

            async def late(url: str) -> ClientConnection:
                socket = await dial(url)
                await socket.wait_closed()
                return socket

            with pytest.raises(LinkEnded) as ended:
                await ask_relay(f"ws://127.0.0.1:{port}", HELLO, SystemClock(), late)
            assert (ended.value.reason, ended.value.retry_ms) == ("too_many", 4321)

    asyncio.run(job())
