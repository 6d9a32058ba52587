"""Nothing typed is lost, nothing is sent unasked: the real window on a real relay."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QColor, QImage, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton
from tests.client.world import Person, RelayProcess, person
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up
from tests.end_to_end.test_window import _offered, on_duty

from miaohui.client.snapshots import Delivery, MessageView
from miaohui.client.unsent import EMPTY, MessageDraft
from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.desk import AcceptOrder
from miaohui.wire.orders import Order, Pay, Quote
from miaohui.wire.sessions import End

ENTER = Qt.Key.Key_Return


async def bought(shown: Screen, bo: Person) -> str:
    """A session that runs, not necessarily on screen."""
    client = shown.client
    shop = await client.ask(GetShop(id=client.new_id(), shop="lanting"))
    assert isinstance(shop, Shop)
    quote = await client.ask(Quote(id=client.new_id(), shop="lanting", offer=shop.offers[0].offer))
    assert isinstance(quote, Order)
    order, price = quote.order, quote.price_fen
    await client.ask(Pay(id=client.new_id(), order=order, provider="practice", price_fen=price))
    await bo.until(lambda: order in _offered(bo))
    await bo.client.ask(AcceptOrder(id=bo.client.new_id(), order=order))
    await shown.until(lambda: _session(shown, order) != "")
    return _session(shown, order)


def _session(shown: Screen, order: str) -> str:
    orders = [one for one in shown.client.view.orders if one.order == order]
    session = (orders[0].session or "") if orders else ""
    return session if session and shown.client.session(session) else ""


async def talking(shown: Screen, session: str) -> Any:
    """The conversation's pane with this session on it and its draft read."""
    shown.routes.open_session(session)
    await shown.until(lambda: shown.routes.now == "sessions")
    pane = shown.page("sessions").conversation
    await shown.until(lambda: pane.session == session and pane.writing.is_ready)
    await shown.until(lambda: shown.client.session(session).synced)  # type: ignore[union-attr]
    return pane


def messages(shown: Screen, session: str) -> list[MessageView]:
    return [one for one in shown.client.messages(session) if one.kind == "message"]


async def said(shown: Screen, pane: Any, session: str, text: str) -> str:
    """Types a line and waits until the relay has it; its key."""
    QTest.keyClicks(pane.composer.edit, text)
    QTest.keyClick(pane.composer.edit, ENTER)
    await shown.until(
        lambda: (
            messages(shown, session)[-1].text == text
            and messages(shown, session)[-1].seq is not None
        )
    )
    return messages(shown, session)[-1].key


