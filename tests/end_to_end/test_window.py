"""The real window on a real relay: clicks and keys in, the relay's facts out on the screen."""

import asyncio
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QAccessible, QDragEnterEvent, QDropEvent, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from tests.client.world import PASSWORD, Person, RelayProcess, invitation, opened, person
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up

from miaohui.desktop.pages.receipt import ReceiptPage
from miaohui.wire.desk import AcceptOrder, SetPresence
from miaohui.wire.orders import OrderState
from miaohui.wire.sessions import End


async def on_duty(bo: Person, relay: RelayProcess, name: str) -> None:
    await bo.until(lambda: bo.client.view.link.state == "live")
    await bo.client.sign_up(name, PASSWORD, "小波", await invitation(relay))
    await bo.client.ask(SetPresence(id=bo.client.new_id(), state="on"))


def _key_of(shown: Screen, page: str) -> None:
    """Presses Ctrl and the page's place in the rail."""
    place = shown.window.rail.pages().index(page) + 1  # type: ignore[union-attr]
    QTest.keyClick(shown.window, Qt.Key(ord(str(place))), Qt.KeyboardModifier.ControlModifier)


def _queued(shown: Screen) -> list[str]:
    orders = shown.client.view.orders
    return [each.order for each in orders if each.state is OrderState.QUEUED]


def _offered(responder: Person) -> list[str]:
    desk = responder.client.view.desk
    return [] if desk is None else [each.order for each in desk.incoming]


def test_the_first_start_tells_what_is_wrong_with_an_address(qapp: QApplication) -> None:
    async def job() -> None:
        async with screen() as shown:
            assert shown.routes.now == "start"
            start = shown.page("start")
            shown.type(start.address, "ws://relay.example")
            await shown.press(start.enter)
            await shown.until(lambda: start.result.text().startswith("✗"))
            assert "加密" in start.result.text()
            assert shown.window.sheet is None

    on_qt(qapp, job())


