"""Zones by their IANA names: this machine's, and the hour that it is in another."""

from __future__ import annotations

from PySide6.QtCore import QDateTime, QTimeZone

__all__ = ["hour_in", "zone_name"]


def zone_name() -> str | None:
    """This machine's zone; None where it has none."""
    name = bytes(QTimeZone.systemTimeZoneId().data()).decode("ascii", "ignore")
    return name if "/" in name or name == "UTC" else None


def hour_in(zone: str | None, utc_ms: int) -> int:
    """The hour of the day there; in this machine's zone where that is none known here."""
    place = QTimeZone((zone or "").encode())
    if not place.isValid():
        place = QTimeZone.systemTimeZone()
    return QDateTime.fromMSecsSinceEpoch(utc_ms, place).time().hour()
