"""The effects of a session's actor: a step's entries, and what is to be written, told and awaited.

Every effect is a frozen value. Writes go into the transaction of the step's entries, on the store's
thread; what is at once is done as soon as they are handed to it, the rest after the commit.
"""

import sqlite3
from collections.abc import Mapping

from msgspec import Struct

from miaohui.receiptlog.leaf import Leaf
from miaohui.relay.directory import blocks, served, statistics
from miaohui.relay.directory.on_duty import Free
from miaohui.relay.directory.statistics import Measurement
from miaohui.relay.money import orderbook
from miaohui.relay.money.orderbook import ExtensionCharge, SessionEnded
from miaohui.relay.ports import Refused
from miaohui.relay.session.fingerprints import save_in
from miaohui.relay.storage import audit, erasure
from miaohui.relay.storage.receipt_log import append_in
from miaohui.relay.storage.store import AnswerRow, FeedRow
from miaohui.wire.frame import Frame, Result
from miaohui.wire.orders import OrderState

# -- into the transaction ------------------------------------------------------------------------


class BeginClosing(Struct, frozen=True):
    """The session and its order are closing. ``ending``: who or what made them."""

    num: int
    order: str
    ending: str


class Settle(Struct, frozen=True):
    """The session is closed: its money, its figures, its fingerprints, its leaf of the log."""

    num: int
    closed_utc_ms: int
    ended: SessionEnded
    measurement: Measurement | None
    fingerprints: Mapping[str, list[bytes]]
    leaf: Leaf
    responder: str
    elapsed_ms: int


class Reseat(Struct, frozen=True):
    """Another responder answers; the former one reads up to ``pos``. ``elapsed_ms``: paid time used
    by then."""

    num: int
    order: str
    former: str
    pos: int
    to: Free
    elapsed_ms: int
    utc_ms: int


class Prolong(Struct, frozen=True):
    """More minutes, paid for. ``reopened``: it was closing already."""

    num: int
    order: str
    minutes: int
    reopened: bool
    charge: ExtensionCharge


class EraseText(Struct, frozen=True):
    """A recalled message's words are gone, wherever they stood."""

    num: int
    seq: int


class EraseEarlier(Struct, frozen=True):
    """An edited message's earlier words are gone; the newest stay."""

    num: int
    seq: int


class EndCopied(Struct, frozen=True):
    """The session of a copy is closed."""

    session: str


class PutBlock(Struct, frozen=True):
    """``blocker`` has nothing more to do with ``blocked``."""

    blocker: str
    blocked: str
    session: str
    utc_ms: int


class DropBlock(Struct, frozen=True):
    blocker: str
    blocked: str


Write = (
    BeginClosing
    | Settle
    | Reseat
    | Prolong
    | EraseText
    | EraseEarlier
    | EndCopied
    | PutBlock
    | DropBlock
)


