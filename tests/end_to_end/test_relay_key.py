"""A relay's key that changes, as the person at the window meets it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from tests.client.world import RelayProcess
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up

from miaohui.desktop.notices.keychange import KeyChange
from miaohui.desktop.widgets.keyview import KeyView


@pytest.fixture
def own(tmp_path: Path) -> Iterator[RelayProcess]:
    process = RelayProcess(tmp_path / "relay")
    yield process
    process.stop()


def words(inside: QWidget) -> str:
    return "\n".join(one.text() for one in inside.findChildren(QLabel) if not one.isHidden())


def asked(shown: Screen) -> KeyChange | None:
    sheet = shown.window.sheet
    return sheet.body if sheet is not None and isinstance(sheet.body, KeyChange) else None


def test_a_key_that_changes(own: RelayProcess, qapp: QApplication) -> None:
    async def job() -> None:
        async with screen() as shown:
            client = shown.client
            await signed_up(shown, own, "yunduo")
            first = client.view.key_id
            shown.routes.go("settings")
            await shown.until(lambda: bool(shown.page("settings").findChildren(KeyView)))
            (view,) = shown.page("settings").findChildren(KeyView)
            printed = await asyncio.to_thread(own.admin, "key")
            await shown.until(lambda: view.code.text == printed)
            assert first in words(view)

            # In order: followed, said, and no question.
            await asyncio.to_thread(own.kill)
            await asyncio.to_thread(own.admin, "key", "rotate")
            await asyncio.to_thread(own.again)
            await shown.until(lambda: client.view.former_key_ids == (first,))
            second = client.view.key_id
            await shown.until(lambda: f"{first} → {second}" in words(view))
            assert asked(shown) is None

            # A lost key: asked about once, with both ids; Esc accepts nothing.
            await asyncio.to_thread(own.kill)
            (own.data / "relay.key").unlink()
            await asyncio.to_thread(own.again)
            await shown.until(lambda: asked(shown) is not None)
            body = asked(shown)
            assert body is not None
            told = words(body).replace(" ", "")
            third = client.view.new_key_id
            assert second in told
            assert third in told
            assert shown.window.sheet is not None
            QTest.keyClick(shown.window.sheet, Qt.Key.Key_Escape)
            await shown.until(lambda: shown.window.sheet is None)
            assert (client.view.key_id, client.view.new_key_id) == (second, third)
            account = shown.page("settings").findChildren(KeyView)[0].parentWidget()
            await shown.press(account.accept_key)
            await shown.until(lambda: client.view.new_key_id == "")
            assert client.view.key_id == third
            await shown.until(lambda: third in words(view))
            assert first not in words(view)

    on_qt(qapp, job())
