"""A notification as every system knows it: what is said, of what, and how urgently."""

from __future__ import annotations

import enum
from dataclasses import dataclass

__all__ = ["Notification", "Urgency"]


class Urgency(enum.IntEnum):
    """As the freedesktop specification numbers them."""

    LOW = 0
    NORMAL = 1
    CRITICAL = 2


@dataclass(frozen=True, slots=True)
class Notification:
    """``subject``: a session or an order; the newest of a subject replaces the one before it.
    ``stays_ms``: how long it is true; None leaves it to the system. ``category`` is of the
    freedesktop specification."""

    subject: str
    title: str
    text: str
    action: str
    urgency: Urgency = Urgency.NORMAL
    category: str = ""
    stays_ms: int | None = None
    sound: bool = False
