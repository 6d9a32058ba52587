"""The shared part of `miaohui check`'s subcommands: a parser of one sentence, and the way they end.

Exit status: 0 fine, 1 the answer is no, 2 asked wrongly or unreadable (one sentence on stderr).
"""

import argparse
from collections.abc import Callable, Sequence

from miaohui.checks.language import LANGUAGES, Say, complain, speaker
from miaohui.checks.record.folder import NEW
from miaohui.checks.trouble import Trouble
from miaohui.runtime.arguments import Parser

__all__ = ["NOT_POSSIBLE", "CheckParser", "carry_out"]

NOT_POSSIBLE = 2


class CheckParser(Parser):
    """A parser whose complaints are one sentence; every subcommand may be told its language."""

    def __init__(self, prog: str, description: str | None = None) -> None:
        super().__init__(prog=prog, description=description)
        self.add_argument("--lang", choices=LANGUAGES)


def carry_out(
    parser: CheckParser, argv: Sequence[str], act: Callable[[argparse.Namespace, Say], int]
) -> int:
    """Parse and act; what stops it becomes one sentence and the exit status."""
    try:
        given = parser.parse_args(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else NOT_POSSIBLE
    say = speaker(given.lang)
    try:
        return act(given, say)
    except Trouble as trouble:
        complain(say(trouble.chinese, trouble.english))
    except OSError as error:
        complain(say(f"做不到：{_named(error)}", f"not possible: {_named(error)}"))
    return NOT_POSSIBLE


def _named(error: OSError) -> str:
    """The file, as it was asked for, and the system's own word."""
    words = error.strerror or str(error)
    return words if error.filename is None else f"{str(error.filename).removesuffix(NEW)}: {words}"
