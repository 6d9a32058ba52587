"""`miaohui check run`: buys the sessions of a plan, probes, writes everything down, reports.

Exit status: 0 finished, 2 not possible, 3 stopped before its end (``--resume`` goes on).
"""

import argparse
import asyncio
import contextlib
import importlib.util
import logging
import re
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Final

from miaohui.checks.commandline import CheckParser, carry_out
from miaohui.checks.desk import TerminalLine, json_line, obey_lines, obey_signals, yuan
from miaohui.checks.language import Say, complain, speaker
from miaohui.checks.plan.plan import Plan
from miaohui.checks.plan.reader import MAX_PLAN_BYTES, PlanError, read_plan
from miaohui.checks.record.folder import RUN, RunFolder
from miaohui.checks.report.words import verdict_name
from miaohui.checks.results import ClaimVerdict
from miaohui.checks.run.practicerelay import PracticeRelay
from miaohui.checks.run.runner import Runner, RunOutcome
from miaohui.checks.run.telling import Tell, Telling
from miaohui.checks.trouble import Trouble
from miaohui.client.link.address import AddressError, normal
from miaohui.runtime.clock import SystemClock, rfc3339

FINISHED: Final = 0
STOPPED: Final = 3


def main(argv: Sequence[str]) -> int:
    """Run one command line."""
    return carry_out(_parser(), argv, _begin)


def _begin(given: argparse.Namespace, say: Say) -> int:
    quiet_logs()
    plan, data = plan_from(given.plan)
    return asyncio.run(_run(given, plan, data, _folder(given, plan), say))


def _parser() -> CheckParser:
    say = speaker()
    found = CheckParser(
        "miaohui check run",
        say("按计划购买会话、发探针、写报告。", "Buy the sessions of a plan, probe, report."),
    )
    found.add_argument("plan", type=Path, metavar="PLAN")
    found.add_argument(
        "--relay",
        metavar="URL",
        help=say("默认：本机的练习中继", "default: the practice relay of this machine"),
    )
    found.add_argument(
        "--out",
        type=Path,
        metavar="DIR",
        help=say("默认：./check-名称-日期", "default: ./check-NAME-DATE"),
    )
    found.add_argument(
        "--resume",
        action="store_true",
        help=say("接着做文件夹里的那次检验", "go on with the run in the folder"),
    )
    found.add_argument(
        "--json",
        action="store_true",
        help=say("进度写成一行一个 JSON；听从标准输入", "progress as JSON lines; obeys stdin"),
    )
    found.add_argument(
        "--no-report",
        action="store_true",
        help=say("报告留给 miaohui check report", "`miaohui check report` does it"),
    )
    found.add_argument(
        "--practice-home",
        type=Path,
        metavar="DIR",
        help=say("练习中继的文件夹", "of the practice relay"),
    )
    return found


