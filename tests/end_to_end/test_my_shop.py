"""An owner's window: what they change is what customers see; what may not be is told in words."""

import csv
from datetime import timedelta
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from tests.client.world import PASSWORD, RelayProcess, invitation, opened, paid, person
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up

from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.desk import AcceptOrder, SetPresence
from miaohui.wire.sessions import End, WriteReview
from miaohui.wire.shopkeeping import UpdateShop


async def as_owner(shown: Screen, relay: RelayProcess, name: str) -> Any:
    invite = relay.admin("invite-owner", "lanting").split()[-1].strip('"}')
    shown.client.choose_relay(relay.url)
    await shown.until(lambda: shown.client.view.link.state == "live")
    await shown.client.sign_up(name, PASSWORD, "掌柜", invite)
    await shown.until(lambda: shown.routes.now == "shop")
    page = shown.page("shop")
    await shown.until(lambda: page.today.day is not None)
    return page


async def turn_to(shown: Screen, page: Any, panel: Any) -> Any:
    """One part of the page, by its tab, once it has been read."""
    await shown.press(page.tabs()[page.panels().index(panel)])
    await shown.until(lambda: page.panel is panel and not panel.is_empty)
    return panel


async def seen(shown: Screen) -> Shop:
    account = shown.client.view.account
    assert account is not None
    assert account.shop is not None
    answer = await shown.client.ask(GetShop(id=shown.client.new_id(), shop=account.shop))
    assert isinstance(answer, Shop)
    return answer


