"""What was measured: the curves of waits, every wait, strata, time given back and money."""

from collections.abc import Sequence
from typing import Final

from miaohui.checks.language import Say
from miaohui.checks.plan.plan import Day, Plan
from miaohui.checks.report import amounts, plots
from miaohui.checks.report.html import Markup, join, table, tag
from miaohui.checks.report.words import probe_name, severity_name
from miaohui.checks.results import Results, SessionResult, TargetResult

_MOMENTS_S: Final = (5, 10, 30, 60)


def measures(results: Results, plan: Plan, say: Say) -> Markup:
    return join(
        (
            _curves(results, say),
            _strata(results, plan, say),
            _returned(results, say),
            _waits(results, say),
            _breaches(results, say),
        )
    )


def _curves(results: Results, say: Say) -> Markup:
    seen = [target for target in results.targets if target.survival]
    groups = [seen[i : i + plots.TOGETHER] for i in range(0, len(seen), plots.TOGETHER)]
    return join(
        (
            tag("h2", say("要等多久", "How long one waits")),
            tag(
                "p",
                say(
                    "曲线从 100 % 开始，一有回复就往下走：它落得越快，回得越快。"
                    "在 10 秒的竖线处，还剩多少就是还有多少人在等。"
                    "竖划是截断的等待：到会话结束还没有回复，或换了别人接手，只知道至少等了这么久；"
                    "它们照样计入（Kaplan-Meier）。",
                    "The curve begins at 100 % and falls with every reply: the sooner it falls, the "
                    "sooner one is answered. Where it crosses the 10 s line one reads who still "
                    "waits. Ticks are waits cut off by the end of a session or by a handover, of "
                    "which only a lower bound is known; they count as well (Kaplan-Meier).",
                ),
            ),
            *(
                tag("figure", plots.curves(group, results, say, number))
                for number, group in enumerate(groups, 1)
            ),
            _still_waiting(seen, say) if seen else None,
        )
    )


def _still_waiting(targets: Sequence[TargetResult], say: Say) -> Markup:
    """The curves as figures, with their bands."""
    head = (
        say("还在等的份额（95 % 带）", "share still waiting (95 % band)"),
        *(say(f"{s} 秒后", f"after {s} s") for s in _MOMENTS_S),
    )
    rows = [(t.name, *(_at(t, s * 1000) for s in _MOMENTS_S)) for t in targets]
    return table(head, rows, numeric=range(1, len(head)))


def _at(target: TargetResult, ms: int) -> str:
    """The curve's height at a moment; nothing is said where nobody was watched for so long."""
    passed = [step for step in target.survival if step.ms <= ms]
    if not passed:
        return amounts.percent(1.0)
    last = passed[-1]
    if last is target.survival[-1] and last.surviving > 0:
        return amounts.NONE
    share = amounts.percent(last.surviving)
    if last.surviving in (0, 1):
        return share
    return f"{share} ({last.low * 100:.1f}–{last.high * 100:.1f})"


def _strata(results: Results, plan: Plan, say: Say) -> Markup:
    days = {
        Day.ANY: say("每天", "any day"),
        Day.WEEKDAY: say("工作日", "weekdays"),
        Day.WEEKEND: say("周末", "weekends"),
        Day.FESTIVAL: say("节日", "festivals"),
    }
    hours = {
        stratum.name: f"{amounts.clock(stratum.from_min)}–{amounts.clock(stratum.to_min)} "
        f"{stratum.festival or days[stratum.day]}"
        for stratum in plan.strata
    }
    head = (
        say("对象", "target"),
        say("时段", "stratum"),
        say("何时", "when"),
        say("场次 / 计划", "sessions / quota"),
        say("守约 / 轮", "kept / turns"),
        say("守约率", "share"),
        say("95 % 区间", "95 % interval"),
    )
    rows = [
        (
            target.name,
            stratum.name,
            hours.get(stratum.name, amounts.NONE),
            f"{stratum.sessions} / {stratum.quota}",
            f"{stratum.rate.k} / {stratum.rate.n}",
            amounts.rate(stratum.rate) if stratum.rate.n else amounts.NONE,
            amounts.limits(stratum.rate),
        )
        for target in results.targets
        for stratum in target.strata
    ]
    title = tag("h2", say("按时段", "By time of day"))
    return join((title, table(head, rows, numeric=range(3, 7))))