def test_a_wrong_password_is_said_and_nothing_typed_is_lost(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with screen() as shown:
            start = shown.page("start")
            shown.type(start.address, relay.url)
            await shown.press(start.enter)
            await shown.until(lambda: shown.window.sheet is not None)
            form: Any = shown.window.sheet.body  # type: ignore[union-attr]
            shown.type(form.name, "nobody-here")
            shown.type(form.password, "not the password")
            await shown.press(form.enter)
            await shown.until(lambda: "密码不对" in form.result.text())
            assert form.name.text() == "nobody-here"
            QTest.keyClick(shown.window, Qt.Key.Key_Escape)
            assert shown.window.sheet is None

    on_qt(qapp, job())


def test_every_page_of_a_customer_has_its_key(
    qapp: QApplication, relay: RelayProcess, tmp_path: Path
) -> None:
    async def job() -> None:
        async with screen() as shown:
            await signed_up(shown, relay, "anna-keys")
            pages = shown.window.rail.pages()  # type: ignore[union-attr]
            assert pages == ["discover", "sessions", "check", "orders", "settings"]
            for name in reversed(pages):
                _key_of(shown, name)
                await shown.until(lambda name=name: shown.routes.now == name)  # type: ignore[misc]

    on_qt(qapp, job())


def test_from_search_to_receipt(qapp: QApplication, relay: RelayProcess, tmp_path: Path) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-window")
            await signed_up(shown, relay, "anna-window")
            discover = shown.page("discover")
            await shown.until(lambda: discover.model.rowCount() > 0)
            QTest.keyClick(shown.window, Qt.Key.Key_K, Qt.KeyboardModifier.ControlModifier)
            assert discover.text.hasFocus()
            shown.type(discover.text, "zzz")
            await shown.until(lambda: discover.stack.currentWidget() is discover.state)
            await shown.press(discover.state.action)
            await shown.until(lambda: discover.pane.buy.isEnabled())

            # Into the queue, and out again with the whole sum back.
            balance = shown.client.view.wallet.balance_fen  # type: ignore[union-attr]
            await shown.press(discover.pane.buy)
            pane: Any = shown.window.sheet.body  # type: ignore[union-attr]
            await shown.until(pane.isVisible)
            assert "¥" in pane.pay.text()
            await shown.press(pane.pay)
            await shown.until(lambda: shown.routes.now == "sessions")
            sessions = shown.page("sessions")
            await shown.press(sessions.queue.leave)
            await shown.until(lambda: sessions.queue.elsewhere.isVisible())
            await shown.until(lambda: shown.client.view.wallet.balance_fen == balance)  # type: ignore[union-attr]
            left = next(
                one for one in shown.client.view.orders if one.order == sessions.queue.order_id
            )
            assert ("已付" in sessions.queue.bought.text()) == bool(left.movements)

            # Once more, and this time somebody accepts.
            await shown.press(sessions.queue.elsewhere)
            await shown.press(discover.pane.buy)
            pane = shown.window.sheet.body  # type: ignore[union-attr]
            await shown.until(pane.isVisible)
            await shown.press(pane.pay)
            # Not the one just left: that may stand on the desk until the relay's word comes.
            await shown.until(lambda: bool(_queued(shown)))
            (order,) = _queued(shown)
            await shown.until(lambda: "已付" in sessions.queue.bought.text())
            await bo.until(lambda: order in _offered(bo))
            await bo.client.ask(AcceptOrder(id=bo.client.new_id(), order=order))
            await shown.until(lambda: sessions.session != "")
            session = sessions.session
            bo.client.focus(session)
            bo.client.send_text(session, "你好")
            await shown.until(lambda: len(shown.client.messages(session)) >= 2)
            assert sessions.stack.currentWidget() is not sessions.empty

            # The end, the receipt, the app's own verification, the bundle. The receipt's page is
            # made when the talk ends, before anybody asks for it.
            assert not shown.window.findChildren(ReceiptPage)
            await shown.client.ask(End(id=shown.client.new_id(), session=session, now=True))
            await shown.until(lambda: shown.client.session(session).receipt_sound is True)  # type: ignore[union-attr]
            await shown.until(lambda: bool(shown.window.findChildren(ReceiptPage)))
            shown.routes.open_receipt(session)
            receipt = shown.page("receipt")
            await shown.until(lambda: receipt.seal.text().endswith("✓"))
            told = [view for view in shown.client.messages(session) if view.kind == "message"]
            replies = sum(not view.mine for view in told)
            assert replies == len(told) == 1
            for client in (shown.client, bo.client):
                assert client.tally(session).replies == replies, "the responder's, on both sides"
            await shown.press(receipt.verify)
            await shown.until(lambda: "核验通过" in receipt.result.text())
            receipt.export_to(tmp_path / "receipt.zip", with_text=True)
            await shown.until(lambda: (tmp_path / "receipt.zip").exists())
            QTest.keyClick(receipt.review.stars, Qt.Key.Key_4)
            await shown.press(receipt.review.submit)
            await shown.until(lambda: bool(receipt.review.note.text()))
            QTest.keyClick(shown.window, Qt.Key.Key_Escape)
            await shown.until(lambda: shown.routes.now == "sessions")

            # Every order is in the bill, with its way on.
            _key_of(shown, "orders")
            orders = shown.page("orders")
            await shown.until(lambda: orders.model.rowCount() == 2)
            await shown.press(orders.receipt)
            await shown.until(lambda: shown.routes.now == "receipt")

    on_qt(qapp, job())


def test_language_theme_and_size_change_at_once(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with screen() as shown:
            await signed_up(shown, relay, "carol-window")
            for name in ("discover", "sessions", "orders", "settings"):
                _key_of(shown, name)
                await shown.until(lambda name=name: shown.routes.now == name)
            shown.page("settings").themes["dark"].click()
            assert shown.bridge.look.theme.name == "dark"
            written = shown.page("sessions").conversation.composer.edit
            pixels = written.font().pixelSize()
            slider = shown.page("settings").message_size
            points = slider.value()
            slider.setFocus()
            QTest.keyClick(slider, Qt.Key.Key_Right)
            assert shown.bridge.settings.message_pt == points + 1
            QTest.keyClick(slider, Qt.Key.Key_Left)
            shown.page("settings").scales[200].click()
            assert shown.bridge.settings.message_pt == points, "their own size stays theirs"
            await shown.until(lambda: abs(written.font().pixelSize() - 2 * pixels) <= 1)
            shown.bridge.set(language="en")
            assert shown.routes.now == "settings"
            await shown.until(lambda: "Settings" in shown.window.windowTitle())
            for name in ("discover", "sessions", "orders", "settings"):
                shown.routes.go(name)
                await asyncio.sleep(0)
                page = shown.page(name)
                assert page.minimumSizeHint().width() <= shown.window.width()
                unnamed = [
                    button
                    for button in page.findChildren(QAbstractButton)
                    if button.isVisible() and not _spoken(button)
                ]
                assert unnamed == []

    on_qt(qapp, job())


def _spoken(widget: QWidget) -> str:
    """What a screen reader says of it."""
    interface = QAccessible.queryAccessibleInterface(widget)
    return "" if interface is None else interface.text(QAccessible.Text.Name)


def drop(target: QWidget, file: Path) -> None:
    """Drags a file there and lets go."""
    carried = QMimeData()
    carried.setUrls([QUrl.fromLocalFile(str(file))])
    copy, left = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(target, QDragEnterEvent(QPoint(20, 20), copy, carried, left, none))
    QApplication.sendEvent(target, QDropEvent(QPointF(20, 20), copy, carried, left, none))


def says(page: QWidget, words: str) -> bool:
    return any(words in one.text() for one in page.findChildren(QLabel) if one.isVisible())


def test_a_relay_that_is_gone_is_nobody_s_wait(qapp: QApplication, tmp_path: Path) -> None:
    async def job() -> None:
        relay = RelayProcess(tmp_path / "relay")
        try:
            async with person(relay.url) as bo, screen() as shown:
                await on_duty(bo, relay, "bo-gone")
                await signed_up(shown, relay, "anna-gone")
                session = await opened(Person(shown.client), bo)
                shown.routes.open_session(session)
                await shown.until(lambda: shown.page("sessions").session == session)
                talk: Any = shown.page("sessions").stack.currentWidget()
                bo.client.focus(session)
                bo.client.send_text(session, "你好")
                await shown.until(lambda: len(bo.texts(session)) == 1)
                await shown.until(lambda: shown.client.panel(session).phase == "active")  # type: ignore[union-attr]

                # A picture may be dropped anywhere in the conversation, and waits for Enter.
                picture = tmp_path / "sky.png"
                sky = QImage(40, 30, QImage.Format.Format_RGB32)
                sky.fill(0x88AADD)
                assert sky.save(str(picture))
                drop(talk, picture)
                await shown.until(lambda: bool(talk.composer.tray.pictures))
                QTest.keyClick(talk.composer.edit, Qt.Key.Key_Return)
                await bo.until(lambda: any(one.picture for one in bo.client.messages(session)))
                talk.composer.edit.insertPlainText("在吗")
                QTest.keyClick(talk.composer.edit, Qt.Key.Key_Return)
                await shown.until(lambda: shown.client.panel(session).wait_ms is not None)  # type: ignore[union-attr]

                # Gone: the money is still practice money, the other side is unknown, not away,
                # and the wait is said to be the relay's to tell.
                relay.kill()
                await shown.until(lambda: says(shown.window, "连不上中继"))
                assert says(shown.window, "都不是真的")
                await shown.until(lambda: says(talk.head, "看不到对方的状态"))
                await shown.until(lambda: says(talk.panel, "以中继记录为准"))
                talk.composer.edit.insertPlainText("断线时写的")
                QTest.keyClick(talk.composer.edit, Qt.Key.Key_Return)
                key = shown.client.messages(session)[-1].key
                await shown.until(
                    lambda: shown.client.messages(session)[-1].delivery == "not_delivered"
                )
                assert "断线时写的" not in bo.texts(session)

                # Back: what was written goes by itself.
                relay.again()
                await bo.until(lambda: bo.texts(session)[-1:] == ["断线时写的"])
                await shown.until(lambda: says(talk.head, "在线"))
                assert shown.client.messages(session).find(key) is not None
                await shown.until(lambda: not says(talk.panel, "以中继记录为准"))
        finally:
            relay.stop()

    on_qt(qapp, job())
