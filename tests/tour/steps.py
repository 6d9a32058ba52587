"""The tour's script: its steps in order, carried out on the real window, and what came of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import asdict
from typing import Any

from tests.tour import answering, buying, checking, owning, settling, talking
from tests.tour.hand import CannotDo
from tests.tour.stage import Stage

__all__ = ["STEPS", "Failed", "tell", "walk"]

Step = Callable[[Stage], Awaitable[None]]

STEPS: tuple[tuple[str, Step], ...] = (
    ("first start", buying.first_start),
    ("practice", buying.practise),
    ("discover", buying.discover),
    ("a check begins", checking.begin),
    ("search and filter", buying.search),
    ("a shop", buying.shop),
    ("checkout and pay", buying.checkout),
    ("queue", buying.queue),
    ("an answer in time", talking.first_answer),
    ("breach", talking.breach),
    ("handover", talking.hand_over),
    ("extension", talking.extend),
    ("correction", talking.edit),
    ("last question", talking.last_question),
    ("receipt", settling.receipt),
    ("review", settling.review),
    ("verification", settling.verify),
    ("orders", settling.orders),
    ("the check's results", checking.results),
    ("the responder's desk", answering.desk),
    ("the owner's shop", owning.shop),
    ("settings and looks", settling.looks),
)


class Failed(Exception):
    """A step that could not be done, or figures that differ; the message is one sentence."""


async def walk(stage: Stage, progress: Callable[[str], None]) -> None:
    """All steps in order; Failed at the first that cannot be done, TimeoutError at one
    that stood still."""
    for number, (name, step) in enumerate(STEPS, 1):
        stage.meter.step = name
        begun = stage.deadline.spent_s()
        stage.deadline.begin_step()
        try:
            # One limit at a time: of two that pass while the loop is held up, the outer one wins.
            async with asyncio.timeout(stage.deadline.left_s()):
                await step(stage)
        except CannotDo as error:
            await _last_picture(stage)
            raise Failed(f"step {number}, {name}: {error}") from None
        took = stage.deadline.spent_s() - begun
        stage.facts.setdefault("steps", []).append({"step": name, "seconds": round(took, 1)})
        progress(f"{number:2d}/{len(STEPS)} {name} ({took:.1f} s)")
    stage.facts["messages"] = talking.measured(stage)
    differing = stage.facts["figures"]["differing"]
    if differing:
        raise Failed(f"the window and `miaohui figures` differ in {', '.join(differing)}")
    verified = stage.facts["verified_by_a_process"]
    if verified["status"] != 0 or not stage.facts["verified_in_the_app"]["sound"]:
        raise Failed(f"the receipt does not hold: {verified.get('said', 'says the app')}")


async def _last_picture(stage: Stage) -> None:
    """What the window looked like when it went no further."""
    await stage.camera.take("could-not-go-on")


def tell(stage: Stage, *, done: bool) -> dict[str, Any]:
    """tour.json, written beside the pictures."""
    meter = stage.meter
    longest = meter.longest()
    told = {
        "done": done,
        "language": stage.options.lang,
        "theme": stage.options.theme,
        "seconds": round(stage.deadline.spent_s(), 1),
        **stage.facts,
        "qt_thread": {
            "beats": meter.beats,
            "longest_block": None if longest is None else asdict(longest),
            "blocks_over_50_ms_own": sum(one.own_ms > 50 for one in meter.blocks),
            "longest": [
                asdict(one)
                for one in sorted(meter.blocks, key=lambda one: (-one.own_ms, -one.ms))[:12]
            ],
        },
        "pictures": [asdict(shot) for shot in stage.camera.shots],
    }
    target = stage.options.out / "tour.json"
    target.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return told
