"""One row of a conversation as the window shows it: frozen, and without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, Flag, auto

from miaohui.desktop.look.theme import Tone

__all__ = [
    "ChatRow",
    "Chip",
    "DeliveryMark",
    "Mark",
    "RowKind",
    "RowPicture",
    "RowQuote",
    "RowVoice",
    "Tone",
]


class RowKind(Enum):
    MINE = "mine"
    THEIRS = "theirs"
    DAY = "day"
    SYSTEM = "system"
    UNREAD = "unread"

    @property
    def is_message(self) -> bool:
        return self is RowKind.MINE or self is RowKind.THEIRS


class DeliveryMark(Enum):
    """The progress of a message of one's own; the relay decides, in this order."""

    WRITING = "writing"
    SENDING = "sending"
    ACCEPTED = "accepted"
    DELIVERED = "delivered"
    SEEN = "seen"
    ANSWERED = "answered"
    NOT_DELIVERED = "not_delivered"
    FAILED = "failed"


class Mark(Flag):
    """Further facts about a message; each is said in words beside the time."""

    NONE = 0
    EDITED = auto()
    RECALLED = auto()
    OUTSIDE_HOURS = auto()
    EDIT_SENDING = auto()
    EDIT_WAITS = auto()
    RECALL_SENDING = auto()
    RECALL_WAITS = auto()


@dataclass(frozen=True, slots=True)
class Chip:
    """A wait, said in figures: "2.9 s ✓"."""

    text: str
    tone: Tone


@dataclass(frozen=True, slots=True)
class RowQuote:
    """The message this one answers; `row_id` is empty where it is no longer kept."""

    author: str
    text: str
    row_id: str = ""


@dataclass(frozen=True, slots=True)
class RowPicture:
    """A picture by its media id, size in its own pixels, progress from 0 to 1."""

    media_id: str
    width: int
    height: int
    progress: float = 1.0


@dataclass(frozen=True, slots=True)
class RowVoice:
    """A voice note by its media id; ``peaks``: its loudness, 0 to 31; progress from 0 to 1."""

    media_id: str
    ms: int
    peaks: tuple[int, ...]
    progress: float = 1.0


@dataclass(frozen=True, slots=True)
class ChatRow:
    """`author` names the writer to screen readers and in copies; with `avatar` (a colour)
    the name and a disc are drawn too, for sessions that were handed over.
    `hint` is shown over the chip: "of this wait the network was 0.3 s".
    """

    id: str
    kind: RowKind
    text: str
    time_text: str = ""
    author: str = ""
    avatar: str = ""
    state: DeliveryMark = DeliveryMark.DELIVERED
    chip: Chip | None = None
    hint: str = ""
    labels: tuple[str, ...] = ()
    quote: RowQuote | None = None
    picture: RowPicture | None = None
    voice: RowVoice | None = None
    marks: Mark = Mark.NONE

    @property
    def uploading(self) -> bool:
        """A picture or voice note of one's own whose bytes are on their way to the relay."""
        media = self.picture or self.voice
        return (
            self.kind is RowKind.MINE
            and media is not None
            and media.progress < 1.0
            and self.state
            in (DeliveryMark.WRITING, DeliveryMark.SENDING, DeliveryMark.NOT_DELIVERED)
        )

    @property
    def shown_text(self) -> str:
        """The text that is drawn, selected and copied; a recalled message has none."""
        return "" if Mark.RECALLED in self.marks else self.text
