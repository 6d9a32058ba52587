"""Bait and fraud in a conversation: one sentence at both ends, before sending too, and nothing blocked."""

import asyncio
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
import segno
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from tests.client.keys import Box
from tests.client.world import RelayProcess, person
from tests.end_to_end.screen import on_qt, screen
from tests.end_to_end.test_care import press, talk

from miaohui.desktop.pages.sessions.lures import FraudPane, LureBar, Lures


@pytest.fixture(autouse=True)
def box() -> Iterator[Box]:
    before, mine = keyring.get_keyring(), Box()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


def test_a_sentence_says_why_and_the_host_counts(tmp_path: Path, qapp: QApplication) -> None:
    relay = RelayProcess(tmp_path / "relay")

    async def job() -> None:
        async with screen() as shown, person(relay.url) as bo:
            session = await talk(shown, relay, bo, "lures")
            pane: Any = shown.page("sessions").conversation
            bar: LureBar = pane.lure_bar
            assert not bar.isVisible()
            bo.client.send_text(session, "今天过得怎么样")
            await shown.until(lambda: "今天过得怎么样" in _texts(shown, session))
            assert not bar.isVisible()
            bo.client.send_text(session, "加➕v聊，便宜")
            await shown.until(bar.isVisible)
            assert "平台外" in bar.words.text()
            assert "换了写法" in bar.words.text()
            # What is being written goes first while it stands there; then the other is back.
            pane.lures.written("把验证码发我")
            await shown.until(lambda: "骗局" in bar.words.text())
            pane.lures.written("")
            assert "平台外" in bar.words.text()
            more = bar.findChild(QPushButton, "lure-more")
            assert isinstance(more, QPushButton)
            more.click()
            await shown.until(lambda: bool(shown.window.findChildren(FraudPane)))
            page = shown.window.findChildren(FraudPane)[0]
            await shown.until(page.isVisible)
            words = "".join(each.text() for each in page.findChildren(QLabel))
            assert "96110" in words
            page.read.emit()
            away = bar.findChild(QPushButton, "lure-away")
            assert isinstance(away, QPushButton)
            away.click()
            assert not bar.isVisible()
            said = await asyncio.to_thread(relay.admin, "baits")
            [line] = [json.loads(each) for each in said.splitlines()]
            assert (line["found"], line["hidden"], line["points"]) == (1, 1, 2)

    try:
        on_qt(qapp, job())
    finally:
        relay.stop()


def qr(text: str) -> bytes:
    """A QR code as somebody's picture."""
    held = io.BytesIO()
    segno.make(text, micro=False).save(held, kind="png", scale=6, border=4)
    return held.getvalue()


def test_a_code_in_a_picture_is_spoken_of_at_both_ends(tmp_path: Path, qapp: QApplication) -> None:
    relay = RelayProcess(tmp_path / "relay")

    async def job() -> None:
        async with screen() as shown, person(relay.url) as bo:
            session = await talk(shown, relay, bo, "codes")
            pane: Any = shown.page("sessions").conversation
            bar: LureBar = pane.lure_bar
            await bo.client.send_picture(session, qr("wxp://f2f0abcdefghijklmnop"))
            await shown.until(bar.isVisible)
            assert "收款码" in bar.words.text()
            press(shown, "lure-away", bar)
            assert not bar.isVisible()
            # Before sending, too: a picture that waits in the composer, until it is taken away.
            held = await shown.client.hold_picture(qr("https://u.wechat.com/EAbcdEfgHijk"))
            number = pane.composer.tray.begin()
            pane.composer.tray.ready(number, held)
            await shown.until(bar.isVisible)
            assert "二维码" in bar.words.text()
            assert "想好再发" in bar.words.text()
            QTest.mouseClick(
                pane.composer.tray._tiles[number].close_button, Qt.MouseButton.LeftButton
            )
            await shown.until(lambda: not bar.isVisible())
            # What was put away stays so when the conversation is opened anew; what came meanwhile
            # is spoken of.
            pane.show_session("")
            pane.show_session(session)
            assert not bar.isVisible()
            pane.show_session("")
            await bo.client.send_picture(session, qr("https://example.com/win"))
            await shown.until(lambda: _pictures(shown, session) == 2)
            pane.show_session(session)
            await shown.until(bar.isVisible)
            assert "链接" in bar.words.text()

    try:
        on_qt(qapp, job())
    finally:
        relay.stop()


def _pictures(shown: Any, session: str) -> int:
    return sum(
        each.picture is not None and each.picture.here for each in shown.client.messages(session)
    )


def _texts(shown: Any, session: str) -> list[str]:
    return [each.text for each in shown.client.messages(session)]


def test_a_responder_is_told_before_sending(qapp: QApplication) -> None:
    bar = LureBar()
    lures = Lures(bar, lambda _media, _heard: None, desk=True)
    lures._text = "加我微信聊吧"
    lures._look_at_text()
    assert "主机也会计数" in bar.words.text()
    lures.written("")
    assert bar.words.text() == ""
