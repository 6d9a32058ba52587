"""The head of a report: what it is of, the verdicts in words for everybody, the table of targets."""

from miaohui.checks.language import Say
from miaohui.checks.plan.plan import Plan
from miaohui.checks.report import amounts, plots
from miaohui.checks.report.html import Markup, join, table, tag
from miaohui.checks.report.words import MARKS, verdict_name
from miaohui.checks.results import ClaimVerdict, Results, TargetResult
from miaohui.promise.figures import PERCENT_FROM_TURNS


def opening(results: Results, plan: Plan, say: Say) -> Markup:
    """Title, notices, verdicts, the table with its picture."""
    return join(
        (
            tag("h1", results.name),
            tag("p", _subtitle(results, say), class_="lead"),
            *_notices(results, say),
            _overall(results, say),
            *(_verdict(results, target, say) for target in results.targets),
            tag("h2", say("各对象一览", "The targets side by side")),
            _targets(results, say),
            tag("figure", plots.intervals(results, say)) if results.targets else None,
        )
    )


def _subtitle(results: Results, say: Say) -> str:
    shops = say(f"{len(results.targets)} 个对象", f"{len(results.targets)} targets")
    sessions = say(
        f"{results.done_sessions} / {results.planned_sessions} 场",
        f"{results.done_sessions} of {results.planned_sessions} sessions",
    )
    when = f"{amounts.moment(results.begun_utc_ms)} – {amounts.moment(results.ended_utc_ms)}"
    title = say("十秒承诺检验报告", "Report of a check of the ten-second promise")
    return " · ".join((title, shops, sessions, when, "UTC+08:00"))


def _notices(results: Results, say: Say) -> list[Markup]:
    found = []
    if results.practice:
        found.append(
            say(
                "练习中继：店铺和应答师都是模拟的。这份报告只说明方法，不是任何真实店铺的证据。",
                "Practice relay: shops and responders are simulated. This report shows the method; "
                "it is no evidence of any real shop.",
            )
        )
    if results.running:
        found.append(
            say(
                "检验还在进行，以下是到目前为止的数字，不是最后的结论。",
                "The check is still running: these are the figures so far, not the final word.",
            )
        )
    elif results.stopped:
        found.append(
            say(
                "检验提前停止了，计划没有做完。",
                "The check was stopped before its plan was done.",
            )
        )
    if results.deviations:
        count = len(results.deviations)
        found.append(
            say(
                f"有 {count} 处与计划或原始数据不符，逐条列在后面的“偏差”一节。",
                f"There are {count} deviations from the plan or damages of the raw data, "
                'each listed under "Deviations".',
            )
        )
    return [tag("p", words, class_="notice") for words in found]


def _card(verdict: ClaimVerdict, *children: Markup, overall: bool = False) -> Markup:
    mark = tag("div", MARKS[verdict], class_="mark", aria_hidden="true")
    kind = f"verdict {verdict.value}{' overall' if overall else ''}"
    return tag("div", mark, tag("div", *children), class_=kind)


def _overall(results: Results, say: Say) -> Markup:
    line = amounts.threshold(results.threshold)
    claim = say(
        f"要检验的说法：“{results.claim}”。付费会话里的每一轮提问，十秒内得到真人回复的，要多于 {line}。",
        f'The claim: "{results.claim}". Of all the turns in paid sessions, more than {line} get a '
        "person's reply within ten seconds.",
    )
    rule = {
        ClaimVerdict.MET: say("每个对象都成立。", "It is met by every target."),
        ClaimVerdict.NOT_MET: say(
            "至少有一个对象不成立。", "At least one target does not meet it."
        ),
        ClaimVerdict.NOT_ENOUGH: say(
            "还不能说成立，也不能说不成立。", "It can be called neither met nor not met."
        ),
    }[results.verdict]
    return _card(
        results.verdict,
        tag("h3", say("结论：", "Verdict: ") + verdict_name(say, results.verdict)),
        tag("p", claim),
        tag("p", rule),
        overall=True,
    )


def _verdict(results: Results, target: TargetResult, say: Say) -> Markup:
    heading = f"{target.name}{say('：', ': ')}{verdict_name(say, target.verdict)}"
    return _card(
        target.verdict,
        tag("h3", heading),
        tag("p", _sentence(results, target, say)),
        tag("p", _mark_words(target, say), class_="small"),
    )


