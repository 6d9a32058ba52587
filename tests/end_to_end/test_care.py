"""An evening on which somebody is not well: the card, stopped time, the quiet day, no trace."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton
from tests.client.keys import Box
from tests.client.world import (
    PASSWORD,
    Person,
    RelayProcess,
    invitation,
    opened,
    person,
)
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up

from miaohui.client.settings import Settings
from miaohui.desktop.pages.sessions.carecard import CardState
from miaohui.wire.sessions import End, Pause, Resume


@pytest.fixture(autouse=True)
def box() -> Iterator[Box]:
    before, mine = keyring.get_keyring(), Box()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


class _Seen(Person):
    """The person at the window, as one who buys."""

    def __init__(self, shown: Screen) -> None:
        self.client, self._shown = shown.client, shown

    async def until(self, holds: Any) -> None:
        await self._shown.until(holds)


async def talk(shown: Screen, relay: RelayProcess, bo: Person, suffix: str) -> str:
    """A session on the screen, with the responder's first words in it."""
    await signed_up(shown, relay, f"anna-{suffix}")
    await bo.until(lambda: bo.client.view.link.state == "live")
    await bo.client.sign_up(f"bo-{suffix}", PASSWORD, "云朵", await invitation(relay))
    session = await opened(_Seen(shown), bo)
    shown.routes.go("sessions")
    bo.client.focus(session)
    bo.client.send_text(session, "在呢")
    await shown.until(lambda: _pane(shown).session == session)
    await shown.until(lambda: len(shown.client.messages(session)) > 1)
    return session


def _pane(shown: Screen) -> Any:
    return shown.page("sessions").conversation


def say(shown: Screen, text: str) -> None:
    pane = _pane(shown)
    pane.composer.edit.setFocus()
    pane.composer.edit.setPlainText(text)
    QTest.keyClick(pane.composer.edit, Qt.Key.Key_Return)


def press(shown: Screen, name: str, inside: Any) -> None:
    found = inside.findChild(QPushButton, name)
    assert found is not None, name
    assert found.accessibleName() or found.text()
    QTest.mouseClick(found, Qt.MouseButton.LeftButton)


