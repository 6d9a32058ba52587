"""`miaohui check watch`: runs a plan again and again within a budget, for a timer or CI.

Exit status: 0 the claim holds, 1 it fails, 2 not possible, 3 not enough evidence, or stopped.
"""

import argparse
import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from miaohui.checks.commandline import CheckParser, carry_out
from miaohui.checks.commands.run import plan_from, quiet_logs, relay_of, write_report
from miaohui.checks.desk import TerminalLine, json_line, obey_signals, yuan
from miaohui.checks.historypage import page
from miaohui.checks.language import Say, speaker
from miaohui.checks.plan.plan import Plan
from miaohui.checks.report.words import verdict_name
from miaohui.checks.results import ClaimVerdict
from miaohui.checks.trouble import Trouble
from miaohui.checks.watch import PlanWatch, Watched

HOLDS: Final = 0
FAILS: Final = 1
OPEN: Final = 3
UNITS: Final = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
WHYS: Final = {
    "budget": ("预算用完了，不再买新的会话", "the budget is spent, no more sessions are bought"),
    "stopped": ("已停止；再运行一次就接着守", "stopped; the same command goes on watching"),
    "not_met": ("说法不成立", "the claim fails"),
    "times": ("说好的次数跑完了", "all the runs asked for are done"),
}


def main(argv: Sequence[str]) -> int:
    """Run one command line."""
    return carry_out(_parser(), argv, _begin)


def _begin(given: argparse.Namespace, say: Say) -> int:
    quiet_logs()
    if given.times is None and not given.every:
        raise Trouble("要有 --every 或 --times", "give --every or --times")
    plan, data = plan_from(given.plan)
    return _told(given, asyncio.run(_watch(given, plan, data, say)), say)


def _parser() -> CheckParser:
    say = speaker()
    found = CheckParser(
        "miaohui check watch",
        say("在预算内一次次重复一个计划。", "Run a plan again and again within a budget."),
    )
    found.add_argument("plan", type=Path, metavar="PLAN")
    found.add_argument(
        "--relay",
        metavar="URL",
        help=say("默认：本机的练习中继", "default: the practice relay of this machine"),
    )
    found.add_argument("--out", type=Path, metavar="DIR", required=True)
    found.add_argument(
        "--every", type=_span, default=0, metavar="SPAN", help=say("30m、6h、1d", "30m, 6h, 1d")
    )
    found.add_argument(
        "--budget-fen",
        type=_fen,
        required=True,
        metavar="N",
        help=say("所有次数合计（分）", "of all runs"),
    )
    found.add_argument(
        "--times", type=_times, metavar="N", help=say("做这么多次就结束", "so many runs, then end")
    )
    found.add_argument(
        "--json", action="store_true", help=say("进度写成一行一个 JSON", "progress as JSON lines")
    )
    found.add_argument("--no-report", action="store_true")
    found.add_argument(
        "--practice-home",
        type=Path,
        metavar="DIR",
        help=say("练习中继的文件夹", "of the practice relay"),
    )
    return found


def _span(text: str) -> int:
    match = re.fullmatch(r"([0-9]{1,9})([smhd]?)", text)
    if match is None:
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a span such as 30m, 6h or 1d")
    return int(match[1]) * UNITS[match[2]] * 1000


def _fen(text: str) -> int:
    return _whole(text, "a sum in fen")


def _times(text: str) -> int:
    return _whole(text, "a number of runs")


def _whole(text: str, what: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 12 and int(text) > 0):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not {what}")
    return int(text)


async def _watch(given: argparse.Namespace, plan: Plan, data: bytes, say: Say) -> Watched:
    async with relay_of(given.relay, given.practice_home, given.out) as url:
        watch = PlanWatch(
            plan,
            data,
            given.out,
            url,
            every_ms=given.every,
            budget_fen=given.budget_fen,
            times=given.times,
            tell=json_line if given.json else TerminalLine(say),
            report=lambda folder: None if given.no_report else write_report(folder, say),
            page=lambda plan, history: page(plan, history, say),
        )
        obey_signals(watch)
        return await watch.run()


def _told(given: argparse.Namespace, watched: Watched, say: Say) -> int:
    if given.json:
        json_line(
            {
                "event": "watched",
                "why": watched.why,
                "verdict": watched.verdict,
                "runs": watched.runs,
                "spent_fen": watched.spent_fen,
                "page": str(given.out / "index.html"),
            }
        )
    else:
        verdict = verdict_name(say, ClaimVerdict(watched.verdict)) if watched.verdict else "–"
        runs = "1 run" if watched.runs == 1 else f"{watched.runs} runs"
        print(say(*WHYS[watched.why]))
        print(
            say(
                f"共 {watched.runs} 次，净花费 {yuan(watched.spent_fen)}，最近一次：{verdict}",
                f"{runs}, {yuan(watched.spent_fen)} net, the newest: {verdict}",
            )
        )
        if watched.runs:
            print(say("历史：", "history: ") + str(given.out / "index.html"))
    if watched.verdict == ClaimVerdict.NOT_MET:
        return FAILS
    if watched.why == "stopped" or watched.verdict != ClaimVerdict.MET:
        return OPEN
    return HOLDS
