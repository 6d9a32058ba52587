"""`miaohui check lint PLAN`: every mistake by line, then the sample that it needs and its price.

Exit: 0 a plan that can run, 1 one with mistakes, 2 asked wrongly or unreadable.
"""

import argparse
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from miaohui.checks.commandline import CheckParser, carry_out
from miaohui.checks.grid import grid
from miaohui.checks.language import Say, complain, speaker
from miaohui.checks.lint import Linted, lint
from miaohui.checks.plan.plan import Plan
from miaohui.checks.plan.prices import flat, practice
from miaohui.checks.plan.reader import MAX_PLAN_BYTES
from miaohui.checks.plan.table import Mistake
from miaohui.promise.words import yuan
from miaohui.runtime.clock import SystemClock, rfc3339

__all__ = ["main"]


def main(argv: Sequence[str]) -> int:
    """Look one plan over."""
    say = speaker()
    parser = CheckParser(
        prog="miaohui check lint",
        description=say(
            "逐行指出计划的错误，再算样本量和价钱。",
            "Every mistake of a plan by line, then its sample and its price.",
        ),
    )
    parser.add_argument("plan", metavar="PLAN.toml", type=Path)
    parser.add_argument(
        "--price-fen",
        type=int,
        metavar="N",
        help=say("一场会话的价钱（分）", "what one session costs"),
    )
    parser.add_argument("--json", action="store_true")
    return carry_out(parser, argv, _look)


def _look(args: argparse.Namespace, say: Say) -> int:
    if args.price_fen is not None and args.price_fen < 0:
        complain(say("价钱不能是负数", "a price cannot be negative"))
        return 2
    try:
        with args.plan.open("rb") as file:
            data = file.read(MAX_PLAN_BYTES + 1)
    except OSError as error:
        complain(f"{args.plan}: {error.strerror}")
        return 2
    fen = args.price_fen
    prices = practice if fen is None else lambda scope: flat(scope, fen)
    today = date.fromisoformat(rfc3339(SystemClock().utc_ms())[:10])
    found = lint(data, prices, today)
    if args.json:
        print(json.dumps(_facts(found), ensure_ascii=False, indent=1))
    else:
        _tell(found, args.plan, say)
    return 1 if found.mistakes else 0


def _tell(found: Linted, path: Path, say: Say) -> None:
    for each in found.mistakes:
        print(f"{path}:{each.line}: {say(each.chinese, each.english)}")
    if found.plan is None:
        count = len(found.mistakes)
        print(say(f"{count} 处错误。", f"{count} mistake{'s' * (count != 1)}."))
        return
    for each in found.advice:
        print(f"{path}:{each.line}: {say('提示：', 'note: ')}{say(each.chinese, each.english)}")
    print()
    for line in _summary(found, found.plan, say):
        print(line)


def _summary(found: Linted, plan: Plan, say: Say) -> list[str]:
    claim, scope = plan.claim, plan.scope
    targets = len(scope.shops) + len(scope.responders)
    rows = [
        (say("计划", "plan"), plan.name),
        ("SHA-256", plan.sha256),
        (say("断言", "claim"), claim.text),
        (
            say("门槛", "threshold"),
            f"{claim.threshold:.1%}  (p0 {claim.p0:.1%}, p1 {claim.p1:.1%}, alpha {claim.alpha:g}, "
            f"ICC {claim.icc:g}, {say('看', 'looks')} {claim.looks})",
        ),
        (
            say("会话", "sessions"),
            say(
                f"{targets} 个对象 × {scope.sessions} 场 × {scope.minutes} 分钟",
                f"{targets} target{'s' * (targets != 1)} × {scope.sessions} × {scope.minutes} minutes",
            ),
        ),
        (
            say("轮", "turns"),
            say(
                f"每场约 {found.turns} 个，每个对象共 {found.turns * scope.sessions} 个",
                f"about {found.turns} a session, {found.turns * scope.sessions} a target",
            ),
        ),
    ]
    if found.need is not None and found.need.sessions is not None:
        rows.append(
            (
                say("需要", "needed"),
                say(
                    f"每个对象 {found.need.sessions} 场（把握 {claim.power:.0%}）",
                    f"{found.need.sessions} sessions a target (for power {claim.power:.0%})",
                ),
            )
        )
    if found.power is not None:
        met, not_met = found.power
        rows.append(
            (
                say("把握", "power"),
                say(
                    f"真值 p0 时判“成立” {met:.0%}，真值 p1 时判“不成立” {not_met:.0%}",
                    f'"met" at p0 {met:.0%}, "not met" at p1 {not_met:.0%}',
                ),
            )
        )
    rows.append((say("花费", "cost"), _cost(found, plan, say)))
    return grid(rows, left=2)


def _cost(found: Linted, plan: Plan, say: Say) -> str:
    budget = yuan(plan.scope.budget_fen)
    if found.cost_fen is None:
        return say(f"价钱未知；预算 {budget}", f"prices unknown; budget {budget}")
    text = say(f"{yuan(found.cost_fen)}，预算 {budget}", f"{yuan(found.cost_fen)}, budget {budget}")
    if found.needed_fen is not None:
        text += say(
            f"；够数要 {yuan(found.needed_fen)}", f"; the needed sample {yuan(found.needed_fen)}"
        )
    if found.prices is not None and found.prices.practice:
        text += say("（练习价，假钱）", " (practice prices, play money)")
    return text


def _facts(found: Linted) -> dict[str, object]:
    def listed(mistakes: tuple[Mistake, ...]) -> list[dict[str, object]]:
        return [
            {"line": m.line, "code": m.code, "zh_CN": m.chinese, "en": m.english} for m in mistakes
        ]

    facts: dict[str, object] = {
        "mistakes": listed(found.mistakes),
        "advice": listed(found.advice),
    }
    if found.plan is None:
        return facts
    facts["sha256"] = found.plan.sha256
    facts["turns_a_session"] = found.turns
    facts["sessions_needed"] = None if found.need is None else found.need.sessions
    facts["power"] = found.power
    facts["cost_fen"] = found.cost_fen
    facts["needed_fen"] = found.needed_fen
    return facts
