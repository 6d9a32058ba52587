"""The responder's replies in a journal, each with its asks, a blind key and a first proposal.

The key is a hash with the plan's seed, so that it tells neither shop nor order and stays the same
however often the replies are drawn.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from miaohui.promise.recall import removed_replies
from miaohui.wire.journal import Entry, LabelName, Message

SUBSTANTIVE: Final = "substantive"
# What the journal's labels propose, weightiest first: a bait that is also hollow is a bait.
_PROPOSALS: Final[Mapping[str, str]] = {
    LabelName.OFF_PLATFORM: "bait",
    LabelName.BEGGING: "begging",
    LabelName.CLOSING_PHRASE: "closing",
    LabelName.RECYCLED: "recycled",
    LabelName.HOLLOW: "hollow",
}


@dataclass(frozen=True, slots=True)
class Reply:
    """One message of a responder's. ``asks``: seqs of the customer's messages since the answer
    before; ``before``: seqs of the same answer's earlier bubbles."""

    key: str
    slot: str
    seq: int
    responder: str
    content: str
    asks: tuple[int, ...]
    before: tuple[int, ...]
    proposal: str


def key_of(seed: int, slot: str, seq: int) -> str:
    return hashlib.sha256(f"reply/{seed}/{slot}/{seq}".encode()).hexdigest()[:16]


def proposal_of(message: Message) -> str:
    """The label that the journal's own labels propose."""
    return next((name for label, name in _PROPOSALS.items() if message.bears(label)), SUBSTANTIVE)


def replies_of(entries: Sequence[Entry], slot: str, seed: int) -> tuple[Reply, ...]:
    """Every reply by a person that was not taken back, in order."""
    removed = removed_replies(entries)
    asks: list[int] = []
    before: list[int] = []
    found: list[Reply] = []
    for entry in entries:
        if not isinstance(entry, Message):
            continue
        if entry.is_ask:
            if before:
                asks, before = [], []
            asks.append(entry.seq)
        elif entry.is_reply and entry.seq not in removed:
            found.append(
                Reply(
                    key=key_of(seed, slot, entry.seq),
                    slot=slot,
                    seq=entry.seq,
                    responder=entry.responder if isinstance(entry.responder, str) else "",
                    content=entry.content,
                    asks=tuple(asks),
                    before=tuple(before),
                    proposal=proposal_of(entry),
                )
            )
            before.append(entry.seq)
    return tuple(found)
