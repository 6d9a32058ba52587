"""`miaohui care`: what the crisis rules see in each line of a text file; whether a host's lines
to call hold.

Exit status: 0 done, 1 lines to call that are overdue, 2 unreadable or asked wrongly; one sentence
on stderr. Lines end at "\\n" alone, and each has one line of output, blank ones too.
"""

import json
import locale
import os
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Final

from miaohui.care.lines import LinesError, overdue, read
from miaohui.care.rules import CrisisRules, Finding, RulesError, Strength, rules
from miaohui.runtime.arguments import ASKED_WRONGLY, Parser, complain, reason
from miaohui.runtime.clock import SystemClock

__all__ = ["main"]

DONE: Final = 0
OVERDUE: Final = 1
MOST_BYTES: Final = 64 * 1024 * 1024
_CHINESE: Final = {
    Strength.NOW: "眼前的危险",
    Strength.HOPELESS: "绝望",
    Strength.SOMEONE: "担心别人",
}
_ENGLISH: Final = {
    Strength.NOW: "danger now",
    Strength.HOPELESS: "hopelessness",
    Strength.SOMEONE: "somebody else",
}


class _CareUsageError(Exception):
    """Asked wrongly; the text is the sentence."""


def main(argv: Sequence[str] | None = None) -> int:
    """`miaohui care check FILE [--json]`, `miaohui care lines FILE`."""
    parser = Parser(prog="miaohui care")
    commands = parser.add_subparsers(dest="command", required=True)
    check = commands.add_parser("check", help="what the rules see in each line of a text file")
    check.add_argument("file", metavar="FILE", type=Path)
    check.add_argument("--json", action="store_true", help="one JSON object a line")
    check.add_argument("--rules", type=Path, metavar="RULES", help="a host's own rules (TOML)")
    check.add_argument("--lang", choices=("zh_CN", "en"))
    lines = commands.add_parser("lines", help="whether a host's lines to call hold today")
    lines.add_argument("file", metavar="FILE", type=Path)
    lines.add_argument("--lang", choices=("zh_CN", "en"))
    try:
        args = parser.parse_args(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else ASKED_WRONGLY
    chinese = _is_chinese() if args.lang is None else args.lang == "zh_CN"
    try:
        if args.command == "lines":
            return _lines(args.file, chinese=chinese)
        return _check(args.file, args.rules, as_json=args.json, chinese=chinese)
    except _CareUsageError as wrong:
        complain("miaohui", str(wrong))
        return ASKED_WRONGLY


def _check(file: Path, own: Path | None, *, as_json: bool, chinese: bool) -> int:
    used = rules()
    if own is not None:
        try:
            used = CrisisRules.load(_bytes(own, chinese=chinese))
        except RulesError as error:
            raise _CareUsageError(f"{own}: {error}") from None
    for number, text in enumerate(_texts(file, chinese=chinese), 1):
        found = used.judge(text)
        if as_json:
            row = {
                "line": number,
                "rules": used.version,
                "strength": None if found.strength is None else found.strength.value,
                "why": list(found.pieces),
            }
            _print(json.dumps(row, ensure_ascii=False))
        else:
            _print(f"{number}\t{_told(found, chinese=chinese)}\t{used.version}")
    return DONE


def _told(found: Finding, *, chinese: bool) -> str:
    if found.strength is None:
        return "没看出什么" if chinese else "nothing"
    name = (_CHINESE if chinese else _ENGLISH)[found.strength]
    quoted = [f"「{each}」" if chinese else f'"{each}"' for each in found.pieces]
    return f"{name} {' '.join(quoted)}"


def _lines(file: Path, *, chinese: bool) -> int:
    try:
        found = read(_bytes(file, chinese=chinese))
    except LinesError as error:
        raise _CareUsageError(f"{file}: {error}") from None
    today = date.fromtimestamp(SystemClock().utc_ms() / 1000)
    late = overdue(found, today)
    for each in found:
        state = (
            ("过期，不显示" if chinese else "overdue, not shown")
            if each in late
            else ("有效" if chinese else "holds")
        )
        name = each.chinese if chinese else each.english
        _print(f"{each.number}\t{name}\t{each.review}\t{state}")
    return OVERDUE if late else DONE


def _bytes(file: Path, *, chinese: bool) -> bytes:
    try:
        with file.open("rb") as source:
            data = source.read(MOST_BYTES + 1)
    except OSError as error:
        raise _CareUsageError(
            f"{file} 读不了：{reason(error)}" if chinese else f"unreadable: {reason(error)}"
        ) from None
    if len(data) > MOST_BYTES:
        most = MOST_BYTES // 1024 // 1024
        raise _CareUsageError(
            f"{file} 超过 {most} MB" if chinese else f"{file} is larger than {most} MB"
        )
    return data


def _texts(file: Path, *, chinese: bool) -> list[str]:
    data = _bytes(file, chinese=chinese)
    try:
        lines = data.decode("utf-8").removeprefix("\ufeff").split("\n")
    except UnicodeDecodeError as error:
        at = error.start + 1
        raise _CareUsageError(
            f"{file} 不是 UTF-8 文本（第 {at} 个字节）"
            if chinese
            else f"{file} is no UTF-8 text (byte {at})"
        ) from None
    if not lines[-1]:
        del lines[-1]  # what ends a line begins none
    return lines


def _print(text: str) -> None:
    """Prints what the terminal can show of it."""
    encoding = sys.stdout.encoding or "utf-8"
    print(text.encode(encoding, "backslashreplace").decode(encoding))


def _is_chinese() -> bool:
    names = ("LC_ALL", "LC_MESSAGES", "LANG")
    asked = next((os.environ[name] for name in names if os.environ.get(name)), None)
    return (asked or locale.getlocale()[0] or "").lower().startswith(("zh", "chinese"))
