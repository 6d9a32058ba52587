"""A redirect is not followed: the token is for the relay that was named."""

import asyncio
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus
from websockets.http11 import Request, Response

from miaohui.client.link.address import reason_of
from miaohui.client.link.connection import dial


def test_a_redirect_is_not_followed() -> None:
    async def job() -> None:
        met: list[str] = []

        async def elsewhere(_socket: ServerConnection) -> None:
            met.append("elsewhere")

        async with serve(elsewhere, "127.0.0.1", 0) as other:
            there = f"ws://127.0.0.1:{other.sockets[0].getsockname()[1]}"

            def away(_socket: ServerConnection, _request: Request) -> Response:
                return Response(HTTPStatus.FOUND, "Found", Headers(Location=there))

            async with serve(elsewhere, "127.0.0.1", 0, process_request=away) as door:
                with pytest.raises(InvalidStatus) as refused:
                    await dial(f"ws://127.0.0.1:{door.sockets[0].getsockname()[1]}")
        assert reason_of(refused.value) == "not_a_relay"
        assert met == []

    asyncio.run(job())
