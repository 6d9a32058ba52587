"""Size of text, motion and contrast as the machine's settings have them, now and when they change.

Linux: the settings portal, which GNOME's and Plasma's desktops serve alike. Windows: its registry
and its own call. Contrast comes from Qt everywhere; macOS has no size of text for all programs.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from PySide6.QtCore import SLOT, QObject, Qt, Signal, Slot
from PySide6.QtGui import QGuiApplication

from miaohui.desktop.look.wishes import SystemWishes

if TYPE_CHECKING:
    from PySide6.QtDBus import QDBusConnection, QDBusPendingCallWatcher

__all__ = ["PORTAL", "PORTAL_PATH", "SETTINGS", "SystemPreferences"]

PORTAL = "org.freedesktop.portal.Desktop"
PORTAL_PATH = "/org/freedesktop/portal/desktop"
SETTINGS = "org.freedesktop.portal.Settings"
USUAL_POINTS = 10.0  # of Plasma's font, whose size is its size of text

T = TypeVar("T")
Key = tuple[str, str]
APPEARANCE = "org.freedesktop.appearance"
GNOME, GNOME_ACCESS = "org.gnome.desktop.interface", "org.gnome.desktop.a11y.interface"
KDE, KDE_FONTS = "org.kde.kdeglobals.KDE", "org.kde.kdeglobals.General"
TEXT_KEYS: dict[Key, Callable[[Any], float]] = {
    (GNOME, "text-scaling-factor"): float,
    (KDE_FONTS, "font"): lambda font: float(str(font).split(",")[1]) / USUAL_POINTS,
}
MOTION_KEYS: dict[Key, Callable[[Any], bool]] = {
    (APPEARANCE, "reduced-motion"): lambda value: int(value) == 1,
    (GNOME, "enable-animations"): lambda value: value is False,
    (KDE, "AnimationDurationFactor"): lambda value: float(value) == 0,
}
CONTRAST_KEYS: dict[Key, Callable[[Any], bool]] = {
    (APPEARANCE, "contrast"): lambda value: int(value) == 1,
    (GNOME_ACCESS, "high-contrast"): lambda value: value is True,
}
KEYS: tuple[Key, ...] = (*TEXT_KEYS, *MOTION_KEYS, *CONTRAST_KEYS)


class SystemPreferences(QObject):
    """Signals: ``changed(SystemWishes)``, where something is not as it was before."""

    changed = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.wishes = SystemWishes()
        self._told: dict[Key, Any] = {}
        # Both are kept: PySide6 takes the hints to be gone together with the first one's wrapper.
        self._style = QGuiApplication.styleHints()
        self._hints = self._style.accessibility()
        self._asked: list[QDBusPendingCallWatcher] = []

    def watch(self) -> None:
        self._hints.contrastPreferenceChanged.connect(self._look)
        if sys.platform.startswith("linux"):
            from PySide6.QtDBus import QDBusConnection

            self.watch_portal(QDBusConnection.sessionBus())
        elif sys.platform == "win32":
            # Nothing tells of these: they are looked at whenever somebody comes back.
            app = QGuiApplication.instance()
            if isinstance(app, QGuiApplication):
                app.applicationStateChanged.connect(self._come_back)
        self._look()

    def watch_portal(self, bus: QDBusConnection) -> None:
        """Reads what is set, and hears of changes, where a portal is there."""
        from PySide6.QtDBus import QDBusMessage, QDBusPendingCallWatcher

        if not bus.isConnected():
            return
        slot = SLOT("portal_changed(QDBusMessage)")
        bus.connect("", PORTAL_PATH, SETTINGS, "SettingChanged", self, slot)  # type: ignore[call-overload]
        for key in KEYS:
            # "Read" is in every version of the portal; it packs the value twice.
            asked = QDBusMessage.createMethodCall(PORTAL, PORTAL_PATH, SETTINGS, "Read")
            asked.setArguments(list(key))
            answer = QDBusPendingCallWatcher(bus.asyncCall(asked), self)
            answer.finished.connect(lambda done, key=key: self._answered(key, done))
            self._asked.append(answer)

    def _answered(self, key: Key, done: QDBusPendingCallWatcher) -> None:
        if done in self._asked:
            self._asked.remove(done)
        if not done.isError():
            self._take(key, done.reply().arguments())
        done.deleteLater()

    @Slot("QDBusMessage")
    def portal_changed(self, message: Any) -> None:
        space, name, *value = message.arguments()
        if (space, name) in KEYS:
            self._take((space, name), value)

    def _take(self, key: Key, arguments: list[Any]) -> None:
        if arguments:
            self._told[key] = _unpacked(arguments[0])
            self._look()

    def _come_back(self, state: Qt.ApplicationState) -> None:
        if state is Qt.ApplicationState.ApplicationActive:
            self._look()

    def _look(self) -> None:
        wishes = self._found()
        if wishes != self.wishes:
            self.wishes = wishes
            self.changed.emit(wishes)

    def _found(self) -> SystemWishes:
        sizes = self._readings(TEXT_KEYS) or [1.0]
        if QGuiApplication.platformName() == "xcb":
            # There the desktop says it by the screen's resolution, too, which Qt follows.
            sizes = [1.0]
        less = any(self._readings(MOTION_KEYS))
        more = any(self._readings(CONTRAST_KEYS))
        if sys.platform == "win32":
            sizes, less = [_windows_text_scale()], not _windows_animates()
        more = more or self._hints.contrastPreference() is Qt.ContrastPreference.HighContrast
        scale = max(1.0, *sizes)  # smaller is what this app's own setting is for
        return SystemWishes(text_scale=round(scale, 2), less_motion=less, more_contrast=more)

    def _readings(self, keys: Mapping[Key, Callable[[Any], T]]) -> list[T]:
        found = []
        for key, read in keys.items():
            if key in self._told:
                try:
                    found.append(read(self._told[key]))
                except (TypeError, ValueError, IndexError):
                    continue  # a later portal's value
        return found


def _unpacked(value: Any) -> Any:
    """A variant's value; an older portal's answer holds another variant."""
    while hasattr(value, "variant"):
        value = value.variant()
    return value


def _windows_text_scale() -> float:
    from PySide6.QtCore import QSettings

    store = QSettings(
        r"HKEY_CURRENT_USER\Software\Microsoft\Accessibility", QSettings.Format.NativeFormat
    )
    percent = str(store.value("TextScaleFactor", 100))
    return int(percent) / 100 if percent.isdecimal() else 1.0


def _windows_animates() -> bool:
    import ctypes

    animates = ctypes.c_int(1)
    user32 = getattr(ctypes, "windll").user32  # noqa: B009 (there on Windows alone)
    user32.SystemParametersInfoW(0x1042, 0, ctypes.byref(animates), 0)  # SPI_GETCLIENTAREAANIMATION
    return bool(animates.value)
