"""A conversation with what is around it, and how its differences are told together."""

import asyncio

from miaohui.client.conversation import Conversation
from miaohui.client.panel import Panel
from miaohui.client.sessiontime import SessionTime
from miaohui.client.snapshots import Difference, Inserted


class Talk:
    """A conversation with what is around it: its clock, panel, peer."""

    def __init__(self, conversation: Conversation) -> None:
        self.feed = conversation
        self.time = SessionTime()
        self.panel = Panel(conversation)
        self.peer_online = True
        self.typing_until: asyncio.TimerHandle | None = None
        self.stored = 0
        self.attached = False
        self.busy = False
        self.again = False
        self.behind = False
        self.looked: tuple[int, int] | None = None  # (pos, seq) that was on screen
        self.looked_said = True
        self.idle: asyncio.Future[None] | None = None
        self.receipt_checked = False
        self.draft = ""


def merged(differences: list[Difference]) -> tuple[Difference, ...]:
    """Insertions that follow each other as one."""
    done: list[Difference] = []
    run: list[Inserted] = []

    def flush() -> None:
        if run:
            done.append(Inserted(run[0].index, tuple(m for each in run for m in each.messages)))
            run.clear()

    for each in differences:
        if isinstance(each, Inserted):
            if run and each.index != run[0].index + len(run):
                flush()
            run.append(each)
        else:
            flush()
            done.append(each)
    flush()
    return tuple(done)
