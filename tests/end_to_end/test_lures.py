"""Bait and fraud in a conversation: one sentence at both ends, before sending too, and nothing blocked."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from tests.client.keys import Box
from tests.client.world import RelayProcess, person
from tests.end_to_end.screen import on_qt, screen
from tests.end_to_end.test_care import talk

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


def _texts(shown: Any, session: str) -> list[str]:
    return [each.text for each in shown.client.messages(session)]


def test_a_responder_is_told_before_sending(qapp: QApplication) -> None:
    bar = LureBar()
    lures = Lures(bar, desk=True)
    lures._text = "加我微信聊吧"
    lures._look_at_text()
    assert "主机也会计数" in bar.words.text()
    lures.written("")
    assert bar.words.text() == ""
