"""The app: window first, then client, network and keyring; one loop for Qt and asyncio."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QApplication

import miaohui.desktop.system.pyside  # noqa: F401  # before any module of the window's
from miaohui import resources
from miaohui.desktop.look.splash import Splash, glance
from miaohui.desktop.navigation.window import MainWindow
from miaohui.desktop.system import input_method

if TYPE_CHECKING:
    from miaohui.client.facade import Client
    from miaohui.client.settings import Settings
    from miaohui.desktop.bridge import Bridge
    from miaohui.desktop.start.instance import Instance
    from miaohui.desktop.start.practice import PracticeHost
    from miaohui.desktop.system.applink import AppLink
    from miaohui.desktop.system.preferences import SystemPreferences
    from miaohui.desktop.system.wakefulness import Wakefulness

__all__ = ["FirstWindow", "Stamps", "first_window", "main", "main_desk", "run", "show_window"]


Beside = Callable[[], Coroutine[Any, Any, None]]


class Stamps:
    """The times of the steps after the window was shown, in ms since the window was on the screen."""

    def __init__(self) -> None:
        from miaohui.runtime.clock import stamp_ns

        self._now = stamp_ns
        self._first = stamp_ns()
        self.ms: dict[str, float] = {}

    def stamp(self, step: str) -> None:
        self.ms.setdefault(step, round((self._now() - self._first) / 1e6, 1))


class FirstWindow(NamedTuple):
    """A window with its first page, and nothing behind it yet."""

    app: QApplication
    settings: Settings
    bridge: Bridge
    window: MainWindow
    stamps: Stamps


def show_window(
    folder: Path | None, arguments: Sequence[str] = ()
) -> tuple[QApplication, MainWindow]:
    """Puts the window on the screen; what the pages need is loaded after that."""
    input_method.prepare()
    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(["miaohui", *arguments])
    app.setApplicationName("miaohui")
    app.setDesktopFileName("miaohui")  # by it Wayland finds the icon, and the panel its window
    app.setQuitOnLastWindowClosed(False)  # the loop ends itself, once everything is written down
    appearance, has_relay, place = glance(_settings_file(folder))
    window = MainWindow(Splash(appearance, rail=has_relay))
    window.take_place(place)
    window.show()
    app.processEvents()
    return app, window


def first_window(folder: Path | None, arguments: Sequence[str] = ()) -> FirstWindow:
    """The window with its first page; neither asyncio nor the network is imported by then."""
    app, window = show_window(folder, arguments)
    stamps = Stamps()
    from miaohui.client.settings import Settings
    from miaohui.desktop.bridge import Bridge

    settings = Settings(_settings_file(folder))
    bridge = Bridge(settings)
    window.furnish(bridge)
    app.processEvents()
    stamps.stamp("furnished")
    app.setWindowIcon(QIcon(str(resources.path("icons", "miaohui.svg"))))
    return FirstWindow(app, settings, bridge, window, stamps)


def _settings_file(folder: Path | None) -> Path | None:
    return None if folder is None else folder / "settings.json"


def main(argv: Sequence[str]) -> int:
    """The customer's window."""
    return _main(argv, "miaohui")


def main_desk(argv: Sequence[str]) -> int:
    """The responder's: the same window with a folder of its own, so that a customer and a
    responder can share a machine."""
    return _main(argv, "miaohui desk", profile="desk")


def _main(argv: Sequence[str], program: str, profile: str = "") -> int:
    from PySide6.QtCore import QLocale

    from miaohui.desktop.look.language import of_locale, say, set_language
    from miaohui.desktop.start.instance import Instance, Occupancy
    from miaohui.desktop.system import applink
    from miaohui.runtime import memoryimage
    from miaohui.runtime.arguments import ASKED_WRONGLY, Parser, complain, reason

    memoryimage.leave_none()
    set_language(of_locale(QLocale.system()))  # until the settings have been read
    parser = Parser(prog=program)
    parser.add_argument(
        "--data", type=Path, metavar="DIR", help="where history and settings are kept"
    )
    parser.add_argument(
        "link", nargs="?", default="", metavar="LINK", help="where to go: miaohui://settings"
    )
    options = parser.parse_args(list(argv))
    link = applink.parsed(options.link) if options.link else None
    if options.link and link is None:
        complain(program, say("这不是秒回的链接", "this is no link of Miaohui's"))
        return ASKED_WRONGLY
    folder = options.data if options.data is not None else _default_folder(profile)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        complain(program, reason(error))
        return ASKED_WRONGLY
    if not _has_display():
        # Qt would end the whole process here.
        complain(
            program,
            say(
                "这里没有显示器；设 QT_QPA_PLATFORM=offscreen 就不需要",
                "there is no display here; QT_QPA_PLATFORM=offscreen needs none",
            ),
        )
        return ASKED_WRONGLY
    instance = Instance(folder)
    claim = instance.claim()
    if claim is Occupancy.RUNNING:
        return _hand_over(program, folder, instance, link)
    if claim is Occupancy.CLOSED:
        unwritable = say(
            f"不能写入 {folder}：换一个文件夹（--data），或改它的权限",
            f"{folder} cannot be written to: name another folder (--data) or change its permissions",
        )
        complain(program, unwritable)
        return ASKED_WRONGLY
    opened = first_window(folder)
    try:
        return run(opened, folder, instance=instance, link=link)
    finally:
        instance.release()


def _hand_over(program: str, folder: Path, instance: Instance, link: AppLink | None) -> int:
    """The first window comes to the front; this start has nothing more to do."""
    from miaohui.desktop.look.language import say
    from miaohui.runtime.arguments import ASKED_WRONGLY, complain

    if instance.tell_first(link):
        return 0
    silent = say(
        f"已经在运行（{folder}），但没有响应：等一会儿，或结束那个进程再试",
        f"already running in {folder}, and not answering: wait, or end that process first",
    )
    complain(program, silent)
    return ASKED_WRONGLY


