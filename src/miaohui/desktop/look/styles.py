"""The style sheet of the window, made from a theme and a scale."""

from __future__ import annotations

from string import Template
from typing import TYPE_CHECKING

from miaohui.desktop.look.theme import FAMILIES, Theme

if TYPE_CHECKING:
    from PySide6.QtGui import QPalette

__all__ = ["palette", "sheet"]

# $name is a token of the theme, $pN is N pixels at the present scale.
_SHEET = """
QWidget { color: $ink; font-size: ${p14}px; font-family: $families; }
QMainWindow, QWidget#paper, QStackedWidget, QScrollArea, QScrollArea > QWidget > QWidget#body {
  background: $paper; border: none; }
QWidget#onCard, QScrollArea#onCard, QScrollArea#onCard > QWidget > QWidget { background: $card; border: none; }
QWidget#rail { background: $rail; }
QWidget#paper[undressed="true"], QStackedWidget[undressed="true"], QScrollArea[undressed="true"],
QScrollArea > QWidget > QWidget#body[undressed="true"] { background: transparent; }
QLabel { background: transparent; }
QLabel[kind="display"] { font-size: ${p34}px; font-weight: 600; }
QLabel[kind="title"] { font-size: ${p20}px; font-weight: 600; }
QLabel[kind="heading"] { font-size: ${p17}px; font-weight: 600; }
QLabel[kind="strong"] { font-weight: 600; }
QLabel[kind="lead"] { font-size: ${p16}px; color: $ink2; }
QLabel[kind="second"] { color: $ink2; }
QLabel[kind="small"] { font-size: ${p12}px; color: $ink2; }
QLabel[kind="hint"] { font-size: ${p12}px; color: $ink3; }
QLabel[kind="wrong"] { font-size: ${p12}px; color: $ink; background: $accent_soft;
  border-radius: ${p6}px; padding: ${p3}px ${p7}px; }
QLabel[kind="figure"] { font-size: ${p20}px; font-weight: 600; }
QLabel[kind="sum"] { font-size: ${p20}px; font-weight: 600; }
QLabel[kind="big"] { font-size: ${p28}px; font-weight: 600; }
QLabel[kind="huge"] { font-size: ${p40}px; font-weight: 600; }
QLabel[tone="kept"] { color: $kept_ink; }
QLabel[tone="warn"] { color: $warn_ink; }
QLabel[tone="breach"] { color: $breach_ink; }
QLabel[tone="quiet"] { color: $ink2; }
QLabel[kind="pill"] { font-size: ${p12}px; color: $ink2; background: $paper;
  border-radius: ${p10}px; padding: ${p2}px ${p9}px; }
QLabel[kind="pill"][tone="accent"] { color: $link; background: $accent_soft; }
QLabel[kind="pill"][tone="kept"] { color: $kept_ink; background: $kept_soft; }
QLabel[kind="pill"][tone="warn"] { color: $warn_ink; background: $warn_soft; }
QLabel[kind="pill"][tone="breach"] { color: $breach_ink; background: $breach_soft; }
QLabel[kind="tag"] { font-size: ${p12}px; color: $ink2; background: $paper;
  border-radius: ${p6}px; padding: ${p2}px ${p7}px; }
QLabel[kind="practice"] { font-size: ${p12}px; font-weight: 600; color: $link; background: $accent_soft;
  padding: ${p3}px ${p12}px; }

QFrame[kind="card"] { background: $card; border: 1px solid $line; border-radius: ${p12}px; }
QFrame[kind="promise"] { background: $kept_soft; border: none; border-radius: ${p12}px; }
QFrame[kind="breach"] { background: $breach_soft; border: none; border-radius: ${p12}px; }
QFrame[kind="note"] { background: $accent_soft; border: none; border-radius: ${p12}px; }
QFrame[kind="care"] { background: $card; border: 1px solid $accent; border-radius: ${p12}px; }
QFrame[kind="tile"] { background: $paper; border: none; border-radius: ${p10}px; }
QFrame[kind="toast"] { background: $ink; border: none; border-radius: ${p10}px; }
QFrame[kind="toast"] QLabel { color: $paper; }
QFrame[kind="rule"] { background: $line; border: none; max-height: 1px; min-height: 1px; }
QFrame[kind="incoming"] { background: $accent_soft; border: 1px solid $accent; border-radius: ${p12}px; }
QFrame[kind="talk"] { background: transparent; border: 2px solid transparent; }
QFrame[kind="talk"][current="true"] { background: $accent_soft; }
QFrame[kind="talk"]:focus { border: 2px solid $accent; }
QFrame[kind="side"] { background: $card; border: none; border-left: 1px solid $line; }
QFrame[kind="head"] { background: $card; border: none; border-bottom: 1px solid $line; }
QFrame[kind="column"] { background: $card; border: none; border-right: 1px solid $line; }

QPushButton { border-radius: ${p9}px; padding: ${p8}px ${p18}px; background: $card; color: $ink2;
  border: 1px solid $line; }
QPushButton:hover { background: $paper; }
QPushButton:disabled { color: $ink3; }
QPushButton[kind="primary"] { background: $accent; color: $accent_ink; font-weight: 600;
  border: 1px solid $accent; }
QPushButton[kind="primary"]:hover { background: $link; border-color: $link; }
QPushButton[kind="primary"]:disabled { background: $fill; border-color: $line; color: $ink2; }
QPushButton[kind="outline"] { color: $link; border: 1px solid $link; }
QPushButton[kind="outline"]:hover { background: $accent_soft; }
QPushButton[kind="outline"]:disabled { color: $ink2; border-color: $line; }
QPushButton[kind="link"], QPushButton[kind="menu"], QPushButton[kind="quiet"] {
  background: transparent; border: 1px solid transparent; padding: ${p4}px ${p6}px; }
QPushButton[kind="inline"] { background: transparent; border: 1px solid transparent;
  font-size: ${p12}px; padding: ${p4}px 0; }
QPushButton[kind="inline"]:hover { color: $ink; }
QPushButton[kind="link"] { color: $link; }
QPushButton[kind="link"]:hover, QPushButton[kind="menu"]:hover, QPushButton[kind="quiet"]:hover { color: $ink; }
QPushButton[kind="menu"], QPushButton[kind="quiet"] { font-size: ${p12}px; }
QPushButton[kind="mistake"] { background: transparent; border: 1px solid transparent; color: $ink;
  font-size: ${p12}px; text-align: left; padding: ${p2}px ${p4}px; }
QLabel[kind="sentence"] { font-size: ${p12}px; color: $link; background: transparent; }
QPushButton[kind="icon"] { background: transparent; border: 1px solid transparent;
  padding: ${p6}px; }
QPushButton[kind="icon"]:hover { background: $fill; }
QPushButton[kind="chip"], QPushButton[kind="chipmenu"] { font-size: ${p12}px; background: $card; color: $ink2;
  border: 1px solid $line; border-radius: ${p12}px; padding: ${p3}px ${p11}px; }
QPushButton[kind="chip"]:checked { background: $accent_soft; color: $link; border-color: $accent; }
QPushButton[kind="choice"] { background: $card; border: 1px solid $line; border-radius: ${p10}px;
  padding: ${p10}px; text-align: center; color: $ink; }
QPushButton[kind="choice"]:checked { background: $accent_soft; border: 1px solid $accent; color: $ink; }
QPushButton[kind="person"] { background: transparent; border: 1px solid transparent; text-align: left;
  padding: 0; border-radius: ${p9}px; }
QPushButton[kind="person"]:hover { background: $paper; }
QPushButton[kind="rail"] { background: transparent; color: $rail_ink; border: 2px solid transparent;
  border-radius: ${p9}px; font-size: ${p11}px; padding: 0; }
QPushButton[kind="rail"]:checked, QPushButton[kind="rail"]:hover { background: $rail_active; }
QPushButton:focus { border: 2px solid $accent; }
QPushButton[kind="primary"]:focus { border: 2px solid $ink; }
QPushButton[kind="outline"]:focus { border: 2px solid $accent; }
QPushButton[kind="rail"]:focus { border: 2px solid $rail_ink; }
QPushButton[kind="chip"]:focus, QPushButton[kind="chipmenu"]:focus { border: 2px solid $accent; }

QLineEdit, QPlainTextEdit[kind="field"] { background: $paper; color: $ink; border: 1px solid $line;
  border-radius: ${p9}px; padding: ${p8}px ${p12}px; selection-background-color: $selection;
  selection-color: $ink; placeholder-text-color: $ink2; }
QLineEdit:focus, QPlainTextEdit[kind="field"]:focus { border: 2px solid $accent;
  padding: ${p7}px ${p11}px; }
QLineEdit:disabled, QAbstractSpinBox:disabled { color: $ink2; }
QLineEdit[kind="number"], QLineEdit[kind="number"]:focus { background: transparent; color: $ink2;
  font-size: ${p12}px; border: 1px solid transparent; border-radius: 0; padding: 0; }
QLineEdit[kind="number"]:focus { border-bottom: 1px solid $accent; }
QCheckBox { spacing: ${p8}px; background: transparent; }
QCheckBox::indicator { width: ${p18}px; height: ${p18}px; border: 1px solid $ink3;
  border-radius: ${p5}px; background: $card; }
QCheckBox::indicator:checked { background: $accent; border: 1px solid $accent; image: url("$check"); }
QListView::indicator { width: ${p16}px; height: ${p16}px; border: 1px solid $ink3;
  border-radius: ${p5}px; background: $card; }
QListView::indicator:checked { background: $accent; border: 1px solid $accent; image: url("$check"); }
QCheckBox:focus { color: $link; text-decoration: underline; }
QCheckBox::indicator:focus { border: 2px solid $accent; }
QAbstractSpinBox { background: $paper; color: $ink; border: 1px solid $line; border-radius: ${p9}px;
  padding: ${p6}px ${p8}px; }
QAbstractSpinBox QLineEdit { border: none; padding: 0 ${p8}px; min-height: 0; background: transparent; }
/* Not NoButtons: with a sheet Qt would leave the text no room at all. */
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button { width: 0; border: none; }
QAbstractSpinBox:focus { border: 2px solid $accent; }
QSlider { background: transparent; min-height: ${p24}px; }
QSlider::groove:horizontal { height: ${p4}px; background: $line; border-radius: ${p2}px; }
QSlider::sub-page:horizontal { background: $accent; border-radius: ${p2}px; }
QSlider::handle:horizontal { width: ${p16}px; margin: -${p6}px 0; background: $accent;
  border-radius: ${p8}px; border: none; }
QSlider:focus { border: 2px solid $accent; border-radius: ${p6}px; }

QListView { background: transparent; border: none; outline: none; }
QListView#column { background: $card; }
QListView[kind="names"]::item { padding: ${p4}px ${p6}px; border-radius: ${p6}px; }
QListView[kind="names"]::item:selected { background: $accent_soft; color: $link; }
QScrollBar:vertical { background: transparent; width: ${p10}px; margin: 0; }
QScrollBar::handle:vertical { background: $line; border-radius: ${p4}px; min-height: ${p32}px;
  margin: ${p1}px; }
QScrollBar::handle:vertical:hover { background: $ink3; }
QScrollBar:horizontal { background: transparent; height: ${p10}px; margin: 0; }
QScrollBar::handle:horizontal { background: $line; border-radius: ${p4}px; min-width: ${p32}px;
  margin: ${p1}px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
QDialog { background: $paper; }
QFileDialog QTreeView, QFileDialog QListView, QHeaderView::section, QComboBox, QComboBox QAbstractItemView {
  background: $card; color: $ink; border: 1px solid $line; }
QFileDialog QTreeView::item:selected, QFileDialog QListView::item:selected {
  background: $accent_soft; color: $link; }
QComboBox { border-radius: ${p9}px; padding: ${p6}px ${p8}px; }
QComboBox::drop-down { border: none; width: ${p20}px; }
/* Qt's own pictures are black, in the dark, too. */
QFileDialog QToolButton { background: #D8DAE0; border: 1px solid $line; border-radius: ${p6}px; }
QMenu { background: $card; border: 1px solid $line; border-radius: ${p9}px; padding: ${p4}px; }
QMenu::item { padding: ${p6}px ${p18}px; border-radius: ${p6}px; color: $ink; }
QMenu::item:selected { background: $accent_soft; color: $link; }
QToolTip { background: $card; color: $ink; border: 1px solid $line; padding: ${p4}px; }
"""


