"""What every step of the tour has at hand: the window, the hand, the camera, the notebook."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.tour.camera import Camera, Shot
from tests.tour.deadline import Deadline
from tests.tour.hand import CannotDo, Hand
from tests.tour.meter import Meter
from tests.tour.options import Options

from miaohui.client.port import ClientPort
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.navigation.routes import Routes
from miaohui.desktop.navigation.window import MainWindow
from miaohui.desktop.pages.sessions.conversation import ConversationPane
from miaohui.practice import catalogue
from miaohui.practice.catalogue import Behaviour, ScriptedPerson, ShopRow
from miaohui.runtime.clock import Clock

__all__ = ["Stage", "slow_one"]


@dataclass(slots=True)
class Stage:
    """One tour under way. `facts` becomes tour.json."""

    options: Options
    home: Path
    window: MainWindow
    bridge: Bridge
    hand: Hand
    camera: Camera
    meter: Meter
    deadline: Deadline
    clock: Clock
    shop: ShopRow
    slow: ScriptedPerson
    facts: dict[str, Any] = field(default_factory=dict)
    session: str = ""
    asked: dict[str, int] = field(default_factory=dict)  # message key → our own stamp at Enter
    answered: dict[str, int] = field(default_factory=dict)

    @property
    def client(self) -> ClientPort:
        return self.bridge.client

    @property
    def routes(self) -> Routes:
        if self.window.routes is None:
            raise CannotDo("the window has not begun")
        return self.window.routes

    @property
    def talk(self) -> ConversationPane:
        """The conversation on screen."""
        panes = self.hand.all_of(ConversationPane)
        if not panes:
            raise CannotDo("no conversation is on screen")
        return panes[0]

    def page(self, name: str) -> Any:
        """The page of this name, which must be the one on screen."""
        if self.routes.now != name:
            raise CannotDo(f"the page on screen is {self.routes.now!r}, not {name!r}")
        return self.routes.page(name)

    async def shot(self, name: str) -> Shot:
        """A picture, once what was just done has been painted."""
        await self.hand.rest(0.12)
        return await self.camera.take(name, self.window)

    async def until(
        self, done: Callable[[], object], what: str, *, at_most: float = math.inf
    ) -> None:
        await self.hand.until(done, what, at_most=at_most)

    async def go(self, page: str) -> None:
        """Changes the page by its button in the rail."""
        rail = self.window.rail
        if rail is None:
            raise CannotDo("there is no rail yet")
        self.hand.click(rail.button(page))
        await self.until(lambda: self.routes.now == page, f"the page {page}")


def slow_one(lang: str) -> tuple[ShopRow, ScriptedPerson]:
    """The slow one of this language whose shop sells the shortest time, and has colleagues who
    can take over."""
    found = [
        (min(offer.minutes for offer in shop.offers), shop, person)
        for shop in catalogue.read().shops
        for person in shop.people
        if shop.lang == lang and person.behaviour is Behaviour.SLOW and len(shop.people) > 1
    ]
    if not found:
        raise CannotDo(f"nobody in the practice catalogue is slow in {lang}")
    _minutes, shop, person = min(found, key=lambda one: one[0])
    return shop, person