def test_the_composers_whole_state_survives_a_look_elsewhere(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-state")
            await signed_up(shown, relay, "anna-state")
            first, second = await bought(shown, bo), await bought(shown, bo)
            pane = await talking(shown, first)
            box = pane.composer
            key = await said(shown, pane, first, "hello")
            QTest.keyClicks(box.edit, "half a line")
            pane.view.edit_requested.emit(key)
            QTest.keyClicks(box.edit, " there")
            assert box.edit.toPlainText() == "hello there"

            # Another conversation, with a quote; then back to the correction.
            other = await talking(shown, second)
            assert other is pane
            assert box.edit.toPlainText() == ""
            quoted = await said(shown, pane, second, "what of this")
            pane.view.quote_requested.emit(quoted)
            QTest.keyClicks(box.edit, "this")
            await talking(shown, first)
            assert (box.edit.toPlainText(), box.draft()) == ("hello there", "half a line")
            QTest.keyClick(box.edit, ENTER)
            await shown.until(lambda: messages(shown, first)[-1].edited)
            assert messages(shown, first)[-1].text == "hello there"
            assert box.edit.toPlainText() == "half a line"

            # The quote is sent with its quote.
            await talking(shown, second)
            assert box.edit.toPlainText() == "this"
            QTest.keyClick(box.edit, ENTER)
            await shown.until(lambda: messages(shown, second)[-1].text == "this")
            assert messages(shown, second)[-1].reply_text == "what of this"

            # Neither is a composition lost that was under way.
            QApplication.sendEvent(box.edit, QInputMethodEvent("ni hao", []))
            await talking(shown, first)
            assert await shown.client.read_draft(second) == MessageDraft("ni hao")

    on_qt(qapp, job())


def test_what_is_typed_before_the_draft_was_read_goes_on_behind_it(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-early")
            await signed_up(shown, relay, "anna-early")
            session = await bought(shown, bo)
            shown.client.set_draft(session, MessageDraft("of yesterday"))
            await shown.client.read_draft(session)
            shown.client._drafts._clear()  # a new start: nothing has been read
            shown.routes.open_session(session)
            await shown.until(lambda: shown.page("sessions").session == session)
            pane = shown.page("sessions").conversation
            # Whatever was faster, the key or the disk, both are there.
            QTest.keyClicks(pane.composer.edit, "a")
            await shown.until(lambda: pane.writing.is_ready)
            written = pane.composer.edit.toPlainText()
            assert written.startswith("of yesterday")
            assert written.endswith("a")
            assert (await shown.client.read_draft(session)).text == written

    on_qt(qapp, job())


def test_a_session_that_ends_in_the_middle_gives_the_words_back(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-ends")
            await signed_up(shown, relay, "anna-ends")
            session = await bought(shown, bo)
            pane = await talking(shown, session)
            box = pane.composer
            key = await said(shown, pane, session, "hello")

            # Refused by the relay: the words are in the box again, once.
            long_ago = shown.client.panel_of_message(session, key)
            assert long_ago is not None
            pane.view.edit_requested.emit(key)
            QTest.keyClicks(box.edit, " corrected")
            QApplication.sendEvent(box.edit, QInputMethodEvent("zai xie", []))
            await shown.client.ask(End(id=shown.client.new_id(), session=session, now=True))
            await shown.until(lambda: shown.client.panel(session).phase == "closed")  # type: ignore[union-attr]
            await shown.until(lambda: not box.edited())
            assert box.edit.toPlainText() == "hello correctedzai xie"
            assert not box.edit.composing()
            draft = await shown.client.read_draft(session)
            assert draft == MessageDraft("hello correctedzai xie")

            # A correction that went out in the very moment in which it ended.
            shown.client.edit_text(session, key, "too late")
            await shown.until(lambda: box.edit.toPlainText().startswith("too late\n"))
            assert messages(shown, session)[0].edit is None
            assert messages(shown, session)[0].text == "hello"

    on_qt(qapp, job())


def test_what_waits_for_the_link_is_shown_as_waiting(qapp: QApplication, tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "relay")

    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-waits")
            await signed_up(shown, relay, "anna-waits")
            session = await bought(shown, bo)
            pane = await talking(shown, session)
            key = await said(shown, pane, session, "hello")
            other = await said(shown, pane, session, "take this back")
            relay.kill()
            await shown.until(lambda: shown.client.view.link.state == "offline")
            pane.view.edit_requested.emit(key)
            QTest.keyClicks(pane.composer.edit, " there")
            QTest.keyClick(pane.composer.edit, ENTER)
            pane.view.recall_requested.emit(other)
            first, second = messages(shown, session)[-2:]
            assert (first.text, first.edit) == ("hello there", Delivery.NOT_DELIVERED)
            assert second.recall is Delivery.NOT_DELIVERED
            relay.again()
            await shown.until(lambda: messages(shown, session)[-2].edited)
            await shown.until(lambda: messages(shown, session)[-1].recalled)
            assert messages(shown, session)[-2].edit is None

    try:
        on_qt(qapp, job())
    finally:
        relay.stop()


def test_a_pasted_picture_waits_until_it_is_sent(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-paste")
            await signed_up(shown, relay, "anna-paste")
            session = await bought(shown, bo)
            pane = await talking(shown, session)
            box = pane.composer
            image = QImage(40, 30, QImage.Format.Format_RGB32)
            for colour in ("red", "green"):
                image.fill(QColor(colour))
                copied = QMimeData()
                copied.setImageData(image)
                QApplication.clipboard().setMimeData(copied)
                QTest.keyClick(box.edit, Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
            await shown.until(lambda: len(box.tray.pictures) == 2)
            assert messages(shown, session) == []
            draft = await shown.client.read_draft(session)
            assert draft.pictures == box.tray.pictures

            # One is taken away by its cross; the other goes when Enter says so.
            cross = box.tray.findChild(QToolButton, "cross")
            await shown.press(cross)
            assert len(box.tray.pictures) == 1
            pane.grab()  # asks for the preview
            await shown.until(lambda: box.tray.preview(box.tray.pictures[0].media) is not None)
            QTest.keyClicks(box.edit, "look")
            assert box.findChild(QPushButton, "send").isEnabled()
            QTest.keyClick(box.edit, ENTER)
            await shown.until(lambda: len(messages(shown, session)) == 2)
            assert box.tray.pictures == ()
            assert await shown.client.read_draft(session) == EMPTY
            await bo.until(lambda: len(bo.client.messages(session)) >= 3)
            await bo.until(
                lambda: any(one.picture is not None for one in bo.client.messages(session))
            )

    on_qt(qapp, job())


def test_a_review_keeps_what_was_written(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-review")
            await signed_up(shown, relay, "anna-review")
            first, second = await bought(shown, bo), await bought(shown, bo)
            for session in (first, second):
                await shown.client.ask(End(id=shown.client.new_id(), session=session, now=True))
                await shown.until(lambda s=session: shown.client.session(s).card.state == "closed")  # type: ignore[union-attr, misc]
            shown.routes.open_receipt(first)
            await shown.until(lambda: shown.routes.now == "receipt")
            review = shown.page("receipt").review
            await shown.until(lambda: review.is_ready and review.text.isVisible())
            QTest.keyClick(review.stars, Qt.Key.Key_4)
            review.tags["warm"].click()
            review.answers["yes"].click()
            QTest.keyClicks(review.text, "kind and quick")
            shown.routes.open_receipt(second)
            await shown.until(lambda: review.is_ready and review.text.toPlainText() == "")
            assert (review.stars.stars, review.tags["warm"].isChecked()) == (0, False)
            shown.routes.open_receipt(first)
            await shown.until(lambda: review.text.toPlainText() == "kind and quick")
            assert (review.stars.stars, review.tags["warm"].isChecked()) == (4, True)
            assert review.answers["yes"].isChecked()

            # Too long is said, and nothing of it is cut.
            review.text.setPlainText("长" * 501)
            await shown.press(review.submit)
            assert "超出 1 字" in review.note.text()
            assert len(review.text.toPlainText()) == 501
            review.text.setPlainText("长" * 500)
            await shown.press(review.submit)
            await shown.until(lambda: shown.client.session(first).card.reviewed)  # type: ignore[union-attr]
            # What was sent is shown, and found again.
            assert review.written.text().startswith("★★★★☆")
            shown.routes.open_receipt(second)
            await shown.until(lambda: review.is_ready and review.written.isHidden())
            shown.routes.open_receipt(first)
            await shown.until(lambda: review.written.isVisible())
            assert "长" * 500 in review.written.text()

    on_qt(qapp, job())