def _has_display() -> bool:
    named = ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    return not sys.platform.startswith("linux") or any(os.environ.get(each) for each in named)


def _default_folder(profile: str) -> Path:
    import platformdirs

    home = platformdirs.user_data_path("miaohui", appauthor=False)
    return home / profile if profile else home


def run(
    opened: FirstWindow,
    folder: Path,
    beside: Beside | None = None,
    *,
    instance: Instance | None = None,
    link: AppLink | None = None,
) -> int:
    """Brings the window to life and works until it is closed. ``beside`` runs on the same loop."""
    import asyncio

    from qasync import QEventLoop

    from miaohui.desktop.loop.garbage import collecting
    from miaohui.runtime.memory import share_heap

    share_heap()
    _log_to(folder)
    _translate(opened)
    loop = asyncio.Runner(loop_factory=lambda: QEventLoop(opened.app))
    with collecting(opened.app), loop as runner:
        runner.run(_work(opened, folder, beside, instance, link))
    return 0


async def _work(
    opened: FirstWindow,
    folder: Path,
    beside: Beside | None = None,
    instance: Instance | None = None,
    link: AppLink | None = None,
) -> None:
    import asyncio

    from miaohui.client.facade import Client
    from miaohui.desktop.checking.running import Running
    from miaohui.desktop.start.ending import QuitSignals
    from miaohui.desktop.start.practice import PracticeHost
    from miaohui.runtime.tasks import Tasks

    bridge, window, stamps = opened.bridge, opened.window, opened.stamps
    closed = asyncio.Event()
    window.closing.connect(closed.set)
    ending = QuitSignals(opened.app)
    ending.asked.connect(closed.set)
    tasks, life = Tasks(), Tasks()
    client = Client(opened.settings, folder)
    working = life.start(client.run(), "client")
    practice = PracticeHost(bridge, folder / "practice")
    running = Running(folder / "checks")
    bridge.attach(client, tasks)
    window.begin(running)
    _join(window, bridge, practice)
    stamps.stamp("alive")
    _watch_errors(bridge)
    _hear_outside(window, instance, link)
    awake, preferences = _stay_awake(client), _heed(bridge)
    if bridge.settings.practice:
        practice.start()
    working.add_done_callback(lambda _task: closed.set())
    if beside is not None:
        life.start(beside(), "beside")
    try:
        await closed.wait()
    finally:
        awake.deleteLater()
        preferences.deleteLater()
        _remember(window, bridge)
        bridge.detach()
        await tasks.close()
        client.stop()
        await asyncio.wait([working], timeout=10)
        await running.close()  # before the relay that it may be on
        await practice.stop()
        await life.close()
        window.hide()
        ending.close()


def _hear_outside(window: MainWindow, instance: Instance | None, link: AppLink | None) -> None:
    """Later starts raise this window; links go to their place."""
    routes, notices = window.routes, window.notices
    if routes is None or notices is None:
        return
    if instance is not None:
        instance.raise_asked.connect(notices.outside.raise_window)
        instance.link_asked.connect(routes.follow_link)
        instance.listen()
    if link is not None:
        routes.follow_link(link)


def _remember(window: MainWindow, bridge: Bridge) -> None:
    """Where the person was: found again at the next start."""
    page = "" if window.routes is None else window.routes.now
    bridge.set(window_place=window.place(), page=page)


def _stay_awake(client: Client) -> Wakefulness:
    from miaohui.desktop.system.wakefulness import Wakefulness

    awake = Wakefulness()
    awake.woke.connect(client.knock)
    awake.online.connect(client.knock)
    awake.watch()
    return awake


def _heed(bridge: Bridge) -> SystemPreferences:
    """The window looks as the machine's settings ask."""
    from miaohui.desktop.system.preferences import SystemPreferences

    preferences = SystemPreferences()
    preferences.changed.connect(bridge.look.heed)
    preferences.watch()
    return preferences


def _join(window: MainWindow, bridge: Bridge, practice: PracticeHost) -> None:
    """Practice's door on the start page, and its end with the relay's."""
    window.practice_asked.connect(practice.start)
    practice.progressed.connect(window.practice_progress)
    practice.failed.connect(window.practice_failed)
    practice.ready.connect(window.practice_ready)

    def setting_changed(name: str) -> None:
        if name == "practice" and not bridge.settings.practice:
            bridge.run(practice, practice.stop())

    bridge.setting_changed.connect(setting_changed)


def _watch_errors(bridge: Bridge) -> None:
    """The last handler: what nobody expected is logged in full and told in one sentence."""
    import logging
    from types import TracebackType

    def last(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        logging.getLogger("miaohui").critical("not expected", exc_info=(kind, error, trace))
        bridge.trouble.emit("internal", "", 0)

    sys.excepthook = last


def _log_to(folder: Path) -> None:
    import logging
    from logging.handlers import RotatingFileHandler

    handler = RotatingFileHandler(
        folder / "miaohui.log", maxBytes=1_000_000, backupCount=2, encoding="utf-8", delay=True
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    root.setLevel(logging.WARNING)


def _translate(opened: FirstWindow) -> None:
    """Qt's own words (copy, paste, file dialogs) in the window's language."""
    from PySide6.QtCore import QLibraryInfo, QTranslator

    from miaohui.desktop.look.language import current

    translator = QTranslator(opened.app)
    where = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)

    def load() -> None:
        opened.app.removeTranslator(translator)
        if current() == "zh_CN" and translator.load("qtbase_zh_CN", where):
            opened.app.installTranslator(translator)

    load()
    opened.bridge.language_changed.connect(load)
