"""What the machine's settings ask of every program: a portal of the test's own, on its own bus."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from PySide6.QtDBus import QDBusConnection
from PySide6.QtWidgets import QApplication
from tests.end_to_end.screen import on_qt

from miaohui.client.settings import Settings
from miaohui.desktop.look.look import Look
from miaohui.desktop.look.theme import contrasted, dark, light
from miaohui.desktop.look.wishes import SystemWishes
from miaohui.desktop.system.preferences import (
    APPEARANCE,
    GNOME,
    GNOME_ACCESS,
    KDE,
    KDE_FONTS,
    PORTAL,
    PORTAL_PATH,
    SETTINGS,
    SystemPreferences,
)
from miaohui.desktop.widgets.ring import CountRing

pytest.importorskip("dbus_fast")

Key = tuple[str, str]
PLAIN = SystemWishes()


async def asked_of(
    session_bus: str, told: dict[Key, tuple[str, Any]], *, then: Key | None = None
) -> list[SystemWishes]:
    """What an app hears of a portal that has ``told``, until ``then`` was changed, too."""
    from dbus_fast import Message, MessageType, Variant
    from dbus_fast.aio import MessageBus

    portal = await MessageBus(bus_address=session_bus).connect()
    first = told if then is None else {key: told[key] for key in told if key != then}

    def answer(message: Message) -> Message | None:
        if message.message_type is not MessageType.METHOD_CALL or message.path != PORTAL_PATH:
            return None
        kept = first.get((message.body[0], message.body[1]))
        if kept is None:
            return Message.new_error(message, "org.freedesktop.portal.Error.NotFound", "no")
        return Message.new_method_return(message, "v", [Variant("v", Variant(*kept))])

    portal.add_message_handler(answer)
    await portal.request_name(PORTAL)
    preferences, heard = SystemPreferences(), []
    preferences.changed.connect(heard.append)
    bus = QDBusConnection.connectToBus(session_bus, "preferences")
    preferences.watch_portal(bus)

    async def until(holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(20):
            while not holds():  # noqa: ASYNC110 (the bus and Qt both go on meanwhile)
                await asyncio.sleep(0)

    # Answered behind the wish to hear of changes, which has arrived by then.
    assert bus.interface().isServiceRegistered(PORTAL).value()
    await until(lambda: not preferences._asked)
    if then is not None:
        body = [*then, Variant(*told[then])]
        portal.send(Message.new_signal(PORTAL_PATH, SETTINGS, "SettingChanged", "ssv", body))
        before = len(heard)
        await until(lambda: len(heard) > before)
    preferences.deleteLater()
    QDBusConnection.disconnectFromBus("preferences")
    portal.disconnect()
    await portal.wait_for_disconnect()
    return heard


def test_gnome_s_settings_are_followed(qapp: QApplication, session_bus: str) -> None:
    told: dict[Key, tuple[str, Any]] = {
        (GNOME, "text-scaling-factor"): ("d", 1.25),
        (GNOME, "enable-animations"): ("b", False),
        (GNOME_ACCESS, "high-contrast"): ("b", True),
    }

    async def job() -> None:
        heard = await asked_of(session_bus, told)
        assert heard[-1] == SystemWishes(text_scale=1.25, less_motion=True, more_contrast=True)

    on_qt(qapp, job())


def test_plasma_s_settings_are_followed(qapp: QApplication, session_bus: str) -> None:
    told: dict[Key, tuple[str, Any]] = {
        (KDE_FONTS, "font"): ("s", "Noto Sans,15,-1,5,400,0,0,0,0,0,0,0,0,0,0,1"),
        (KDE, "AnimationDurationFactor"): ("s", "0"),
        (APPEARANCE, "contrast"): ("u", 1),
    }

    async def job() -> None:
        heard = await asked_of(session_bus, told)
        assert heard[-1] == SystemWishes(text_scale=1.5, less_motion=True, more_contrast=True)

    on_qt(qapp, job())


def test_a_change_is_heard(qapp: QApplication, session_bus: str) -> None:
    key = (APPEARANCE, "reduced-motion")

    async def job() -> None:
        heard = await asked_of(session_bus, {key: ("u", 1)}, then=key)
        assert heard == [SystemWishes(less_motion=True)]

    on_qt(qapp, job())


def test_what_a_later_portal_says_in_another_way_is_let_go(qapp: QApplication) -> None:
    preferences = SystemPreferences()
    preferences._told = {
        (KDE_FONTS, "font"): "Noto Sans",
        (GNOME, "text-scaling-factor"): None,
        (APPEARANCE, "contrast"): "more",
        (KDE, "AnimationDurationFactor"): [],
    }
    preferences._look()
    assert preferences.wishes == PLAIN


def test_the_window_looks_as_it_was_asked(qapp: QApplication) -> None:
    kept = Settings(None)
    kept.set(appearance="dark", scale_percent=125)
    look, told = Look(kept.values), []
    look.changed.connect(lambda: told.append(look.scale))
    plain = look.sheet()
    look.heed(SystemWishes(text_scale=1.2, less_motion=True, more_contrast=True))
    assert told == [1.5]
    assert (look.theme, look.motion) == (contrasted(dark()), False)
    assert look.sheet() != plain
    look.heed(SystemWishes(text_scale=4.0))
    assert look.scale == 2.5
    assert (look.theme, look.motion) == (dark(), True)


def test_without_motion_the_ring_goes_by_seconds(qapp: QApplication) -> None:
    look = Look(Settings(None).values)
    look.heed(SystemWishes(less_motion=True))
    ring = CountRing(look)
    shown = []
    for wait, confirmed in ((6_990, False), (7_010, False), (10_300, False), (10_300, True)):
        ring.set_wait(wait, 10_000, confirmed=confirmed)
        shown.append((ring.figure(), ring.tone()))
    assert shown == [("6", "kept"), ("7", "warn"), ("10", "warn"), ("11", "breach")]
    assert light() != contrasted(light())
