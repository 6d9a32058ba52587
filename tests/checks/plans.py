"""Plans to test with: a small one as text, and hypothesis' own."""

from hypothesis import strategies as st

from miaohui.checks.plan.plan import (
    Claim,
    Coding,
    Day,
    Ethics,
    Plan,
    Probe,
    ProbeKind,
    Scope,
    Stratum,
)

SMALL = """\
format = "checkplan/1"
name = "small"
seed = 7

[claim]
text = "answered within ten seconds"
threshold = 0.9
p0 = 0.97
p1 = 0.75

[scope]
shops = ["wanfeng"]
sessions = 4
minutes = 15
budget_fen = 20000
stay_s = 120

[[strata]]
name = "evening"
from = "20:00"
to = "02:00"
quota = 3

[[strata]]
name = "qixi"
from = "00:00"
to = "24:00"
quota = 1
day = "festival"
festival = "七夕"

[[probes]]
kind = "question"
at_s = 3
every_s = 20
bank = "study"

[[probes]]
kind = "last_question"
at_s = 5
texts = ["最后一个问题：明天先做哪一件好？"]

[banks]
study = [
  "考前一晚你会早睡吗？",
  "考前一晚，是早睡好还是再看一遍书好？",
]

[ethics]
contact = "tester@example.org"
"""

WORDS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=12).filter(
    lambda text: text.strip() != ""
)
NAMES = st.lists(WORDS, unique=True, max_size=3).map(tuple)
SHARES = st.floats(0.01, 0.99)


@st.composite
def probes(draw: st.DrawFn, banks: dict[str, tuple[str, ...]]) -> Probe:
    """A probe that keeps every rule, within a session of 300 s."""
    kind = draw(st.sampled_from(ProbeKind))
    once = kind in (ProbeKind.LAST_QUESTION, ProbeKind.AFTER_END)
    spoken = kind is not ProbeKind.GAP
    bank = draw(st.sampled_from(list(banks))) if kind is ProbeKind.QUESTION else ""
    jitter = draw(st.floats(0, 5))
    return Probe(
        kind=kind,
        at_s=draw(st.floats(0, 200)),
        every_s=0.0 if once else draw(st.just(0.0) | st.floats(6, 100)),
        count=draw(st.integers(2, 5)) if kind in (ProbeKind.BURST, ProbeKind.NUDGE) else 1,
        seconds=draw(st.floats(1, 50)) if kind in (ProbeKind.GAP, ProbeKind.NUDGE) else 0.0,
        jitter_s=jitter,
        texts=draw(st.lists(WORDS, min_size=1, max_size=3).map(tuple))
        if spoken and not bank
        else (),
        bank=bank,
    )


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """A plan that the reader takes, with any words."""
    low, middle, high = sorted(draw(st.lists(SHARES, min_size=3, max_size=3, unique=True)))
    banks = draw(
        st.dictionaries(
            WORDS, st.lists(WORDS, min_size=2, max_size=3, unique=True).map(tuple), min_size=1
        )
    )
    quotas = draw(st.lists(st.integers(1, 9), min_size=1, max_size=4))
    names = draw(st.lists(WORDS, min_size=len(quotas), max_size=len(quotas), unique=True))
    shops = draw(NAMES)
    asked = Probe(ProbeKind.PLAIN, at_s=1.0, texts=("你好",))
    return Plan(
        name=draw(WORDS),
        about=draw(st.text(st.characters(exclude_categories=("Cs",)), max_size=30)),
        seed=draw(st.integers(0, 2**53 - 1)),
        claim=Claim(
            text=draw(WORDS),
            threshold=middle,
            p0=high,
            p1=low,
            alpha=draw(st.floats(0.001, 0.2)),
            power=draw(st.floats(0.5, 0.99)),
            icc=draw(st.floats(0, 0.9)),
            looks=draw(st.integers(1, min(10, sum(quotas)))),
        ),
        scope=Scope(
            shops=shops,
            responders=draw(NAMES) if shops else ("somebody",),
            sessions=sum(quotas),
            minutes=draw(st.integers(5, 120)),
            budget_fen=draw(st.integers(1000, 10**9)),
            stay_s=draw(st.sampled_from([0, 300])),
            parallel=draw(st.integers(1, 50)),
            accounts=draw(st.integers(0, 200)),
            days=draw(st.integers(0, 366)),
        ),
        strata=tuple(
            Stratum(
                name=name,
                from_min=draw(st.integers(0, 700)),
                to_min=draw(st.integers(701, 1440)),
                quota=quota,
                day=draw(st.sampled_from([Day.ANY, Day.WEEKDAY, Day.WEEKEND])),
            )
            for name, quota in zip(names, quotas, strict=True)
        ),
        probes=(asked, *draw(st.lists(probes(banks), max_size=4))),
        banks=banks,
        coding=Coding(
            labels=draw(st.lists(WORDS, min_size=1, max_size=5, unique=True).map(tuple)),
            raters=draw(st.integers(1, 10)),
            share=draw(st.floats(0.01, 1)),
        ),
        ethics=Ethics(
            notify_after_days=draw(st.integers(0, 365)), contact=draw(st.just("") | WORDS)
        ),
    )
