"""Money is said before it moves: the real window on a real relay."""

from collections.abc import Callable
from typing import Any

import keyring
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton
from tests.client.keys import Box
from tests.client.world import RelayProcess, person
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up
from tests.end_to_end.test_nothing_lost import bought, said, talking
from tests.end_to_end.test_window import on_duty

from miaohui.client.settings import Settings
from miaohui.desktop.widgets.sheet import Sheet


def sheets(shown: Screen) -> list[Sheet]:
    return [one for one in shown.window.findChildren(Sheet) if one.isVisible()]


def words_of(sheet: Sheet) -> str:
    return " ".join(one.text() for one in sheet.findChildren(QLabel))


def answer(sheet: Sheet, text: str) -> QAbstractButton:
    return next(one for one in sheet.findChildren(QPushButton) if one.text().startswith(text))


async def asked(shown: Screen, ask: Callable[[], object]) -> Sheet:
    ask()
    await shown.until(lambda: len(sheets(shown)) == 1)
    return sheets(shown)[0]


async def running(shown: Screen, bo: Any) -> tuple[str, Any]:
    """A session whose time runs, on screen."""
    session = await bought(shown, bo)
    pane = await talking(shown, session)
    bo.client.focus(session)
    bo.client.send_text(session, "你好")
    await shown.until(lambda: shown.client.panel(session).phase == "active")  # type: ignore[union-attr]
    return session, pane


def test_the_end_names_what_comes_back_and_what_is_given_up(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-sum")
            await signed_up(shown, relay, "anna-sum")
            session, pane = await running(shown, bo)
            sheet = await asked(shown, pane.end_session)
            cost = shown.client.if_ended(session)
            assert cost is not None
            # Nobody was late: nothing comes back, and nearly the whole price is given up.
            assert (cost.refund_fen, 2900 < cost.given_up_fen <= 3000) == (0, True)
            assert "退回 ¥0" in words_of(sheet)
            assert "放弃 ¥" in words_of(sheet)
            await shown.press(answer(sheet, "结束会话"))
            await shown.until(lambda: shown.client.panel(session).phase == "closed")  # type: ignore[union-attr]
            assert shown.client.panel(session).refund_fen == cost.refund_fen  # type: ignore[union-attr]
            assert shown.client.if_ended(session) is None

    on_qt(qapp, job())


def test_an_extension_is_asked_about_and_charged_once(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-more")
            await signed_up(shown, relay, "anna-more")
            session, pane = await running(shown, bo)
            extend: QPushButton = pane.panel.findChild(QPushButton, "extend")
            await shown.until(lambda: extend.isVisible() and extend.isEnabled())
            assert extend.property("kind") != "primary"
            paid_ms = shown.client.panel(session).paid_ms  # type: ignore[union-attr]

            # Left: nothing was bought, and it may be asked for again.
            sheet = await asked(shown, extend.click)
            assert "¥30" in words_of(sheet)
            QTest.keyClick(shown.window, Qt.Key.Key_Escape)
            await shown.until(lambda: extend.isEnabled() and not sheets(shown))
            assert shown.client.panel(session).paid_ms == paid_ms  # type: ignore[union-attr]

            # Twice pressed, once asked; twice answered, once charged.
            for _ in range(2):
                QTest.mouseClick(extend, Qt.MouseButton.LeftButton)
            await shown.until(lambda: len(sheets(shown)) == 1)
            press = answer(sheets(shown)[0], "付 ¥30")
            press.click()
            press.click()
            await shown.until(lambda: shown.client.panel(session).paid_ms > paid_ms)  # type: ignore[union-attr]
            await shown.until(lambda: extend.isEnabled())
            (order,) = [one for one in shown.client.view.orders if one.session == session]
            assert order.extensions_fen == 3000
            assert shown.client.panel(session).paid_ms == paid_ms + 30 * 60_000  # type: ignore[union-attr]

    on_qt(qapp, job())


def test_closing_the_window_asks_and_says_what_each_way_costs(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-close")
            await signed_up(shown, relay, "anna-close")
            gone: list[bool] = []
            shown.window.closing.connect(lambda: gone.append(True))
            session, _pane = await running(shown, bo)

            sheet = await asked(shown, shown.window.close)
            assert shown.window.isVisible()
            for told in ("小波", "30 分钟", "放弃 ¥", "后台"):
                assert told in words_of(sheet)
            QTest.keyClick(shown.window, Qt.Key.Key_Escape)
            await shown.until(lambda: not sheets(shown))
            assert not gone

            sheet = await asked(shown, shown.window.close)
            await shown.press(answer(sheet, "留在后台"))
            assert shown.window.isMinimized()
            shown.window.showNormal()

            sheet = await asked(shown, shown.window.close)
            await shown.press(answer(sheet, "暂停并关闭"))
            await shown.until(lambda: bool(gone))
            assert shown.client.panel(session).phase == "paused"  # type: ignore[union-attr]

            # It stands still already: that is said, and nothing is asked of the relay.
            await shown.until(lambda: not sheets(shown))
            sheet = await asked(shown, shown.window.close)
            assert "已经停住" in words_of(sheet)
            await shown.press(answer(sheet, "结束并关闭"))
            await shown.until(lambda: len(gone) == 2)
            await shown.until(lambda: shown.client.panel(session).phase == "closed")  # type: ignore[union-attr]
            assert shown.window.may_leave()

    on_qt(qapp, job())


def test_a_start_opens_on_the_session_that_runs(
    qapp: QApplication, relay: RelayProcess, tmp_path: Any
) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(Box())

    async def job() -> None:
        settings = Settings(None)
        async with person(relay.url) as bo:
            await on_duty(bo, relay, "bo-start")
            async with screen(settings, folder=tmp_path) as shown:
                await signed_up(shown, relay, "anna-start")
                session, pane = await running(shown, bo)
                await said(shown, pane, session, "wait for me")
            async with screen(settings, folder=tmp_path) as shown:
                await shown.until(lambda: shown.routes.session_on_screen == session)
                await shown.until(lambda: shown.client.session(session).synced)  # type: ignore[union-attr]
                # Whoever goes elsewhere stays there.
                shown.window.rail.page_asked.emit("discover")  # type: ignore[union-attr]
                await shown.until(lambda: shown.routes.now == "discover")
                assert shown.routes.now == "discover"

    try:
        on_qt(qapp, job())
    finally:
        keyring.set_keyring(before)


def test_enter_presses_what_a_sheet_is_for_and_esc_leaves_it(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with person(relay.url) as bo, screen() as shown:
            await on_duty(bo, relay, "bo-enter")
            await signed_up(shown, relay, "anna-enter")
            discover = shown.page("discover")
            await shown.until(
                lambda: discover.pane.buy.isVisible() and discover.pane.buy.isEnabled()
            )
            discover.pane.buy.setFocus()
            QTest.keyClick(discover.pane.buy, Qt.Key.Key_Return)
            await shown.until(lambda: bool(sheets(shown)))
            QTest.keyClick(shown.window, Qt.Key.Key_Escape)
            await shown.until(lambda: not sheets(shown))
            QTest.keyClick(discover.pane.buy, Qt.Key.Key_Return)
            await shown.until(lambda: bool(sheets(shown)))
            pane: Any = shown.window.sheet.body  # type: ignore[union-attr]
            await shown.until(lambda: pane.pay.isVisible() and pane.pay.isEnabled())
            QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
            await shown.until(lambda: bool(shown.client.view.orders))
            assert len(shown.client.view.orders) == 1

    on_qt(qapp, job())
