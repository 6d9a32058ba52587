"""The care of people by the keyboard alone, with what a screen reader finds and is told."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu, QPushButton, QWidget
from tests.client.keys import Box
from tests.client.world import PASSWORD, Person, RelayProcess, paid, person
from tests.desktop.reader import controls, name_of, reading, walk
from tests.end_to_end.screen import Screen, on_qt, screen
from tests.end_to_end.test_care import say, talk
from tests.end_to_end.test_desk import accepted, at_the_desk
from tests.end_to_end.test_screen_reader import press_focused, tab_to

from miaohui.desktop.pages.reports.followed import FollowedPane
from miaohui.desktop.pages.sessions.carecard import CardState
from miaohui.desktop.pages.settings.limits import LimitsCard
from miaohui.desktop.widgets.sheet import Sheet
from miaohui.wire.sessions import Pause

Role, Text = QAccessible.Role, QAccessible.Text


@pytest.fixture(autouse=True)
def box() -> Iterator[Box]:
    before, mine = keyring.get_keyring(), Box()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


def button(inside: QWidget, name: str) -> QPushButton:
    found = inside.findChild(QPushButton, name)
    assert isinstance(found, QPushButton), name
    return found


def nameless(thing: QWidget) -> list[str]:
    """Controls that a reader can only call by their kind."""
    return [str(one.object()) for one in controls(thing) if not name_of(one)]


def heard_by_walking(thing: QWidget) -> str:
    return " ".join(name_of(one) for one in walk(thing))


async def from_menu(shown: Screen, pane: Any, words: str) -> None:
    """By Tab to the menu, by arrows to the entry, by Enter."""
    tab_to(shown, pane.head.more)
    press_focused()
    await shown.until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    for _ in menu.actions():
        QTest.keyClick(menu, Qt.Key.Key_Down)
        active = menu.activeAction()
        if active is not None and active.text() == words:
            break
    assert menu.activeAction().text() == words
    QTest.keyClick(menu, Qt.Key.Key_Return)


def on_top(shown: Screen) -> Sheet | None:
    open_ones = [one for one in shown.window.findChildren(Sheet) if one.isVisible()]
    return open_ones[-1] if open_ones else None


async def dialog(shown: Screen, title: str) -> Sheet:
    """The sheet on top; a reader hears its name and what it says."""

    def named() -> bool:
        sheet = on_top(shown)
        if sheet is None:
            return False
        seen = QAccessible.queryAccessibleInterface(sheet)
        return seen is not None and seen.role() is Role.Dialog and name_of(seen) == title

    await shown.until(named)
    sheet = on_top(shown)
    assert sheet is not None
    assert nameless(sheet) == []
    return sheet


def said_of(sheet: QWidget) -> str:
    seen = QAccessible.queryAccessibleInterface(sheet)
    assert seen is not None
    return seen.text(Text.Description)


async def leave(shown: Screen) -> None:
    QTest.keyClick(QApplication.focusWidget() or shown.window, Qt.Key.Key_Escape)
    await shown.until(lambda: on_top(shown) is None)


def test_an_evening_without_eyes(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        with reading() as said:
            async with screen() as shown, person(relay.url) as bo:
                session = await talk(shown, relay, bo, "care-heard")
                pane: Any = shown.page("sessions").conversation
                say(shown, "我不想活了")
                await shown.until(lambda: pane.card.state is CardState.OPEN)
                # Who else is in the room hears that there is a card, and not of what.
                await shown.until(lambda: any("有一张卡片" in one for one in said.texts()))
                assert not any("12356" in one or "难受" in one for one in said.texts())
                assert pane.composer.edit.hasFocus()
                assert nameless(pane.card) == []
                told = heard_by_walking(pane.card)
                for part in ("12356", "110", "120", "12355", "至少 18 小时"):
                    assert part in told
                copy = next(
                    one
                    for one in pane.card.findChildren(QPushButton)
                    if one.accessibleName() == "复制 12356"
                )
                tab_to(shown, copy)
                press_focused()
                assert QApplication.clipboard().text() == "12356"
                await shown.until(lambda: "12356 已复制" in said.texts())
                tab_to(shown, button(pane.card, "care-stop"))
                press_focused()
                await shown.until(pane.stopped.isVisible)
                await shown.until(lambda: "时间停着" in said.texts())
                await shown.until(pane.composer.edit.hasFocus)
                assert nameless(pane.stopped) == []
                assert "一秒也不会少" in heard_by_walking(pane.stopped)
                tab_to(shown, button(pane.stopped, "care-resume"))
                press_focused()
                await shown.until(lambda: pane.panel.isVisible())
                await shown.until(lambda: "时间又在走了" in said.texts())

                await from_menu(shown, pane, "应答师是谁，不是谁")
                sheet = await dialog(shown, "应答师是谁，不是谁")
                assert "不是医生" in said_of(sheet)
                await leave(shown)

                bo.client.send_text(session, "加➕v聊，便宜")
                await shown.until(lambda: any("平台外" in one for one in said.texts()))
                tab_to(shown, button(pane.lure_bar, "lure-more"))
                press_focused()
                sheet = await dialog(shown, "防骗提示")
                assert "96110" in heard_by_walking(sheet)
                await leave(shown)

                await from_menu(shown, pane, "求助卡")
                await shown.until(lambda: pane.card.state is CardState.OPEN)
                tab_to(shown, button(pane.card, "care-away"))
                QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
                assert pane.card.state is CardState.AWAY

    on_qt(qapp, job())


def test_a_report_from_the_menu_to_the_appeal_without_eyes(
    tmp_path: Path, qapp: QApplication
) -> None:
    relay = RelayProcess(tmp_path / "relay")

    async def job() -> None:
        with reading() as said:
            async with screen() as shown, person(relay.url) as bo:
                await talk(shown, relay, bo, "report-heard")
                pane: Any = shown.page("sessions").conversation
                await from_menu(shown, pane, "举报或屏蔽…")
                sheet: Any = await dialog(shown, "举报或屏蔽")
                body = sheet.body
                await shown.until(lambda: bool(body.boxes))
                kinds = [one for one in walk(sheet) if one.role() is Role.RadioButton]
                assert len(kinds) == len(body.categories)
                assert nameless(sheet) == []
                tab_to(shown, body.boxes[0])
                press_focused()
                press_focused()
                assert body.boxes[0].isChecked()
                tab_to(shown, body.preview)
                assert "在呢" in body.preview.toPlainText()
                tab_to(shown, body.send)
                press_focused()
                await shown.until(lambda: any("编号" in one for one in said.texts()))
                assert QApplication.focusWidget() is not None
                await leave(shown)
                listed = await asyncio.to_thread(relay.admin, "reports", "list")
                number = str(json.loads(listed)["n"])
                decide = ("reports", "decide", number, "dismissed", "--reason", "太早")
                await asyncio.to_thread(relay.admin, *decide, "--by", "qin")
                await shown.until(lambda: any("举报" in one for one in said.texts()))

                shown.routes.go("settings")
                settings = shown.page("settings")
                await shown.until(lambda: shown.routes.now == "settings")
                tab_to(shown, button(settings, "reports"))
                press_focused()
                await dialog(shown, "举报和屏蔽")
                followed: Any = shown.window.findChildren(FollowedPane)[-1]
                await shown.until(lambda: followed.findChild(QPushButton, "appeal") is not None)
                assert "太早" in heard_by_walking(followed)
                assert nameless(followed) == []
                tab_to(shown, button(followed, "appeal"))
                press_focused()
                await shown.until(lambda: "申诉已收到" in said.texts())
                await leave(shown)

                tab_to(shown, button(settings, "keeping"))
                press_focused()
                await shown.until(lambda: on_top(shown) is not None)
                keeping = on_top(shown)
                assert keeping is not None
                assert nameless(keeping) == []
                assert "中继" in heard_by_walking(keeping)
                await leave(shown)

    try:
        on_qt(qapp, job())
    finally:
        relay.stop()


def test_limits_and_ones_card_without_eyes(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        with reading() as said:
            async with screen() as shown, person(relay.url) as bo:
                await talk(shown, relay, bo, "forms-heard")
                shown.routes.go("settings")
                settings = shown.page("settings")
                await shown.until(lambda: shown.routes.now == "settings")
                [limits] = settings.findChildren(LimitsCard)
                form = settings.own_card
                await shown.until(limits.save.isEnabled)
                for one in (limits, form):
                    assert nameless(one) == []
                tab_to(shown, limits.boxes["day_fen"])
                press_focused()
                assert limits.fields["day_fen"].isEnabled()
                tab_to(shown, limits.fields["day_fen"])
                QTest.keyClick(QApplication.focusWidget(), Qt.Key.Key_Down)
                tab_to(shown, limits.save)
                press_focused()
                await shown.until(lambda: any("限额已保存" in one for one in said.texts()))
                wallet = shown.client.view.wallet
                await shown.until(
                    lambda: (w := shown.client.view.wallet) is not None and w.day_fen == 5000
                )
                assert wallet is not None
                assert len([one for one in walk(form) if one.role() is Role.RadioButton]) == 4
                await shown.until(form.save.isEnabled)
                tab_to(shown, form.address)
                QTest.keyClicks(form.address, "an")
                tab_to(shown, form.save)
                press_focused()
                await shown.until(lambda: any("卡片已存" in one for one in said.texts()))

    on_qt(qapp, job())


def test_a_responder_hears_of_distress_and_ends_by_the_keyboard(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        with reading() as said:
            async with screen() as shown, person(relay.url) as anna:
                desk = await at_the_desk(shown, relay, "bo-desk-heard", "云朵")
                await anna.until(lambda: anna.client.view.link.state == "live")
                await anna.client.sign_up("anna-desk-heard", PASSWORD, "安娜")
                session = await _served(shown, desk, anna)
                pause = Pause(id=anna.client.new_id(), session=session, reason="distress")
                await anna.client.ask(pause)
                pane = desk.pane
                await shown.until(pane.peer_card.isVisible)
                await shown.until(lambda: any("停下了时间" in one for one in said.texts()))
                assert nameless(pane.peer_card) == []
                told = heard_by_walking(pane.peer_card)
                for part in ("可以说", "别说", "12356", "110"):
                    assert part in told
                tab_to(shown, button(pane.peer_card, "peer-end"))
                press_focused()
                await shown.until(lambda: on_top(shown) is not None)

    on_qt(qapp, job())


async def _served(shown: Screen, desk: Any, anna: Person) -> str:
    await paid(anna)
    return await accepted(shown, desk)
