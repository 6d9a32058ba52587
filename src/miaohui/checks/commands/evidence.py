"""`miaohui check evidence`: one bundle of a run, for a third party to verify offline.

Exit status: 0 written, 2 not possible.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from miaohui.checks.commandline import CheckParser, carry_out
from miaohui.checks.evidence.bundle import write_evidence
from miaohui.checks.language import Say, speaker


def main(argv: Sequence[str]) -> int:
    """Run one command line."""
    say = speaker()
    parser = CheckParser(
        "miaohui check evidence", say("把一次检验打包给第三方。", "Pack a run for a third party.")
    )
    parser.add_argument("folder", type=Path, metavar="DIR")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help=say("默认：DIR/evidence.zip", "default: DIR/evidence.zip"),
    )
    parser.add_argument(
        "--text",
        action="append",
        default=[],
        metavar="SLOT:SEQ",
        help=say(
            "要放进去的消息；可以给多次", "a bubble whose text is to be in it; again for each"
        ),
    )
    return carry_out(parser, argv, _pack)


def _pack(given: argparse.Namespace, say: Say) -> int:
    out = given.out or given.folder / "evidence.zip"
    count = write_evidence(given.folder, out, given.text)
    print(
        say(
            f"{out}：{count} 场会话；核对：miaohui verify {out}",
            f"{out}: {count} sessions; to check it: miaohui verify {out}",
        )
    )
    return 0