def _returned(results: Results, say: Say) -> Markup:
    head = (
        say("对象", "target"),
        say("应补时间", "time owed"),
        say("已补时间", "time received"),
        say("应退款", "refund owed"),
        say("已退款", "refund received"),
        say("付款", "paid"),
        say("差额", "difference"),
    )

    def difference(target: TargetResult) -> str:
        time = target.credit_owed_ms - target.credit_received_ms
        money = target.refund_owed_fen - target.refund_received_fen
        if time == 0 and money == 0:
            return say("无", "none")
        return f"{'-' if time < 0 else ''}{amounts.span(abs(time), say)} / {amounts.yuan(money)}"

    rows = [
        (
            target.name,
            amounts.span(target.credit_owed_ms, say),
            amounts.span(target.credit_received_ms, say),
            amounts.yuan(target.refund_owed_fen),
            amounts.yuan(target.refund_received_fen),
            amounts.yuan(target.spent_fen),
            difference(target),
        )
        for target in results.targets
    ]
    sums = (
        f"{amounts.yuan(results.spent_fen)} − {amounts.yuan(results.refunded_fen)} = "
        f"{amounts.yuan(results.spent_fen - results.refunded_fen)}"
    )
    budget = amounts.yuan(results.budget_fen)
    return join(
        (
            tag("h2", say("补回的时间和钱", "Time and money given back")),
            tag(
                "p",
                say(
                    "“应”是按会话流水重新算出来的；“已”是中继实际补和退的。差额为正，就是还欠着。",
                    '"Owed" is computed anew from the journals; "received" is what the relay really '
                    "gave back. A positive difference is still owed.",
                ),
            ),
            table(head, rows, numeric=range(1, 7)),
            tag(
                "p",
                say(
                    f"这次检验的花费：{sums}（付款 − 退款），预算 {budget}。",
                    f"What the check cost: {sums} (paid − refunded), of a budget of {budget}.",
                ),
            ),
        )
    )


def _waits(results: Results, say: Say) -> Markup:
    figures = []
    for number, target in enumerate(results.targets, 1):
        own = sorted(_of(target, results), key=lambda session: session.number)
        if any(session.bars for session in own):
            figures.append(
                tag("figure", tag("h3", target.name), plots.waits(target, own, say, number))
            )
    return join(
        (
            tag("h2", say("每一次等待", "Every single wait")),
            tag(
                "p",
                say(
                    "每个标记是一轮提问，按场次从左到右；越高等得越久，虚线是 10 秒。",
                    "Each mark is one turn, session by session from left to right; the higher, the "
                    "longer the wait. The dashed line is 10 s.",
                ),
            ),
            *figures,
        )
    )


def _of(target: TargetResult, results: Results) -> Sequence[SessionResult]:
    return [session for session in results.sessions if session.target == target.target]


def _breaches(results: Results, say: Say) -> Markup:
    head = (
        say("时间（UTC+8）", "time (UTC+8)"),
        say("场次", "slot"),
        say("会话内", "in session"),
        say("等了", "wait"),
        say("程度", "severity"),
        say("由什么引起", "probe"),
    )
    parts: list[Markup] = [tag("h2", say("每一次超时", "Every breach"))]
    for target in results.targets:
        rows = [
            (
                amounts.moment(bar.at_utc_ms, seconds=True),
                session.slot,
                amounts.since(bar.at_ms),
                amounts.wait(bar.wait_ms, say, at_least=bar.severity == "never"),
                severity_name(say, bar.severity),
                probe_name(say, bar.probe),
            )
            for session in _of(target, results)
            for bar in session.bars
            if bar.state == "breached"
        ]
        rows.sort()
        parts.append(tag("h3", f"{target.name}{say('：', ': ')}{len(rows)}"))
        if rows:
            parts.append(table(head, rows, numeric=(2, 3), dense=True))
    return join(parts)
