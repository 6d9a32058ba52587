"""Child processes of ours: ready lines, crashes told clearly, an end on every system."""

import asyncio
import sys
from pathlib import Path
from typing import Any

import pytest

from miaohui.practice.process import Child, ChildFailed

READY = "import sys; print('{\"ready\": 1}', flush=True); sys.stdin.read()"
CRASH = "import sys; print('no such door', file=sys.stderr); sys.exit(3)"
LINES = "print('{\"a\": 1}'); print('not json'); print('{\"b\": 2}')"
LIFELINE = """
import asyncio
from miaohui.runtime import lifeline
async def main():
    stop = asyncio.Event()
    lifeline.follow(stop)
    print('{"ready": 1}', flush=True)
    await stop.wait()
asyncio.run(main())
"""


def child(tmp_path: Path, code: str, heard: list[dict[str, Any]] | None = None) -> Child:
    listener = (lambda line: None) if heard is None else heard.append
    return Child("child", [sys.executable, "-c", code], tmp_path / "child.log", listener)


def test_the_first_line_is_the_ready_line_and_stopping_closes_its_input(tmp_path: Path) -> None:
    async def scene() -> None:
        one = child(tmp_path, READY)
        assert await one.start(20) == {"ready": 1}
        assert one.status is None
        await one.stop()
        assert one.status == 0

    asyncio.run(scene())


def test_a_crash_before_ready_says_why(tmp_path: Path) -> None:
    async def scene() -> None:
        with pytest.raises(ChildFailed, match=r"child ended with status 3: no such door"):
            await child(tmp_path, CRASH).start(20)

    asyncio.run(scene())


def test_later_lines_are_heard_and_what_is_not_json_is_passed_over(tmp_path: Path) -> None:
    async def scene() -> None:
        heard: list[dict[str, Any]] = []
        one = child(tmp_path, LINES, heard)
        assert await one.start(20) == {"a": 1}
        assert await one.wait() == 0
        assert heard == [{"b": 2}]

    asyncio.run(scene())


def test_a_child_ends_when_its_input_closes(tmp_path: Path) -> None:
    async def scene() -> None:
        one = child(tmp_path, LIFELINE)
        await one.start(20)
        await one.stop()
        assert one.status == 0

    asyncio.run(scene())
