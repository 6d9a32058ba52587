"""Results as an analysis yields them, of four shops with known ways; the figures by the real rules."""

from __future__ import annotations

import random

from miaohui.checks.plan import Claim
from miaohui.checks.record import SlotState
from miaohui.checks.results import (
    GapFound,
    Interval,
    Results,
    SessionResult,
    StratumResult,
    TargetResult,
    Verdict,
    WaitBar,
)
from miaohui.checks.statistics.survival import curve
from miaohui.checks.statistics.verdicts import judge
from miaohui.promise.figures import Wait

NOON = 1_755_000_000_000
CLAIM = Claim(text="十秒内回复的轮次不少于九成", threshold=0.9, p0=0.97, p1=0.8)
SHOPS = (
    ("wanfeng", "晚风小屋", 3_000, 0.985, 6, 15),
    ("shancha", "山茶树洞", 3_800, 0.93, 5, 14),
    ("juzi", "橘子汽水秒回", 5_600, 0.84, 4, 13),
    ("xingqi", "星期八", 7_900, 0.62, 2, 12),
)
KINDS = ("plain", "question", "burst", "plain", "reply_check", "nudge", "question")


def _bars(rng: random.Random, median: int, kept: float, count: int, began: int) -> list[WaitBar]:
    bars = []
    at = 4_000
    for number in range(count):
        if rng.random() < kept:
            wait, state, severity = (
                min(9_900, int(rng.lognormvariate(0, 0.45) * median)),
                "kept",
                "",
            )
        else:
            wait = int(rng.choice((12_300, 20_400, 30_900, 41_000, 192_000)))
            severity = "gone" if wait >= 180_000 else "long" if wait >= 30_000 else "late"
            state = "breached"
        kind = KINDS[number % len(KINDS)]
        bars.append(
            WaitBar(
                at_ms=at,
                wait_ms=wait,
                state=state,
                severity=severity,
                probe=kind,
                at_utc_ms=began + at,
            )
        )
        at += 55_000
    last = bars[-1]
    bars[-1] = WaitBar(
        at_ms=last.at_ms,
        wait_ms=6_100,
        state="censored",
        severity="",
        probe="last_question",
        at_utc_ms=last.at_utc_ms,
    )
    return bars


def _session(
    shop: str, name: str, number: int, bars: list[WaitBar], began: int, *, broken: int | None
) -> SessionResult:
    states = [one.state for one in bars]
    late = sum(max(0, one.wait_ms - 10_000) for one in bars if one.state == "breached")
    return SessionResult(
        slot=f"{shop}-{number}",
        state=SlotState.DONE,
        target=shop,
        shop_name=name,
        responder_name="小林",
        stratum="夜里" if number % 2 else "傍晚",
        opened_utc_ms=began,
        number=number,
        kept=states.count("kept"),
        breached=states.count("breached"),
        censored=states.count("censored"),
        void=0,
        bars=tuple(bars),
        gaps=(GapFound(at_ms=300_000, seconds=300, broken_after_ms=broken),),
        late_ms=late,
        elapsed_ms=900_000,
        given_back_ms=late,
        price_fen=2_800,
        refund_fen=0,
        refund_owed_fen=0,
        longest_ms=max(one.wait_ms for one in bars),
        flags=("unanswered_at_end",),
        labels={"hollow": 3},
        end_reason="time",
        last_question="unanswered",
        after_end_replies=0,
        skipped="",
        bundle_sound=True,
        rtt_ms=41,
        cuts=0,
        probes_sent=len(bars),
        probes_skipped=0,
        schedule_error_p95_ms=12,
    )


def sample(*, running: bool = False, seed: int = 7, shops: int = 4) -> Results:
    """Four shops: one that keeps it, one near, one below, one with too few sessions."""
    rng = random.Random(seed)
    targets, sessions = [], []
    for shop, name, median, kept, count, turns in SHOPS[:shops]:
        mine = []
        for number in range(1, count + 1):
            began = NOON + number * 3_600_000
            bars = _bars(rng, median, kept, turns, began)
            broken = 212_000 if number == 2 and median < 4_000 else None
            mine.append(_session(shop, name, number, bars, began, broken=broken))
        sessions += mine
        targets.append(_target(shop, name, mine))
    verdicts = {one.verdict for one in targets}
    whole = (
        Verdict.NOT_MET
        if Verdict.NOT_MET in verdicts
        else Verdict.MET
        if verdicts == {Verdict.MET}
        else Verdict.NOT_ENOUGH
    )
    return Results(
        name="七夕前夜抽检",
        claim=CLAIM.text,
        threshold=CLAIM.threshold,
        rule="promise/1",
        plan_sha256="3f" * 32,
        run="run-1",
        relay="ws://127.0.0.1:9",
        practice=True,
        verdict=Verdict.NOT_ENOUGH if running else whole,
        targets=tuple(targets),
        sessions=tuple(sessions),
        kappa=None,
        coded=0,
        deviations=(),
        spent_fen=47_600,
        refunded_fen=1_200,
        budget_fen=67_200,
        begun_utc_ms=NOON,
        ended_utc_ms=None if running else NOON + 30_000_000,
        running=running,
        planned_sessions=24,
        done_sessions=17,
        skipped_sessions=0,
        ends_at_utc_ms=NOON + 36_000_000,
        notify_utc_ms=None,
        looks_done=0 if running else 1,
    )


def _target(shop: str, name: str, mine: list[SessionResult]) -> TargetResult:
    judged = judge(CLAIM, [(one.kept, one.breached) for one in mine], 1)
    waits = sorted(
        bar.wait_ms for one in mine for bar in one.bars if bar.state in ("kept", "breached")
    )
    spent = sum(one.price_fen for one in mine)
    broken = sum(1 for one in mine for gap in one.gaps if gap.broken_after_ms is not None)
    rate = Interval(
        k=judged.kept,
        n=judged.turns,
        estimate=judged.kept / judged.turns,
        low=judged.low,
        high=judged.high,
    )
    return TargetResult(
        target=shop,
        name=name,
        responder=False,
        sessions=len(mine),
        sessions_planned=6,
        turns=sum(len(one.bars) for one in mine),
        rate=rate,
        verdict=judged.verdict,
        pass_mark=judged.pass_mark,
        design_effect=judged.design_effect,
        icc=judged.icc,
        effective_n=judged.effective_n,
        p50_ms=waits[len(waits) // 2],
        p50_at_least=False,
        p95_ms=waits[int(len(waits) * 0.95)],
        p95_at_least=len(waits) < 72,
        worst_ms=waits[-1],
        late_share=0.04,
        silences_60=len(mine),
        broken_60=broken,
        silences_300=len(mine),
        broken_300=broken,
        credit_owed_ms=0,
        credit_received_ms=0,
        refund_owed_fen=0,
        refund_received_fen=0,
        spent_fen=spent,
        labels={"hollow": 3, "substantive": 60},
        replies=63,
        survival=curve(
            Wait(bar.wait_ms, covered=bar.state != "censored") for one in mine for bar in one.bars
        ),
        strata=(StratumResult(name="夜里", quota=3, sessions=3, rate=rate),),
        last_asked=len(mine),
        last_answered=0,
        after_asked=0,
        after_answered=0,
        flags={},
    )
