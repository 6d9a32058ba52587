"""`miaohui check report`: writes the report of a run, or recomputes it and compares.

Exit status: 0 written, or every figure is as reported; 1 a figure differs; 2 asked wrongly.
"""

import argparse
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from miaohui.checks.analysis.analyse import analyse
from miaohui.checks.commandline import CheckParser, carry_out
from miaohui.checks.language import Say, complain
from miaohui.checks.report import amounts, recount
from miaohui.checks.report.files import JSON, write_report
from miaohui.checks.report.words import differing, note_words, verdict_name
from miaohui.checks.results import Results
from miaohui.runtime.terminal import tell

_TOLD: Final = 20  # differences, and deviations, that are listed one by one


def main(argv: Sequence[str]) -> int:
    parser = CheckParser(prog="miaohui check report")
    parser.add_argument("folder", metavar="DIR", type=Path)
    parser.add_argument("--out", metavar="FOLDER|FILE.html", type=Path)
    parser.add_argument(
        "--check", action="store_true", help="recompute every figure, compare with report.json"
    )
    return carry_out(parser, argv, _write)


def _write(args: argparse.Namespace, say: Say) -> int:
    try:
        if args.check:
            return _check(args.folder, args.out, say)
        if not all(map(importlib.util.find_spec, ("matplotlib", "jinja2"))):
            complain(
                say(
                    "报告需要 matplotlib 和 Jinja2，但没有装全；请运行 pip install '.[report]'",
                    "a report needs matplotlib and Jinja2, which are not both installed; "
                    "run pip install '.[report]'",
                )
            )
            return 2
        written = write_report(args.folder, say("zh_CN", "en"), args.out)
    except OSError as error:
        complain(f"{error.filename or args.folder}{say('：', ': ')}{error.strerror}")
        return 2
    _tell_results(written.results, say)
    for file in (written.html, *written.others):
        tell(f"  {file}")
    return 0


def _check(folder: Path, out: Path | None, say: Say) -> int:
    place = folder if out is None else out.parent if out.suffix else out
    file = place / JSON
    with file.open("rb") as source:
        reported = source.read(recount.MAX_BYTES)
    try:
        found = recount.differences(reported, analyse(folder))
    except recount.ReportUnreadable as error:
        complain(say(f"{file} 不是一份报告：{error}", f"{file} is no report: {error}"))
        return 2
    if not found:
        tell(say("每个数字都与原始数据算出的一致。", "Every figure is what the raw data give."))
        return 0
    for where, told, computed in found[:_TOLD]:
        tell(say(f"{where}：报告写 {told}，算出 {computed}", f"{where}: {told}, not {computed}"))
    if len(found) > _TOLD:
        more = len(found) - _TOLD
        tell(say(f"……还有 {more} 处", f"... and {more} more"))
    complain(
        say(
            f"{len(found)} 处与原始数据算出的不同", f"{len(found)} figures differ from the raw data"
        )
    )
    return 1


def _tell_results(results: Results, say: Say) -> None:
    for target in results.targets:
        if target.differing:
            tell(differing(say, target, amounts.percent))
    pending = results.running or results.stopped
    overall = verdict_name(say, results.verdict, pending=pending)
    tell(f"{results.name}{say('：', ': ')}{overall}")
    for target in results.targets:
        rate = target.rate
        shown = f"{rate.k} / {rate.n}" + (f"  {amounts.limits(rate)}" if rate.n else "")
        tell(
            f"  {target.name}{say('：', ': ')}{verdict_name(say, target.verdict, pending=pending)}  {shown}"
        )
    for code, detail, slot in results.deviations[:_TOLD]:
        complain(note_words(say, code, detail, slot))
    if len(results.deviations) > _TOLD:
        more = len(results.deviations) - _TOLD
        complain(say(f"……还有 {more} 处偏差", f"... and {more} more deviations"))
