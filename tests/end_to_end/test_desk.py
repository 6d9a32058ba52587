"""A responder's window and a customer's on one relay: they really talk."""

import asyncio
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from shiboken6 import isValid
from tests.client.world import PASSWORD, Person, RelayProcess, invitation, paid, person
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up

from miaohui.desktop.pages.deskrows import HandoverCard, IncomingCard, TalkRow
from miaohui.wire.desk import AcceptOrder, SetPresence
from miaohui.wire.orders import OrderState
from miaohui.wire.sessions import AcceptHandover, DeclineHandover, End, HandOver

# Words that come within 0.3 s of a question were not written to answer it: the relay says so.
READ_MS = 600
CTRL = Qt.KeyboardModifier.ControlModifier


async def at_the_desk(shown: Screen, relay: RelayProcess, name: str, display: str) -> Any:
    """Signs up by the responder's door with an invitation, and goes on duty."""
    start = shown.page("start")
    shown.type(start.address, relay.url)
    await shown.press(start.responder)
    await shown.until(lambda: shown.window.sheet is not None)
    form: Any = shown.window.sheet.body  # type: ignore[union-attr]
    await shown.press(form.way_up)
    shown.type(form.name, name)
    shown.type(form.password, PASSWORD)
    form.display.insert(display)
    shown.type(form.invite, await invitation(relay))
    QTest.keyClick(form.invite, Qt.Key.Key_Return)
    await shown.until(lambda: shown.routes.now == "desk")
    desk = shown.page("desk")
    await shown.press(named(desk, "duty-on"))
    await shown.until(lambda: "在班" in desk.duty.text())
    return desk


def named(page: QWidget, name: str) -> QPushButton:
    return next(one for one in page.findChildren(QPushButton) if one.objectName() == name)


def says(page: QWidget, words: str) -> bool:
    return any(words in one.text() for one in page.findChildren(QLabel) if one.isVisible())


def read(shown: Screen, session: str) -> bool:
    """Whether the open question has been on the screen long enough to be answered."""
    panel = shown.client.panel(session)
    return panel is not None and (panel.wait_ms or 0) >= READ_MS


def cards(desk: QWidget) -> list[IncomingCard]:
    return [one for one in desk.findChildren(IncomingCard) if one.isVisible()]


def rows(desk: QWidget) -> list[TalkRow]:
    """As they stand on the screen, from the top."""
    shown = [one for one in desk.findChildren(TalkRow) if one.isVisible()]
    return sorted(shown, key=lambda one: one.mapTo(desk, QPoint(0, 0)).y())


async def accepted(shown: Screen, desk: Any) -> str:
    """Clicks the order that waits; returns its session."""
    before = desk.pane.session
    await shown.until(lambda: bool(cards(desk)))
    await shown.press(named(cards(desk)[0], "accept-order"))
    await shown.until(lambda: desk.pane.session not in ("", before) and not cards(desk))
    return str(desk.pane.session)


def say(pane: Any, words: str) -> None:
    """Writes by an input method's commit and sends by Enter."""
    pane.composer.edit.setFocus()
    pane.composer.edit.insertPlainText(words)
    QTest.keyClick(pane.composer.edit, Qt.Key.Key_Return)


def texts(pane: Any) -> list[str]:
    model = pane.view.chat_model
    return [row.text for row in map(model.row, range(model.rowCount())) if row.kind.is_message]


async def choose(shown: Screen, opener: QPushButton, words: str) -> None:
    """Opens a menu and takes the entry that says so."""
    await shown.press(opener)
    menu = QApplication.activePopupWidget()
    assert menu is not None
    entry = next(one for one in menu.actions() if words in one.text())
    assert entry.isEnabled()
    entry.trigger()
    menu.close()


async def customer(relay: RelayProcess, someone: Person, name: str, display: str) -> None:
    await someone.until(lambda: someone.client.view.link.state == "live")
    await someone.client.sign_up(name, PASSWORD, display)


