"""The main job without eyes: by the keyboard alone, with what a screen reader is told on the way."""

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget
from tests.client.world import RelayProcess, person
from tests.desktop.reader import controls, name_of, named, reading
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up
from tests.end_to_end.test_window import on_duty

from miaohui.wire.desk import AcceptOrder

Role, Text = QAccessible.Role, QAccessible.Text
MOST_TABS = 80


def tab_to(shown: Screen, wanted: QWidget) -> None:
    """Tab by Tab, as far as a person would go; each stop says what it is."""
    for _ in range(MOST_TABS):
        now = QApplication.focusWidget()
        if now is wanted:
            return
        QTest.keyClick(now or shown.window, Qt.Key.Key_Tab)
        seen = QAccessible.queryAccessibleInterface(QApplication.focusWidget())
        assert seen is not None
        assert name_of(seen), f"a stop without a name: {QApplication.focusWidget()}"
    raise AssertionError(f"Tab never came to {wanted}")


def press_focused() -> None:
    focused = QApplication.focusWidget()
    assert isinstance(focused, QAbstractButton)
    QTest.keyClick(focused, Qt.Key.Key_Space)


def test_from_the_shop_to_an_answer_without_eyes(
    qapp: QApplication, relay: RelayProcess, tmp_path: Path
) -> None:
    async def job() -> None:
        with reading() as said:
            async with person(relay.url) as bo, screen() as shown:
                await on_duty(bo, relay, "bo-heard")
                await signed_up(shown, relay, "anna-hears")
                discover = shown.page("discover")
                await shown.until(lambda: discover.model.rowCount() > 0)
                await shown.until(discover.pane.buy.isEnabled)
                tab_to(shown, discover.pane.buy)
                press_focused()

                # The order is a dialog that says its terms; the shop behind it is not there.
                await shown.until(lambda: shown.window.sheet is not None)
                sheet: Any = shown.window.sheet
                await shown.until(sheet.isVisible)
                dialog = QAccessible.queryAccessibleInterface(sheet)
                assert dialog is not None
                assert dialog.role() is Role.Dialog
                assert name_of(dialog)
                assert "¥" in dialog.text(Text.Description)
                behind = name_of(QAccessible.queryAccessibleInterface(discover.pane.buy))  # type: ignore[arg-type]
                assert behind not in named(shown.window.root, Role.Button)
                await shown.until(sheet.body.pay.isEnabled)
                tab_to(shown, sheet.body.pay)
                press_focused()

                await shown.until(lambda: shown.routes.now == "sessions")
                sessions = shown.page("sessions")
                await bo.until(lambda: bool(bo.client.view.desk and bo.client.view.desk.incoming))
                order = bo.client.view.desk.incoming[0].order  # type: ignore[union-attr]
                await bo.client.ask(AcceptOrder(id=bo.client.new_id(), order=order))
                await shown.until(lambda: sessions.session != "")
                await shown.until(lambda: any("轮到你了" in one for one in said.texts()))

                session = sessions.session
                bo.client.focus(session)
                await bo.until(lambda: bo.client.session(session) is not None)
                bo.client.send_text(session, "你好，我在")
                await shown.until(lambda: "小波：你好，我在" in said.texts())
                box = sessions.conversation.composer.edit
                tab_to(shown, box)
                QTest.keyClicks(box, "thanks")
                QTest.keyClick(box, Qt.Key.Key_Return)
                await shown.until(
                    lambda: any(
                        one.mine and one.text == "thanks" for one in shown.client.messages(session)
                    )
                )
                # One's own words are no news; words may be kept out of the air.
                assert not any("thanks" in one for one in said.texts())
                shown.bridge.set(speak_words=False)
                bo.client.send_text(session, "这句不念出来")
                await shown.until(lambda: any("发来新消息" in one for one in said.texts()))
                assert not any("这句不念出来" in one for one in said.texts())

    on_qt(qapp, job())


def test_every_control_of_every_page_has_a_name(
    qapp: QApplication, relay: RelayProcess, tmp_path: Path
) -> None:
    async def job() -> None:
        with reading():
            async with screen() as shown:
                await signed_up(shown, relay, "anna-names")
                for page in ("discover", "sessions", "check", "orders", "settings"):
                    shown.routes.visit(page)
                    await shown.until(lambda page=page: shown.routes.now == page)  # type: ignore[misc]
                    found = controls(shown.window.root)
                    assert len(found) > 5
                    nameless = [str(one.object()) for one in found if not name_of(one)]
                    assert nameless == []
                # What is not on screen is not in the tree.
                shop = shown.page("discover").pane.buy
                assert all(one.object() is not shop for one in found)

    on_qt(qapp, job())