def test_an_evening(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with screen() as shown, person(relay.url) as bo:
            session = await talk(shown, relay, bo, "evening")
            pane = _pane(shown)
            panel = lambda: shown.client.panel(session)  # noqa: E731
            say(shown, "笑死我了")
            say(shown, "今晚真的撑不住了")
            await shown.until(lambda: pane.card.state is CardState.LINE)
            assert pane.composer.edit.hasFocus(), "nobody is interrupted"
            assert shown.client.view.quiet_until_ms is None, "a line is no opened card"
            assert not pane.card.findChild(QPushButton, "care-stop")
            press(shown, "care-open", pane.card)
            await shown.until(lambda: pane.card.state is CardState.OPEN)
            told = " ".join(pane.card.texts())
            assert "12356" in told
            assert "至少 18 小时" in told
            assert "110 · 120" in told
            await shown.until(lambda: shown.bridge.is_quiet)
            assert shown.bridge.look.calm
            before = len(bo.client.messages(session))
            assert bo.client.panel(session).paused_reason is None, "nobody is told"  # type: ignore[union-attr]
            press(shown, "care-stop", pane.card)
            await shown.until(lambda: panel().paused_reason == "distress")
            await shown.until(lambda: pane.stopped.isVisible() and not pane.panel.isVisible())
            assert pane.card.state is CardState.AWAY
            await bo.until(
                lambda: bo.client.panel(session).paused_reason == "distress"  # type: ignore[union-attr]
            )
            assert len(bo.client.messages(session)) <= before + 3
            # Messages go on, and end nothing.
            looks: list[None] = []
            pane.care.looked.connect(lambda: looks.append(None))
            say(shown, "我想死")
            await shown.until(lambda: bool(looks))
            await shown.until(
                lambda: (
                    shown.client.messages(session)[-1].seq is not None
                    and shown.client.messages(session)[-1].text == "我想死"
                )
            )
            assert panel().paused_reason == "distress"
            assert pane.card.state is CardState.AWAY, "at most once in thirty minutes"
            # … but by hand at once, and Esc puts it away.
            press(shown, "care-card", pane.stopped)
            assert pane.card.state is CardState.OPEN
            pane.card.findChild(QPushButton, "care-away").setFocus()
            QTest.keyClick(pane.card.findChild(QPushButton, "care-away"), Qt.Key.Key_Escape)
            assert pane.card.state is CardState.AWAY
            await shown.until(pane.composer.edit.hasFocus)
            press(shown, "care-resume", pane.stopped)
            await shown.until(lambda: panel().paused_reason is None)
            await shown.until(lambda: pane.panel.isVisible())
            assert shown.bridge.is_quiet, "the day goes on"
            assert not pane.panel.findChild(QPushButton, "extend").isVisible()

    on_qt(qapp, job())


def test_danger_now_opens_the_card_and_it_can_be_told(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with screen() as shown, person(relay.url) as bo:
            session = await talk(shown, relay, bo, "danger")
            pane = _pane(shown)
            say(shown, "我不想活了")
            await shown.until(lambda: pane.card.state is CardState.OPEN)
            assert pane.composer.edit.hasFocus()
            numbers = [text for text in pane.card.texts() if text[:1] == "1"]
            assert numbers[0] == "110 · 120", "in danger first"
            press(shown, "care-tell", pane.card)
            await bo.until(
                lambda: any("我现在很难受" in each.text for each in bo.client.messages(session))
            )

    on_qt(qapp, job())


def test_distress_and_its_quiet_outlive_a_restart(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "relay")
    folder = tmp_path / "app"

    async def job() -> None:
        settings = Settings(tmp_path / "settings.json")
        async with (
            person(relay.url, folder, settings=settings) as anna,
            person(relay.url) as bo,
        ):
            for each in (anna, bo):
                await each.until(lambda e=each: e.client.view.link.state == "live")  # type: ignore[misc]
            await anna.client.sign_up("anna-restart", PASSWORD, "安娜")
            await bo.client.sign_up("bo-restart", PASSWORD, "云朵", await invitation(relay))
            session = await opened(anna, bo)
            pause = Pause(id=anna.client.new_id(), session=session, reason="distress")
            await anna.client.ask(pause)
            await anna.until(lambda: anna.client.view.quiet_until_ms is not None)
            until = anna.client.view.quiet_until_ms
        relay.kill()
        relay.again()
        async with person(relay.url, folder, settings=settings) as anna:
            await anna.until(lambda: anna.client.view.account is not None)
            await anna.until(lambda: anna.client.view.quiet_until_ms == until)
            anna.client.focus(session)
            await anna.until(
                lambda: (
                    anna.client.panel(session) is not None
                    and anna.client.panel(session).paused_reason == "distress"
                )  # type: ignore[union-attr]
            )
            await anna.until(lambda: anna.client.view.link.state == "live")
            await anna.client.ask(Resume(id=anna.client.new_id(), session=session))
            await anna.until(lambda: anna.client.panel(session).paused_reason is None)  # type: ignore[union-attr]
            assert anna.client.view.quiet_until_ms == until
            assert "quiet" not in (tmp_path / "settings.json").read_text(encoding="utf-8")

    try:
        asyncio.run(job())
    finally:
        relay.stop()


def test_a_responder_may_end_for_safety(relay: RelayProcess) -> None:
    async def job() -> None:
        async with person(relay.url) as anna, person(relay.url) as bo:
            for each in (anna, bo):
                await each.until(lambda e=each: e.client.view.link.state == "live")  # type: ignore[misc]
            await anna.client.sign_up("anna-safety", PASSWORD, "安娜")
            await bo.client.sign_up("bo-safety", PASSWORD, "云朵", await invitation(relay))
            session = await opened(anna, bo)
            pause = Pause(id=anna.client.new_id(), session=session, reason="distress")
            await anna.client.ask(pause)
            await bo.client.ask(End(id=bo.client.new_id(), session=session))
            await anna.until(lambda: anna.client.panel(session).phase == "closed")  # type: ignore[union-attr]
            view = anna.client.session(session)
            assert view is not None
            assert view.doubts == ()

    asyncio.run(job())


CANARY = "qzvkanarienvogelx"


def test_the_card_leaves_no_trace(
    qapp: QApplication, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The words that brought the card are one message's body at the relay, and nothing else
    anywhere; that a card came is nowhere but in the encrypted store."""
    relay = RelayProcess(tmp_path / "relay")
    caplog.set_level(logging.INFO)
    caplog.set_level(logging.DEBUG, logger="miaohui")

    async def job() -> None:
        settings = Settings(tmp_path / "settings.json")
        async with screen(settings) as shown, person(relay.url) as bo:
            session = await talk(shown, relay, bo, "canary")
            pane = _pane(shown)
            pane.composer.edit.setPlainText(f"我想死 {CANARY} 写到一半")
            pane.composer.edit.setPlainText("")
            assert pane.card.state is CardState.AWAY, "what is being written is not read"
            say(shown, f"我不想活了 {CANARY}")
            await shown.until(lambda: pane.card.state is CardState.OPEN)
            await shown.until(lambda: shown.client.messages(session)[-1].seq is not None)
            await bo.until(
                lambda: CANARY in bo.client.messages(session)[-1].text  # type: ignore[union-attr]
            )

    try:
        on_qt(qapp, job())
    finally:
        relay.stop()
    logged = caplog.text.casefold()
    kept = (tmp_path / "settings.json").read_bytes()
    relay_side = b"".join(
        file.read_bytes() for file in (tmp_path / "relay").rglob("*") if file.is_file()
    )
    assert CANARY not in logged
    assert CANARY.encode() not in kept
    assert CANARY.encode() in relay_side, "the message itself, as any other"
    for word in ("不想活了", "crisis", "hopeless", "quiet_until", "shown_ms"):
        assert word not in logged
        assert word.encode() not in kept
        if word != "不想活了":
            assert word.encode() not in relay_side
