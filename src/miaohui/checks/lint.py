"""A plan looked over before it costs anything: mistakes, advice, the sample it needs, the price.

`lint(bytes)` is what `miaohui check lint` and the plan's editor show.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from miaohui.checks.plan import festivals
from miaohui.checks.plan.plan import Day, Plan, ProbeKind, Scope
from miaohui.checks.plan.positions import lines_of
from miaohui.checks.plan.prices import Prices, practice
from miaohui.checks.plan.reader import read_plan
from miaohui.checks.plan.rules import ASKING
from miaohui.checks.plan.table import Mistake, MistakeList, PlanError
from miaohui.checks.plan.timeline import last_steps, timeline
from miaohui.checks.statistics.samplesize import Need, need, power_of
from miaohui.checks.statistics.verdicts import sessions_for_met
from miaohui.promise.constants import PROMISE_MS

__all__ = ["Linted", "lint", "turns_of"]

FEW_SESSIONS: Final = 10
_DRAWN: Final = 20  # sessions whose schedules are drawn to count the turns of one


@dataclass(frozen=True, slots=True)
class Linted:
    """A plan's findings. With ``mistakes`` the plan cannot run; ``advice`` is for the tester to weigh.

    ``plan`` and all after it are None or empty where it could not be read. ``turns``: expected of a
    session. ``need``: sessions for the claim; ``power``: with the sessions planned, of "met" at p0
    and of "not met" at p1. ``price_fen`` of a session by target, ``cost_fen`` in all; None unknown.
    """

    mistakes: tuple[Mistake, ...]
    advice: tuple[Mistake, ...] = ()
    plan: Plan | None = None
    turns: int = 0
    need: Need | None = None
    power: tuple[float, float] | None = None
    prices: Prices | None = None
    cost_fen: int | None = None
    needed_fen: int | None = None


def turns_of(plan: Plan) -> int:
    """Turns that the probes of one session open if every reply comes in time, rounded down.

    Asks within the promise of each other count as one; what depends on the answers (nudges, reply
    checks) is left out.
    """
    total = 0
    for number in range(_DRAWN):
        slot = f"lint-{number}"
        times = [
            step.at_ms for step in timeline(plan, slot) if step.kind in ASKING and not step.skipped
        ]
        if not plan.scope.stay_s:
            end = plan.scope.minutes * 60_000
            times += [end - step.at_ms for step in last_steps(plan, slot)]
        opened = -PROMISE_MS
        for at in sorted(times):
            if at - opened >= PROMISE_MS:
                total, opened = total + 1, at
    return total // _DRAWN


def lint(
    data: bytes,
    prices: Callable[[Scope], Prices | None] = practice,
    today: date | None = None,
) -> Linted:
    """Look a plan's file over. ``today``: to tell festivals that are past."""
    try:
        plan = read_plan(data)
    except PlanError as error:
        return Linted(error.mistakes)
    lines = lines_of(data.decode("utf-8-sig").replace("\r\n", "\n"))
    known = prices(plan.scope)
    turns = turns_of(plan)
    needs = need(plan.claim, turns)
    priced = known is not None and not known.absent and not known.no_offer
    per_session = sum(known.fen.values()) if known is not None and priced else None
    found = Linted(
        mistakes=(),
        plan=plan,
        turns=turns,
        need=needs,
        power=power_of(plan.claim, plan.scope.sessions, turns) if turns else None,
        prices=known,
        cost_fen=None if per_session is None else per_session * plan.scope.sessions,
        needed_fen=None
        if per_session is None or needs.sessions is None
        else per_session * needs.sessions,
    )
    wrong, advised = MistakeList(lines), MistakeList(lines)
    _targets(plan, known, wrong)
    _money(plan, found, wrong)
    _sample(plan, found, advised)
    _few(plan, advised)
    _unseen(plan, advised)
    _loose_ends(plan, advised)
    if today is not None:
        _festivals(plan, today, advised)
    return replace(
        found,
        mistakes=tuple(sorted(wrong.mistakes)),
        advice=tuple(sorted(advised.mistakes)),
    )


def _targets(plan: Plan, prices: Prices | None, book: MistakeList) -> None:
    if prices is None:
        return
    for key, names in (("shops", plan.scope.shops), ("responders", plan.scope.responders)):
        for index, name in enumerate(names):
            path = ("scope", key, index)
            if name in prices.absent:
                near = prices.absent[name]
                book.add(
                    path,
                    "target",
                    f"没有 {name!r}" + (f"，是不是 {near!r}？" if near else ""),
                    f"there is no {name!r}" + (f"; did you mean {near!r}?" if near else ""),
                )
            elif name in prices.no_offer:
                there = ", ".join(map(str, prices.no_offer[name]))
                book.add(
                    path,
                    "no_offer",
                    f"{name!r} 没有 {plan.scope.minutes} 分钟的套餐；有的是 {there} 分钟",
                    f"{name!r} sells no {plan.scope.minutes} minutes; it sells {there}",
                )


