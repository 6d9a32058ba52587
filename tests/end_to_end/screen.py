"""A real window with everything behind it, and a person's hands, for tests of the whole."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget
from qasync import QEventLoop
from tests.client.world import PASSWORD, RelayProcess
from tests.strays import strays

from miaohui.client.facade import Client
from miaohui.client.settings import Settings
from miaohui.desktop.bridge import Bridge
from miaohui.desktop.checking.running import Running
from miaohui.desktop.look.splash import Splash
from miaohui.desktop.loop.garbage import collecting
from miaohui.desktop.navigation.window import MainWindow
from miaohui.runtime.clock import Clock
from miaohui.runtime.tasks import Tasks

LIMIT_S = 20.0
AGAIN_S = 0.01
STUCK_S = 200.0  # less than faulthandler's, which tells of threads and not of what a job awaits


class Screen:
    """A window with everything behind it, and a person's hands."""

    def __init__(self, window: MainWindow, client: Client, bridge: Bridge) -> None:
        self.window, self.client, self.bridge = window, client, bridge

    @property
    def routes(self) -> Any:
        return self.window.routes

    def page(self, name: str) -> Any:
        return self.routes.page(name)

    async def until(self, holds: Callable[[], bool]) -> None:
        """Looks again whenever the client, or a page's own work, may have changed something.

        What is still being built or filled is nothing that a person has seen yet.
        """

        async def turn() -> None:
            while self.bridge.scheduler.is_busy or not holds():  # noqa: ASYNC110 (Qt's timers change pages, too)
                await asyncio.sleep(0)

        try:
            await asyncio.wait_for(turn(), LIMIT_S)
        except TimeoutError:
            words = [one.text() for one in self.window.findChildren(QLabel) if one.isVisible()]
            raise AssertionError(f"never held; on the screen: {words}") from None

    async def press(self, button: QAbstractButton) -> None:
        await self.until(lambda: button.isVisible() and button.isEnabled())
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(6, 6))

    async def point(self, at: QPoint) -> None:
        """Moves the pointer to a place in the window."""
        await outside(lambda: QTest.mouseMove(self.window, at))

    def type(self, field: QWidget, text: str) -> None:
        field.setFocus()
        QTest.keyClicks(field, text)


@asynccontextmanager
async def screen(
    settings: Settings | None = None, folder: Path | None = None, *, clock: Clock | None = None
) -> AsyncIterator[Screen]:
    settings = settings or Settings(None)
    settings.set(language="zh_CN", appearance="light")
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    with strays(app) as found:
        async with _screen(settings, folder, clock) as shown:
            yield shown
    assert not found, found


@asynccontextmanager
async def _screen(
    settings: Settings, folder: Path | None, clock: Clock | None
) -> AsyncIterator[Screen]:
    bridge = Bridge(settings)
    window = MainWindow(Splash("light", rail=False))
    window.furnish(bridge)
    window.show()
    client, pages, life = Client(settings, folder, clock=clock), Tasks(), Tasks()
    working = life.start(client.run(), "client")
    bridge.attach(client, pages)
    checks = TemporaryDirectory()
    window.begin(Running(Path(checks.name)))
    try:
        yield Screen(window, client, bridge)
    finally:
        bridge.detach()
        await pages.close()
        client.stop()
        await working
        await life.close()
        window.close()
        window.deleteLater()
        checks.cleanup()
        # Now, and here: a collection in another thread would end it there, timers and all.
        QCoreApplication.sendPostedEvents(window, QEvent.Type.DeferredDelete.value)


async def outside(gesture: Callable[[], None]) -> None:
    """A gesture in which Qt turns its loop, made by the loop and by no task.

    Inside a task no other may take a step: whose turn came meanwhile would never go on, nor end.
    """
    loop = asyncio.get_running_loop()
    made: asyncio.Future[None] = loop.create_future()

    def make() -> None:
        try:
            gesture()
        except BaseException as error:
            made.set_exception(error)
        else:
            made.set_result(None)

    loop.call_soon(make)
    await made


def on_qt(qapp: QApplication, job: Coroutine[Any, Any, None]) -> None:
    qapp.setQuitOnLastWindowClosed(False)  # as the app does: the loop ends itself
    lost: list[str] = []

    def hear(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        error, step = context.get("exception"), context.get("handle")
        if isinstance(error, RuntimeError) and "enter into task" in str(error) and step:
            lost.append(str(error))
            loop.call_later(AGAIN_S, step._run)  # or the job would wait for that task for ever
        else:
            loop.default_exception_handler(context)

    with collecting(qapp), asyncio.Runner(loop_factory=lambda: QEventLoop(qapp)) as runner:
        runner.get_loop().set_exception_handler(hear)
        runner.run(_limited(job))
    assert not lost, f"Qt's loop was turned inside a task; `outside` makes such a gesture: {lost}"


async def _limited(job: Coroutine[Any, Any, None]) -> None:
    async with asyncio.timeout(STUCK_S):
        await job


async def signed_up(shown: Screen, relay: RelayProcess, name: str) -> None:
    start = shown.page("start")
    shown.type(start.address, relay.url)
    await shown.press(start.enter)
    await shown.until(lambda: shown.window.sheet is not None)
    form: Any = shown.window.sheet.body  # type: ignore[union-attr]
    await shown.press(form.way_up)
    shown.type(form.name, name)
    shown.type(form.password, PASSWORD)
    QTest.keyClick(form.password, Qt.Key.Key_Return)
    await shown.until(lambda: shown.routes.now == "discover")
