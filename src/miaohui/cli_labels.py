"""`miaohui labels`: what the label rules say of each line of a text file, and which pieces decided.

Exit status: 0 done, 2 unreadable or asked wrongly; one sentence on stderr. Lines end at "\\n" alone,
and each has one line of output, blank ones too.
"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final, TypedDict

from miaohui.promise.labels import LabelRules, Reason, fingerprint, newest_rules
from miaohui.promise.recycled import hashes_of, likeness
from miaohui.runtime.arguments import Parser, complain
from miaohui.runtime.terminal import is_chinese
from miaohui.wire.journal import LabelName

__all__ = ["main"]

DONE: Final = 0
UNREADABLE: Final = 2
_MAX_BYTES: Final = 64 * 1024 * 1024
# Nobody has to be kept from testing texts: the file is in the reader's own hands.
_SALT: Final = b"labels of a file"
_CHINESE: Final = {
    "begging": "讨要好评",
    "closing_phrase": "收尾话",
    "hollow": "空应",
    "off_platform": "引到平台外",
    "recycled": "重复话术",
}
_ENGLISH: Final = {
    "begging": "begging for stars",
    "closing_phrase": "closing phrase",
    "hollow": "hollow",
    "off_platform": "bait off the platform",
    "recycled": "recycled",
}


class _Why(TypedDict, total=False):
    """A label, the piece that decided as the rules read it, and the earlier line it repeats."""

    label: str
    piece: str
    of: int


class _LabelledLine(TypedDict):
    """What is said of one line."""

    line: int
    rules: str
    labels: list[str]
    why: list[_Why]


def main(argv: Sequence[str] | None = None) -> int:
    """`miaohui labels FILE [--json]`."""
    parser = Parser(prog="miaohui labels")
    parser.add_argument("file", metavar="FILE", type=Path)
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    parser.add_argument("--lang", choices=("zh_CN", "en"))
    try:
        args = parser.parse_args(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else UNREADABLE
    chinese = is_chinese() if args.lang is None else args.lang == "zh_CN"
    try:
        lines = _lines(args.file)
    except OSError as error:
        reason = error.strerror or str(error)
        return _fail(args.file, f"读不了：{reason}", f"unreadable: {reason}", chinese=chinese)
    except UnicodeDecodeError as error:
        return _fail(
            args.file,
            f"不是 UTF-8 文本（第 {error.start + 1} 个字节）",
            f"no UTF-8 text (byte {error.start + 1})",
            chinese=chinese,
        )
    except ValueError:
        most = _MAX_BYTES // 1024 // 1024
        return _fail(args.file, f"超过 {most} MB", f"larger than {most} MB", chinese=chinese)
    rules = newest_rules()
    for row in rows(lines, rules):
        print(json.dumps(row, ensure_ascii=False) if args.json else _told(row, chinese=chinese))
    return DONE


def rows(lines: Sequence[str], rules: LabelRules) -> Iterator[_LabelledLine]:
    """What the rules say of each line; one that repeats an earlier line is recycled."""
    prints: list[bytes] = []
    holders: dict[bytes, list[int]] = {}
    for number, text in enumerate(lines, 1):
        why = [_why(reason) for reason in rules.judge(text)]
        own = fingerprint(text, _SALT, rules)
        seen = {at for each in hashes_of(own) for at in holders.get(each, ())}
        likes = ((likeness(own, prints[at - 1], rules.recycled), -at) for at in seen)
        best, first = max(likes, default=(0.0, 0))
        if best >= rules.recycled.share:
            why.append(
                {"label": LabelName.RECYCLED.value, "piece": text.strip()[:80], "of": -first}
            )
        prints.append(own)
        for each in hashes_of(own):
            holders.setdefault(each, []).append(number)
        why.sort(key=lambda each: each["label"])
        labels = [each["label"] for each in why]
        yield {"line": number, "rules": rules.version, "labels": labels, "why": why}


def _why(reason: Reason) -> _Why:
    return {"label": reason.label, "piece": reason.piece}


def _lines(file: Path) -> list[str]:
    """The file's lines; ValueError where it is too large."""
    with file.open("rb") as source:
        data = source.read(_MAX_BYTES + 1)
    if len(data) > _MAX_BYTES:
        raise ValueError
    lines = data.decode("utf-8").removeprefix("\ufeff").split("\n")
    if not lines[-1]:
        del lines[-1]  # what ends a line begins none
    return lines


def _told(row: _LabelledLine, *, chinese: bool) -> str:
    names = _CHINESE if chinese else _ENGLISH
    parts = []
    for why in row["why"]:
        piece = f"「{why['piece']}」" if chinese else f'"{why["piece"]}"'
        of = (
            ""
            if "of" not in why
            else f" = 第 {why['of']} 行"
            if chinese
            else f" = line {why['of']}"
        )
        parts.append(f"{names[why['label']]} {piece}{of}")
    between, none = ("；", "无标签") if chinese else ("; ", "no label")
    return f"{row['line']}\t{between.join(parts) or none}\t{row['rules']}"


def _fail(file: Path, chinese_text: str, english: str, *, chinese: bool) -> int:
    text = f"{file} {chinese_text}" if chinese else f"{file}: {english}"
    complain("miaohui", text)
    return UNREADABLE
