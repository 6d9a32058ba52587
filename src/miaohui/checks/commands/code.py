"""`miaohui check code`: a rater labels replies in the terminal, one key a reply.

Where stdin is no terminal, each line's first character is a key, so that it can be scripted.
"""

import argparse
import contextlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from miaohui.checks.analysis.coding import Bubble, Coder, Item, open_coding
from miaohui.checks.analysis.ratings import ADJUDICATED, RaterInvalid, read_ratings
from miaohui.checks.commandline import CheckParser, carry_out
from miaohui.checks.language import Say, complain
from miaohui.checks.report.words import label_name, note_words
from miaohui.runtime.clock import SystemClock
from miaohui.runtime.terminal import tell

_CLOCK: Final = SystemClock()
_UNDO: Final = ("u", "\x7f", "\b")
_QUIT: Final = ("q", "\x03", "\x04", "")
_SEQUENCE: Final = re.compile(rb"\x1b(?:\[[0-9;]*[A-Za-z~]|O[A-Za-z])?")
_ACCEPT: Final = ("\r", "\n", " ")


def main(argv: Sequence[str]) -> int:
    parser = CheckParser(prog="miaohui check code")
    parser.add_argument("folder", metavar="DIR", type=Path)
    who = parser.add_mutually_exclusive_group(required=True)
    who.add_argument("--rater", metavar="NAME")
    who.add_argument("--adjudicate", action="store_true", help="settle what raters disagree on")
    return carry_out(parser, argv, _rate)


def _rate(args: argparse.Namespace, say: Say) -> int:
    rater = ADJUDICATED if args.adjudicate else args.rater
    if args.rater == ADJUDICATED:
        complain(
            say(
                f"{ADJUDICATED} 是裁定用的名字，请用 --adjudicate",
                f"{ADJUDICATED} is the settled word's own name: use --adjudicate",
            )
        )
        return 2
    try:
        coder = open_coding(args.folder, rater)
        return _work(coder, args.folder, say)
    except RaterInvalid:
        complain(
            say(
                "评定者的名字只能有字母、数字、点、横线，至多 40 字",
                "a rater's name has letters, digits, dots and dashes, at most 40",
            )
        )
    except OSError as error:
        complain(
            say(
                f"{error.filename or args.folder}：{error.strerror}；已评的都在",
                f"{error.filename or args.folder}: {error.strerror}; what was rated is kept",
            )
        )
    return 2


def _work(coder: Coder, folder: Path, say: Say) -> int:
    for code, detail, slot in coder.notes:
        complain(note_words(say, code, detail, slot))
    if not coder.items:
        tell(say("没有可以评的回复。", "There are no replies to rate."))
        return 0
    keys = {str(index): label for index, label in enumerate(coder.labels, 1)}
    tell(say("每条一个键：", "One key a reply: "))
    tell("  ".join(f"{key} {label_name(say, label)}" for key, label in keys.items()))
    tell(
        say(
            "回车 = 采用建议，u = 撤销上一条，q = 停（随时可以接着评）",
            "Enter = as proposed, u = undo the last, q = stop (go on at any time)",
        )
    )
    item = coder.current
    with _keyboard() as presses:
        while item is not None:
            _show(coder, item, say)
            pressed = next(presses, "q").lower()
            if pressed in _QUIT:
                break
            if pressed in _UNDO:
                item = coder.undo(_CLOCK.utc_ms()) or item
                continue
            label = keys.get(pressed) or (item.proposal if pressed in _ACCEPT else "")
            if label not in coder.labels:
                tell(say("没有这个键。", "There is no such key."))
                continue
            tell(f"→ {label_name(say, label)}")
            item = coder.rate(label, _CLOCK.utc_ms())
    _close(coder, folder, say)
    return 0


def _show(coder: Coder, item: Item, say: Say) -> None:
    tell("")
    tell(f"── {coder.done + 1} / {len(coder.items)} " + "─" * 40)
    for bubble in item.asks:
        tell(say("  问  ", "  ask    ") + _words(bubble, say))
    for bubble in item.before:
        tell(say("  前  ", "  before ") + _words(bubble, say))
    tell(say("▶ 答  ", "▶ reply  ") + _words(item.reply, say))
    if item.said:
        tell(say("  评  ", "  said   ") + " / ".join(label_name(say, one) for one in item.said))
    else:
        tell(say("  建议 ", "  hint   ") + label_name(say, item.proposal))


def _words(bubble: Bubble, say: Say) -> str:
    if bubble.content == "text":
        return bubble.text.replace("\n", " ⏎ ")
    kinds = {"image": ("图片", "image"), "voice": ("语音", "voice"), "sticker": ("表情", "sticker")}
    return f"〔{say(*kinds.get(bubble.content, (bubble.content, bubble.content)))}〕"


def _close(coder: Coder, folder: Path, say: Say) -> None:
    left = len(coder.items) - coder.done
    tell("")
    tell(
        say(f"已评 {coder.done} 条，还有 {left} 条。", f"{coder.done} rated, {left} to go.")
        if left
        else say(f"{coder.done} 条都评完了。", f"All {coder.done} are rated.")
    )
    agreement = read_ratings(folder).agreement()
    if agreement is not None:
        value = "-" if agreement.value is None else f"{agreement.value:.2f}"
        same = f"{agreement.agreed} / {agreement.items}"
        tell(say(f"一致 {same}，kappa {value}", f"agreed {same}, kappa {value}"))


def _pressed(handle: int) -> Iterator[str]:
    """Keys as the terminal hands them over; arrows and the like, which come as a sequence, are none."""
    with contextlib.suppress(OSError):  # the terminal has gone
        while keys := os.read(handle, 64):
            yield from _SEQUENCE.sub(b"", keys).decode("utf-8", "replace")


@contextlib.contextmanager
def _keyboard() -> Iterator[Iterator[str]]:
    """Keys as they are pressed; from a pipe, the first character of each line."""
    if sys.stdin is None or not sys.stdin.isatty():
        yield (line[:1] for line in sys.stdin or ())
    elif sys.platform == "win32":
        import msvcrt

        yield iter(msvcrt.getwch, "\x00\x00")
    else:
        import termios
        import tty

        handle = sys.stdin.fileno()
        before = termios.tcgetattr(handle)
        try:
            tty.setcbreak(handle)
            yield _pressed(handle)
        finally:
            termios.tcsetattr(handle, termios.TCSADRAIN, before)
