"""Who looks at another program is told by the system: on a bus and by a server of the test's."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("dbus_fast")

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QWidget
from tests.client.world import Person, RelayProcess, paid, person
from tests.desktop.system.conftest import BUS
from tests.desktop.system.notification_server import NotificationServer, notification_server
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up
from tests.end_to_end.test_desk import at_the_desk
from tests.end_to_end.test_window import on_duty

from miaohui.wire.desk import AcceptOrder


@pytest.fixture
def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    if shutil.which("dbus-daemon") is None:
        pytest.skip("no dbus-daemon here")
    config = tmp_path / "bus.conf"
    config.write_text(BUS.format(folder=tmp_path))
    daemon = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address=1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )
    assert daemon.stdout is not None
    address = daemon.stdout.readline().decode().strip()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", address)
    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "")
    yield address
    daemon.kill()
    daemon.communicate()


class Elsewhere:
    """Another program's window, in front while it is there."""

    def __init__(self, shown: Screen) -> None:
        self._shown, self._window = shown, QWidget(None, Qt.WindowType.Dialog)

    async def __aenter__(self) -> None:
        self._window.show()
        self._window.activateWindow()
        await self._shown.until(lambda: not self._shown.window.isActiveWindow())

    async def __aexit__(self, *_: object) -> None:
        self._window.close()


def texts(server: NotificationServer) -> list[str]:
    return [one["text"] for one in server.shown.values()]


async def begun(shown: Screen, bo: Person) -> str:
    """A paid order in the queue, which bo takes."""
    order = await paid(shown)  # type: ignore[arg-type]
    await bo.until(lambda: any(one.order == order for one in bo.client.view.desk.incoming))  # type: ignore[union-attr]
    await bo.client.ask(AcceptOrder(id=bo.client.new_id(), order=order))
    await shown.until(lambda: bool(shown.client.view.sessions))
    return str(shown.client.view.sessions[0].session)


def test_a_customer_hears_of_their_turn_and_of_each_reply_once(
    qapp: QApplication, relay: RelayProcess, bus: str
) -> None:
    async def job() -> None:
        async with (
            notification_server(bus) as server,
            person(relay.url) as bo,
            screen() as shown,
        ):
            await on_duty(bo, relay, "bo-outside")
            await signed_up(shown, relay, "anna-outside")
            async with Elsewhere(shown):
                session = await begun(shown, bo)
                await server.until(lambda: bool(server.heard))
                assert "轮到你了" in server.heard[0]["text"]
                assert server.heard[0]["hints"]["urgency"] == 2
                bo.client.focus(session)
                await bo.until(lambda: bo.client.session(session) is not None)
                bo.client.send_text(session, "这句话不上锁屏")
                await server.until(lambda: len(server.heard) == 2)
                bo.client.send_text(session, "这句也不上")
                await server.until(lambda: len(server.heard) == 3)
                # One for the conversation, and nobody's words in it.
                assert len(server.shown) == 1
                assert texts(server) == ["“小波”发来新消息"]
                await shown.until(lambda: shown.window.windowTitle().startswith("(2) "))
                server.click(next(iter(server.shown)))
                await shown.until(lambda: shown.routes.session_on_screen == session)
            await shown.until(lambda: not shown.window.windowTitle().startswith("("))

    on_qt(qapp, job())


def test_an_order_is_told_at_the_desk_until_it_is_taken(
    qapp: QApplication, relay: RelayProcess, bus: str
) -> None:
    async def job() -> None:
        async with (
            notification_server(bus) as server,
            person(relay.url) as anna,
            screen() as shown,
        ):
            await at_the_desk(shown, relay, "bo-told", "小波")
            await anna.until(lambda: anna.client.view.link.state == "live")
            await anna.client.sign_up("anna-told", "a long password", "小安")
            async with Elsewhere(shown):
                shown.routes.visit("settings")
                await shown.until(lambda: shown.routes.now == "settings")
                order = await paid(anna)
                await server.until(lambda: bool(server.heard))
                (told,) = server.heard
                assert "新订单" in told["text"]
                assert told["hints"]["urgency"] == 2
                assert 30_000 < told["stays_ms"] <= 45_000
                server.click(1)
                await shown.until(lambda: shown.routes.now == "desk")
                bo: Any = shown.client
                await bo.ask(AcceptOrder(id=bo.new_id(), order=order))
                await shown.until(lambda: bool(bo.view.desk.sessions))

    on_qt(qapp, job())


def test_quiet_hours_and_the_switch_keep_it_silent(
    qapp: QApplication, relay: RelayProcess, bus: str
) -> None:
    async def job() -> None:
        async with (
            notification_server(bus) as server,
            person(relay.url) as bo,
            screen() as shown,
        ):
            await on_duty(bo, relay, "bo-hushed")
            await signed_up(shown, relay, "anna-hushed")
            shown.bridge.set(notifications=False)
            async with Elsewhere(shown):
                session = await begun(shown, bo)
                bo.client.focus(session)
                await bo.until(lambda: bo.client.session(session) is not None)
                bo.client.send_text(session, "一")
                await shown.until(lambda: shown.window.windowTitle().startswith("(1) "))
                shown.bridge.set(notifications=True)
                bo.client.send_text(session, "二")
                await server.until(lambda: bool(server.heard))
                assert len(server.heard) == 1

    on_qt(qapp, job())