def test_a_customer_and_a_responder_really_talk(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with screen() as theirs, screen() as shown:
            desk = await at_the_desk(theirs, relay, "bo-desk", "小波")
            await signed_up(shown, relay, "anna-desk")
            discover = shown.page("discover")
            await shown.until(lambda: discover.model.rowCount() > 0)
            await shown.until(discover.pane.buy.isEnabled)
            await shown.press(discover.pane.buy)
            checkout: Any = shown.window.sheet.body  # type: ignore[union-attr]
            await shown.until(checkout.isVisible)
            await shown.press(checkout.pay)
            await theirs.until(lambda: bool(cards(desk)))
            assert "接单 0:" in named(cards(desk)[0], "accept-order").text()
            session = await accepted(theirs, desk)
            sessions = shown.page("sessions")
            await shown.until(lambda: sessions.session == session)
            talk = sessions.stack.currentWidget()

            # The paid time begins with the responder's first words; then a question runs.
            say(desk.pane, "你好，我是小波")
            await shown.until(lambda: texts(talk) == ["你好，我是小波"])
            say(talk, "今天有点累")
            await theirs.until(lambda: texts(desk.pane)[-1:] == ["今天有点累"])
            await theirs.until(desk.pane.countbar.isVisible)
            await theirs.until(lambda: says(desk.pane.composer, "还剩"))
            await theirs.until(lambda: read(theirs, rows(desk)[0].session))
            assert "今天有点累" in rows(desk)[0].last_text

            # Answered from the keyboard: the bar goes, both sides count one kept turn.
            QTest.keyClicks(desk.pane.composer.edit, "rest a little")
            QTest.keyClick(desk.pane.composer.edit, Qt.Key.Key_Return)
            await shown.until(lambda: texts(talk)[-1] == "rest a little")
            await theirs.until(lambda: not desk.pane.countbar.isVisible())
            await theirs.until(lambda: rows(desk)[0].wait_text == "–")
            for one in (shown, theirs):
                panel = one.client.panel(session)
                assert panel is not None
                assert (panel.kept, panel.breached) == (1, 0)

            # A short break: asked at the desk, agreed by the customer.
            await choose(theirs, desk.pane.head.more, "短休")
            await shown.until(lambda: bool(answers(talk, "同意")))
            await shown.press(answers(talk, "同意")[0])
            for one in (shown, theirs):
                await one.until(lambda c=one.client: c.panel(session).phase == "paused")  # type: ignore[misc]

            # The end, and the day's own figures.
            ask = End(id=shown.client.new_id(), session=session, now=True)
            await shown.client.ask(ask)
            await theirs.until(lambda: not rows(desk))
            await theirs.until(lambda: "1 / 1" in desk.figures.text())

    on_qt(qapp, job())


def answers(talk: Any, words: str) -> list[QPushButton]:
    found = talk.banners.findChildren(QPushButton)
    return [one for one in found if one.text() == words and one.isVisible()]


def test_the_oldest_unanswered_stands_first(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with screen() as theirs, person(relay.url) as lin, person(relay.url) as mu:
            desk = await at_the_desk(theirs, relay, "bo-two", "小波")
            talks = []
            for someone, name, display in ((lin, "lin", "小林"), (mu, "mu", "阿木")):
                await customer(relay, someone, name, display)
                await paid(someone)
                talks.append(await accepted(theirs, desk))
                say(desk.pane, "你好")
            first, second = talks
            await lin.until(lambda: lin.texts(first) == ["你好"])
            await mu.until(lambda: mu.texts(second) == ["你好"])
            mu.client.send_text(second, "在吗")
            await theirs.until(lambda: theirs.client.panel(second).wait_ms is not None)  # type: ignore[union-attr]
            lin.client.send_text(first, "[图片之后]")
            await theirs.until(lambda: theirs.client.panel(first).wait_ms is not None)  # type: ignore[union-attr]
            # Rows move only while the pointer is elsewhere, and it may have been left over them.
            await theirs.point(QPoint(2, 2))
            await theirs.until(lambda: [one.session for one in rows(desk)] == [second, first])

            # From one to the next by keys; what is chosen is what is answered.
            here = desk.pane.session
            theirs.window.activateWindow()
            await theirs.until(theirs.window.isActiveWindow)
            QTest.keyClick(theirs.window, Qt.Key.Key_Down, CTRL)
            assert desk.pane.session != here
            QTest.keyClick(theirs.window, Qt.Key.Key_Up, CTRL)
            assert desk.pane.session == here == second
            await theirs.until(lambda: read(theirs, rows(desk)[0].session))
            say(desk.pane, "在的")
            await mu.until(lambda: mu.texts(second)[-1] == "在的")
            await theirs.until(lambda: [one.session for one in rows(desk)] == [first, second])

    on_qt(qapp, job())


def test_declined_is_paid_back_and_handed_over_goes_on(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with screen() as theirs, person(relay.url) as lin, person(relay.url) as yun:
            desk = await at_the_desk(theirs, relay, "bo-hands-over", "小波")
            await customer(relay, lin, "lin-again", "小林")
            await lin.until(lambda: lin.client.view.wallet is not None)
            balance = lin.client.view.wallet.balance_fen  # type: ignore[union-attr]
            order = await paid(lin)
            await theirs.until(lambda: bool(cards(desk)))
            await theirs.press(named(cards(desk)[0], "decline-order"))
            await lin.until(lambda: state_of(lin, order) is OrderState.DECLINED)
            await lin.until(lambda: lin.client.view.wallet.balance_fen == balance)  # type: ignore[union-attr]
            await theirs.until(lambda: not cards(desk))

            await paid(lin)
            session = await accepted(theirs, desk)
            say(desk.pane, "你好")
            await lin.until(lambda: lin.texts(session) == ["你好"])
            await yun.until(lambda: yun.client.view.link.state == "live")
            await yun.client.sign_up("yun-desk", PASSWORD, "阿云", await invitation(relay))
            await yun.client.ask(SetPresence(id=yun.client.new_id(), state="on"))
            await theirs.until(
                lambda: any(one.free for one in theirs.client.view.desk.colleagues)  # type: ignore[union-attr]
            )
            await choose(theirs, desk.pane.head.hand_over, "阿云")
            await theirs.until(lambda: "passing" in list(desk.pane.banners.keys()))
            assert says(desk, "正在等阿云接手")
            await yun.until(lambda: bool(handed(yun)))
            assert lin.client.session(session).card.peer_name == "小波"  # type: ignore[union-attr]
            await yun.client.ask(DeclineHandover(id=yun.client.new_id(), session=session))
            await theirs.until(lambda: says(desk, "没有空闲的人接手"))
            await choose(theirs, desk.pane.head.hand_over, "转给空闲的人")
            await yun.until(lambda: bool(handed(yun)))
            await yun.client.ask(AcceptHandover(id=yun.client.new_id(), session=session))
            await lin.until(lambda: lin.client.session(session).card.peer_name == "阿云")  # type: ignore[union-attr]
            await yun.until(lambda: yun.texts(session) == ["你好"])
            await theirs.until(lambda: not rows(desk))
            await asyncio.wait_for(yun.client.ask(End(id=yun.client.new_id(), session=session)), 20)

    on_qt(qapp, job())


def handed(someone: Person) -> list[str]:
    """The sessions that colleagues would like to hand to somebody."""
    desk = someone.client.view.desk
    return [] if desk is None else [one.session for one in desk.handover_offers]


def test_a_colleagues_conversation_is_taken_over_by_its_card(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with screen() as theirs, person(relay.url) as lin, person(relay.url) as yun:
            await customer(relay, lin, "lin-moves", "小林")
            await yun.until(lambda: yun.client.view.link.state == "live")
            await yun.client.sign_up("yun-gives", PASSWORD, "阿云", await invitation(relay))
            await yun.client.ask(SetPresence(id=yun.client.new_id(), state="on"))
            order = await paid(lin)
            await yun.until(lambda: bool(yun.client.view.desk and yun.client.view.desk.incoming))
            opened = await yun.client.ask(AcceptOrder(id=yun.client.new_id(), order=order))
            session = opened.card.session
            lin.client.focus(session)
            lin.client.send_text(session, "我怕考不过")
            await yun.until(lambda: yun.texts(session) == ["我怕考不过"])
            desk = await at_the_desk(theirs, relay, "bo-takes-over", "小波")
            await yun.client.ask(HandOver(id=yun.client.new_id(), session=session))
            await theirs.until(lambda: bool(offers(desk)))
            shown = offers(desk)[0]
            for words in ("阿云想转给你", "小林", "我怕考不过", "还没有答的", "由对方继续应答"):
                assert says(shown, words), words
            assert "接手 0:" in named(shown, "accept-handover").text()
            await theirs.press(named(shown, "decline-handover"))
            await theirs.until(lambda: not offers(desk) and not rows(desk))
            await yun.client.ask(HandOver(id=yun.client.new_id(), session=session))
            await theirs.until(lambda: bool(offers(desk)))
            await theirs.press(named(offers(desk)[0], "accept-handover"))
            await theirs.until(lambda: desk.pane.session == session and not offers(desk))
            await lin.until(lambda: lin.client.session(session).card.peer_name == "小波")  # type: ignore[union-attr]
            await theirs.until(lambda: texts(desk.pane) == ["我怕考不过"])

    on_qt(qapp, job())


def offers(desk: QWidget) -> list[HandoverCard]:
    return [one for one in desk.findChildren(HandoverCard) if one.isVisible()]


def state_of(someone: Person, order: str) -> OrderState:
    return next(one.state for one in someone.client.view.orders if one.order == order)


def test_a_page_of_the_language_before_hears_nothing_more(
    qapp: QApplication, relay: RelayProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    monkeypatch.setattr("sys.excepthook", lambda kind, *_: told.append(kind.__name__))

    async def job() -> None:
        async with screen() as theirs, person(relay.url) as lin:
            desk = await at_the_desk(theirs, relay, "bo-words", "小波")
            await customer(relay, lin, "lin-words", "小林")
            await paid(lin)
            session = await accepted(theirs, desk)
            theirs.bridge.set(language="en")
            await theirs.until(lambda: not isValid(desk))
            desk = theirs.page("desk")
            await theirs.until(lambda: bool(rows(desk)))
            lin.client.focus(session)
            lin.client.send_text(session, "还在吗")
            await theirs.until(lambda: rows(desk)[0].last_text == "还在吗")

    on_qt(qapp, job())
    assert told == []
