"""Settings: look, notifications, limits, account, privacy, keys; each change works at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QGridLayout,
    QHBoxLayout,
    QVBoxLayout,
    QWidget,
)

from miaohui.desktop.bridge import Bridge
from miaohui.desktop.look.theme import message_font
from miaohui.desktop.pages.settings.about import AboutCard
from miaohui.desktop.pages.settings.account import AccountCard
from miaohui.desktop.pages.settings.customercard import CustomerCardForm
from miaohui.desktop.pages.settings.limits import LimitsCard
from miaohui.desktop.pages.settings.privacy import PrivacyCard
from miaohui.desktop.strings import settings as words
from miaohui.desktop.strings import start
from miaohui.desktop.system.input_method import InputMethod, in_use
from miaohui.desktop.widgets.button import MenuButton, chip, one_of
from miaohui.desktop.widgets.card import card, scrolled
from miaohui.desktop.widgets.flow import FlowLayout
from miaohui.desktop.widgets.label import label
from miaohui.desktop.widgets.page import WindowPage
from miaohui.desktop.widgets.turned import Slider

if TYPE_CHECKING:
    from PySide6.QtWidgets import QFrame

__all__ = ["SettingsPage"]

SCALES = (80, 100, 125, 150, 175, 200, 250)


class SettingsPage(WindowPage):
    """Everything that a person may choose."""

    def __init__(self, bridge: Bridge) -> None:
        super().__init__()
        self.setObjectName("paper")
        self._bridge = bridge
        self.account: AccountCard | None = None

    def _steps(self) -> Iterator[None]:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        inside = QWidget()
        outer.addWidget(scrolled(inside))
        row = QHBoxLayout(inside)
        row.setContentsMargins(24, 18, 24, 24)
        column = QVBoxLayout()
        column.setSpacing(14)
        column.addWidget(label(words.title(), "title"))
        row.addLayout(column, 1)
        row.addStretch(0)
        makers: tuple[Callable[[], QWidget], ...] = (
            self._look,
            self._telling,
            lambda: LimitsCard(self._bridge),
            self._own_card,
            self._account,
            self._privacy,
            self._keys,
            lambda: AboutCard(self._bridge),
        )
        for make in makers:
            section = make()
            section.setMaximumWidth(self._bridge.look.px(760))
            column.addWidget(section)
            yield
        column.addStretch(1)

    # --- look ----------------------------------------------------------------------------------
    def _look(self) -> QFrame:
        values = self._bridge.settings
        frame, column = card(margin=22, gap=12)
        column.addWidget(label(words.look(), "heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(20)
        grid.setVerticalSpacing(12)
        grid.setColumnStretch(1, 1)
        self.language = MenuButton("chipmenu")
        codes = ("system", "zh_CN", "en")
        self.language.set_choices(
            [(code, start.language_of(code)) for code in codes], values.language
        )
        self.language.chosen = lambda code: self._bridge.set(language=code)
        self._row(grid, words.language(), self.language)
        # A set has its own group: siblings would exclude each other across both.
        themes, theme_group = FlowLayout(gap=8), QButtonGroup(frame)
        self.themes = {}
        for code in ("system", "light", "dark"):
            made = chip(start.appearance_of(code))
            one_of(theme_group, made)
            made.setChecked(values.appearance == code)
            made.clicked.connect(lambda _=False, code=code: self._bridge.set(appearance=code))
            self.themes[code] = made
            themes.addWidget(made)
        self._row(grid, words.appearance(), themes)
        sizes, size_group = FlowLayout(gap=8), QButtonGroup(frame)
        self.scales = {}
        for percent in SCALES:
            made = chip(f"{percent}%")
            one_of(size_group, made)
            made.setChecked(values.scale_percent == percent)
            made.clicked.connect(lambda _=False, to=percent: self._bridge.set(scale_percent=to))
            self.scales[percent] = made
            sizes.addWidget(made)
        self._row(grid, words.scale(), sizes)
        self.of_the_system = label("", "small", wrap=True)
        grid.addWidget(self.of_the_system, grid.rowCount(), 1)
        self._show_wishes()
        self._bridge.look.changed.connect(self._show_wishes)
        self.message_size = Slider()
        self.message_size.setRange(8, 32)
        self.message_size.setValue(values.message_pt)
        self.message_size.setAccessibleName(words.message_size())
        self.message_size.valueChanged.connect(self._message_size)
        self.sample = label(words.message_sample(values.message_pt))
        # The sheet would set the interface's size; a sample shows its own.
        self._show_sample()
        self._bridge.look.changed.connect(self._show_sample)
        self._row(grid, words.message_size(), self.message_size)
        grid.addWidget(self.sample, grid.rowCount(), 1)
        self._input_method(grid)
        column.addLayout(grid)
        self.calm = self._switch("calm", words.calm())
        column.addWidget(self.calm)
        column.addWidget(label(words.calm_about(), "small", wrap=True))
        self.motion = self._switch("motion", words.motion())
        column.addWidget(self.motion)
        return frame

    def _input_method(self, grid: QGridLayout) -> None:
        """Which one Chinese is typed with; where there is none, what to do about it."""
        found = in_use()
        self.input_method = label(words.input_method_line(found.value))
        self._row(grid, words.input_method(), self.input_method)
        if found is InputMethod.NONE:
            self.no_input_method = label(words.no_input_method(), "small", wrap=True)
            grid.addWidget(self.no_input_method, grid.rowCount(), 1)

    def _row(self, grid: QGridLayout, name: str, value: Any) -> None:
        row = grid.rowCount()
        grid.addWidget(label(name, "second"), row, 0)
        if isinstance(value, FlowLayout):
            holder = QWidget()
            holder.setLayout(value)
            grid.addWidget(holder, row, 1)
        elif isinstance(value, Slider):
            grid.addWidget(value, row, 1)
        else:
            grid.addWidget(value, row, 1, Qt.AlignmentFlag.AlignLeft)

    def _message_size(self, points: int) -> None:
        self._bridge.set(message_pt=points)
        self._show_sample()

    def _show_wishes(self) -> None:
        wishes = self._bridge.look.wishes
        text = words.of_the_system(
            round(wishes.text_scale * 100),
            less_motion=wishes.less_motion,
            more_contrast=wishes.more_contrast,
        )
        self.of_the_system.setText(text)
        self.of_the_system.setVisible(bool(text))

    def _show_sample(self) -> None:
        points = self._bridge.settings.message_pt
        self.sample.setText(words.message_sample(points))
        size = message_font(points * self._bridge.look.scale).pixelSize()
        self.sample.setStyleSheet(f"font-size: {size}px;")

    def _switch(self, setting: str, words_: str) -> QCheckBox:
        made = QCheckBox(words_)
        made.setChecked(bool(getattr(self._bridge.settings, setting)))
        made.toggled.connect(lambda on: self._bridge.set(**{setting: on}))
        return made

    def _own_card(self) -> QWidget:
        self.own_card = CustomerCardForm(self._bridge)
        return self.own_card

    def _hour(self, setting: str) -> MenuButton:
        made = MenuButton("chipmenu")
        hours = [(str(hour), f"{hour:02}:00") for hour in range(24)]
        made.set_choices(hours, str(getattr(self._bridge.settings, setting)))
        made.chosen = lambda key: self._bridge.set(**{setting: int(key)})
        return made

    def _account(self) -> QWidget:
        self.account = AccountCard(self._bridge)
        return self.account

    def _privacy(self) -> QWidget:
        self.privacy = PrivacyCard(self._bridge)
        return self.privacy

    # --- the rest ------------------------------------------------------------------------------
    def _telling(self) -> QFrame:
        frame, column = card(margin=22, gap=12)
        column.addWidget(label(words.telling(), "heading"))
        self.notifications = self._switch("notifications", words.notifications())
        self.ends_notice = self._switch("ends_notice", words.ends_notice())
        self.send_seen = self._switch("send_seen", words.send_seen())
        self.sounds = self._switch("sounds", words.sounds())
        self.speak_words = self._switch("speak_words", words.speak_words())
        switches = (self.notifications, self.sounds, self.ends_notice, self.send_seen)
        for one in (*switches, self.speak_words):
            column.addWidget(one)
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(label(words.hushed()))
        self.hushed: list[MenuButton] = []
        for setting in ("hushed_from", "hushed_to"):
            hour = self._hour(setting)
            if self.hushed:
                row.addWidget(label(words.to(), "second"))
            self.hushed.append(hour)
            row.addWidget(hour)
        row.addStretch(1)
        column.addLayout(row)
        return frame

    def _keys(self) -> QFrame:
        frame, column = card(margin=22, gap=8)
        column.addWidget(label(words.shortcuts(), "heading"))
        grid = QGridLayout()
        grid.setHorizontalSpacing(24)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        for row, (key, what) in enumerate(words.shortcut_list()):
            grid.addWidget(label(key, "strong"), row, 0)
            grid.addWidget(label(what, "second", wrap=True), row, 1)
        column.addLayout(grid)
        return frame

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.account is not None:
            self.account.read()
