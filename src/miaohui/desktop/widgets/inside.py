"""Parts of a page that come and go, also before they are in a window."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

__all__ = ["set_shown"]


def set_shown(part: QWidget, *, shown: bool) -> None:
    """Shows or hides a part. One without a parent would become a window of its own and take the
    keyboard: it only stops being hidden, and shows with whatever it is put into."""
    if shown and part.parentWidget() is None:
        part.setAttribute(Qt.WidgetAttribute.WA_WState_Hidden, False)
        part.setAttribute(Qt.WidgetAttribute.WA_WState_ExplicitShowHide, False)
    else:
        part.setVisible(shown)
