"""The input method by which Chinese is typed: how Qt finds it on Linux, and which one is in use.

PySide's wheels bring Qt's plug-in for ibus and none for fcitx. fcitx5 speaks ibus's protocol as
well, so that one plug-in serves both, if Qt is told to try it.
"""

from __future__ import annotations

import enum
import os
import shutil
import sys
from collections.abc import Mapping, MutableMapping

__all__ = ["InputMethod", "in_use", "prepare", "variables"]

# Values of QT_IM_MODULE that a person means, and that the wheel has: they stay.
KEPT = ("compose", "ibus", "none", "qtvirtualkeyboard", "simple", "wayland")
FCITX = ("fcitx", "fcitx5")
SERVICES = ("org.fcitx.Fcitx5", "org.fcitx.Fcitx-0", "org.freedesktop.IBus")
PORTAL = "org.freedesktop.portal.IBus"


class InputMethod(enum.Enum):
    """The program that turns keys into characters here."""

    SYSTEM = "system"  # Windows, macOS, and a Wayland desktop: by their own way
    FCITX = "fcitx"
    IBUS = "ibus"
    NONE = "none"  # nothing that this window could reach


def variables(environ: Mapping[str, str], *, has_ibus: bool) -> dict[str, str]:
    """The environment that Qt needs before it starts; empty where the person said it, or off Linux's
    desktops. ``has_ibus``: ibus's daemon is installed, without which the plug-in gives up unless
    it is sent to the session's bus, where fcitx5 answers in ibus's name."""
    told: dict[str, str] = {}
    if "QT_IM_MODULES" not in environ:
        asked = environ.get("QT_IM_MODULE", "")
        if asked in KEPT and asked != "ibus":
            return {}
        wanted = ["wayland"] if "WAYLAND_DISPLAY" in environ else []
        # Somebody who built fcitx's plug-in for this very Qt keeps it; else Qt goes on to ibus,
        # and where nothing answers there, to its own table of dead keys.
        wanted += [FCITX[0], "ibus"] if asked in FCITX else ["ibus"]
        told["QT_IM_MODULES"] = ";".join(wanted)
    if not has_ibus and "IBUS_USE_PORTAL" not in environ:
        told["IBUS_USE_PORTAL"] = "1"
    return told


def prepare(environ: MutableMapping[str, str] | None = None) -> None:
    """To be called before the QApplication is made; later it changes nothing."""
    environ = os.environ if environ is None else environ
    if sys.platform.startswith("linux"):
        environ.update(variables(environ, has_ibus=shutil.which("ibus-daemon") is not None))


def in_use() -> InputMethod:
    """By what runs on the session's bus and what Qt was told to try."""
    from PySide6.QtGui import QGuiApplication

    if not sys.platform.startswith("linux"):
        return InputMethod.SYSTEM
    if QGuiApplication.platformName().startswith("wayland"):
        return InputMethod.SYSTEM
    return of_services(_services(), os.environ)


def of_services(running: frozenset[str], environ: Mapping[str, str]) -> InputMethod:
    """``running``: names on the session's bus. NONE where Qt was told to leave ibus alone."""
    tried = environ.get("QT_IM_MODULES") or environ.get("QT_IM_MODULE", "")
    if "ibus" not in tried.split(";"):
        return InputMethod.NONE
    if any(name.startswith("org.fcitx.Fcitx") for name in running):
        return InputMethod.FCITX
    if "org.freedesktop.IBus" in running or PORTAL in running:
        return InputMethod.IBUS
    return InputMethod.NONE


def _services() -> frozenset[str]:
    """Empty where there is no session bus, or none that answers."""
    from PySide6.QtDBus import QDBusConnection

    bus = QDBusConnection.sessionBus()
    if not bus.isConnected():
        return frozenset()
    asked = bus.interface()
    return frozenset(
        name for name in (*SERVICES, PORTAL) if asked.isServiceRegistered(name).value()
    )
