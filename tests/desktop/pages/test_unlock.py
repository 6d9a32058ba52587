"""The form for the history's key, on real stores: nothing begins anew without saying so."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import keyring
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QSignalSpy, QTest
from PySide6.QtWidgets import QApplication
from tests.client.keys import Box, Prompting, Stray
from tests.client.world import PASSWORD, Person, RelayProcess
from tests.end_to_end.screen import on_qt

from miaohui.client.facade import Client
from miaohui.client.settings import Settings
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.pages.unlock import UnlockForm, UnlockWay
from miaohui.runtime.tasks import Tasks

WORDS = "correct horse"


@pytest.fixture
def box() -> Iterator[Box]:
    before, mine = keyring.get_keyring(), Box()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


@pytest.fixture
def prompting() -> Iterator[Prompting]:
    before, mine = keyring.get_keyring(), Prompting()
    keyring.set_keyring(mine)
    yield mine
    mine.answer()
    keyring.set_keyring(before)


@asynccontextmanager
async def running(folder: Path) -> AsyncIterator[tuple[Client, Bridge]]:
    settings, tasks, pages = Settings(None), Tasks(), Tasks()
    settings.set(language="zh_CN")
    client, bridge = Client(settings, folder), Bridge(settings)
    tasks.start(client.run(), "client")
    await Person(client).until(lambda: client.view.keyring != "")
    bridge.attach(client, pages)
    try:
        yield client, bridge
    finally:
        bridge.detach()
        await pages.close()
        client.stop()
        await tasks.close()


async def _opened(form: UnlockForm) -> None:
    spy = QSignalSpy(form.unlocked)
    while not spy.count():  # noqa: ASYNC110 (a signal of Qt's)
        await asyncio.sleep(0)


async def _told(form: UnlockForm) -> str:
    while form.result.isHidden() or not form.isEnabled():  # noqa: ASYNC110 (Qt's state)
        await asyncio.sleep(0)
    return form.result.text()


def test_twice_and_eight_characters(qapp: QApplication, tmp_path: Path) -> None:
    before = keyring.get_keyring()
    keyring.set_keyring(Stray())

    async def job() -> None:
        async with running(tmp_path) as (client, bridge):
            form = UnlockForm(bridge)
            form.show()
            form.activateWindow()
            assert form.way is UnlockWay.FIRST
            QTest.keyClicks(form.passphrase, "12")
            QTest.keyClick(form.passphrase, Qt.Key.Key_Return)
            QTest.keyClicks(form.repeated, "12")
            QTest.keyClick(form.repeated, Qt.Key.Key_Return)
            assert "8" in await _told(form)
            form.passphrase.setText(WORDS)
            form.repeated.setText("correct hors")
            form.with_words.click()
            assert "不一样" in await _told(form)
            form.repeated.setText(WORDS)
            form.with_words.click()
            await _opened(form)
            assert client.view.keyring == "passphrase"
            form.close()

    try:
        on_qt(qapp, job())
    finally:
        keyring.set_keyring(before)


def test_the_keyrings_password_opens_nothing_and_moves_nothing(
    qapp: QApplication, box: Box, tmp_path: Path
) -> None:
    async def job() -> None:
        async with running(tmp_path):
            pass
        box.locked = True
        async with running(tmp_path) as (client, bridge):
            form = UnlockForm(bridge)
            form.show()
            # There is no field into which it could be typed.
            assert form.way is UnlockWay.KEYRING
            assert not form.passphrase.isVisible()
            form.again.click()
            assert "没有动过" in await _told(form)

            # A new one is a page of its own, says what becomes of the old one, and has a way back.
            form.begin.click()
            assert form.way is UnlockWay.ANEW
            assert "放到一边" in form.about.text()
            form.back.click()
            assert form.way is UnlockWay.KEYRING
            assert not client.view.aside
            form.begin.click()
            form.passphrase.setText(WORDS)
            form.repeated.setText(WORDS)
            form.with_words.click()
            await _opened(form)
            assert client.view.aside
            await client.bring_history_back()
            form.close()
        box.locked = False
        async with running(tmp_path) as (client, _bridge):
            assert client.view.keyring == "working"
            assert client.view.aside, "the one that began anew lies aside now"

    on_qt(qapp, job())


def test_a_prompt_holds_nothing_up_and_its_answer_opens_the_history(
    qapp: QApplication, prompting: Prompting, tmp_path: Path
) -> None:
    relay = RelayProcess(tmp_path / "relay")

    async def job() -> None:
        async with running(tmp_path / "app") as (client, bridge):
            assert client.view.keyring == "asking"
            form = UnlockForm(bridge)
            form.show()
            assert form.way is UnlockWay.WAIT
            assert not form.passphrase.isVisible()
            # Whoever practises goes on meanwhile.
            client.choose_relay(relay.url)
            someone = Person(client)
            await someone.until(lambda: client.view.link.state == "live")
            await client.sign_up("anna-prompt", PASSWORD, "小安")
            prompting.answer()
            await _opened(form)
            await someone.until(lambda: client.view.keyring == "working")
            await someone.until(lambda: any("token:" in name for _, name in prompting.kept))
            form.close()
        async with running(tmp_path / "app") as (client, _bridge):
            assert client.view.keyring == "working"

    try:
        on_qt(qapp, job())
    finally:
        relay.stop()


def test_a_prompt_that_is_put_away_has_a_page_of_its_own(
    qapp: QApplication, prompting: Prompting, tmp_path: Path
) -> None:
    async def job() -> None:
        async with running(tmp_path) as (client, bridge):
            form = UnlockForm(bridge)
            form.show()
            assert form.way is UnlockWay.WAIT
            prompting.answer(cancelled=True)
            await Person(client).until(lambda: client.view.keyring == "cancelled")
            assert form.way is UnlockWay.KEYRING
            assert "被关掉" in form.about.text()
            prompting.answer()
            form.again.click()
            await _opened(form)
            assert client.view.keyring == "working"
            form.close()

    on_qt(qapp, job())


def test_memory_is_no_longer_asked_by_the_keyring(
    qapp: QApplication, prompting: Prompting, tmp_path: Path
) -> None:
    async def job() -> None:
        async with running(tmp_path) as (client, bridge):
            form = UnlockForm(bridge)
            spy = QSignalSpy(form.unlocked)
            form.memory.click()
            await _opened(form)
            assert client.view.keyring == "memory"
            prompting.answer()
            while not prompting.kept:  # noqa: ASYNC110 (the keyring's thread)
                await asyncio.sleep(0)
            await Person(client).until(lambda: not client._identity.is_asking)
            assert client.view.keyring == "memory"
            assert spy.count() == 1
            form.close()

    on_qt(qapp, job())
