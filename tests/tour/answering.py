"""The tour's other side: a responder's window on the same relay, and the customer's beside it."""

from __future__ import annotations

import asyncio
import secrets
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

from PySide6.QtWidgets import QPushButton
from tests.tour import caring
from tests.tour.hand import CannotDo, Hand
from tests.tour.stage import Stage

from miaohui.client.facade import Client
from miaohui.client.settings import Settings
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.checking.running import Running
from miaohui.desktop.look.language import say
from miaohui.desktop.look.splash import Splash
from miaohui.desktop.navigation.window import MainWindow
from miaohui.desktop.pages.checkout import CheckoutPane
from miaohui.desktop.pages.deskrows import IncomingCard
from miaohui.desktop.pages.people import PersonLine
from miaohui.desktop.pages.signin import SignInForm
from miaohui.desktop.strings import conversation as words
from miaohui.desktop.strings import shop as shop_words
from miaohui.desktop.widgets.sheet import Sheet
from miaohui.practice.prepare import PracticeFolder
from miaohui.practice.process import command
from miaohui.runtime.tasks import Tasks

__all__ = ["desk", "enter", "invitation_of", "second_window", "turn_to"]

PROCESS_S = 20
READ_MS = 900
AMBER_MS = 7200


async def desk(stage: Stage) -> None:
    """Signs up with an invitation, takes an order, answers by the keyboard, looks at the day."""
    name = say("小禾", "Robin")
    invitation = await invitation_of(stage, "responder")
    async with second_window(stage) as other:
        await enter(other, stage.client.view.link.url, name, invitation)
        await other.shot("desk-off-duty")
        page = other.page("desk")
        other.hand.click(other.hand.find(QPushButton, "duty-on", page))
        await other.until(lambda: page.presence == "on", "on duty")
        await turn_to(stage)
        await caring.at_home(stage)
        session = await _order(stage, other, name)
        await _talk(stage, other, session)
        await caring.evening(stage, other, _telling(stage, other, session), turn_to)
        await _end(stage, other)
    await turn_to(stage)


async def invitation_of(stage: Stage, role: str) -> str:
    """As the host makes one on the command line."""
    done = await asyncio.to_thread(
        subprocess.run,
        command(
            *("relay", "admin", "--data", str(PracticeFolder(stage.home / "practice").relay)),
            *(f"invite-{role}", stage.shop.shop),
        ),
        capture_output=True,
        text=True,
        timeout=PROCESS_S,
        stdin=subprocess.DEVNULL,
    )
    if done.returncode != 0:
        raise CannotDo(f"no invitation: {done.stderr.strip()}")
    return done.stdout.strip()


@asynccontextmanager
async def second_window(stage: Stage) -> AsyncIterator[Stage]:
    """A second app in this process, with a memory of its own that ends with it."""
    values = stage.bridge.settings
    settings = Settings(None)
    settings.set(
        language=values.language,
        appearance=values.appearance,
        scale_percent=values.scale_percent,
        notifications=False,
    )
    bridge = Bridge(settings)
    window = MainWindow(Splash(values.appearance, rail=False))
    window.furnish(bridge)
    window.resize(stage.window.size())
    window.show()
    client, pages, life = Client(settings, None), Tasks(), Tasks()
    working = life.start(client.run(), "responder's client")
    bridge.attach(client, pages)
    window.begin(Running(stage.home / "no-checks"))
    hand = Hand(window, stage.deadline)
    other = replace(stage, window=window, bridge=bridge, hand=hand, asked={}, answered={})
    try:
        yield other
    except CannotDo:
        await other.camera.take("desk-could-not-go-on", window)
        raise
    finally:
        bridge.detach()
        await pages.close()
        client.stop()
        await asyncio.wait([working], timeout=5)
        await life.close()
        window.close()
        window.deleteLater()


async def turn_to(stage: Stage) -> None:
    """The keyboard goes to this one of the two windows."""
    stage.window.activateWindow()
    await stage.until(stage.window.isActiveWindow, "the window took the keyboard")


async def enter(other: Stage, url: str, name: str, invitation: str, page: str = "desk") -> None:
    """Signs up with an invitation; ``page``: where such a person begins."""
    await turn_to(other)
    hand, start = other.hand, other.page("start")
    hand.write(start.address, url)
    hand.click(start.responder)
    await other.until(lambda: hand.all_of(SignInForm), "the form to sign up")
    form = hand.all_of(SignInForm)[0]
    hand.click(form.way_up)
    hand.write(form.name, f"tour-{secrets.token_hex(3)}")
    hand.write(form.password, secrets.token_urlsafe(12))
    hand.write(form.display, name)
    hand.write(form.invite, invitation)
    hand.press("Return")
    await other.until(lambda: other.routes.now == page, f"the page {page}")
    await other.hand.rest(0.2)


