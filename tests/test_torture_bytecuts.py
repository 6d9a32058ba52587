"""How a session over real sockets is judged: every message once and in order, whatever was cut."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.client.world import RelayProcess
from tests.torture.bytecuts import entered, misshown, session

from miaohui.client.snapshots import Notice, NoticeCode

SAID = {"a": "0", "b": "1", "c": "2"}


@pytest.mark.parametrize(
    ("shown", "repeats", "holds"),
    [
        (["a0", "b1", "c2"], 0, True),
        (["a0", "c2", "b1"], 0, False),
        (["a0", "c2", "b1"], 1, False),
        (["a0", "b1"], 0, False),
        (["a0", "b1", "b1", "c2"], 1, False),
        (["a0", "b1", "c0"], 0, False),
        (["a0", "b1", "c2", "x1"], 1, True),
        (["a0", "b1", "x1", "c2"], 1, True),
        (["a0", "b1", "c2", "x1"], 0, False),
        (["a0", "x1", "b1", "c2"], 1, False),
        (["a0", "b1", "c2", "x1", "y1"], 2, False),
        (["a0", "b1", "c2", "x3"], 1, False),
    ],
)
def test_messages_stand_once_and_as_they_were_said(
    shown: Sequence[str], repeats: int, holds: bool
) -> None:
    lines = [(each[0], each[1:]) for each in shown]
    assert (misshown(SAID, lines, repeats) == "") is holds


def test_a_reply_that_is_sent_again_is_no_message_out_of_order(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "relay")

    async def job() -> None:
        invite = await asyncio.to_thread(relay.invite_responder)
        async with (
            entered(relay.url, "xiaobo", "小波", invite) as bo,
            entered(relay.url, "anna", "安娜") as anna,
        ):

            async def between(number: int) -> None:
                if number == 3:  # as slow as a busy machine: the reply has covered nothing by then
                    again = lambda c: isinstance(c, Notice) and c.code is NoticeCode.SENT_AGAIN  # noqa: E731
                    await bo.until(lambda: any(again(each) for each in bo.heard))

            assert await session(anna, bo, 4, between) == ""

    try:
        asyncio.run(job())
    finally:
        relay.stop()
