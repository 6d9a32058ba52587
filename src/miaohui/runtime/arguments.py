"""A command's arguments: what is asked wrongly is one sentence on stderr, and exit status 2.

argparse speaks English alone; where the machine's owner reads Chinese, its own words are said in
Chinese. What it says of which argument stands in the tables below.
"""

import argparse
import re
from typing import Final, NoReturn

from miaohui.runtime.terminal import complain, is_chinese

__all__ = ["ASKED_WRONGLY", "Parser", "complain", "reason"]

ASKED_WRONGLY: Final = 2

_KINDS: Final = {"int": "整数", "float": "数", "Path": "路径"}
# argparse's complaints, from Python 3.11 to 3.14, and what takes their place.
_COMPLAINTS: Final = (
    (r"the following arguments are required: (.*)", r"缺少 \1"),
    (r"unrecognized arguments: (.*)", r"不认识 \1"),
    (r"one of the arguments (.*) is required", r"\1 之中要有一个"),
    (r"ambiguous option: (.*) could match (.*)", r"\1 不明确：可以是 \2"),
    (r"not allowed with argument (.*)", r"不能与 \1 同用"),
    (r"expected one argument", "后面要有一个值"),
    (r"expected at most one argument", "后面至多一个值"),
    (r"expected at least one argument", "后面至少一个值"),
    (r"expected (\d+) arguments?", r"后面要有 \1 个值"),
    (r"ignored explicit argument (.*)", r"不带值，却给了 \1"),
    (
        r"invalid choice: (.*?), maybe you meant (.*?)\? \(choose from (.*)\)",
        r"没有 \1（是不是 \2？），可选的有：\3",
    ),
    (r"invalid choice: (.*?) \(choose from (.*)\)", r"没有 \1，可选的有：\2"),
)
_HELP: Final = (
    (r"\Ausage: ", "用法："),
    (r"^positional arguments:$", "参数："),
    (r"^(options|optional arguments):$", "选项："),
    (r"show this help message and exit", "显示这段话"),
)


class Parser(argparse.ArgumentParser):
    """A parser whose complaints are one sentence; those of its subcommands as well."""

    def error(self, message: str) -> NoReturn:
        complain(self.prog, _in_chinese(message) if is_chinese() else message)
        raise SystemExit(ASKED_WRONGLY)

    def format_help(self) -> str:
        return _headed(super().format_help())

    def format_usage(self) -> str:
        return _headed(super().format_usage())


def reason(error: Exception) -> str:
    """Why the system refused, in its words without its number."""
    if not isinstance(error, OSError) or not error.strerror:
        return str(error)
    return error.strerror if error.filename is None else f"{error.filename}: {error.strerror}"


def _headed(text: str) -> str:
    if is_chinese():
        for pattern, chinese in _HELP:
            text = re.sub(pattern, chinese, text, flags=re.MULTILINE)
    return text


def _in_chinese(message: str) -> str:
    """argparse's sentence in Chinese; what is not its own is left as it was said."""
    named = re.fullmatch(r"argument (.+?): (.*)", message, re.DOTALL)
    if named:
        return f"{named[1]}：{_in_chinese(named[2])}"
    kind = re.fullmatch(r"invalid (\w+) value: (.*)", message, re.DOTALL)
    if kind:
        return f"{kind[2]} 不是{_KINDS.get(kind[1].lstrip('_'), '能用的值')}"
    for pattern, chinese in _COMPLAINTS:
        found = re.fullmatch(pattern, message, re.DOTALL)
        if found:
            return found.expand(chinese)
    return message
