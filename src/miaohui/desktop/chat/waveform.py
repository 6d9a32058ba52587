"""A voice note drawn: button, loudness as bars, time and speed; the same in a bubble and a bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen, QPolygonF

from miaohui.voice.limits import LOUDEST

__all__ = ["PlayerState", "VoiceShown", "Voices", "bars", "sign"]


class PlayerState(Enum):
    """The progress of hearing a note."""

    RESTING = "resting"
    FETCHING = "fetching"
    PLAYING = "playing"
    PAUSED = "paused"
    UNPLAYABLE = "unplayable"


@dataclass(frozen=True, slots=True)
class VoiceShown:
    """A note as its player has it: ``share`` of it, 0 to 1, is behind."""

    state: PlayerState = PlayerState.RESTING
    share: float = 0.0
    speed: float = 1.0


Voices = Callable[[str], VoiceShown]
"""A note as its player has it, by its media id."""


def bars(
    painter: QPainter,
    area: QRectF,
    peaks: tuple[int, ...],
    share: float,
    behind: QBrush,
    ahead: QBrush,
) -> None:
    """As many bars as fit, each as high as the loudest of its part."""
    count = max(1, min(len(peaks), int(area.width() // 4)))
    step = area.width() / count
    painter.setPen(Qt.PenStyle.NoPen)
    for place in range(count):
        first = place * len(peaks) // count
        last = max(first + 1, (place + 1) * len(peaks) // count)
        tall = max(3.0, area.height() * max(peaks[first:last]) / LOUDEST)
        left = area.left() + place * step
        painter.setBrush(behind if (place + 0.5) / count <= share else ahead)
        bar = QRectF(left, area.center().y() - tall / 2, max(2.0, step - 2), tall)
        painter.drawRoundedRect(bar, 1, 1)


def sign(painter: QPainter, area: QRectF, disc: QBrush, ink: QBrush, *, playing: bool) -> None:
    """A disc with a triangle, or with two bars while it plays."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(disc)
    painter.drawEllipse(area)
    painter.setBrush(ink)
    middle, arm = area.center(), area.width() / 5
    if playing:
        for left in (-arm, arm * 0.3):
            painter.drawRoundedRect(
                QRectF(middle.x() + left, middle.y() - arm, arm * 0.7, 2 * arm), 1, 1
            )
        return
    painter.setPen(QPen(ink, 1.4, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPolygon(
        QPolygonF(
            [
                middle + QPointF(-arm * 0.7, -arm),
                middle + QPointF(-arm * 0.7, arm),
                middle + QPointF(arm * 1.1, 0),
            ]
        )
    )
