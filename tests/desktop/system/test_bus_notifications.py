"""Notifications on a real bus: one a conversation, replaced, clicked and withdrawn."""

import shutil
import subprocess

import pytest

pytest.importorskip("dbus_fast")

from tests.desktop.system.conftest import Start
from tests.desktop.system.notification_server import notification_server
from tests.desktop.system.sessionbus import appeared

from miaohui.desktop.system.bus_notifications import BusNotifications, Unavailable
from miaohui.desktop.system.notification import Notification, Urgency


def told(subject: str, text: str, **more: object) -> Notification:
    return Notification(subject, "Miaohui", text, "Open", **more)  # type: ignore[arg-type]


@pytest.fixture
def here(session_bus: str, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", session_bus)
    monkeypatch.delenv("XDG_ACTIVATION_TOKEN", raising=False)
    return session_bus


async def test_a_conversation_has_one_notification_and_the_newest_replaces_it(here: str) -> None:
    async with notification_server(here) as server:
        mine = BusNotifications(lambda _: None)
        await mine.show(told("a", "Ann wrote"))
        await mine.show(told("b", "Bo wrote"))
        await mine.show(told("a", "Ann wrote again"))
        assert [one["text"] for one in server.shown.values()] == ["Ann wrote again", "Bo wrote"]
        await mine.close()


async def test_it_says_how_urgent_it_is_whose_it_is_and_how_long_it_is_true(here: str) -> None:
    async with notification_server(here) as server:
        mine = BusNotifications(lambda _: None)
        await mine.show(
            told(
                "o", "New order", urgency=Urgency.CRITICAL, category="im.received", stays_ms=45_000
            )
        )
        (one,) = server.heard
        assert one["hints"] == {
            "urgency": 2,
            "desktop-entry": "miaohui",
            "suppress-sound": True,
            "category": "im.received",
        }
        assert (one["actions"], one["stays_ms"]) == (["default", "Open"], 45_000)
        await mine.show(told("p", "with a sound", sound=True))
        assert server.heard[1]["hints"]["suppress-sound"] is False
        assert server.heard[1]["stays_ms"] == -1
        await mine.close()


async def test_a_click_asks_for_what_it_is_about(
    here: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    monkeypatch.setenv("XDG_ACTIVATION_TOKEN", "")  # so that it is taken back afterwards
    asked: list[str] = []
    async with notification_server(here) as server:
        mine = BusNotifications(asked.append)
        await mine.show(told("a", "Ann wrote"))
        await mine.show(told("b", "Bo wrote"))
        server.click(99)  # another program's
        server.click(2)
        await server.until(lambda: bool(asked))
        assert asked == ["b"]
        assert os.environ["XDG_ACTIVATION_TOKEN"] == "token-of-the-desktop"
        await server.until(lambda: "b" not in mine.numbers)
        await mine.show(told("b", "Bo wrote again"))  # the one before it is gone
        assert server.heard[-1]["replaces"] == 0
        await mine.close()


async def test_what_was_read_is_withdrawn(here: str) -> None:
    async with notification_server(here) as server:
        mine = BusNotifications(lambda _: None)
        await mine.show(told("a", "Ann wrote"))
        await mine.withdraw("never shown")
        await mine.withdraw("a")
        assert server.shown == {}
        await mine.close()


async def test_nobody_there_is_said_and_a_server_that_comes_later_is_found(here: str) -> None:
    mine = BusNotifications(lambda _: None)
    with pytest.raises(Unavailable):
        await mine.show(told("a", "Ann wrote"))
    async with notification_server(here) as server:
        await mine.show(told("a", "Ann wrote"))
        assert len(server.shown) == 1
    await mine.close()


async def test_no_bus_at_all_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere/at/all")
    with pytest.raises(Unavailable):
        await BusNotifications(lambda _: None).show(told("a", "Ann wrote"))


@pytest.mark.skipif(shutil.which("dunst") is None, reason="no dunst here")
async def test_dunst_shows_replaces_and_closes(
    desktop_session: dict[str, str], started: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", desktop_session["DBUS_SESSION_BUS_ADDRESS"])
    async with appeared(desktop_session, "org.freedesktop.Notifications"):
        started("dunst", env=desktop_session, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    mine = BusNotifications(lambda _: None)
    await mine.show(told("a", "小安发来新消息", urgency=Urgency.CRITICAL))
    await mine.show(told("a", "小安又发来新消息"))
    await mine.show(told("b", "New order", stays_ms=45_000))
    assert len(set(mine.numbers.values())) == 2
    await mine.withdraw("a")
    assert list(mine.numbers) == ["b"]
    await mine.close()
