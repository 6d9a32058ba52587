"""What a stretch of a feed did to a conversation: what is to be stored, told and said."""

from dataclasses import dataclass, field

from miaohui.client.snapshots import Difference
from miaohui.wire.sessions import NoticeItem, Placed


@dataclass(slots=True)
class Applied:
    """With ``told_from`` the rows from there on are told at the end, as one."""

    told_from: int | None = None
    differences: list[Difference] = field(default_factory=list)
    stored: list[Placed] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    observed: list[tuple[int, int, int]] = field(default_factory=list)  # seq, felt, wait
    news: bool = False  # lines were told
    gap: bool = False
    broke: bool = False
    breached: bool = False
    closed: bool = False
    handed_to: str | None = None
    notices: list[NoticeItem] = field(default_factory=list)
