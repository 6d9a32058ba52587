"""The customer's card: kept here, sent by a tick, read before it is accepted, asked about at the end."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from PySide6.QtWidgets import QApplication, QLabel
from tests.client.keys import Box
from tests.client.world import PASSWORD, Person, RelayProcess, invitation, person
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up

from miaohui.desktop.pages.checkout import CheckoutPane
from miaohui.desktop.pages.deskrows import IncomingCard
from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.desk import AcceptOrder, Desk, GetDesk, SetPresence
from miaohui.wire.orders import CustomerCard, Order, Pay, Quote
from miaohui.wire.sessions import End, WriteReview

CARD = CustomerCard(
    address="小安", topics="工作上的事", avoid="不要开玩笑", manner="listen", nudge_s=30
)


@pytest.fixture(autouse=True)
def box() -> Iterator[Box]:
    before, mine = keyring.get_keyring(), Box()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


async def on_duty(bo: Person, relay: RelayProcess, name: str) -> None:
    await bo.until(lambda: bo.client.view.link.state == "live")
    await bo.client.sign_up(name, PASSWORD, "小波", await invitation(relay))
    await bo.client.ask(SetPresence(id=bo.client.new_id(), state="on"))


def test_it_is_read_before_the_clock_starts_and_by_the_next_one(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "relay")

    async def job() -> None:
        async with (
            person(relay.url, tmp_path / "app") as anna,
            person(relay.url) as bo,
        ):
            await on_duty(bo, relay, "bo-card")
            await anna.until(lambda: anna.client.view.link.state == "live")
            await anna.client.sign_up("anna-card", PASSWORD, "安娜")
            assert await anna.client.own_card() is None
            await anna.client.keep_card(CARD)
            card = await anna.client.own_card()
            assert card == CARD
            new_id = anna.client.new_id
            shop = await anna.client.ask(GetShop(id=new_id(), shop="lanting"))
            assert isinstance(shop, Shop)
            quote = Quote(id=new_id(), shop="lanting", offer=shop.offers[0].offer, card=card)
            order = await anna.client.ask(quote)
            assert isinstance(order, Order)
            await anna.client.ask(
                Pay(
                    id=new_id(),
                    order=order.order,
                    price_fen=order.price_fen,
                    provider="practice",
                )
            )
            await bo.until(lambda: (d := bo.client.view.desk) is not None and len(d.incoming) == 1)
            desk = bo.client.view.desk
            assert desk is not None
            assert desk.incoming[0].card == CARD
            await bo.client.ask(AcceptOrder(id=new_id(), order=order.order))
            await bo.until(lambda: len(bo.client.view.sessions) == 1)
            session = bo.client.view.sessions[0].session
            assert bo.client.view.sessions[0].card == CARD
            await anna.until(lambda: len(anna.client.view.sessions) == 1)
            for each in (anna, bo):
                each.client.focus(session)
            bo.client.send_text(session, "在")
            await anna.until(lambda: "在" in anna.texts(session))
            for each in (anna, bo):
                found = await each.client.nudges(session, CARD)
                assert (found.kept, found.missed, found.early) == (0, 0, 0)
            await anna.client.ask(End(id=new_id(), session=session, now=True))
            await anna.client.ask(
                WriteReview(id=new_id(), session=session, stars=4, card_kept="partly")
            )
            # Whom it is about, and the shop's owner, see what was answered.
            desk = await bo.client.ask(GetDesk(id=new_id()))
            assert isinstance(desk, Desk)
            seen = await anna.client.ask(GetShop(id=new_id(), shop="lanting"))
            assert isinstance(seen, Shop)
            for told in (desk.cards_kept, seen.cards_kept):
                assert told is not None
                assert (told.yes, told.partly, told.no) == (0, 1, 0)
                assert told.low == 0.0
                assert 0.5 < told.high < 1.0

    try:
        asyncio.run(job())
    finally:
        relay.stop()


def test_the_window_shows_it_before_it_goes(tmp_path: Path, qapp: QApplication) -> None:
    relay = RelayProcess(tmp_path / "relay")

    async def job() -> None:
        async with screen() as shown, person(relay.url) as bo:
            await on_duty(bo, relay, "bo-form")
            await signed_up(shown, relay, "anna-form")
            shown.routes.go("settings")
            form = shown.page("settings").own_card
            await shown.until(lambda: form.save.isEnabled())
            form.address.setText(CARD.address)
            form.topics.setText(CARD.topics)
            form.avoid.setText(CARD.avoid)
            form.listen.click()
            form.nudge.click()
            assert form.seconds.isEnabled()
            form.save.click()
            await shown.until(lambda: form.note.isVisible())
            assert await shown.client.own_card() == CARD
            pane = await _checkout(shown)
            await shown.until(lambda: pane.card_words.isVisible())
            for part in (CARD.address, CARD.topics, CARD.avoid, "30"):
                assert part in pane.card_words.text()
            pane.card_box.setChecked(False)
            assert not pane.card_words.isVisible()
            pane.card_box.setChecked(True)
            await shown.press(pane.pay)
            await bo.until(lambda: (d := bo.client.view.desk) is not None and len(d.incoming) == 1)
            desk = bo.client.view.desk
            assert desk is not None
            incoming = IncomingCard(desk.incoming[0], 0)
            words = "\n".join(one.text() for one in incoming.findChildren(QLabel))
            assert CARD.avoid in words
            assert "接单就表示照这张卡片来" in words

    try:
        on_qt(qapp, job())
    finally:
        relay.stop()


async def _checkout(shown: Screen) -> Any:
    client = shown.client
    shop = await client.ask(GetShop(id=client.new_id(), shop="lanting"))
    shown.routes.buy(shop)
    await shown.until(lambda: shown.window.sheet is not None)
    sheet: Any = shown.window.sheet
    assert isinstance(sheet.body, CheckoutPane)
    return sheet.body