class _Tokens(dict[str, str]):
    """The theme's tokens, and ``pN`` as N scaled pixels."""

    def __init__(self, theme: Theme, scale: float, check: str) -> None:
        families = ", ".join(f'"{one}"' for one in FAMILIES)
        super().__init__(check=check, families=families)
        self._theme = theme
        self._scale = scale

    def __missing__(self, key: str) -> str:
        if key[0] == "p" and key[1:].isdigit():
            return str(max(1, round(int(key[1:]) * self._scale)))
        return str(getattr(self._theme, key))


def sheet(theme: Theme, scale: float, check: str = "") -> str:
    """``scale`` 1.0 is the design's size; ``check`` the path of the tick for a ticked box."""
    return Template(_SHEET).substitute(_Tokens(theme, scale, check))


def palette(theme: Theme) -> QPalette:
    """The theme for what Qt draws by itself: its file dialogs and their parts."""
    from PySide6.QtGui import QColor, QPalette

    made = QPalette()
    roles = QPalette.ColorRole
    for role, token in (
        (roles.Window, theme.paper),
        (roles.WindowText, theme.ink),
        (roles.Base, theme.card),
        (roles.AlternateBase, theme.paper),
        (roles.Text, theme.ink),
        (roles.Button, theme.card),
        (roles.ButtonText, theme.ink),
        (roles.BrightText, theme.ink),
        (roles.ToolTipBase, theme.card),
        (roles.ToolTipText, theme.ink),
        (roles.PlaceholderText, theme.ink2),
        (roles.Highlight, theme.selection),
        (roles.HighlightedText, theme.ink),
        (roles.Link, theme.link),
        (roles.Light, theme.line),
        (roles.Midlight, theme.line),
        (roles.Mid, theme.line),
        (roles.Dark, theme.ink3),
        (roles.Shadow, theme.line),
    ):
        made.setColor(role, QColor(token))
    return made
