"""The machine wakes: heard from a daemon of the test's own, on a bus of its own."""

import asyncio

import pytest
from PySide6.QtDBus import QDBusConnection
from PySide6.QtNetwork import QNetworkInformation
from PySide6.QtWidgets import QApplication
from tests.end_to_end.screen import on_qt

from miaohui.desktop.system.wakefulness import LOGIN1, LOGIN1_PATH, MANAGER, Wakefulness

pytest.importorskip("dbus_fast")


def test_waking_is_heard_and_falling_asleep_is_not(qapp: QApplication, session_bus: str) -> None:
    from dbus_fast import Message
    from dbus_fast.aio import MessageBus

    async def job() -> None:
        daemon = await MessageBus(bus_address=session_bus).connect()
        await daemon.request_name(LOGIN1)
        awake, woke = Wakefulness(), asyncio.Event()
        heard: list[str] = []
        awake.woke.connect(lambda: heard.append("woke"))
        awake.woke.connect(woke.set)
        bus = QDBusConnection.connectToBus(session_bus, "waking")
        awake.watch_login1(bus)
        # Answered behind the wish to hear the signal, which has arrived by then.
        assert bus.interface().isServiceRegistered(LOGIN1).value()
        for begins in (True, False):
            signal = Message.new_signal(LOGIN1_PATH, MANAGER, "PrepareForSleep", "b", [begins])
            daemon.send(signal)
        async with asyncio.timeout(20):
            await woke.wait()
        assert heard == ["woke"]
        awake.deleteLater()
        QDBusConnection.disconnectFromBus("waking")
        daemon.disconnect()
        await daemon.wait_for_disconnect()

    on_qt(qapp, job())


def test_the_network_is_back_when_it_reaches_out(qapp: QApplication) -> None:
    awake = Wakefulness()
    heard: list[str] = []
    awake.online.connect(lambda: heard.append("online"))
    for state in QNetworkInformation.Reachability:
        awake.reachability_changed(state)
    assert heard == ["online"]
