"""A password changed, forgotten, and set anew by a recovery code, as a person does it."""

import os
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QApplication
from tests.client.world import PASSWORD, RelayProcess
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up

NEW, NEWEST = "quite another 8", "the third of them 3"


def shot(shown: Screen, name: str) -> None:
    """A picture, where somebody wants to look at it."""
    folder = os.environ.get("SHOTS")
    if folder:
        shown.window.grab().save(str(Path(folder) / f"{name}.png"))


def test_a_password_is_changed_and_recovered(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with screen() as shown:
            await signed_up(shown, relay, "forgetful")
            shown.routes.go("settings")
            part: Any = shown.page("settings").account.password
            await shown.until(part.change.isVisible)
            shown.type(part.old, PASSWORD)
            shown.type(part.new, "password1")
            await shown.press(part.change)
            await shown.until(lambda: "太常见" in part.note.text())
            part.new.clear()
            shown.type(part.new, NEW)
            await shown.press(part.change)
            await shown.until(lambda: "已改" in part.note.text())
            shown.type(part.old, NEW)
            await shown.press(part.recovery)
            await shown.until(lambda: "恢复码：" in part.note.text())
            code = part.note.text().partition("恢复码：")[2].split()[0]
            shot(shown, "password")
            await shown.press(shown.page("settings").account.sign_out)
            await shown.until(lambda: shown.client.view.account is None)
            await shown.until(lambda: shown.client.view.link.state == "live")
            await shown.bridge.live()
            account = await shown.client.recover("forgetful", code, NEWEST)
            assert account.name == "forgetful"
            await shown.until(lambda: shown.client.view.account is not None)

    on_qt(qapp, job())


def test_the_form_takes_a_recovery_code(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with screen() as shown:
            start = shown.page("start")
            shown.type(start.address, relay.url)
            await shown.press(start.enter)
            await shown.until(lambda: shown.window.sheet is not None)
            form: Any = shown.window.sheet.body  # type: ignore[union-attr]
            await shown.press(form.way_back)
            shown.type(form.name, "nobody")
            shown.type(form.password, NEW)
            await shown.press(form.enter)
            await shown.until(lambda: form.result.text() == "请填写恢复码。")
            shown.type(form.code, "23456-" * 6)
            shot(shown, "recover")
            await shown.press(form.enter)
            await shown.until(lambda: "不对" in form.result.text())

    on_qt(qapp, job())
