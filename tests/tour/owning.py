"""The tour's third side: the owner's window on the same relay, part after part."""

from __future__ import annotations

from tests.tour.answering import enter, invitation_of, second_window, turn_to
from tests.tour.hand import CannotDo
from tests.tour.stage import Stage

from miaohui.desktop.look.language import say

__all__ = ["shop"]


async def shop(stage: Stage) -> None:
    """Signs up as the shop's owner and looks at every part of the page; asks what last month would
    have cost under its terms."""
    invitation = await invitation_of(stage, "owner")
    async with second_window(stage) as other:
        name = say("掌柜", "Owner")
        await enter(other, stage.client.view.link.url, name, invitation, page="shop")
        page = other.page("shop")
        for tab, panel in zip(page.tabs(), page.panels(), strict=True):
            other.hand.click(tab)
            await other.until(
                lambda panel=panel: page.panel is panel and not panel.is_empty,  # type: ignore[misc]
                f"{tab.text()} was read",
            )
            if panel is page.trade:
                other.hand.click(panel.terms.price)
                await other.until(lambda: "30" in page.trade.terms.cost.text(), "the terms' cost")
            await other.shot(f"owner-{type(panel).__name__.removesuffix('Panel').lower()}")
        day = page.today.day
        if day is None or stage.shop.name not in day.name:
            raise CannotDo("the owner's page shows another shop")
        stage.facts["owner"] = {
            "people": len(day.people),
            "turns_today": day.today.kept + day.today.breached,
            "earned_fen": page.money.told.earned_fen,
        }
    await turn_to(stage)
