"""Whose money it is: the account at a provider that a shop's payments go to, straight."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from miaohui.runtime.clock import utc_ms_of

BEIJING = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class ShopAccounts:
    """Shop → its account under the host's agreement with the provider (a sub-merchant's number, an
    authorization); "" where the keys that are configured are the shop's own."""

    by_shop: Mapping[str, str]

    def serves(self, shop: str) -> bool:
        return shop in self.by_shop

    def of(self, shop: str) -> str:
        return self.by_shop[shop]


def beijing(utc_ms: int) -> datetime:
    return datetime.fromtimestamp(utc_ms / 1000, UTC).astimezone(BEIJING)


def ms_of(text: object) -> int | None:
    """A provider's time, in ms; one without a zone is Beijing's. None where it is no time."""
    if not isinstance(text, str):
        return None
    try:
        return utc_ms_of(text)
    except ValueError:
        pass
    try:
        return round(datetime.fromisoformat(text).replace(tzinfo=BEIJING).timestamp() * 1000)
    except ValueError:
        return None


def yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def fen_of(text: object) -> int:
    """A sum in yuan as a provider writes it; ValueError where it is none."""
    if not isinstance(text, str):
        raise ValueError("no sum")
    sign = -1 if text.strip().startswith("-") else 1
    whole, _, part = text.strip().lstrip("-").partition(".")
    digits = (whole or "0") + (part + "00")[:2]
    if not digits.isascii() or not digits.isdigit() or part[2:].strip("0"):
        raise ValueError("no sum")
    return sign * int(digits)
