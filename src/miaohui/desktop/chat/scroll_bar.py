"""The slim scroll bar of the conversation and of the text box, as a style sheet."""

from __future__ import annotations

from miaohui.desktop.look.theme import Theme

__all__ = ["WIDTH", "style"]

WIDTH = 10


def style(theme: Theme) -> str:
    return (
        f"QScrollBar:vertical{{background:transparent;width:{WIDTH}px;border:0}}"
        f"QScrollBar::handle:vertical{{background:{theme.ink3};border-radius:3px;"
        "min-height:32px;margin:2px}"
        f"QScrollBar::handle:vertical:hover{{background:{theme.ink2}}}"
        "QScrollBar::handle:vertical:disabled{background:transparent}"
        "QScrollBar::add-line,QScrollBar::sub-line{height:0}"
        "QScrollBar::add-page,QScrollBar::sub-page{background:transparent}"
    )
