"""A pane of the check page: the shelf of plans and runs, or what was opened from it."""

from __future__ import annotations

from miaohui.desktop.widgets.page import Pane

__all__ = ["CheckPane"]


class CheckPane(Pane):
    """Laid over the shelf and taken away again."""

    def arrived(self) -> None:
        """It is on screen now."""

    def finish(self) -> None:
        """It goes: whatever is unfinished is brought to its end."""