def write_in(conn: sqlite3.Connection, write: Write) -> None:
    """Carries a write out."""
    match write:
        case BeginClosing(num, order, ending):
            conn.execute(
                "UPDATE session SET state = 'closing', ending = ? WHERE num = ?", (ending, num)
            )
            orderbook.follow_in(conn, order, OrderState.CLOSING)
        case Settle(
            num, closed_utc_ms, ended, measurement, fingerprints, leaf, responder, elapsed_ms
        ):
            served.add_in(conn, num, ended.order, responder, elapsed_ms, closed_utc_ms)
            conn.execute(
                "UPDATE session SET state = 'closed', ending = ?, closed_utc_ms = ?,"
                " refund_fen = ? WHERE num = ?",
                (ended.reason, closed_utc_ms, ended.refund_fen, num),
            )
            orderbook.settle_in(conn, ended)
            if measurement is not None:
                statistics.measured_in(conn, measurement)
            save_in(conn, num, fingerprints)
            append_in(conn, ended.session, leaf)
        case Reseat(num, order, former, pos, to, elapsed_ms, utc_ms):
            served.add_in(conn, num, order, former, elapsed_ms, utc_ms)
            conn.execute(
                "UPDATE session SET responder = ?, responder_name = ? WHERE num = ?",
                (to.responder, to.name, num),
            )
            conn.execute(
                "UPDATE seat SET to_pos = ? WHERE account = ? AND session = ?", (pos, former, num)
            )
            conn.execute(
                "INSERT INTO seat (account, session, side, name) VALUES (?, ?, 'responder', ?)"
                " ON CONFLICT (account, session) DO UPDATE SET to_pos = NULL",
                (to.responder, num, to.name),
            )
            orderbook.change_in(conn, orderbook.get(conn, order), responder=to.responder)
        case Prolong(num, order, minutes, reopened, charge):
            orderbook.extend_in(conn, charge)
            conn.execute(
                "UPDATE session SET state = 'open', ending = NULL, minutes = minutes + ?"
                " WHERE num = ?",
                (minutes, num),
            )
            if reopened:
                orderbook.follow_in(conn, order, OrderState.OPEN)
        case EndCopied(session):
            conn.execute("DELETE FROM restored WHERE session = ?", (session,))
        case EraseText(num, seq):
            erasure.erase_message_in(conn, num, seq)
        case EraseEarlier(num, seq):
            erasure.erase_earlier_in(conn, num, seq)
        case PutBlock(blocker, blocked, session, utc_ms):
            blocks.put_in(conn, blocker, blocked, session, utc_ms)
            audit.note_in(conn, blocker, "block", blocked, utc_ms, session)
        case DropBlock(blocker, blocked):
            blocks.drop_in(conn, blocker, blocked)


# -- at once, or after the commit ----------------------------------------------------------------


class WakeAt(Struct, frozen=True):
    """The session's next moment, on the relay's clock; None: nothing is awaited."""

    moment: int | None


class WakeBy(Struct, frozen=True):
    """No later than this moment; an earlier one that is set already stays."""

    moment: int


class TickNow(Struct, frozen=True):
    """Something may be due already."""

    now: int


class Push(Struct, frozen=True):
    """A frame to every screen of an account."""

    account: str
    frame: Frame


class Tell(Struct, frozen=True):
    """A frame that is never kept, to this session's readers of a side."""

    side: str
    frame: Frame


class Forget(Struct, frozen=True):
    """A text that was taken back is not shown again out of memory either. ``before``: the position
    from which on its words stay."""

    seq: int
    before: int = 2**62


class WordsErased(Struct, frozen=True):
    """What the words lay in, files and the database's log, is cleaned up."""


class Announce(Struct, frozen=True):
    """The order has changed: its customer and the desks concerned are told."""

    order: str


class HandoverMoved(Struct, frozen=True):
    """A handover lies before ``to`` now, and no more before ``former``; the desks of both and of
    the giver are told."""

    giver: str
    former: str | None
    to: str | None


class DeskMoved(Struct, frozen=True):
    """Something that this responder's desk shows has changed."""

    responder: str


class EndReading(Struct, frozen=True):
    """A responder who handed on reads no more of it."""

    account: str


class BlockMade(Struct, frozen=True):
    """From now on the two are kept apart."""

    blocker: str
    blocked: str


class BlockLifted(Struct, frozen=True):
    blocker: str
    blocked: str


Effect = (
    WakeAt
    | WakeBy
    | TickNow
    | Push
    | Tell
    | Forget
    | WordsErased
    | Announce
    | HandoverMoved
    | DeskMoved
    | EndReading
    | BlockMade
    | BlockLifted
)


class SessionStep(Struct):
    """One command's outcome, or one moment's. ``pieces``: the rows' items, as they are pushed;
    ``result``: the answer, as the wire has it where it is bytes; None: nobody asked."""

    rows: list[FeedRow] = []
    pieces: list[bytes] = []
    answers: list[AnswerRow] = []
    result: Result | bytes | None = None
    writes: list[Write] = []
    at_once: list[Effect] = []
    after: list[Effect] = []


class Refusal(Struct, frozen=True):
    """A command that changes nothing. ``kept``: it is refused for good, and durably so."""

    refused: Refused
    kept: bool = False


class Repeat(Struct, frozen=True):
    """A command whose id is known: its first answer holds."""


REPEAT = Repeat()
Decision = SessionStep | Refusal | Repeat
