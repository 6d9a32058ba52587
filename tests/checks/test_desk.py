"""Progress as a person reads it: each step once, in words, with the money."""

import pytest
from tests.checks.test_standing import bought, buying, ended, slot

from miaohui.checks.desk import TerminalLine, yuan
from miaohui.checks.language import speaker
from miaohui.checks.plan.plan import Claim, Plan, Scope
from miaohui.checks.record.events import AnyEvent, Deviation, RunHalted, Skipped, SlotOpened
from miaohui.checks.record.standing import RunState
from miaohui.checks.run.telling import telling_of

PLAN = Plan("p", Claim("c", 0.9, 0.95, 0.85), Scope(("t",), (), 2, 15, 1_000, stay_s=60), (), ())


def lines(capsys: pytest.CaptureFixture[str], lang: str, *events: AnyEvent) -> list[str]:
    standing, line = RunState(1_000), TerminalLine(speaker(lang))
    for event in events:
        standing.take(event)
        told = telling_of(event, PLAN, standing)
        if told is not None:
            line(told)
    return capsys.readouterr().out.splitlines()


def test_a_slot_is_told_step_by_step(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(
        capsys,
        "en",
        slot("s1"),
        slot("s2"),
        buying("s1", 100),
        bought("s1", 100),
        SlotOpened(utc_ms=0, slot="s1", session="x", responder="r"),
        SlotOpened(utc_ms=0, slot="s1", session="x", responder="r"),
        ended("s1", 30),
        Skipped(utc_ms=0, slot="s2", reason="nobody_on_duty"),
        Deviation(utc_ms=0, code="relay_gone", detail="refused"),
        RunHalted(utc_ms=0, how="paused"),
    )
    assert [line.split(" · ")[0] for line in found] == [
        "[0/2] s1 buying",
        "[0/2] s1 queued",
        "[0/2] s1 running",
        "[1/2] s1 done",
        "[2/2] s2 skipped (nobody on duty)",
        "deviation: the relay could not be reached (refused)",
        "paused: no new session is bought",
    ]
    assert "¥1.00 / ¥10.00" in found[1]
    assert "¥0.70 / ¥10.00" in found[3]


def test_in_chinese(capsys: pytest.CaptureFixture[str]) -> None:
    found = lines(capsys, "zh_CN", slot("s1"), Skipped(utc_ms=0, slot="s1", reason="budget"))
    assert found[0].startswith("[1/1] s1 跳过 (预算用完)")


def test_sums() -> None:
    assert [yuan(fen) for fen in (0, 5, 12_345, None)] == ["¥0.00", "¥0.05", "¥123.45", "¥0.00"]
