"""Settings, declared once as data; kept as a small JSON file that survives a crash."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import msgspec

Language = Literal["system", "zh_CN", "en"]
Appearance = Literal["system", "light", "dark"]


class Values(msgspec.Struct, frozen=True, kw_only=True):
    """Every setting with its default. Sizes in percent or points, sums in fen."""

    language: Language = "system"
    appearance: Appearance = "system"
    scale_percent: int = 100  # the interface: 100, 125, 150, 175, 200
    message_pt: int = 11  # the messages' own size, at 100 percent
    calm: bool = False  # hides the counting ring and the red
    notifications: bool = True
    sounds: bool = False  # with a notification of the system's
    speak_words: bool = True  # a screen reader says what a message says, too
    hushed_from: int = 0  # hours of this machine's day without any; the same twice: none
    hushed_to: int = 0
    send_seen: bool = True
    relay_url: str = ""  # empty: the first start
    practice: bool = False
    device: str = ""
    generation: int = 0
    ends_notice: bool = True
    update_notices: bool = False  # asked for only once a person wants them
    motion: bool = True
    window_place: tuple[int, ...] = ()  # x, y, width, height as it was left; 1 where maximised
    page: str = ""  # the page that was on the screen
    met_keys: tuple[str, ...] = ()  # relays' public keys in hex, as a person met or accepted them


class SettingsError(ValueError):
    """A value that a setting does not take."""


_RANGES = {
    "scale_percent": (80, 250),
    "message_pt": (8, 32),
    "hushed_from": (0, 23),
    "hushed_to": (0, 23),
}


class Settings:
    """The settings of this installation. ``changed`` listeners hear every accepted change."""

    def __init__(self, path: Path | None) -> None:
        """``path`` None: kept in memory. An unreadable file is set aside as ``.bad`` and said
        in ``recovered``, never overwritten silently."""
        self._path = path
        self._listeners: list[Callable[[str], None]] = []
        self.recovered = False
        self.values = self._read()

    def _read(self) -> Values:
        if self._path is None or not self._path.exists():
            return Values()
        try:
            return msgspec.json.decode(self._path.read_bytes(), type=Values)
        except (OSError, msgspec.DecodeError, UnicodeDecodeError):
            self.recovered = True
            with contextlib.suppress(OSError):
                os.replace(self._path, self._path.with_suffix(".bad"))
            return Values()

    def on_changed(self, listener: Callable[[str], None]) -> Callable[[], None]:
        """``listener`` gets the name of each setting that changed."""
        self._listeners.append(listener)
        return lambda: self._listeners.remove(listener)

    def set(self, **changes: Any) -> None:
        """Changes settings by name and writes them down; SettingsError for a wrong one."""
        try:
            new = msgspec.convert(
                {**msgspec.structs.asdict(self.values), **changes}, type=Values, strict=True
            )
        except msgspec.ValidationError as error:
            raise SettingsError(str(error)) from None
        unknown = set(changes) - set(Values.__struct_fields__)
        if unknown:
            raise SettingsError(f"no setting {sorted(unknown)[0]!r}")
        for name, (low, high) in _RANGES.items():
            if not low <= getattr(new, name) <= high:
                raise SettingsError(f"{name} takes {low} to {high}")
        old, self.values = self.values, new
        self._write()
        for name in changes:
            if getattr(old, name) != getattr(new, name):
                for listener in tuple(self._listeners):
                    listener(name)

    def _write(self) -> None:
        if self._path is None:
            return
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        with open(fresh, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(self.values), indent=1))
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, self._path)
