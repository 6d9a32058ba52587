"""The tour's check: a small plan is brought in, started, and read once its sessions are over.

It runs in a process of its own while the tour talks to somebody: that is what it is for.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtWidgets import QPushButton
from tests.tour.hand import CannotDo
from tests.tour.stage import Stage

from miaohui.checks.plan.plan import Claim, Ethics, Plan, Probe, ProbeKind, Scope, Stratum
from miaohui.checks.plan.writer import write_plan
from miaohui.desktop.look.language import say
from miaohui.desktop.pages.check.editor import EditorPane
from miaohui.desktop.pages.check.run import RunPane
from miaohui.desktop.pages.check.start import StartForm
from miaohui.practice import catalogue

__all__ = ["begin", "results"]

STAY_S = 40
SESSIONS = 2
END_S = 20
ALL_DAY = "00:00-24:00"


async def begin(stage: Stage) -> None:
    """Plans, the editor with its sample and cost, what is asked before money is spent."""
    hand = stage.hand
    await stage.go("check")
    page = stage.page("check")
    await stage.until(lambda: page.shelf.plan_model.rowCount() > 0, "the plans")
    await stage.shot("check-plans")
    file = stage.home / "tour.toml"
    file.write_text(write_plan(_plan(stage)), encoding="utf-8")
    page.bring_in([file])
    await stage.until(
        lambda: (
            isinstance(page.pane, EditorPane)
            and page.pane.is_settled
            and page.pane.start.isEnabled()
        ),
        "the plan's sample is counted",
    )
    await stage.shot("check-plan")
    hand.click(page.pane.start)
    await stage.until(lambda: hand.all_of(StartForm), "the question before it begins")
    await stage.shot("check-asks-before")
    hand.click(hand.all_of(StartForm)[0].confirm)
    await stage.until(lambda: isinstance(page.pane, RunPane) and page.is_settled, "the run")
    stage.facts["check_began_s"] = round(stage.deadline.spent_s(), 1)
    await stage.go("discover")


async def results(stage: Stage) -> None:
    """The same run, over by now: table, curves, one session; then one reply is rated."""
    hand = stage.hand
    await stage.go("check")
    page = stage.page("check")
    run = page.run_shown()
    if run is None:
        raise CannotDo("the run is not on screen")
    await stage.until(lambda: run.results is not None, "what was found so far")
    try:
        await stage.until(lambda: page.running.live(run.folder) is None, "its end", at_most=END_S)
        await stage.until(lambda: run.results.ended_utc_ms is not None, "the last reading")
    except CannotDo:
        # On a busy machine it goes on a little longer; a running check is worth a picture, too.
        stage.facts["check_still_running"] = True
    await hand.rest(0.3)
    run.view.finish()
    await stage.shot("check-results")
    found: Any = run.results
    stage.facts["check"] = {
        "sessions": found.done_sessions,
        "turns": sum(one.turns for one in found.targets),
        "verdict": found.verdict.value,
        "spent_fen": found.spent_fen - found.refunded_fen,
    }
    if not found.done_sessions:
        if "check_still_running" in stage.facts:
            return
        raise CannotDo(f"the check measured nothing: {run.trouble.text()}")
    hand.click(run.rate)
    await stage.until(lambda: page.pane is not run and page.is_settled, "the page for rating")
    hand.write(page.pane.name, "tour")
    hand.click(page.pane.begin)
    await stage.until(lambda: hand.all_of(QPushButton, page.pane) and page.pane.choices, "labels")
    await stage.shot("check-rating")
    hand.press("Esc")
    await stage.until(lambda: page.pane is run, "the run again")


def _plan(stage: Stage) -> Plan:
    """Two shops of the language that are not the tour's own, open all day, of one length."""
    shops = [
        one
        for one in catalogue.read().shops
        if one.lang == stage.options.lang
        and one.shop != stage.shop.shop
        and all(person.duty == ALL_DAY for person in one.people)
    ]
    lengths = [{offer.minutes for offer in one.offers if not offer.trial} for one in shops]
    for number, first in enumerate(lengths):
        for other, second in enumerate(lengths[number + 1 :], number + 1):
            if first & second:
                return _plan_of((shops[number].name, shops[other].name), min(first & second))
    raise CannotDo("no two shops of the practice catalogue sell the same length")


def _plan_of(names: tuple[str, str], minutes: int) -> Plan:
    texts = (
        say("今天下班好晚，刚到家", "Got home late from work today"),
        say("晚饭随便吃了点，你呢", "Just had something quick for dinner, and you?"),
        say("在听一首老歌", "Listening to an old song"),
    )
    questions = (
        say("你去过最远的地方是哪里？", "What is the farthest place you have been to?"),
        say("到过的最远的地方，是哪儿？", "Where is the farthest you have ever travelled?"),
    )
    return Plan(
        name=say("巡览：两家店抽检", "Tour: two shops"),
        claim=Claim(
            text=say("每条消息十秒内有人回", "Every message is answered within ten seconds"),
            threshold=0.8,
            p0=0.97,
            p1=0.5,
        ),
        scope=Scope(
            shops=names,
            responders=(),
            sessions=SESSIONS,
            minutes=minutes,
            budget_fen=40_000,
            stay_s=STAY_S,
            parallel=2 * SESSIONS,
        ),
        strata=(Stratum(say("任何时候", "any time"), 0, 1440, SESSIONS),),
        probes=(
            Probe(ProbeKind.PLAIN, at_s=1, every_s=20, texts=texts),
            Probe(ProbeKind.QUESTION, at_s=11, every_s=20, bank="farthest"),
            Probe(ProbeKind.LAST_QUESTION, at_s=2, texts=questions[:1]),
        ),
        banks={"farthest": questions},
        ethics=Ethics(contact="tour@example.org"),
        seed=1,
    )
