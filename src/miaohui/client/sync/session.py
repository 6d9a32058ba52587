"""A conversation with what is around it, and how its differences are told together."""

import asyncio

from miaohui.client.feed.applied import Applied
from miaohui.client.feed.conversation import Conversation
from miaohui.client.feed.panel import Panel
from miaohui.client.feed.sessiontime import SessionTime
from miaohui.client.snapshots import Difference, Inserted
from miaohui.wire.limits import SEEN_GRACE_MS

GRACE_MS = SEEN_GRACE_MS + 20


class Talk:
    """A conversation with what is around it: its clock, panel, peer."""

    def __init__(self, conversation: Conversation) -> None:
        self.feed = conversation
        self.time = SessionTime()
        self.panel = Panel(conversation)
        self.peer_online = True
        self.typing_until: asyncio.TimerHandle | None = None
        self.stored = 0  # everything up to here is on the disk
        self.reached = 0  # the newest position that is
        self.unkept: set[int] = set()  # where stretches begin that the disk refused
        self.head = 0  # the newest position that the relay has named
        self.attached = False
        self.read_at: int | None = None  # since when this link has all of it, by our own clock
        self.busy = False
        self.again = False
        self.missed = False  # a push behind a gap came while a page was under way
        self.behind = False
        self.looked: tuple[int, int] | None = None  # (pos, seq) that was on screen
        self.looked_said = True
        self.idle: asyncio.Future[None] | None = None
        self.receipt_checked = False
        self.draft = ""
        self.untold: Applied | None = None  # pages that are here and not on the screen
        self.told_at = 0

    def kept(self, first: int, upto: int) -> None:
        """A stretch of the feed is on the disk."""
        self.unkept.discard(first)
        self.reached = max(self.reached, upto)
        whole = min(self.unkept) - 1 if self.unkept else self.reached
        self.stored = max(self.stored, whole)

    @property
    def read_percent(self) -> int | None:
        """How much of it is here while page after page is read; None at other times."""
        if self.untold is None or self.head <= self.feed.pos:
            return None
        return 100 * self.feed.pos // self.head

    def may_reply(self, now: int) -> bool:
        """A reply covers what the relay knew to be here for a while. One that waited out a dead
        link goes when the new one has told so: else the network's fault would be booked as the
        responder's."""
        return self.read_at is not None and now - self.read_at >= GRACE_MS


def merged(differences: list[Difference]) -> tuple[Difference, ...]:
    """Insertions that follow each other as one."""
    done: list[Difference] = []
    run: list[Inserted] = []

    def flush() -> None:
        if len(run) == 1:
            done.append(run.pop())
        elif run:
            done.append(Inserted(run[0].index, tuple(m for each in run for m in each.messages)))
            run.clear()

    for each in differences:
        if isinstance(each, Inserted):
            if run and each.index != run[-1].index + len(run[-1].messages):
                flush()
            run.append(each)
        else:
            flush()
            done.append(each)
    flush()
    return tuple(done)
