"""`miaohui check`: it finds the subcommand asked for and imports nothing else.

Exit status: 0 fine, 1 the answer is no, 2 asked wrongly or unreadable (one sentence on stderr).
"""

import importlib
import importlib.util
from collections.abc import Callable, Sequence
from typing import NamedTuple

from miaohui.checks.language import Say, complain, speaker

__all__ = ["COMMANDS", "main"]


class CheckCommand(NamedTuple):
    """A subcommand's line in --help, in both languages."""

    chinese: str
    english: str


# Each lives in checks/commands/<name>.py.
COMMANDS = {
    "lint": CheckCommand(
        "检查计划：逐行指出错误，算出样本量和花费", "every mistake of a plan, its sample and cost"
    ),
    "power": CheckCommand(
        "要多少会话才能分清两个守约率", "how many sessions tell two kept rates apart"
    ),
    "run": CheckCommand("按计划购买会话并发探针", "buy the sessions of a plan and probe"),
    "watch": CheckCommand("定期重复一个计划", "run a plan again and again"),
    "code": CheckCommand("盲评回复", "rate replies, blind to the shop"),
    "report": CheckCommand("写出报告", "write the report"),
    "evidence": CheckCommand("打包证据", "bundle the evidence"),
}


def main(argv: Sequence[str]) -> int:
    """Run one subcommand and answer with its exit status."""
    say = speaker()
    first = argv[0] if argv else ""
    there = [name for name in COMMANDS if _exists(name)]
    if first in ("", "-h", "--help"):
        text = _help(there, say)
        if first:
            print(text)
            return 0
        complain(say("要做什么？", "do what? ") + "miaohui check " + " | ".join(there))
        return 2
    if first not in there:
        known = ", ".join(there)
        complain(
            say(
                f"没有 check {first!r} 这个命令；可用的有：{known}",
                f"there is no command check {first!r}; there are: {known}",
            )
        )
        return 2
    module = importlib.import_module(_module(first))
    function: Callable[[Sequence[str]], int] = module.main
    return function(argv[1:])


def _module(name: str) -> str:
    return f"miaohui.checks.commands.{name}"


def _exists(name: str) -> bool:
    return importlib.util.find_spec(_module(name)) is not None


def _help(names: list[str], say: Say) -> str:
    width = max(map(len, names), default=0)
    lines = [
        say("用法：miaohui check 命令 [参数...]", "usage: miaohui check COMMAND [ARGUMENTS...]"),
        "",
        *(f"  {name:<{width}}  {say(*COMMANDS[name])}" for name in names),
        "",
        say(
            "退出码：0 成立，1 不成立，2 用法或文件有误。每个命令都有 -h。",
            "Exit: 0 fine, 1 the answer is no, 2 asked wrongly or unreadable. Each command has -h.",
        ),
    ]
    return "\n".join(lines)