def test_an_owner_changes_the_shop(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with screen() as shown, person(relay.url) as new:
            whole = await as_owner(shown, relay, "owner-one")
            assert shown.window.rail.pages()[-3:] == ["shop", "rota", "settings"]  # type: ignore[union-attr]

            # The text, the tags and the hours.
            page = await turn_to(shown, whole, whole.trade)
            page.about.setPlainText("<b>夜里</b>也在。")
            page.tags.setText("陪聊，深夜, 游戏")
            page.hours.setText("09:00-24:00")
            await shown.press(page.save)
            await shown.until(lambda: "已保存" in whole.note.text())
            shop = await seen(shown)
            assert (shop.about, shop.card.tags) == ("<b>夜里</b>也在。", ["陪聊", "深夜", "游戏"])
            assert shop.open_hours == "09:00-24:00"
            page.hours.setText("always")
            await shown.press(page.save)
            await shown.until(lambda: "已保存" not in whole.note.text() != "")
            shown_before = page.shop
            page.read()
            await shown.until(lambda: page.shop is not shown_before)
            assert page.hours.text() == "always"  # nothing typed is lost, whatever is read anew
            assert (await seen(shown)).open_hours == "09:00-24:00"

            # A festival with hours of its own, other terms, and how to ask for an invoice.
            page.hours.setText("09:00-24:00")
            page.invoice.setText("加公众号报单号")
            await shown.press(page.save)
            await shown.until(lambda: page.shop.invoice == "加公众号报单号")
            festival = next(
                one for one in page.days.pick.menu_shown().actions() if "春节" in one.text()
            )
            festival.trigger()
            day = page.days.day.text()
            await shown.press(page.days.add)
            await shown.until(lambda: [one.day for one in page.shop.special_days] == [day])
            await shown.press(page.terms.price)
            await shown.until(lambda: "没有结束的会话" in page.terms.cost.text())
            page.terms.give_back.setChecked(False)
            await shown.press(page.terms.use)
            await shown.until(lambda: not page.shop.terms.give_back)

            # One offer more, at another price, and gone again.
            offers = page.offers
            offers.minutes.setValue(45)
            offers.price.setValue(66.5)
            await shown.press(offers.add)
            await shown.until(lambda: offers.rows.count() == 2)
            shop = await seen(shown)
            put = next(one for one in shop.offers if one.minutes == 45)
            assert (put.price_fen, put.trial) == (6650, False)
            change = next(
                one
                for one in offers.findChildren(QPushButton)
                if "修改：文字 45" in one.accessibleName()
            )
            await shown.press(change)
            assert offers.price.value() == 66.5
            offers.price.setValue(70)
            await shown.press(offers.add)
            await shown.until(lambda: offers.keep.isHidden())
            # The page reads the shop anew after each change: until then it shows the old price.
            await shown.until(
                lambda: [one.price_fen for one in page.shop.offers if one.minutes == 45] == [7000]
            )
            put = next(one for one in (await seen(shown)).offers if one.minutes == 45)
            await shown.until(lambda: bool(offers.findChildren(QPushButton, f"drop-{put.offer}")))
            await shown.press(offers.findChildren(QPushButton, f"drop-{put.offer}")[0])
            await shown.until(lambda: offers.rows.count() == 1)

            # The shop closes by a second press, and opens again with an offer.
            shut = page.close_button
            await shown.press(shut)
            assert len((await seen(shown)).offers) == 1
            await shown.press(shut)
            await shown.until(lambda: page.close_card.isHidden())
            assert whole.note.text() == "已关店。"
            assert (await seen(shown)).offers == []
            offers.price.setValue(30)
            await shown.press(offers.add)
            await shown.until(lambda: not page.close_card.isHidden())

            # Somebody comes by the invitation, and stands in the list.
            page = await turn_to(shown, whole, whole.people)
            await shown.press(page.invite)
            await shown.until(lambda: page.code.text() != "")
            QTest.keyClick(page.copy, Qt.Key.Key_Space)
            assert QApplication.clipboard().text() == page.code.text()
            await new.until(lambda: new.client.view.link.state == "live")
            await new.client.sign_up("new-responder", PASSWORD, "小新", page.code.text())
            page.read()
            await shown.until(lambda: "小新" in [one.name for one in page.team.people])

    on_qt(qapp, job())


def test_an_owner_sees_the_day_and_a_price_reaches_the_customer(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with (
            screen() as shown,
            person(relay.url) as mei,
            person(relay.url) as anna,
            screen() as window,
        ):
            whole = await as_owner(shown, relay, "owner-two")
            today = whole.today

            # Days and months are the shop's.
            move = UpdateShop(id=shown.client.new_id(), zone="Asia/Kathmandu")
            await shown.client.ask(move)
            whole.read()
            ahead = timedelta(hours=5, minutes=45)
            await shown.until(lambda: whole.shops_now().utcoffset() == ahead)
            first, last = whole.money.span()
            assert first <= whole.shops_now().date() <= last
            # Nobody is on duty; then somebody is, and has a conversation.
            assert today.on_duty.figure.text().startswith("0 / ")
            await mei.until(lambda: mei.client.view.link.state == "live")
            invite = await invitation(relay)
            await mei.client.sign_up("mei-two", PASSWORD, "小梅", invite)
            await mei.client.ask(SetPresence(id=mei.client.new_id(), state="on"))
            await shown.until(lambda: today.on_duty.figure.text().startswith("1 / "))
            await anna.until(lambda: anna.client.view.link.state == "live")
            await anna.client.sign_up("anna-two", PASSWORD, "Anna")
            order = await paid(anna)
            await shown.until(lambda: today.queue.figure.text() == "1")
            await mei.until(lambda: bool(mei.client.view.desk and mei.client.view.desk.incoming))
            await mei.client.ask(AcceptOrder(id=mei.client.new_id(), order=order))
            await shown.until(lambda: len(today._rows) == 1)
            assert "Anna" not in " ".join(
                one.text() for one in today.findChildren(QLabel) if one.isVisible()
            )

            # The price is changed; a customer's window shows the new one.
            await signed_up(window, relay, "ben-two")
            trade = await turn_to(shown, whole, whole.trade)
            shop = await seen(shown)
            dear = next(one for one in shop.offers if not one.trial)
            trade.offers._begin(dear)
            trade.offers.price.setValue(77)
            await shown.press(trade.offers.add)
            await shown.until(lambda: any(one.price_fen == 7700 for one in trade.shop.offers))
            discover = window.page("discover")
            window.routes.open_shop("lanting")
            await window.until(
                lambda: any(
                    "77" in one.text()
                    for one in discover.pane.findChildren(QLabel)
                    if one.isVisible()
                )
            )

    on_qt(qapp, job())


def test_an_owner_keeps_the_books(qapp: QApplication, relay: RelayProcess, tmp_path: Path) -> None:
    async def job() -> None:
        async with (
            screen() as shown,
            person(relay.url) as mei,
            person(relay.url) as anna,
        ):
            for each, name in ((mei, "mei-three"), (anna, "anna-three")):
                await each.until(lambda each=each: each.client.view.link.state == "live")  # type: ignore[misc]
                invite = await invitation(relay) if each is mei else None
                await each.client.sign_up(name, PASSWORD, name, invite)
            session = await opened(anna, mei)
            mei.client.send_text(session, "你好，我在。")
            await anna.until(lambda: "你好，我在。" in anna.texts(session))
            await anna.client.ask(End(id=anna.client.new_id(), session=session))
            await anna.client.ask(
                WriteReview(id=anna.client.new_id(), session=session, stars=4, text="很好")
            )
            whole = await as_owner(shown, relay, "owner-three")

            # The sums are the ledger's, and the table for the accountant holds every movement.
            money = await turn_to(shown, whole, whole.money)
            paid = sum(one.paid_fen for one in money.told.providers)
            back = sum(one.refunded_fen for one in money.told.providers)
            assert paid - back == money.told.earned_fen + money.told.held_fen
            target = tmp_path / "month.csv"
            money.write(target)
            await shown.until(lambda: "month.csv" in whole.note.text())
            rows = list(csv.reader(target.read_text("utf-8-sig").splitlines()))
            assert len(rows) == 1 + len(money.told.lines)
            assert sum(round(float(row[6]) * 100) for row in rows[1:]) == paid - back
            money.write(tmp_path)  # a folder is no file
            await shown.until(lambda: "没有写成" in whole.note.text())

            # A reply stands below the review, for the customer, too.
            reviews = await turn_to(shown, whole, whole.reviews)
            await shown.press(reviews.findChildren(QPushButton, f"reply-{session}")[0])
            reviews.box.setPlainText("我们也做心理治疗")
            await shown.press(reviews.findChildren(QPushButton, f"send-{session}")[0])
            await shown.until(lambda: "心理治疗" in whole.note.text())
            reviews.box.setPlainText("谢谢你来。")
            await shown.press(reviews.findChildren(QPushButton, f"send-{session}")[0])
            await shown.until(lambda: reviews.told.reviews[0].review.reply == "谢谢你来。")
            shop = await anna.client.ask(GetShop(id=anna.client.new_id(), shop="lanting"))
            assert isinstance(shop, Shop)
            assert shop.reviews[0].reply == "谢谢你来。"

            # Figures are read for another period; an invitation is withdrawn; somebody leaves.
            figures = await turn_to(shown, whole, whole.figures)
            await shown.press(figures.choices.buttons()[0])
            await shown.until(lambda: figures.told.days == 1)
            people = await turn_to(shown, whole, whole.people)
            await shown.press(people.invite)
            await shown.until(lambda: any(not one.by_host for one in people.team.invitations))
            mine = next(one.invitation for one in people.team.invitations if not one.by_host)
            await shown.press(people.findChildren(QPushButton, f"withdraw-{mine}")[0])
            await shown.until(
                lambda: all(one.invitation != mine for one in people.team.invitations)
            )
            account = mei.client.view.account
            assert account is not None
            who = account.account
            await shown.press(people.findChildren(QPushButton, f"leave-{who}")[0])
            await shown.press(people.findChildren(QPushButton, f"let-go-{who}")[0])
            await shown.until(lambda: all(one.responder != who for one in people.team.people))
            await mei.until(
                lambda: mei.client.view.account is None and mei.client.view.link.state == "live"
            )

    on_qt(qapp, job())
