"""`miaohui practice`: a relay with a sample catalogue and scripted responders on this machine."""

import argparse
import asyncio
import json
import logging
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import Any

import platformdirs

from miaohui.practice.catalogue import CatalogueInvalid
from miaohui.practice.credentials import Credentials, CredentialsInvalid
from miaohui.practice.house import HeldElsewhere, Practice
from miaohui.practice.prepare import PrepareFailed, prepare
from miaohui.practice.process import ChildFailed
from miaohui.runtime import lifeline
from miaohui.runtime.arguments import ASKED_WRONGLY, Parser, complain, reason
from miaohui.runtime.clock import SystemClock
from miaohui.runtime.tasks import Tasks
from miaohui.runtime.terminal import speaker


def default_home() -> Path:
    """Where a practice lies when nobody says otherwise."""
    return platformdirs.user_data_path("miaohui", appauthor=False) / "practice"


def main(argv: Sequence[str]) -> int:
    """Exit 0 done, 2 not possible, with one sentence."""
    options = _parser().parse_args(argv)
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("websockets").setLevel(logging.CRITICAL)
    try:
        match options.command:
            case "responders":
                return _run(_responders(options))
            case "prepare":
                return _prepare(options.home)
            case _:
                return _run(_house(options))
    except HeldElsewhere:
        return _say_no(f"another practice is running in {options.home}")
    except (ChildFailed, PrepareFailed, CatalogueInvalid, CredentialsInvalid) as error:
        return _say_no(str(error))
    except OSError as error:
        return _say_no(f"not possible: {reason(error)}")


def _parser() -> Parser:
    say = speaker()
    parser = Parser(
        prog="miaohui practice",
        description=say(
            "运行练习中继和脚本应答师，按 Ctrl+C 结束。",
            "Run a practice relay with scripted responders until Ctrl+C.",
        ),
    )
    home = {"type": Path, "metavar": "DIR", "default": default_home()}
    parser.add_argument("--home", **home, help=say("东西都放在哪里", "where it keeps everything"))  # type: ignore[arg-type]
    parser.add_argument("--until-stdin-closes", action="store_true")
    commands = parser.add_subparsers(dest="command")
    work = commands.add_parser(
        "responders", help=say("只要脚本应答师", "the scripted responders alone")
    )
    work.add_argument("--url", required=True, help=say("中继的地址", "the relay's address"))
    work.add_argument("--credentials", required=True, type=Path, metavar="FILE")
    work.add_argument("--until-stdin-closes", action="store_true")
    ready = commands.add_parser(
        "prepare", help=say("只备好文件夹，不启动", "make the folder ready, start nothing")
    )
    ready.add_argument("--home", **home)  # type: ignore[arg-type]
    return parser


def _say_no(sentence: str) -> int:
    complain("miaohui practice", sentence)
    return ASKED_WRONGLY


def _say(**line: object) -> None:
    print(json.dumps(line), flush=True)


def _tell(stage: str) -> None:
    if stage == "set_aside":
        _say(
            stage=stage,
            note="what was practised by an older rule was moved into a folder of its own,"
            " set-aside-promise-1, and the practice begins anew",
        )


def _run(work: Coroutine[Any, Any, int]) -> int:
    with asyncio.Runner() as runner:
        return runner.run(work)


def _prepare(home: Path) -> int:
    _say(stage="preparing")
    prepare(home, SystemClock().utc_ms(), lambda stage: _say(stage=stage))
    return 0


async def _work_until(stop: asyncio.Event, work: Coroutine[Any, Any, None]) -> None:
    """Runs `work` to its end or until asked to stop, whichever comes first."""
    tasks = Tasks(lambda name, error: None)  # raised below, so it is told once
    working = tasks.start(work, "work")
    waiting = tasks.start(stop.wait(), "stop")
    try:
        await asyncio.wait((working, waiting), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        await tasks.close()


async def _house(options: argparse.Namespace) -> int:
    stop = lifeline.until_asked(follow_stdin=options.until_stdin_closes)
    broken: list[ChildFailed] = []

    def failed(error: ChildFailed) -> None:
        broken.append(error)
        stop.set()

    house = Practice(options.home, progress=_tell, failed=failed)

    async def work() -> None:
        url = await house.start()
        _say(ready=True, url=url)
        await stop.wait()

    try:
        await _work_until(stop, work())
    finally:
        await house.stop()
    if broken:
        raise broken[0]
    return 0


async def _responders(options: argparse.Namespace) -> int:
    from miaohui.practice.staff import NobodyCame, Staff

    stop = lifeline.until_asked(follow_stdin=options.until_stdin_closes)
    staff = Staff(options.url, Credentials.read(options.credentials))

    async def work() -> None:
        await staff.start()
        _say(ready=True, people=staff.present)
        await stop.wait()

    try:
        await _work_until(stop, work())
    except NobodyCame:
        return _say_no("no scripted responder could sign in")
    finally:
        await staff.close()
    return 0
