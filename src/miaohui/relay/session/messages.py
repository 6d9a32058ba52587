"""Messages: the fast way from a ``send`` to the journal, and what lies beside it."""

import re

from msgspec import UNSET, structs

from miaohui.relay.ports import Caller, Refused
from miaohui.relay.session.actor import Line, Reply, Writer
from miaohui.relay.session.opening import commit_of
from miaohui.relay.session.state import Stage
from miaohui.relay.session.timers import wrote
from miaohui.relay.storage.idempotency import digest_of, result_bytes
from miaohui.runtime.clock import rfc3339
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command, Result
from miaohui.wire.journal import Message
from miaohui.wire.limits import MESSAGE_CHARS
from miaohui.wire.sessions import Accepted, Body, OutsideItem, Send

MESSAGE_ID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}\Z")
SALT = re.compile(r"[0-9a-f]{32}\Z")
OUTSIDE_MS = 24 * 3600 * 1000


def checked_text(body: Body) -> None:
    """Refused where a text cannot be taken."""
    text = body.text
    if not text or text.isspace():
        raise Refused(Code.TEXT_EMPTY)
    if len(text) > MESSAGE_CHARS:
        raise Refused(Code.TEXT_TOO_LONG)
    if SALT.match(body.salt) is None:
        raise Refused(Code.BAD_FRAME, "salt")


def plain_body(writer: Writer, side: str, caller: Caller, body: Body) -> Body:
    """The parts of a text's body that its author may set, and the author's name."""
    reply_to = body.reply_to
    if reply_to is not None and reply_to not in writer.book.authors:
        raise Refused(Code.NOT_FOUND, "reply_to")
    name = caller.display if side == "responder" else None
    return Body(salt=body.salt, text=body.text, reply_to=reply_to, name=name)


def answer_again(writer: Writer, caller: Caller, command: Command, reply: Reply) -> None:
    """The first answer to a command whose id is known; after what is still being written. A message
    is the same whether it was said to the order or to the session that it became."""

    def done(result: object, error: BaseException | None) -> None:
        # The error first: what was found in a transaction that then failed is not known at all.
        if isinstance(error, Refused):
            reply(error)
        elif error is not None:
            reply(Refused(Code.RELAY_FAULT))
        elif isinstance(result, Result):
            reply(result)
        elif lineage.dead:
            reply(Refused(Code.RELAY_FAULT))  # it was known in memory, and came to nothing
        else:
            reply(Refused(Code.ID_REUSED))  # known here, yet not as this account's

    answers, facts, lineage = writer.tools.answers, writer.book.facts, writer.lineage
    forms = [command]
    if isinstance(command, Send):
        forms = [structs.replace(command, session=to) for to in (facts.id, facts.order)]
    writer.tools.store.post(lambda conn: answers.known_in(conn, caller, *forms), done)


class _Sent:
    """A message on its way to the disk, and who waits for it."""

    __slots__ = ("caller", "frame", "line", "lineage", "result", "stage", "writer")

    def __init__(
        self,
        writer: Writer,
        line: Line,
        caller: Caller,
        frame: Send,
        stage: Stage,
        result: bytes,
    ) -> None:
        self.writer = writer
        self.line = line
        self.caller = caller
        self.frame = frame
        self.stage = stage
        self.result = result
        self.lineage = writer.lineage

    def done(self, result: object, error: BaseException | None) -> None:
        if error is None:
            self.writer.tries = 0
            self.line.taken(self.frame.id, self.result)
            self.writer.spread(self.stage)
        else:
            self.writer.failed(error, self._refused, self.lineage)

    def _refused(self, outcome: Result | Refused) -> None:
        if isinstance(outcome, Refused) and outcome.code is Code.ID_REUSED:
            # The id stands in another session or command: its first answer, or id_reused.
            _again(self.writer, self.line, self.caller, self.frame)
        else:
            self.line.answer(self.frame.id, outcome)


def _again(writer: Writer, line: Line, caller: Caller, frame: Send) -> None:
    answer_again(writer, caller, frame, lambda outcome: line.answer(frame.id, outcome))


