"""How the shops conducted themselves: silences, labels, the end of a session and after it."""

from miaohui.checks.language import Say
from miaohui.checks.plan.plan import Plan
from miaohui.checks.report import amounts
from miaohui.checks.report.html import Markup, join, table, tag
from miaohui.checks.report.words import flag_name, label_name
from miaohui.checks.results import Kappa, Results, TargetResult


def conduct(results: Results, plan: Plan, say: Say) -> Markup:
    return join(
        (
            _silences(results, say),
            _labels(results, plan, say),
            _end(results, say),
        )
    )


def _silences(results: Results, say: Say) -> Markup:
    head = (
        say("对象", "target"),
        say("先开口（满 60 秒的沉默）", "spoke first (silences of 60 s)"),
        say("先开口（满 300 秒）", "spoke first (300 s)"),
        say("刻意停顿里先开口", "spoke first in a deliberate silence"),
        say("平均多久后", "after, on average"),
    )
    rows = []
    for target in results.targets:
        gaps = [
            gap
            for session in results.sessions
            if session.target == target.target and session.bundle_sound
            for gap in session.gaps
        ]
        broken = [gap.broken_after_ms for gap in gaps if gap.broken_after_ms is not None]
        rows.append(
            (
                target.name,
                amounts.part(target.broken_60, target.silences_60),
                amounts.part(target.broken_300, target.silences_300),
                amounts.part(len(broken), len(gaps)),
                amounts.wait(sum(broken) // len(broken), say) if broken else amounts.NONE,
            )
        )
    return join(
        (
            tag("h2", say("沉默与主动", "Silences and initiative")),
            tag(
                "p",
                say(
                    "沉默：付费时间里没有待答的提问，也没有人说话。前两栏只数被一条消息打破的沉默，"
                    "看打破它的是不是应答师。",
                    "A silence: paid time with no ask open and nobody speaking. The first two "
                    "columns count silences that a message broke, and whether it was the "
                    "responder's.",
                ),
            ),
            table(head, rows, numeric=range(1, 5)),
        )
    )


def _labels(results: Results, plan: Plan, say: Say) -> Markup:
    names = list(plan.coding.labels)
    seen = {name for t in results.targets for name in (*t.labels, *t.coded)}
    names += sorted(seen - set(names))
    head = (say("对象", "target"), *(label_name(say, name) for name in names), say("共", "all"))

    def rows(coded: bool) -> list[tuple[str, ...]]:
        return [
            (target.name, *(_count(target, name, coded=coded) for name in names), total)
            for target in results.targets
            for total in [f"{sum((target.coded if coded else target.labels).values())}"]
        ]

    parts: list[Markup] = [
        tag("h2", say("回复的内容", "What the replies were like")),
        tag(
            "p",
            say(
                "及时和有内容是两回事：这一节不进守约率。一条回复只归一类，取最要紧的一类。",
                "To answer in time and to answer well are two things: nothing here is part of the "
                "kept share. Each reply stands in one class, the weightiest that fits.",
            ),
        ),
        table(
            head,
            rows(False),
            numeric=range(1, len(head)),
            caption=say(
                "按流水里的标签（规则自动给出）", "By the labels in the journals (given by rules)"
            ),
        ),
    ]
    if results.coded:
        parts.append(
            table(
                head,
                rows(True),
                numeric=range(1, len(head)),
                caption=say(
                    f"按人的评定（{results.coded} / {results.drawn} 条，评者不知道是哪家店）",
                    f"By raters ({results.coded} of {results.drawn} replies, blind to the shop)",
                ),
            )
        )
    parts.append(tag("p", _agreement(results, say)))
    return join(parts)


def _count(target: TargetResult, name: str, *, coded: bool) -> str:
    return f"{(target.coded if coded else target.labels).get(name, 0)}"


def _agreement(results: Results, say: Say) -> str:
    if results.kappa is None and results.coded:
        return say(
            "只有一位评者，所以没有一致性可说。",
            "There was one rater only, so there is no agreement to tell.",
        )
    if results.kappa is None:
        return say(
            "还没有人评过，所以上表只是规则的标签。",
            "Nobody has rated the replies yet, so the labels are the rules' own.",
        )
    left = ""
    if results.disputed:
        left = say(
            f"还有 {results.disputed} 条看法不一，未裁定，没有计入。",
            f" {results.disputed} are disputed, not yet settled, and not counted.",
        )
    return _kappa(results.kappa, say) + left


def _kappa(kappa: Kappa, say: Say) -> str:
    counted = say(
        f"两位评者对 {kappa.items} 条回复中的 {kappa.agreed} 条看法一致",
        f"Two raters agreed on {kappa.agreed} of {kappa.items} replies",
    )
    if kappa.value is None:
        return counted + say(
            "；Cohen kappa 没有定义（只用了一种标签）。",
            "; Cohen's kappa is not defined (one label throughout).",
        )
    interval = f"{amounts.number(kappa.low)} – {amounts.number(kappa.high)}"
    value = amounts.number(kappa.value)
    return counted + say(
        f"；除去碰巧，Cohen kappa = {value}（95 % 区间 {interval}），{_strength(kappa.value, say)}。",
        f"; beyond chance, Cohen's kappa = {value} (95 % interval {interval}), "
        f"{_strength(kappa.value, say)}.",
    )


def _strength(value: float, say: Say) -> str:
    """The words of Landis and Koch 1977."""
    words = (
        (0.0, "比碰巧还差", "worse than chance"),
        (0.2, "几乎不一致", "slight"),
        (0.4, "一致性较差", "fair"),
        (0.6, "一致性中等", "moderate"),
        (0.8, "一致性较好", "substantial"),
    )
    for limit, chinese, english in words:
        if value < limit:
            return say(chinese, english)
    return say("一致性很好", "almost perfect")


def _end(results: Results, say: Say) -> Markup:
    flags = sorted({flag for target in results.targets for flag in target.flags})
    head = (
        say("对象", "target"),
        say("结束前的提问得到回答", "last question answered"),
        say("结束后的话有人理", "answered after the end"),
        *(flag_name(say, flag) for flag in flags),
    )
    rows = [
        (
            target.name,
            amounts.part(target.last_answered, target.last_asked),
            amounts.part(target.after_answered, target.after_asked),
            *(amounts.part(target.flags.get(flag, 0), target.sessions) for flag in flags),
        )
        for target in results.targets
    ]
    return join(
        (
            tag("h2", say("临结束与结束后", "At the end and after it")),
            tag(
                "p",
                say(
                    "结束前的提问应当得到回答；结束之后没有义务再回，这里只如实记下。"
                    "其余各栏是出现过这种情形的场数。",
                    "A question just before the end is owed an answer; after the end nothing is "
                    "owed, and what came is only noted. The other columns count sessions in which "
                    "it happened.",
                ),
            ),
            table(head, rows, numeric=range(1, len(head))),
        )
    )
