"""The present look of the window: theme, scale, calm and motion, with one signal when any changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QGuiApplication

from miaohui.desktop.look.theme import BASE_PIXELS, Theme, contrasted, dark, light, ui_font
from miaohui.desktop.look.wishes import SystemWishes

if TYPE_CHECKING:
    from miaohui.client.settings import Values

LARGEST = 2.5  # of the setting and the system's size of text together


class Look(QObject):
    """The look that every painted widget asks at paint. Signals: ``changed`` (theme, scale, calm or
    motion is another one)."""

    changed = Signal()

    def __init__(self, values: Values) -> None:
        super().__init__()
        self._values = values
        self._quiet = False
        self.wishes = SystemWishes()
        self._sheets: dict[tuple[Theme, float], str] = {}
        self.theme: Theme = self._theme()
        # "follow the system" follows it while the window is open, too.
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._scheme_changed)

    @property
    def scale(self) -> float:
        return min(LARGEST, self._values.scale_percent / 100 * self.wishes.text_scale)

    @property
    def calm(self) -> bool:
        """No counting ring and no red: by the setting, or while it is quiet."""
        return self._values.calm or self._quiet

    def set_quiet(self, *, quiet: bool) -> None:
        """For a day after distress, or after an opened crisis card."""
        before = self.calm
        self._quiet = quiet
        if self.calm is not before:
            self.changed.emit()

    @property
    def motion(self) -> bool:
        """True where whatever moves may do so smoothly."""
        return self._values.motion and not self.wishes.less_motion

    def px(self, size: float) -> int:
        """A length of the design at the present scale."""
        return round(size * self.scale)

    def font(self, pixels: int = BASE_PIXELS, *, bold: bool = False) -> QFont:
        """The interface's font; ``pixels`` as in the design."""
        return ui_font(self.scale, pixels=pixels, bold=bold)

    def color(self, token: str) -> QColor:
        """A token of the theme by name."""
        return QColor(getattr(self.theme, token))

    def sheet(self) -> str:
        """The style sheet for this look; made once."""
        made = self._sheets.get((self.theme, self.scale))
        if made is None:
            from miaohui import resources
            from miaohui.desktop.look import styles

            tick = resources.path("icons", f"tick-{self.theme.name}.svg").as_posix()
            made = styles.sheet(self.theme, self.scale, tick)
            self._sheets = {(self.theme, self.scale): made}
        return made

    def follow(self, values: Values) -> None:
        """Takes over changed settings."""
        self._values = values
        self.theme = self._theme()
        self.changed.emit()

    def heed(self, wishes: SystemWishes) -> None:
        """Takes over what the machine's settings ask of every program."""
        self.wishes = wishes
        self.follow(self._values)

    def _theme(self) -> Theme:
        appearance = self._values.appearance
        if appearance == "system":
            scheme = QGuiApplication.styleHints().colorScheme()
            appearance = "dark" if scheme == Qt.ColorScheme.Dark else "light"
        theme = dark() if appearance == "dark" else light()
        return contrasted(theme) if self.wishes.more_contrast else theme

    def _scheme_changed(self) -> None:
        if self._values.appearance == "system":
            self.follow(self._values)