def quiet_logs() -> None:
    """The run itself; any fault on the way stands in the run's journal, in words."""
    logging.basicConfig(level=logging.ERROR, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("websockets").setLevel(logging.CRITICAL)


def plan_from(path: Path) -> tuple[Plan, bytes]:
    """The plan and its very bytes; Trouble with its first mistake."""
    try:
        with path.open("rb") as file:
            data = file.read(MAX_PLAN_BYTES + 1)
        return read_plan(data), data
    except PlanError as error:
        first, more = error.mistakes[0], len(error.mistakes) - 1
        rest = (f"（还有 {more} 处）", f" ({more} more)") if more else ("", "")
        raise Trouble(
            f"{path} 第 {first.line} 行：{first.chinese}{rest[0]}",
            f"line {first.line} of {path}: {first.english}{rest[1]}",
        ) from None
    except OSError as error:
        raise Trouble(
            f"读不了 {path}：{error.strerror}", f"{path} cannot be read: {error.strerror}"
        ) from None


def _folder(given: argparse.Namespace, plan: Plan) -> RunFolder:
    path = given.out
    if path is None:
        name = re.sub(r"[^\w-]+", "-", plan.name).strip("-")[:60] or "plan"
        path = Path(f"check-{name}-{rfc3339(SystemClock().utc_ms())[:10]}")
        if given.resume and not (path / RUN).exists():
            known = sorted(Path().glob(f"check-{name}-*/{RUN}"))
            path = known[-1].parent if known else path
    there = (path / RUN).exists() and (path / RUN).stat().st_size > 0
    if there and not given.resume:
        raise Trouble(
            f"{path} 里已有一次检验；加 --resume 继续，或用 --out 换个文件夹",
            f"{path} holds a run already; go on with --resume, or give another --out",
        )
    if given.resume and not there:
        raise Trouble(f"{path} 里没有可继续的检验", f"there is no run to go on with in {path}")
    return RunFolder(path)


async def _run(
    given: argparse.Namespace, plan: Plan, data: bytes, folder: RunFolder, say: Say
) -> int:
    tell: Tell = json_line if given.json else TerminalLine(say)
    async with relay_of(given.relay, given.practice_home, folder.path) as url:
        runner = Runner(plan, data, folder, url, tell=_but_the_end(tell))
        obey_signals(runner)
        if given.json:
            obey_lines(runner)
        begun: Telling = {"event": "begun", "folder": str(folder.path), "relay": url}
        if given.json:
            tell(begun)
        else:
            print(
                say(
                    f"中继 {url}\n文件夹 {folder.path}（账号和它们的密钥在 accounts/，只有你能读）",
                    f"relay {url}\nfolder {folder.path} (the accounts and their keys are in"
                    " accounts/, for you alone to read)",
                ),
                flush=True,
            )
        outcome = await runner.run()
    report = None
    if not given.no_report:
        report = await asyncio.to_thread(write_report, folder.path, say)
    if given.json:
        tell(_ended(outcome, report))
    else:
        print("\n".join(_told(outcome, report, say)), flush=True)
    return FINISHED if outcome.finished else STOPPED


def _but_the_end(tell: Tell) -> Tell:
    """The end is told once, with where the report is."""
    return lambda told: None if told["event"] == "finished" else tell(told)


@contextlib.asynccontextmanager
async def relay_of(url: str | None, home: Path | None, folder: Path) -> AsyncIterator[str]:
    """The address to connect to: the one given, or a practice relay's that runs meanwhile."""
    if url is not None:
        try:
            yield normal(url)
        except AddressError:
            raise Trouble(
                f"{url} 不是中继的地址；应是 wss://主机 这样的",
                f"{url} is no relay's address; it should be like wss://HOST",
            ) from None
        return
    relay = PracticeRelay(home, folder / "practice", folder / "practice.log")
    try:
        yield await relay.start()
    finally:
        await relay.stop()


def write_report(folder: Path, say: Say) -> Path | None:
    """The report's path; None where it could not be written, which loses nothing."""
    if not all(map(importlib.util.find_spec, ("matplotlib", "jinja2"))):
        complain(
            say(
                "没有装全 matplotlib 和 Jinja2，先不写报告；装好后：miaohui check report",
                "no matplotlib or no Jinja2, so no report yet; once installed: miaohui check report",
            )
        )
        return None
    from miaohui.checks.report.files import write_report as write

    try:
        return write(folder, say("zh_CN", "en"), None).html
    except OSError as error:
        complain(say(f"报告没写成：{error}", f"the report could not be written: {error}"))
        return None


def _ended(outcome: RunOutcome, report: Path | None) -> Telling:
    return {
        "event": "finished" if outcome.finished else "stopped",
        "verdict": outcome.verdict,
        "spent_fen": outcome.spent_fen,
        "refunded_fen": outcome.refunded_fen,
        "report": None if report is None else str(report),
    }


def _told(outcome: RunOutcome, report: Path | None, say: Say) -> list[str]:
    lines = []
    if outcome.verdict:
        verdict = verdict_name(say, ClaimVerdict(outcome.verdict))
        lines.append(say("结论：", "verdict: ") + verdict)
    back = yuan(outcome.refunded_fen)
    lines.append(
        say(
            f"付了 {yuan(outcome.spent_fen)}，退回 {back}",
            f"paid {yuan(outcome.spent_fen)}, {back} came back",
        )
    )
    if report is not None:
        lines.append(say("报告：", "report: ") + str(report))
    return lines