def _sentence(results: Results, target: TargetResult, say: Say) -> str:
    """The verdict as one would tell it to a neighbour."""
    rate = target.rate
    if not rate.n:
        return say("还没有一轮可以计算的提问。", "There is no turn to count yet.")
    line = amounts.threshold(results.threshold)
    share = "" if rate.n < PERCENT_FROM_TURNS else amounts.rate(rate)
    counted = say(
        f"{target.sessions} 场会话里有 {rate.n} 轮提问，{rate.k} 轮在十秒内得到了回复"
        f"{f'（{share}）' if share else ''}。",
        f"In {target.sessions} sessions there were {rate.n} turns, and {rate.k} of them were "
        f"answered within ten seconds{f' ({share})' if share else ''}. ",
    )
    if target.verdict is ClaimVerdict.MET:
        return counted + say(
            f"把偶然也算进去，真实的守约率仍高于 {line}。",
            f"Even allowing for chance, the true share lies above {line}.",
        )
    if target.verdict is ClaimVerdict.NOT_MET:
        return counted + say(
            f"把偶然也算进去，真实的守约率仍低于 {line}。",
            f"Even allowing for chance, the true share lies below {line}.",
        )
    return counted + say(
        f"真实的守约率大约在 {amounts.limits(rate)} 之间，{line} 这条线分不清在它的哪一边。",
        f"The true share is somewhere in {amounts.limits(rate)}, which does not tell on which "
        f"side of {line} it lies.",
    )


def _mark_words(target: TargetResult, say: Say) -> str:
    turns = target.judged_turns
    if not turns:
        return ""
    if target.pass_mark is None:
        mark = say(
            f"{turns} 轮太少：即使全部守约，也还不能说成立。",
            f"{turns} turns are too few: even if all were kept it could not be called met.",
        )
    else:
        mark = say(
            f"及格线：{turns} 轮里至少 {target.pass_mark} 轮守约，才能说成立。",
            f"Pass mark: it takes {target.pass_mark} kept of {turns} turns to call it met.",
        )
    if turns == target.turns:
        return mark
    return mark + say(
        f"结论在第 {target.look} 次查看时已定，当时是 {target.judged_kept} / {turns} 轮。",
        f" It was decided at look {target.look}, at {target.judged_kept} of {turns} turns.",
    )


def _targets(results: Results, say: Say) -> Markup:
    head = (
        say("对象", "target"),
        say("结论", "verdict"),
        say("场次", "sessions"),
        say("守约 / 轮", "kept / turns"),
        say("守约率", "share"),
        say("95 % 区间", "95 % interval"),
        say("及格线", "pass mark"),
        say("中位", "p50"),
        "p95",
        say("最长", "worst"),
        say("迟到占比", "late share"),
    )
    rows = [
        (
            target.name,
            f"{MARKS[target.verdict]} {verdict_name(say, target.verdict)}",
            f"{target.sessions}",
            f"{target.rate.k} / {target.rate.n}",
            amounts.rate(target.rate) if target.rate.n else amounts.NONE,
            amounts.limits(target.rate),
            amounts.NONE if target.pass_mark is None else f"{target.pass_mark}",
            amounts.wait(target.p50_ms, say, at_least=target.p50_at_least),
            amounts.wait(target.p95_ms, say, at_least=target.p95_at_least),
            amounts.wait(target.worst_ms, say, at_least=target.worst_at_least),
            amounts.percent(target.late_share),
        )
        for target in results.targets
    ]
    return join(
        (
            table(head, rows, numeric=range(2, 11)),
            tag(
                "p",
                say(
                    "守约率：十秒内得到回复的轮数占已定轮数的份额；不满 20 轮只写轮数。"
                    "迟到占比：付费时间里超过十秒仍无人回的时间所占的份额。"
                    "“≥”：样本只够说至少这么久。结束时还没到十秒的提问（截断）和中继故障期间的（作废）"
                    "不算守约也不算超时。",
                    "Share: turns answered within ten seconds, of all decided turns; under 20 turns "
                    "only the counts. Late share: the part of the paid time in which a reply was "
                    "overdue. “≥”: the sample supports no more than this bound. Turns cut off by "
                    "the end before ten seconds, and turns during a fault of the relay, count "
                    "neither way.",
                ),
                class_="small",
            ),
        )
    )
