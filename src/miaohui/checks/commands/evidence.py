"""`miaohui check evidence`: one bundle of a run, for a third party to verify offline.

Exit status: 0 written, 2 not possible.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from miaohui.checks.evidence import write_evidence
from miaohui.checks.language import LANGUAGES, complain, speaker
from miaohui.checks.trouble import Trouble


def main(argv: Sequence[str]) -> int:
    """Run one command line."""
    parser = argparse.ArgumentParser(
        prog="miaohui check evidence", description="Pack a run for a third party."
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument("--out", type=Path, metavar="FILE", help="default: DIR/evidence.zip")
    parser.add_argument(
        "--text",
        action="append",
        default=[],
        metavar="SLOT:SEQ",
        help="a bubble whose text is to be in it; again for each",
    )
    parser.add_argument("--lang", choices=LANGUAGES)
    try:
        given = parser.parse_args(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 2
    say = speaker(given.lang)
    out = given.out or given.folder / "evidence.zip"
    try:
        count = write_evidence(given.folder, out, given.text)
    except Trouble as trouble:
        complain(say(trouble.chinese, trouble.english))
        return 2
    except OSError as error:
        complain(say(f"做不到：{error}", f"not possible: {error}"))
        return 2
    print(
        say(
            f"{out}：{count} 场会话；核对：miaohui verify {out}",
            f"{out}: {count} sessions; to check it: miaohui verify {out}",
        )
    )
    return 0