def send(
    writer: Writer,
    line: Line,
    caller: Caller,
    frame: Send,
    now: int,
    picture: tuple[Body, str] | Refused | None = None,
) -> None:
    """Writes a message. ``picture``: the body and the commitment of one that was checked, or why it
    is refused."""
    book = writer.book
    side = book.side_of(caller.account)
    if side is None and not book.once_sat(caller.account):
        line.answer(frame.id, Refused(Code.NOT_FOUND, "session"))
        return
    if frame.id in book.ids:
        _again(writer, line, caller, frame)
        return
    if MESSAGE_ID.match(frame.id) is None:
        line.answer(frame.id, Refused(Code.BAD_FRAME, "id"))
        return
    try:
        if side is None:
            # A former responder still reads, but no longer writes.
            raise Refused(Code.NOT_ALLOWED, "handed_over")
        if isinstance(picture, Refused):
            raise picture
        if picture is not None:
            body, commit = picture
        else:
            checked_text(frame.body)
            body = plain_body(writer, side, caller, frame.body)
            commit = commit_of(body.salt, body.text.encode())
        if book.facts.state == "closed":
            _outside(writer, side, line, caller, frame, body, now)
            return
        entry = _entry(writer, side, caller, frame, body, commit, now)
    except Refused as refused:
        writer.refuse(caller, frame, refused, lambda outcome: line.answer(frame.id, outcome))
        return
    except UnicodeEncodeError:
        line.answer(frame.id, Refused(Code.BAD_FRAME, "text"))
        return
    stage = Stage([], [], [])
    pos = book.enter(stage, entry, body)
    # As the wire's encoder puts an Accepted, in a fraction of its time.
    result = b'{"type":"accepted","pos":%d,"seq":%d,"t":%d}' % (pos, entry.seq, entry.t)
    _finish(writer, stage, line, caller, frame, result)
    wrote(writer, now, ask=side == "customer")


def _entry(
    writer: Writer,
    side: str,
    caller: Caller,
    frame: Send,
    body: Body,
    commit: str,
    now: int,
) -> Message:
    book = writer.book
    t = book.t_of(now)
    if side == "customer":
        return Message(
            seq=book.seq + 1,
            t=t,
            prev=book.head,
            author="customer",
            id=frame.id,
            content=frame.content,
            origin="human",
            commit=commit,
        )
    if frame.seen_seq is None:
        raise Refused(Code.BAD_FRAME, "seen_seq")
    labels: tuple[str, ...] = ()
    if body.text:
        labels = writer.tools.marks.label(
            caller.account, book.facts.num, body.text, book.facts.shop
        )
    return Message(
        seq=book.seq + 1,
        t=t,
        prev=book.head,
        author="responder",
        id=frame.id,
        content=frame.content,
        origin=frame.origin,
        commit=commit,
        responder=caller.account,
        seen_seq=max(0, writer.reach.clamp(frame.seen_seq, now)),
        labels=labels or UNSET,
    )


def _finish(
    writer: Writer, stage: Stage, line: Line, caller: Caller, frame: Send, result: bytes
) -> None:
    stage.answers.append((caller.account, frame.id, digest_of(frame), result.decode()))
    sent = _Sent(writer, line, caller, frame, stage, result)
    writer.tools.store.append(stage.rows, stage.answers, sent.done, sent.lineage)


def _outside(
    writer: Writer,
    side: str,
    line: Line,
    caller: Caller,
    frame: Send,
    body: Body,
    now: int,
) -> None:
    """After the end: beside the journal, without a clock."""
    book = writer.book
    utc = writer.tools.clock.utc_ms()
    closed = book.facts.closed_utc_ms
    if frame.content != "text" or closed is None or utc - closed > OUTSIDE_MS:
        raise Refused(Code.SESSION_CLOSED)
    stage = Stage()
    item = OutsideItem(
        id=frame.id,
        author="customer" if side == "customer" else "responder",
        body=body,
        utc=rfc3339(utc),
    )
    pos = book.beside(stage, item, now)
    _finish(writer, stage, line, caller, frame, result_bytes(Accepted(pos=pos)))


__all__ = ["answer_again", "checked_text", "plain_body", "send"]
