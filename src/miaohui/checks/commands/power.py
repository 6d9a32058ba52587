"""`miaohui check power`: how many sessions it takes to tell two kept rates apart.

`miaohui check power --p0 95% --p1 85%` answers with a table and a sentence; with `--sessions N` also
what N sessions would do. Exit: 0 answered, 2 asked wrongly.
"""

import argparse
import json
from collections.abc import Sequence

from miaohui.checks.commandline import CheckParser, carry_out
from miaohui.checks.grid import grid
from miaohui.checks.language import Say, complain, speaker
from miaohui.checks.plan.plan import MAX_LOOKS, Claim
from miaohui.checks.statistics.samplesize import MAX_SESSIONS, Need, need, power_of

__all__ = ["main"]

MAX_TURNS = 200


def _share(text: str) -> float:
    """A share: 0.95 or 95%."""
    try:
        value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not 0 <= value < 1:
        raise argparse.ArgumentTypeError(f"{text[:20]!r} is no share such as 0.95 or 95%")
    return value


def main(argv: Sequence[str]) -> int:
    """Answer one question."""
    say = speaker()
    parser = CheckParser(
        prog="miaohui check power",
        description=say(
            "要多少场会话才能分清两个守约率。", "How many sessions tell two kept rates apart."
        ),
    )
    parser.add_argument(
        "--p0",
        type=_share,
        required=True,
        help=say("真有这么好，应判成立", "a truth to be found met"),
    )
    parser.add_argument(
        "--p1",
        type=_share,
        required=True,
        help=say("真有这么差，应判不成立", "a truth to be found not met"),
    )
    parser.add_argument("--threshold", type=_share, help=say("默认：两者正中", "default: midway"))
    parser.add_argument("--alpha", type=_share, default=0.05)
    parser.add_argument("--power", type=_share, default=0.8)
    parser.add_argument("--icc", type=_share, default=0.05)
    parser.add_argument(
        "--turns", type=int, default=12, help=say("一场会话的轮数", "turns of a session")
    )
    parser.add_argument(
        "--looks",
        type=int,
        default=1,
        help=say("计划看几次，含最后一次", "planned looks, the last included"),
    )
    parser.add_argument(
        "--sessions", type=int, help=say("这么多场够不够？", "what would so many do?")
    )
    parser.add_argument("--json", action="store_true")
    return carry_out(parser, argv, _answer)


def _answer(args: argparse.Namespace, say: Say) -> int:
    threshold = (args.p0 + args.p1) / 2 if args.threshold is None else args.threshold
    claim = Claim("", threshold, args.p0, args.p1, args.alpha, args.power, args.icc, args.looks)
    wrong = _wrong(claim, args.turns, args.sessions, say)
    if wrong:
        complain(wrong)
        return 2
    found = need(claim, args.turns)
    asked = None if args.sessions is None else power_of(claim, args.sessions, args.turns)
    if args.json:
        print(json.dumps(_facts(claim, args.turns, found, asked), indent=1))
    else:
        _tell(claim, args.turns, found, say)
        if asked is not None:
            met, not_met = asked
            print(
                say(
                    f"{args.sessions} 场时：真值 {claim.p0:.4g} 判“成立”的把握 {met:.0%}，"
                    f"真值 {claim.p1:.4g} 判“不成立”的把握 {not_met:.0%}。",
                    f'With {args.sessions} sessions: "met" at a truth of {claim.p0:.4g} {met:.0%}, '
                    f'"not met" at {claim.p1:.4g} {not_met:.0%}.',
                )
            )
    return 0


def _wrong(claim: Claim, turns: int, sessions: int | None, say: Say) -> str:
    if not 0 < claim.p1 < claim.threshold < claim.p0 < 1:
        return say("应有 0 < p1 < threshold < p0 < 1", "it must hold: 0 < p1 < threshold < p0 < 1")
    if not 0.0001 <= claim.alpha <= 0.2:
        return say("alpha 应在 0.0001 和 0.2 之间", "alpha must lie between 0.0001 and 0.2")
    if not 0.5 <= claim.power < 1:
        return say("power 应在 0.5 和 1 之间", "power must lie between 0.5 and 1")
    if claim.icc > 0.9:
        return say("icc 最多 0.9", "icc is at most 0.9")
    if not 1 <= turns <= MAX_TURNS:
        return say(f"turns 应在 1 和 {MAX_TURNS} 之间", f"turns must be 1 to {MAX_TURNS}")
    if not 1 <= claim.looks <= MAX_LOOKS:
        return say(f"looks 应在 1 和 {MAX_LOOKS} 之间", f"looks must be 1 to {MAX_LOOKS}")
    if sessions is not None and not 1 <= sessions <= MAX_SESSIONS:
        return say(
            f"sessions 应在 1 和 {MAX_SESSIONS} 之间", f"sessions must be 1 to {MAX_SESSIONS}"
        )
    return ""


def _tell(claim: Claim, turns: int, found: Need, say: Say) -> None:
    if found.sessions is None:
        print(
            say(
                f"{MAX_SESSIONS} 场会话也分不清 {claim.p0:.4%} 和 {claim.p1:.4%}。",
                f"Even {MAX_SESSIONS} sessions would not tell {claim.p0:.4%} from {claim.p1:.4%}.",
            )
        )
        return
    rows = [
        (say("每场轮数", "turns a session"), str(turns)),
        (say("会话", "sessions"), str(found.sessions)),
        (say("轮", "turns"), str(found.turns)),
        (say("设计效应", "design effect"), f"{found.design_effect:.2f}"),
        (say("相当于独立的轮", "worth independent turns"), f"{found.effective_n:.0f}"),
        (say("成立：至少", "met: at least"), _mark(found.pass_mark, found.turns)),
        (say("不成立：至多", "not met: at most"), _mark(found.fail_mark, found.turns)),
        (say("真值 p0 判“成立”", '"met" at p0'), f"{found.met:.1%}"),
        (say("真值 p1 判“不成立”", '"not met" at p1'), f"{found.not_met:.1%}"),
        (
            say("真值在门槛上时误判，每侧至多", "wrong at the threshold, each way at most"),
            f"{claim.alpha:.1%}",
        ),
    ]
    for line in grid(rows):
        print(line)
    print()
    print(
        say(
            f"要分清 {claim.p0:.1%} 和 {claim.p1:.1%}（门槛 {claim.threshold:.1%}，"
            f"把握 {claim.power:.0%}），每个对象需要 {found.sessions} 场会话，每场 {turns} 轮。",
            f"To tell {claim.p0:.1%} from {claim.p1:.1%} (threshold {claim.threshold:.1%}, power "
            f"{claim.power:.0%}) each target needs {found.sessions} sessions of {turns} turns.",
        )
    )


def _mark(kept: int | None, turns: int) -> str:
    return "-" if kept is None else f"{kept} / {turns} ({kept / turns:.1%})"


def _facts(
    claim: Claim, turns: int, found: Need, asked: tuple[float, float] | None
) -> dict[str, object]:
    return {
        "threshold": claim.threshold,
        "turns_a_session": turns,
        "sessions": found.sessions,
        "turns": found.turns,
        "design_effect": found.design_effect,
        "effective_n": found.effective_n,
        "pass_mark": found.pass_mark,
        "fail_mark": found.fail_mark,
        "power": [found.met, found.not_met],
        "power_of_sessions": asked,
    }
