"""The reader's own messages that the feed has not brought back yet."""

from dataclasses import dataclass

from miaohui.client.feed.command_states import CommandState
from miaohui.client.feed.message_table import MessageTable
from miaohui.client.feed.outbox import KeptCommand
from miaohui.client.feed.views import media_of
from miaohui.client.snapshots import Delivery, MessageView
from miaohui.wire.sessions import Accepted, Send

DELIVERIES = {
    CommandState.WRITING: Delivery.WRITING,
    CommandState.HELD: Delivery.SENDING,
    CommandState.READY: Delivery.SENDING,
    CommandState.SENT: Delivery.SENDING,
    CommandState.ACCEPTED: Delivery.ACCEPTED,
    CommandState.FAILED: Delivery.FAILED,
}


@dataclass(slots=True)
class Pending:
    """One of them: its command, how far it came, and what the relay said."""

    command: Send
    utc_ms: int
    state: CommandState
    code: str = ""
    accepted: Accepted | None = None
    progress: float = 0.0
    here: bool = False

    @property
    def key(self) -> str:
        return self.command.id

    def show(self, progress: float, *, here: bool) -> None:
        """How much of its picture is there (0 to 1), and whether its bytes are here."""
        self.progress, self.here = progress, here or self.here

    def hear(self, accepted: Accepted) -> None:
        self.accepted = accepted

    def follow(self, kept: KeptCommand) -> None:
        self.state, self.code = kept.state, kept.code

    def view(self, rows: MessageTable, *, live: bool, outside: bool) -> MessageView:
        """``live``: the link stands. Without it nothing is being sent, and that is said."""
        delivery = DELIVERIES[self.state]
        if delivery is Delivery.SENDING and not live:
            delivery = Delivery.NOT_DELIVERED
        body = self.command.body
        picture, voice = None, None
        if body.media is not None:
            progress = 1.0 if self.state is CommandState.ACCEPTED else self.progress
            picture, voice = media_of(body, progress, here=self.here)
        quoting = rows.quoting(None if body.reply_to is None else rows.row_of_seq(body.reply_to))
        return MessageView(
            key=self.key,
            kind="message",
            mine=True,
            utc_ms=self.utc_ms,
            text=body.text,
            seq=None if self.accepted is None else self.accepted.seq,
            code=self.code,
            delivery=delivery,
            reply_to=body.reply_to,
            reply_text=quoting.text,
            reply_key=quoting.key,
            reply_kind=quoting.kind,
            reply_mine=quoting.mine,
            outside=outside,
            picture=picture,
            voice=voice,
        )
