"""The one command: it finds the subcommand asked for and imports nothing else.

A command is a function `(Sequence[str]) -> int` in the module that COMMANDS names. It is given
the arguments after its own name and answers with the exit status: 0 done, 1 the answer is no,
2 asked wrongly (and one sentence on stderr). Without a subcommand the window opens.
"""

import importlib
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from typing import NamedTuple

from miaohui import __version__
from miaohui.runtime import frozen, systemlibraries
from miaohui.runtime.terminal import complain, is_chinese, speaker, take_any_encoding

__all__ = ["COMMANDS", "Subcommand", "dispatch", "main", "main_app"]


class Subcommand(NamedTuple):
    """Where a subcommand lives, and its line in --help."""

    module: str
    function: str
    chinese: str
    english: str


WINDOW = Subcommand("miaohui.desktop.start.app", "main", "打开应用", "open the app")

COMMANDS = {
    "desk": Subcommand("miaohui.desktop.start.app", "main_desk", "应答台", "the responder's desk"),
    "practice": Subcommand(
        "miaohui.practice.cli", "main", "本机上的练习中继", "a practice relay on this machine"
    ),
    "relay": Subcommand(
        "miaohui.relay.cli", "main", "运行或管理中继", "serve or look after a relay"
    ),
    "check": Subcommand(
        "miaohui.checks.cli",
        "main",
        "检验应答师是否守约",
        "test whether responders keep the promise",
    ),
    "figures": Subcommand(
        "miaohui.cli_promise", "figures", "从流水算出数字", "work out the figures of a journal"
    ),
    "verify": Subcommand(
        "miaohui.cli_promise", "verify", "核对流水和回执", "check a journal and its receipt"
    ),
    "log": Subcommand(
        "miaohui.cli_log", "main", "审计中继的回执日志", "audit a relay's log of receipts"
    ),
    "care": Subcommand(
        "miaohui.cli_care",
        "main",
        "看危机规则怎么读每行文字",
        "what the crisis rules see in each line",
    ),
    "licences": Subcommand(
        "miaohui.licences", "main", "用到的软件的许可", "the licences of what it is made of"
    ),
    "labels": Subcommand(
        "miaohui.cli_labels", "main", "看规则给每行文字什么标签", "label each line of a text file"
    ),
}

# What the program or its packager starts; --help keeps quiet about them.
INNER = {
    "voice-decoder": Subcommand(
        "miaohui.voice.child", "main", "语音解码进程", "the process that decodes voice notes"
    ),
    "picture-decoder": Subcommand(
        "miaohui.pictures.child", "main", "图片解码进程", "the process that decodes pictures"
    ),
    "self-test": Subcommand(
        "miaohui.desktop.start.selftest", "main", "看这台机器", "what the app finds here"
    ),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name) and answer with the exit status."""
    take_any_encoding()
    arguments = list(sys.argv[1:] if argv is None else argv)
    frozen.hand_back_library_path()
    # A frozen app is its own interpreter: `sys.executable -m miaohui ...` must reach us there too.
    if frozen.is_frozen() and arguments[:2] == ["-m", "miaohui"]:
        del arguments[:2]
    first = arguments[0] if arguments else ""
    if first in ("-h", "--help"):
        print(_help())
        return 0
    if first in ("-V", "--version"):
        print(f"miaohui {__version__}")
        return 0
    if not first or first.startswith("-"):
        return dispatch(WINDOW, arguments)
    command = COMMANDS.get(first) or INNER.get(first)
    if command is None or not _exists(command):
        known = ", ".join(name for name, one in COMMANDS.items() if _exists(one))
        _complain(
            f"没有 {first!r} 这个命令；可用的有：{known}",
            f"there is no command {first!r}; there are: {known}",
        )
        return 2
    return dispatch(command, arguments[1:])


def main_app() -> int:
    """The window's own entry point, which opens no console on Windows."""
    return main()


def dispatch(command: Subcommand, arguments: Sequence[str]) -> int:
    """Import one command and run it; what ends a program early becomes an exit status."""
    try:
        module = importlib.import_module(command.module)
        function: Callable[[Sequence[str]], int] = getattr(module, command.function)
        status = function(arguments)
        if sys.stdout is not None:  # None where there is no console
            sys.stdout.flush()
    except ModuleNotFoundError as error:
        absent = (error.name or "").partition(".")[0]
        if absent in ("", "miaohui"):
            raise
        _complain(
            f"这需要 {absent}，但它没有安装；请在检出的目录里运行 pip install '.[desktop]'",
            f"this needs {absent}, which is not installed; "
            "run pip install '.[desktop]' in the checkout",
        )
        return 2
    except ImportError as error:
        library = systemlibraries.named_in(str(error))
        if not library:
            raise
        _complain(*systemlibraries.sentence(library))
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader left. Python would complain again while flushing at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141
    except SystemExit as ended:
        if ended.code is None or isinstance(ended.code, int):
            return ended.code or 0
        complain("miaohui", str(ended.code))
        return 2
    return status


def _exists(command: Subcommand) -> bool:
    try:
        return importlib.util.find_spec(command.module) is not None
    except ModuleNotFoundError:
        return False


def _help() -> str:
    chinese = is_chinese()
    shown = {name: command for name, command in COMMANDS.items() if _exists(command)}
    width = max(map(len, shown), default=0)
    lines = [
        f"  {name:<{width}}  {command.chinese if chinese else command.english}"
        for name, command in shown.items()
    ]
    if chinese:
        head, tail = (
            "用法：miaohui [命令] [参数...]",
            "不带命令就打开应用。-V 显示版本，-h 显示这段话。",
        )
    else:
        head = "usage: miaohui [COMMAND] [ARGUMENTS...]"
        tail = "Without a command the app opens. -V tells the version, -h this text."
    return "\n".join([head, "", *lines, *([""] if lines else []), tail])


def _complain(chinese: str, english: str) -> None:
    complain("miaohui", speaker()(chinese, english))