def _money(plan: Plan, found: Linted, book: MistakeList) -> None:
    cost, budget = found.cost_fen, plan.scope.budget_fen
    if cost is not None and cost > budget:
        book.add(
            ("scope", "budget_fen"),
            "budget",
            f"全部会话要 ¥{cost / 100:.2f}，预算只有 ¥{budget / 100:.2f}",
            f"all sessions cost CNY {cost / 100:.2f}, the budget is CNY {budget / 100:.2f}",
        )


def _unseen(plan: Plan, book: MistakeList) -> None:
    """Too few sessions for "met", however good they are."""
    least = sessions_for_met(plan.claim)
    if plan.scope.sessions < least:
        away = f"{1 - plan.claim.threshold:.4g}"
        book.add(
            ("scope", "sessions"),
            "unseen",
            f"判“成立”至少要 {least} 场：更少的话，占 {away} 的、从来不在的应答师很可能一次也没遇上",
            f'"met" takes {least} sessions at least: with fewer, responders who are always away, '
            f"a share of {away}, too often go unseen",
        )


def _sample(plan: Plan, found: Linted, book: MistakeList) -> None:
    needs, planned = found.need, plan.scope.sessions
    if needs is None or found.turns == 0:
        return
    if needs.sessions is None:
        book.add(
            ("claim", "p0"),
            "sample",
            "p0 和 p1 离门槛太近，多少会话都分不清",
            "p0 and p1 are too near to the threshold for any sample that can be paid for",
        )
    elif needs.sessions > planned and found.power is not None:
        met, not_met = (f"{each:.0%}" for each in found.power)
        book.add(
            ("scope", "sessions"),
            "sample",
            f"每个对象要 {needs.sessions} 场才够；{planned} 场时，判出“成立”的把握是 {met}，"
            f"判出“不成立”的把握是 {not_met}",
            f"the claim needs {needs.sessions} sessions a target; with {planned} the chance to find "
            f"it met is {met}, to find it not met {not_met}",
        )


def _few(plan: Plan, book: MistakeList) -> None:
    if plan.scope.sessions < FEW_SESSIONS:
        book.add(
            ("scope", "sessions"),
            "few",
            f"不到 {FEW_SESSIONS} 场会话，看不出各轮是否比 icc = {plan.claim.icc:g} 更像；"
            "若更像，误判会比 alpha 多",
            f"under {FEW_SESSIONS} sessions cannot show turns that are more alike than icc = "
            f"{plan.claim.icc:g}; if they are, verdicts are wrong more often than alpha",
        )


def _loose_ends(plan: Plan, book: MistakeList) -> None:
    used = {probe.bank for probe in plan.probes}
    for name in plan.banks:
        if name not in used:
            book.add(
                ("banks", name),
                "unused",
                f"问法库 {name} 没有用到",
                f"the bank {name} is not used",
            )
    for index, stratum in enumerate(plan.strata):
        if stratum.quota == 0:
            book.add(("strata", index, "quota"), "empty", "这一层没有会话", "this stratum is empty")
    targets = len(plan.scope.shops) + len(plan.scope.responders)
    if plan.scope.parallel > targets * plan.scope.sessions:
        book.add(
            ("scope", "parallel"),
            "parallel",
            f"一共只有 {targets * plan.scope.sessions} 场",
            f"there are only {targets * plan.scope.sessions} sessions in all",
        )
    kinds = {probe.kind for probe in plan.probes}
    if ProbeKind.LAST_QUESTION not in kinds:
        book.add(
            ("probes", 0),
            "no_last",
            "没有 last_question：临近结束时的表现就看不到",
            "without a last_question nothing is learnt of how sessions end",
        )
    if not plan.ethics.contact:
        book.add(
            ("ethics",),
            "contact",
            "没有写 contact：店家不知道找谁答复",
            "no contact is given: the shop would not know whom to answer",
        )


def _festivals(plan: Plan, today: date, book: MistakeList) -> None:
    for index, stratum in enumerate(plan.strata):
        days = festivals.dates(stratum.festival) if stratum.day is Day.FESTIVAL else ()
        if days and days[-1] < today:
            book.add(
                ("strata", index, "festival"),
                "past",
                f"表里的{stratum.festival}都过去了，最后一天是 {days[-1]}",
                f"every {stratum.festival} of the table is past, the last was {days[-1]}",
            )
