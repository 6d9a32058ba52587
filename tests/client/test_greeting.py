"""What a relay says at its door is heard, also by who had not yet said hello."""

import asyncio

import pytest
from websockets.asyncio.server import ServerConnection, serve

from miaohui.client.link.clocksync import ClockSync
from miaohui.client.link.connection import LinkEnded, dial, greet
from miaohui.runtime.clock import SystemClock
from miaohui.wire.codec import encode
from miaohui.wire.errors import Code
from miaohui.wire.link import Goodbye, Hello

HELLO = Hello(protocol=1, client="miaohui", device="here", generation=1)


async def turned_away(socket: ServerConnection) -> None:
    await socket.send(encode(Goodbye(code=Code.TOO_MANY, retry_ms=4321)), text=True)
    await socket.close(1008, "too_many")


def test_the_turn_is_heard_though_the_door_is_shut_already() -> None:
    async def job() -> None:
        async with serve(turned_away, "127.0.0.1", 0) as door:
            port = door.sockets[0].getsockname()[1]
            socket = await dial(f"ws://127.0.0.1:{port}")
            await socket.wait_closed()
            with pytest.raises(LinkEnded) as ended:
                await greet(socket, HELLO, SystemClock(), ClockSync())
            assert (ended.value.reason, ended.value.retry_ms) == ("too_many", 4321)

    asyncio.run(job())