async def _order(stage: Stage, other: Stage, name: str) -> str:
    """The customer asks for this responder; the order is taken by a click."""
    await turn_to(stage)
    hand = stage.hand
    await stage.go("discover")
    page = stage.page("discover")
    if page.text.text():
        hand.clear(page.text)
    hand.write(page.text, stage.shop.name)
    await stage.until(lambda: page.model.row_of(stage.shop.shop) == 0, "the shop in the list")
    hand.click_row(page.list, page.model.index(0))

    def row() -> PersonLine | None:
        return hand.seek(PersonLine, shop_words.choose_person(name), page.pane)

    await stage.until(row, f"{name} among the shop's people")
    found = row()
    assert found is not None
    hand.click(found)
    await stage.until(lambda: hand.all_of(CheckoutPane), "the checkout")
    pane = hand.all_of(CheckoutPane)[0]
    await stage.until(pane.card_words.isVisible, "one's own card, before it goes")
    await stage.shot("checkout-with-my-card")
    hand.click(pane.pay)
    await stage.until(lambda: stage.routes.now == "sessions", "paid")
    await turn_to(other)
    await other.until(lambda: other.hand.all_of(IncomingCard), "the order on the desk")
    await other.shot("desk-order-arrives")
    other.hand.click(other.hand.find(QPushButton, "accept-order"))
    await other.until(lambda: bool(other.page("desk").pane.session), "the order was taken")
    session = str(other.page("desk").pane.session)
    await stage.until(lambda: stage.page("sessions").session == session, "both in it")
    return session


def _telling(stage: Stage, other: Stage, session: str) -> caring.Tell:
    """A way to write on one of the two sides, until both have read it."""

    async def tell(side: Stage, text: str) -> None:
        if side is other:
            await other.until(lambda: _read(other, session), "the question was read")
        await turn_to(side)
        side.hand.write(side.talk.composer.edit, text)
        await side.hand.rest(0.05)
        side.hand.press("Return")
        here = (stage.client, other.client)
        await side.until(
            lambda: all(_says(one.messages(session), text) for one in here), "both read it"
        )

    return tell


async def _talk(stage: Stage, other: Stage, session: str) -> None:
    tell = _telling(stage, other, session)
    await tell(other, say("你好，我是小禾。慢慢说，我在。", "Hello, I am Robin. Take your time."))
    await tell(
        stage, say("上周和室友吵了一架，她说我总是小题大做。", "I had a row with my flatmate.")
    )
    await tell(other, say("听到这样的话，一定挺委屈的。", "That must have hurt."))
    await tell(stage, say("如果一个人感到很孤独，该怎么办？", "What helps when one feels alone?"))
    await turn_to(other)
    await other.until(
        lambda: _wait_ms(other, session) >= AMBER_MS,
        "seven seconds",
    )
    await other.shot("desk-seven-seconds")
    await tell(other, say("先别一个人扛着：今天可以给谁打个电话？", "Whom could you call today?"))
    await other.shot("desk-answered")


def _wait_ms(stage: Stage, session: str) -> int:
    panel = stage.client.panel(session)
    return 0 if panel is None else panel.wait_ms or 0


def _read(other: Stage, session: str) -> bool:
    """Words within the first moments of a question were not written to answer it."""
    panel = other.client.panel(session)
    waits = panel is not None and panel.wait_ms is not None
    return not waits or _wait_ms(other, session) >= READ_MS


def _says(messages: Any, text: str) -> bool:
    return any(messages[index].text == text for index in range(len(messages)))


async def _end(stage: Stage, other: Stage) -> None:
    """The customer ends; the day's figures are on the desk."""
    await turn_to(stage)
    hand = stage.hand
    await hand.choose(stage.talk.head.more, words.end())
    await stage.until(lambda: hand.all_of(Sheet), "the question whether to end")
    hand.click(hand.find(QPushButton, words.end(), hand.all_of(Sheet)[-1]))
    page = other.page("desk")
    await other.until(lambda: not page.live, "the session has left the desk")
    await turn_to(other)
    await other.shot("desk-today")
