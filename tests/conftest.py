"""What every test may lean on: no keyring, Qt off screen, one QApplication, Qt's warnings as
failures."""

import gc
import os
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

# How long an example takes says something of the machine, nothing of the code.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# The offscreen platform says this of every window; it says nothing about our code.
NOT_OURS = ("This plugin does not support",)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--onscreen", action="store_true", help="show the windows of Qt tests")


def pytest_configure(config: pytest.Config) -> None:
    # No keyring unless a test brings one: the machine's own is not written to, and the library
    # takes a test's own class for the system's once it is made.
    os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
    if not config.getoption("--onscreen"):
        os.environ["QT_QPA_PLATFORM"] = "offscreen"


# Files that take most of a minute, the longest first: begun last, each would be waited for alone.
LONG = ("test_check_run.py", "test_torture.py", "test_tour.py", "test_ordering_machine.py")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files come first; the others, and the tests of each, keep their order."""
    places = {name: place for place, name in enumerate(LONG)}
    items.sort(key=lambda item: places.get(item.path.name, len(LONG)))


@pytest.fixture(scope="session")
def qapp() -> "QApplication":
    """The one QApplication of this test run."""
    from PySide6.QtWidgets import QApplication

    running = QApplication.instance()
    app = running if isinstance(running, QApplication) else QApplication(["miaohui-tests"])
    # From here on cycles may hold windows, and those end in their own thread or crash: the
    # collector does not run by itself any more, in whatever thread allocates next (a store's, or
    # the one that pytest-xdist listens with).
    gc.disable()
    return app


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Collect between tests what the collector would have by itself."""
    if gc.isenabled():
        return
    due = [count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True)]
    if due[0]:
        gc.collect(2 if all(due) else 1 if due[1] else 0)


@pytest.fixture(autouse=True)
def qt_warnings_fail(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that made Qt warn; tests that never ask for `qapp` never import Qt."""
    if "qapp" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("qapp")
    from PySide6.QtCore import (
        QCoreApplication,
        QEvent,
        QMessageLogContext,
        QtMsgType,
        qInstallMessageHandler,
    )

    said: list[str] = []

    def listen(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if kind not in (QtMsgType.QtDebugMsg, QtMsgType.QtInfoMsg):
            said.append(text)

    before = qInstallMessageHandler(listen)
    try:
        yield
        # What deleteLater() promised happens now, inside the test that asked for it.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete.value)
    finally:
        qInstallMessageHandler(before)
    ours = [text for text in said if not text.startswith(NOT_OURS)]
    if ours:
        pytest.fail("Qt warned: " + "; ".join(ours))


@pytest.fixture(autouse=True)
def window_as_it_was(request: pytest.FixtureRequest) -> Iterator[None]:
    """What a window sets for the whole process (its language, the application's font and
    colours, the clipboard) does not reach the next test."""
    app = request.getfixturevalue("qapp") if "qapp" in request.fixturenames else None
    font, palette = (app.font(), app.palette()) if app is not None else (None, None)
    yield
    language = sys.modules.get("miaohui.desktop.look.language")
    if language is not None:
        language.set_language("zh_CN")
    if app is not None:
        # Python's data in the clipboard is freed after Qt is, and the process ends in a crash.
        app.clipboard().clear()
        if app.font() != font:
            app.setFont(font)
        if app.palette() != palette:
            app.setPalette(palette)
