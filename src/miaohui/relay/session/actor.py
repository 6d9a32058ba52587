"""One session's actor: commands and time in, entries and effects out.

It alone adds to the journal, in the order of receipt, and it does nothing else: it reads no clock,
writes no row and sends no frame. What it decides is a SessionStep, which the live session makes durable.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from msgspec import UNSET, UnsetType

from miaohui.promise.constants import (
    CLOSING_WAITS_MS,
    DISTRESS_MS,
    ENDS_FREE_AFTER_MS,
    HANDOVER_MADE_MS,
    HANDOVER_OFFERED_MS,
    OFFLINE_MS,
    PAUSE_IN_ALL_MS,
)
from miaohui.promise.heads import Receipt, sign, sign_restored
from miaohui.promise.order import ends_pause
from miaohui.promise.replytimes import person_part
from miaohui.promise.turns import OpenTurn, TurnState
from miaohui.receiptlog.leaf import leaf_of
from miaohui.relay.directory.blocks import BlockList
from miaohui.relay.directory.on_duty import Free
from miaohui.relay.money.orderbook import ExtensionCharge, SessionEnded
from miaohui.relay.ports import Caller, Refused
from miaohui.relay.session.effects import (
    REPEAT,
    Announce,
    BeginClosing,
    BlockLifted,
    BlockMade,
    Decision,
    DeskMoved,
    DropBlock,
    Effect,
    EndCopied,
    EndReading,
    EraseEarlier,
    EraseText,
    Forget,
    HandoverMoved,
    Prolong,
    Push,
    PutBlock,
    Refusal,
    Reseat,
    SessionStep,
    Settle,
    Tell,
    TickNow,
    WakeAt,
    WakeBy,
    WordsErased,
)
from miaohui.relay.session.fingerprints import Fingerprints
from miaohui.relay.session.handing import OFFER_MS, TOLD_MS, PendingHandover
from miaohui.relay.session.measurement import measure
from miaohui.relay.session.read_receipts import OTHER, ReadReceipts
from miaohui.relay.session.state import SessionState
from miaohui.relay.session.text_rules import checked_text, commit_of
from miaohui.relay.storage.idempotency import digest_of
from miaohui.relay.storage.keys import HeldKey, RelayKey
from miaohui.runtime.clock import Clock, rfc3339
from miaohui.wire.accounts import Done
from miaohui.wire.errors import Code
from miaohui.wire.frame import Command
from miaohui.wire.journal import (
    Closed,
    Closing,
    Edited,
    Extended,
    FaultReason,
    Handover,
    HandoverReason,
    LabelName,
    Message,
    Paused,
    Recalled,
    Resumed,
)
from miaohui.wire.limits import (
    EDIT_MS,
    RECALL_MS,
    SESSION_DEEDS,
    SESSION_MESSAGES,
    SESSION_OUTSIDE,
)
from miaohui.wire.reports import BlockPeer, UnblockPeer
from miaohui.wire.sessions import (
    AcceptHandover,
    AnswerBreak,
    AskBreak,
    AskHandover,
    Body,
    Breach,
    DeclineHandover,
    Edit,
    EditedItem,
    End,
    HandOver,
    OutsideItem,
    Pause,
    PeerPresence,
    PeerProgress,
    PeerTyping,
    Recall,
    ReceiptItem,
    RefuseHandover,
    RestoredItem,
    Resume,
    Send,
    WaitParts,
    WithdrawHandover,
)

BREAK_MS = 300_000
OUTSIDE_MS = 24 * 3600 * 1000
NO_SHOW_MS = 60_000
LOOK_AGAIN_MS = 5_000  # for a free colleague, while nobody is

OFFERED = "offered"  # the side of somebody before whom the session lies

Picture = tuple[Body, str]
"""The body and the commitment of a picture that was checked."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """All that an actor looks at besides its session. ``free``: colleagues with a free place,
    the least busy first; ``still_takes``: whether this person, before whom the session lies, can
    take so much of it; ``outage``: since when this person's link is gone with most others'."""

    online: Callable[[str], bool]
    free: Callable[[str, frozenset[str], int], list[Free]]
    still_takes: Callable[[str, int], bool]
    blocks: BlockList
    outage: Callable[[str], int | None]
    fingerprints: Fingerprints
    key: HeldKey
    clock: Clock
    floor_percent: int


class SessionActor:
    """The rules of one session, over its state. ``now`` is always the relay's mono, in ms."""

    def __init__(self, around: Surroundings, state: SessionState) -> None:
        self.around = around
        self.state = state
        self.receipts = ReadReceipts()
        self.offline_since: int | None = None  # the customer
        self._newest_durable = 0  # of the customer's messages
        self._told_breach = 0  # oldest ask of the newest turn whose breach was announced
        self._offered = 0  # … to which a handover was offered
        self._look_again: int | None = None  # for a free colleague
        # By side, since the session was read last: what was done or refused besides messages.
        self._deeds = {"customer": 0, "responder": 0, OFFERED: 0}
        self.handing: PendingHandover | None = None

    @property
    def closed(self) -> bool:
        return self.state.facts.state == "closed"

    def wake(self, now: int) -> None:
        """Takes a session up that was read from the database."""
        state = self.state
        if self.closed:
            return
        if not self.around.online(state.facts.customer):
            self.offline_since = now
        turn = state.fold.open_turn(state.t_of(now))
        offered = state.notices.get("handover_offered")
        if turn is not None and offered is not None and offered >= turn.start:
            self._offered = turn.first

    # -- commands --------------------------------------------------------------------------------

    def decide(
        self,
        caller: Caller,
        frame: Command,
        now: int,
        picture: Picture | Refused | None = None,
    ) -> Decision:
        """A command's outcome. ``picture``: for a picture's message, what was found of it."""
        state = self.state
        side = state.side_of(caller.account)
        if side is None and type(frame) in (AcceptHandover, DeclineHandover):
            handing = self.handing
            if handing is not None and caller.account in handing.asked:
                side = OFFERED
        if side is None and not state.once_sat(caller.account):
            return Refusal(Refused(Code.NOT_FOUND, "session"))
        if frame.id in state.ids:
            return REPEAT
        try:
            if side is None:
                # A former responder still reads, but no longer writes.
                raise Refused(Code.NOT_ALLOWED, "handed_over")
            full = self._full(side, frame)
            if full:
                # Not kept: what a side that is over its limit says leaves nothing behind.
                return Refusal(Refused(Code.SESSION_FULL, full))
            if type(frame) is Send:
                return self._send(side, caller, frame, now, picture)
            step = SessionStep(result=Done())
            RULES[type(frame)](self, step, side, caller, frame, now)
        except Refused as refused:
            kept = not refused.passing
            if kept:
                state.ids.add(frame.id)
                self._count_deed(side)
            return Refusal(refused, kept=kept)
        state.ids.add(frame.id)
        self._count_deed(side)
        return step

    def _count_deed(self, side: str | None) -> None:
        if side is not None:
            self._deeds[side] += 1

    def _full(self, side: str, frame: Command) -> str:
        """What a side has too much of for one more command; "" where there is room. Each side has
        its own room, so that nobody fills up the other's. Ending and blocking are always possible."""
        if type(frame) in (End, BlockPeer):
            return ""
        if self._deeds[side] >= SESSION_DEEDS:
            return "commands"
        if type(frame) is Send:
            if self.closed:
                return "outside" if self.state.outside[side] >= SESSION_OUTSIDE else ""
            return "messages" if len(self.state.messages_at[side]) >= SESSION_MESSAGES else ""
        return ""

    def _send(
        self, side: str, caller: Caller, frame: Send, now: int, picture: Picture | Refused | None
    ) -> SessionStep:
        if picture is None:
            checked_text(frame.body)
            body = self._plain(side, caller, frame.body)
            commit = commit_of(body.salt, body.text.encode())
        elif isinstance(picture, Refused):
            raise picture
        else:
            body, commit = picture
        state = self.state
        if self._peer_of(caller) in self.around.blocks.apart_from(caller.account):
            raise Refused(Code.BLOCKED)
        if self.closed:
            return self._outside(side, caller, frame, body, now)
        step = SessionStep()
        if side == "customer":
            paused = state.paused
            if paused is not None and ends_pause(paused):
                state.add(step, Resumed, now, by="customer", reason=paused.reason)
                step.at_once.append(TickNow(now))
            entry = Message(
                seq=state.seq + 1,
                t=state.t_of(now),
                prev=state.head,
                author="customer",
                id=frame.id,
                content=frame.content,
                origin="human",
                commit=commit,
            )
        else:
            entry = Message(
                seq=state.seq + 1,
                t=state.t_of(now),
                prev=state.head,
                author="responder",
                id=frame.id,
                content=frame.content,
                origin=frame.origin,
                commit=commit,
                responder=caller.account,
                seen_seq=self._seen_seq(frame, now),
                labels=self._labels(caller, body),
            )
        if side == "responder" and frame.origin == "human":
            self._tell_parts(step, frame, entry.seen, now)
        pos = state.enter(step, entry, body)
        # As the wire's encoder puts an Accepted, in a fraction of its time.
        self._accept(
            step,
            caller,
            frame,
            b'{"type":"accepted","pos":%d,"seq":%d,"t":%d,"seen_seq":%b}'
            % (pos, entry.seq, entry.t, b"%d" % entry.seen if side == "responder" else b"null"),
        )
        handing = self.handing
        if handing is not None and handing.to is not None:
            step.after.append(DeskMoved(handing.to.responder))  # who reads the open question
        # Only an ask can bring the next moment nearer, and no nearer than its promise; whatever
        # else moved is found out when the moment comes that is set already.
        if state.facts.state != "open" or state.handover_wanted:
            step.at_once.append(TickNow(now))
        elif side == "customer":
            step.at_once.append(WakeBy(now + state.fold.opened.promise_ms + 1))
        return step

    def _tell_parts(self, step: SessionStep, frame: Send, seen: int, now: int) -> None:
        """What is known of the wait that a reply ends: before it is entered."""
        state = self.state
        oldest = state.fold.first_open_ask
        way = None if oldest is None or oldest > seen else self.receipts.way(oldest)
        if oldest is not None and way is not None:
            out, back = way
            came = state.base + state.authors[oldest][1]
            times, line = frame.times, back - out
            # Its signature is for the customer's app to check: here it would cost every reply.
            if times is not None and (
                times.seq != oldest or person_part(times, now - out, line) is None
            ):
                times = None
            parts = WaitParts(
                session=state.facts.id,
                seq=oldest,
                relay_ms=max(0, out - came),
                line_ms=line,
                id=frame.id,
                times=times,
            )
            step.after.append(Tell("customer", parts))

    def _plain(self, side: str, caller: Caller, body: Body) -> Body:
        """The parts of a text's body that its author may set, and the author's name."""
        reply_to = body.reply_to
        if reply_to is not None and reply_to not in self.state.authors:
            raise Refused(Code.NOT_FOUND, "reply_to")
        name = caller.display if side == "responder" else None
        return Body(salt=body.salt, text=body.text, reply_to=reply_to, name=name)

    def _seen_seq(self, frame: Send, now: int) -> int:
        """The ``seen_seq`` of a message's entry: what its author says, as far as it can be so."""
        if frame.seen_seq is None:
            raise Refused(Code.NOT_ALLOWED, "seen_seq")
        state = self.state
        return state.readable_by(state.t_of(now), max(0, self.receipts.clamp(frame.seen_seq, now)))

    def _labels(self, caller: Caller, body: Body) -> tuple[LabelName, ...] | UnsetType:
        """What the text rules say of a responder's words; absent where they say nothing."""
        if not body.text:
            return UNSET
        facts = self.state.facts
        found = self.around.fingerprints.label(caller.account, facts.num, body.text, facts.shop)
        return tuple(LabelName(each) for each in found) or UNSET

    def _accept(self, step: SessionStep, caller: Caller, frame: Send, result: bytes) -> None:
        step.answers.append((caller.account, frame.id, digest_of(frame), result.decode()))
        step.result = result

    def _outside(self, side: str, caller: Caller, frame: Send, body: Body, now: int) -> SessionStep:
        """After the end: beside the journal, without a clock."""
        utc = self.around.clock.utc_ms()
        closed = self.state.facts.closed_utc_ms
        if frame.content != "text" or closed is None or utc - closed > OUTSIDE_MS:
            raise Refused(Code.SESSION_CLOSED)
        labels = self._labels(caller, body) if side == "responder" else UNSET
        item = OutsideItem(
            id=frame.id,
            author="customer" if side == "customer" else "responder",
            body=body,
            utc=rfc3339(utc),
            labels=() if labels is UNSET else labels,
        )
        step = SessionStep()
        pos = self.state.beside(step, item, now)
        self._accept(
            step,
            caller,
            frame,
            b'{"type":"accepted","pos":%d,"seq":null,"t":null,"seen_seq":null}' % pos,
        )
        return step

    # -- rules: (step, side, caller, frame, now); each refuses before it changes anything --------

    def _only(self, side: str, allowed: str) -> None:
        if side != allowed:
            raise Refused(Code.NOT_ALLOWED, "role")

    def _not_closed(self) -> None:
        if self.closed:
            raise Refused(Code.SESSION_CLOSED)

    def _active(self) -> None:
        self._not_closed()
        if self.state.facts.state != "open":
            raise Refused(Code.WRONG_STATE, "closing")

    def _own(self, caller: Caller, seq: int, within_ms: int, now: int) -> None:
        """Refused unless ``seq`` is a message of the caller's, young enough and not recalled."""
        found = self.state.authors.get(seq)
        if found is None or found[0] != caller.account:
            raise Refused(Code.NOT_FOUND, "seq")
        if seq in self.state.recalled:
            raise Refused(Code.ALREADY_DONE)
        if self.state.t_of(now) - found[1] > within_ms:
            raise Refused(Code.TOO_LATE)

    def _edit(self, step: SessionStep, side: str, caller: Caller, frame: Edit, now: int) -> None:
        """The words change beside the journal, where an entry says so; the clock does not move."""
        self._not_closed()
        self._own(caller, frame.seq, EDIT_MS, now)
        checked_text(frame.body)
        body = self._plain(side, caller, frame.body)
        utc = rfc3339(self.around.clock.utc_ms())
        responder = side == "responder"
        self.state.add(
            step,
            Edited,
            now,
            target=frame.seq,
            author=side,
            responder=caller.account if responder else UNSET,
            commit=commit_of(body.salt, body.text.encode()),
            labels=self._labels(caller, body) if responder else UNSET,
        )
        pos = self.state.beside(step, EditedItem(seq=frame.seq, body=body, utc=utc), now)
        forget = Forget(frame.seq, pos)
        step.at_once.append(forget)
        step.writes.append(EraseEarlier(self.state.facts.num, frame.seq))
        # Once more: what was not durable yet when it was decided has come into memory since.
        step.after += (forget, WordsErased())

    def _recall(
        self, step: SessionStep, side: str, caller: Caller, frame: Recall, now: int
    ) -> None:
        """The text goes, wherever it stood; what it means for the clock is the fold's business."""
        self._not_closed()
        self._own(caller, frame.seq, RECALL_MS, now)
        self.state.add(
            step,
            Recalled,
            now,
            target=frame.seq,
            author=side,
            responder=caller.account if side == "responder" else UNSET,
        )
        forget = Forget(frame.seq)
        step.at_once.append(forget)
        step.writes.append(EraseText(self.state.facts.num, frame.seq))
        step.after += (forget, WordsErased())

    def _pause(self, step: SessionStep, side: str, caller: Caller, frame: Pause, now: int) -> None:
        self._only(side, "customer")
        self._active()
        paused = self.state.paused
        if paused is not None and (frame.reason == "asked" or paused.reason == "distress"):
            raise Refused(Code.ALREADY_DONE)
        if paused is not None:
            # Distress goes before any other pause, whose end would come by itself.
            self.state.add(step, Resumed, now, by="relay", reason=paused.reason)
        if frame.reason == "asked" and self.state.asked_ms >= PAUSE_IN_ALL_MS:
            raise Refused(Code.WRONG_STATE, "pauses_used")
        self.state.add(step, Paused, now, by="customer", reason=frame.reason)

    def _resume(
        self, step: SessionStep, side: str, caller: Caller, frame: Resume, now: int
    ) -> None:
        """The customer ends any pause, a responder only a break of their own."""
        self._not_closed()
        paused = self.state.paused
        if paused is None:
            raise Refused(Code.ALREADY_DONE)
        if side == "responder" and paused.reason != "break":
            raise Refused(Code.NOT_ALLOWED, "pause")
        self.state.add(step, Resumed, now, by=side, reason=paused.reason)

    def _ask_break(
        self, step: SessionStep, side: str, caller: Caller, frame: AskBreak, now: int
    ) -> None:
        self._only(side, "responder")
        self._active()
        if not 1000 <= frame.ms <= BREAK_MS:
            raise Refused(Code.NOT_ALLOWED, "ms")
        self._quiet()
        self.state.notice(step, "break_asked", now, ms=frame.ms, name=caller.display)

    def _answer_break(
        self, step: SessionStep, side: str, caller: Caller, frame: AnswerBreak, now: int
    ) -> None:
        self._only(side, "customer")
        self._active()
        if self.state.break_ask is None:
            raise Refused(Code.NO_CONSENT, "not_asked")
        if not frame.agree:
            self.state.notice(step, "break_refused", now)
            return
        self._quiet()
        self.state.add(step, Paused, now, by="responder", reason="break")

    def _quiet(self) -> None:
        """Refused while a question is open, or time stands still already."""
        state = self.state
        if state.paused is not None or state.fold.first_open_ask is not None:
            raise Refused(Code.WRONG_STATE, "open_turn")

    def _ask_handover(
        self, step: SessionStep, side: str, caller: Caller, frame: AskHandover, now: int
    ) -> None:
        """Made where a colleague is free: at once, or as soon as the open question is answered or
        breached."""
        self._only(side, "customer")
        self._active()
        free = self._colleagues(now)
        if not free:
            raise Refused(Code.NOBODY_FREE)
        self.state.notice(step, "handover_asked", now)
        if not self.state.in_time(now):
            self._hand_over(step, free[0], "customer", now)

    def _refuse_handover(
        self, step: SessionStep, side: str, caller: Caller, frame: RefuseHandover, now: int
    ) -> None:
        self._only(side, "customer")
        self._active()
        self.state.notice(step, "handover_refused", now)

    def _hand_on(
        self, step: SessionStep, side: str, caller: Caller, frame: HandOver, now: int
    ) -> None:
        """Offered to one colleague after the other; until one accepts nothing changes."""
        self._only(side, "responder")
        self._active()
        if self.handing is not None and self.handing.to is not None:
            raise Refused(Code.ALREADY_DONE)
        free = self._colleagues(now)
        if not free:
            raise Refused(Code.NOBODY_FREE)
        if frame.to is not None:
            free = [each for each in free if each.responder == frame.to]
        if not free:
            raise Refused(Code.NOBODY_FREE, "to")
        self._offer(step, caller.account, frame.reason, free[0], frozenset(), now)

    def _accept_handover(
        self, step: SessionStep, side: str, caller: Caller, frame: AcceptHandover, now: int
    ) -> None:
        handing = self._lying_before(side, caller)
        self._active()
        if handing.to is None or not self._still_takes(handing.to, now):
            raise Refused(Code.TOO_LATE, "handover")
        self._hand_over(step, handing.to, handing.reason, now)

    def _decline_handover(
        self, step: SessionStep, side: str, caller: Caller, frame: DeclineHandover, now: int
    ) -> None:
        self._offer_on(step, self._lying_before(side, caller), now)

    def _withdraw_handover(
        self, step: SessionStep, side: str, caller: Caller, frame: WithdrawHandover, now: int
    ) -> None:
        self._only(side, "responder")
        if self.handing is None:
            raise Refused(Code.TOO_LATE, "handover")
        self._keep(step)

    def _lying_before(self, side: str, caller: Caller) -> PendingHandover:
        self._only(side, OFFERED)
        handing = self.handing
        if handing is None or handing.to is None or handing.to.responder != caller.account:
            raise Refused(Code.TOO_LATE, "handover")
        return handing

    def _end(self, step: SessionStep, side: str, caller: Caller, frame: End, now: int) -> None:
        """An open question is still owed its answer, unless its asker waives it."""
        self._not_closed()
        if frame.now and side != "customer":
            raise Refused(Code.NOT_ALLOWED, "now")
        paused = self.state.paused
        if paused is not None and paused.reason == "distress":
            # Whoever ends it: nobody is held for the sake of what is left unused.
            self._close(step, "safety", now)
        elif side == "responder" and paused is not None and self._ends_paused(paused, now):
            self._close(step, side, now)
        elif self.state.facts.state == "open":
            self._begin_closing(step, side, now)
        elif not frame.now:
            raise Refused(Code.ALREADY_DONE)
        if frame.now and not self.closed:
            self._close(step, self.state.facts.ending or side, now)

    def _ends_paused(self, paused: Paused, now: int) -> bool:
        """Whether a responder may end the session out of this pause at once: one that the customer
        asked for long enough ago."""
        asked = paused.by == "customer" and paused.reason == "asked"
        return asked and self.state.t_of(now) - paused.t > ENDS_FREE_AFTER_MS

    def _peer_of(self, caller: Caller) -> str:
        facts = self.state.facts
        return self.state.responder if caller.account == facts.customer else facts.customer

    def _block(
        self, step: SessionStep, side: str, caller: Caller, frame: BlockPeer, now: int
    ) -> None:
        """Nobody is held in a conversation with somebody whom they block: it ends for safety, at
        once, with what is unused given back and what was served paid."""
        peer = self._peer_of(caller)
        if self.around.blocks.has(caller.account, peer):
            raise Refused(Code.ALREADY_DONE)
        if not self.closed:
            self._close(step, "safety", now)
        utc = self.around.clock.utc_ms()
        step.writes.append(PutBlock(caller.account, peer, self.state.facts.id, utc))
        step.after.append(BlockMade(caller.account, peer))

    def _unblock(
        self, step: SessionStep, side: str, caller: Caller, frame: UnblockPeer, now: int
    ) -> None:
        peer = self._peer_of(caller)
        if not self.around.blocks.has(caller.account, peer):
            raise Refused(Code.ALREADY_DONE)
        step.writes.append(DropBlock(caller.account, peer))
        step.after.append(BlockLifted(caller.account, peer))

    # -- what the relay itself does to a session -------------------------------------------------

    def extend(
        self, minutes: int, price_fen: int, charge: ExtensionCharge, now: int
    ) -> SessionStep:
        """More paid time, with the money for it; Refused where the session is closed."""
        self._not_closed()
        paused = self.state.paused
        if paused is not None and paused.reason == "distress":
            raise Refused(Code.WRONG_STATE, "distress")  # nothing is sold to somebody in distress
        facts = self.state.facts
        step = SessionStep(result=Done())
        self.state.add(step, Extended, now, paid_ms=minutes * 60_000, price_fen=price_fen)
        reopened = facts.state == "closing"
        step.writes.append(Prolong(facts.num, facts.order, minutes, reopened, charge))
        return step

    def relieve(self, finish_ms: int, now: int) -> SessionStep:
        """The responder's shift is over: what is more than ``finish_ms`` is handed to a colleague
        in a quiet moment, unless the customer wanted none; what is less is finished."""
        state, step = self.state, SessionStep(result=Done())
        if (
            self.closed
            or state.facts.state != "open"
            or state.paused is not None
            or state.fold.open_asks
            or not state.fold.began
            or "handover_refused" in state.notices
            or state.fold.remaining_ms(state.t_of(now)) <= finish_ms
        ):
            return step
        free = self._colleagues(now)
        if free:
            self._hand_over(step, free[0], "shift", now)
        return step

    def shut(self, reason: str, now: int) -> SessionStep:
        """The end at once, whatever is owed; nothing where it is closed already."""
        step = SessionStep(result=Done())
        if not self.closed:
            self._close(step, reason, now)
        return step

    def end_copied(self, seq: int, head: str, utc: str, now: int) -> SessionStep:
        """The end of a session that stood open in a copy, under a signed notice of the restore."""
        facts, step = self.state.facts, SessionStep(result=Done())
        if not self.closed:
            notice = sign_restored(
                self._own_key().private, session=facts.id, seq=seq, head=head, restored_utc=utc
            )
            self.state.beside(step, RestoredItem(notice=notice.as_dict()), now)
            self._close(step, "relay", now)
        step.writes.append(EndCopied(facts.id))
        return step

    def fault(self, from_mono: int, to_mono: int, reason: FaultReason, now: int) -> SessionStep:
        """A stretch of the relay's clock for which it does not vouch, as far as it touches the
        session. But in an overload it wrote nothing meanwhile: what stands in the journal by then
        bounds it."""
        state, step = self.state, SessionStep()
        start, end = max(0, from_mono - state.base), to_mono - state.base
        if reason != "overload":
            start = max(start, state.fold.last_t)
        if not self.closed and start < end:
            state.fault(step, now, from_t=start, to_t=end, reason=reason)
        return step

    # -- people ----------------------------------------------------------------------------------

    def present(self, account: str, now: int, *, online: bool) -> SessionStep:
        """Somebody's first link came, or the last one went."""
        state, step = self.state, SessionStep()
        side = "customer" if account == state.facts.customer else "responder"
        step.at_once.append(Tell(OTHER[side], PeerPresence(session=state.facts.id, online=online)))
        if side == "customer":
            self.offline_since = None if online else now
        return step

    def durable(self, pos: int, now: int) -> None:
        """The feed is on disk up to ``pos``."""
        seq = self.state.newest_seq("customer", pos)
        if seq > self._newest_durable:
            self._newest_durable = seq
            self.receipts.durable(seq, now)

    def handed(self, pos: int, now: int) -> None:
        """The responder's link was given the feed up to ``pos``."""
        self.receipts.hand(self.state.newest_seq("customer", pos), now)

    def stored(self, side: str, pos: int, now: int) -> list[Effect]:
        """A side has the feed up to ``pos`` on its disk."""
        return self._progress(side) if self.receipts.ack(self.state, side, pos, now) else []

    def seen(self, side: str, seq: int) -> list[Effect]:
        """A side has the other's messages up to ``seq`` on its screen."""
        return self._progress(side) if self.receipts.look(side, seq) else []

    def typing(self, side: str) -> list[Effect]:
        if self.closed:
            return []
        return [Tell(OTHER[side], PeerTyping(session=self.state.facts.id))]

    def _progress(self, side: str) -> list[Effect]:
        progress = PeerProgress(
            session=self.state.facts.id,
            delivered=self.receipts.stored[side],
            seen=self.receipts.seen[side],
        )
        return [Tell(OTHER[side], progress)]

    # -- time ------------------------------------------------------------------------------------

    def tick(self, now: int) -> SessionStep:
        """Everything that is due at ``now``, and the session's next moment."""
        state, step = self.state, SessionStep()
        if not self.closed:
            t = state.t_of(now)
            turn = state.fold.open_turn(t)
            if turn is not None:
                self._breach(step, turn, t)
            self._act(step, turn, now)
        self._follow_handing(step, now)
        step.at_once.append(WakeAt(self._due(now)))
        return step

    def _due(self, now: int) -> int | None:
        """The next moment at which there is something to do."""
        state = self.state
        if self.closed:
            return None
        moments: list[int] = []
        wake = state.fold.next_wake(state.t_of(now))
        if wake is not None:
            moments.append(state.base + wake)
        paused = state.paused
        since = state.fold.closing_since
        if paused is None and not state.fold.began and since is None:
            moments.append(state.base + NO_SHOW_MS + state.frozen_ms)
        if state.break_end is not None:
            moments.append(state.base + state.break_end)
        if since is not None:
            moments.append(state.base + since + CLOSING_WAITS_MS)
        elif paused is None and self.offline_since is not None:
            if state.offline_ms < PAUSE_IN_ALL_MS:
                moments.append(self.offline_since + OFFLINE_MS)
        elif paused is not None:
            length = self._longest(paused)
            if length is not None:
                moments.append(state.base + paused.t + length)
        if self._look_again is not None:
            moments.append(self._look_again)
        if self.handing is not None:
            moments.append(self.handing.until)
        return max(now + 1, min(moments)) if moments else None

    def _longest(self, paused: Paused) -> int | None:
        """The length at which the relay ends this pause; None: a break, whose end was agreed."""
        match paused.reason:
            case "distress":
                return DISTRESS_MS
            case "customer_offline":
                return PAUSE_IN_ALL_MS - self.state.offline_ms
            case "asked":
                return PAUSE_IN_ALL_MS - self.state.asked_ms
            case "break":
                return None

    def _breach(self, step: SessionStep, turn: OpenTurn, t: int) -> None:
        oldest = turn.first
        if turn.state is not TurnState.BREACHED or self._told_breach == oldest:
            return
        self._told_breach = oldest
        facts = self.state.facts
        passed = t - (turn.wait - self.state.fold.opened.promise_ms - 1)
        frame = Breach(session=facts.id, seq=oldest, t=passed)
        step.at_once += (Push(facts.customer, frame), Push(facts.responder, frame))

    def _act(self, step: SessionStep, turn: OpenTurn | None, now: int) -> None:
        state = self.state
        t = state.t_of(now)
        since = state.fold.closing_since
        if since is not None:
            if not state.owed or t - since >= CLOSING_WAITS_MS:
                self._close(step, state.facts.ending or "time", now)
            return
        if state.handover_wanted and not state.in_time(now):
            free = self._colleagues(now)
            if free:
                self._hand_over(step, free[0], "customer", now)
        if state.paused is not None:
            self._act_paused(step, state.paused, t, now)
            return
        if not state.fold.began and t - state.frozen_ms >= NO_SHOW_MS:
            self._close(step, "no_show", now)
            return
        if state.fold.began and state.fold.remaining_ms(t) == 0:
            self._begin_closing(step, "time", now)
            return
        self._look_again = None
        if turn is not None and turn.wait >= HANDOVER_OFFERED_MS:
            self._find_colleague(step, turn, now)
            if self._wants_colleague(turn):
                self._look_again = now + LOOK_AGAIN_MS
        offline = self.offline_since
        if (
            offline is not None
            and now - offline >= OFFLINE_MS
            and state.offline_ms < PAUSE_IN_ALL_MS
        ):
            self._say_outage(step, now)
            state.add(step, Paused, now, by="relay", reason="customer_offline")

    def _say_outage(self, step: SessionStep, now: int) -> None:
        """What was waited while most links were gone is written down before another entry comes
        to stand behind it."""
        state = self.state
        since = self.around.outage(state.facts.customer)
        if since is not None:
            start, end = max(state.t_of(since), state.fold.last_t), state.t_of(now)
            if start < end:
                state.fault(step, now, from_t=start, to_t=end, reason="network")

    def _act_paused(self, step: SessionStep, paused: Paused, t: int, now: int) -> None:
        state = self.state
        if state.break_end is not None and t >= state.break_end:
            state.add(step, Resumed, now, by="relay", reason="break")
            return
        longest = self._longest(paused)
        over = longest is not None and t - paused.t >= longest
        if over and paused.reason == "distress":
            self._close(step, "safety", now)
        elif over or (paused.reason == "customer_offline" and self.offline_since is None):
            state.add(step, Resumed, now, by="relay", reason=paused.reason)

    # -- handovers -------------------------------------------------------------------------------

    def _colleagues(self, now: int) -> list[Free]:
        """Those who have a free place, and the time for what is left."""
        state = self.state
        apart = self.around.blocks.apart_from(state.facts.customer)
        left = state.fold.remaining_ms(state.t_of(now))
        return self.around.free(state.facts.shop, frozenset({state.responder, *apart}), left)

    def _wants_colleague(self, turn: OpenTurn) -> bool:
        """True while an offer or a handover is still to be made for this turn."""
        refused = self.state.notices.get("handover_refused")
        if refused is not None and refused >= turn.start:
            return False  # the customer said, during it, that they would rather wait
        return self._offered != turn.first or not self.around.online(self.state.responder)

    def _find_colleague(self, step: SessionStep, turn: OpenTurn, now: int) -> None:
        """Offers a handover at 30 s of an open turn; makes it at 60 s where the link is down."""
        free = self._colleagues(now) if self._wants_colleague(turn) else []
        if not free:
            return
        if turn.wait >= HANDOVER_MADE_MS and not self.around.online(self.state.responder):
            self._hand_over(step, free[0], "link", now)
        elif self._offered != turn.first:
            self._offered = turn.first
            self.state.notice(step, "handover_offered", now, name=free[0].name)

    def _still_takes(self, to: Free, now: int) -> bool:
        """True while it may lie before them: neither busy, resting, leaving nor kept apart."""
        state = self.state
        if to.responder in self.around.blocks.apart_from(state.facts.customer):
            return False
        left = state.fold.remaining_ms(state.t_of(now))
        return self.around.still_takes(to.responder, left)

    def _offer(
        self,
        step: SessionStep,
        giver: str,
        reason: HandoverReason,
        to: Free | None,
        asked: frozenset[str],
        now: int,
    ) -> None:
        """Lays the session before somebody, or says that nobody took it."""
        before = self.handing
        former = None if before is None or before.to is None else before.to.responder
        if to is not None:
            asked |= {to.responder}
        until = now + (TOLD_MS if to is None else OFFER_MS)
        self.handing = PendingHandover(giver, reason, to, asked, until)
        step.at_once.append(HandoverMoved(giver, former, None if to is None else to.responder))

    def _offer_on(self, step: SessionStep, handing: PendingHandover, now: int) -> None:
        free = [each for each in self._colleagues(now) if each.responder not in handing.asked]
        to = free[0] if free else None
        self._offer(step, handing.giver, handing.reason, to, handing.asked, now)

    def _keep(self, step: SessionStep) -> None:
        """It lies before nobody any more."""
        handing, self.handing = self.handing, None
        if handing is not None:
            former = None if handing.to is None else handing.to.responder
            step.at_once.append(HandoverMoved(handing.giver, former, None))

    def _follow_handing(self, step: SessionStep, now: int) -> None:
        handing = self.handing
        if handing is None:
            return
        state = self.state
        if state.facts.state != "open" or state.responder != handing.giver:
            self._keep(step)
        elif handing.to is None:
            if now >= handing.until:
                self._keep(step)
        elif now >= handing.until or not self._still_takes(handing.to, now):
            self._offer_on(step, handing, now)

    def _hand_over(self, step: SessionStep, to: Free, reason: HandoverReason, now: int) -> None:
        """Passes the session on: the next responder gets the whole feed, the former no more of
        it."""
        state = self.state
        self._keep(step)
        former = state.responder
        pos = state.add(step, Handover, now, from_=former, to=to.responder, reason=reason)
        state.facts = replace(state.facts, responder_name=to.name)
        self.receipts.forget_responder()
        t = state.t_of(now)
        used = state.fold.elapsed_ms(t)
        step.writes.append(
            Reseat(state.facts.num, state.facts.order, former, pos, to, used, state.utc_of(t))
        )
        step.after += (EndReading(former), Announce(state.facts.order))

    # -- the end ---------------------------------------------------------------------------------

    def _end_pause(self, step: SessionStep, ending: str, now: int) -> None:
        """Resumes, so that what follows happens in running time."""
        paused = self.state.paused
        if paused is not None:
            by = "customer" if ending == "customer" else "relay"
            self.state.add(step, Resumed, now, by=by, reason=paused.reason)

    def _begin_closing(self, step: SessionStep, ending: str, now: int) -> None:
        """Writes ``closing``, and ``closed`` with it where no answer is owed."""
        state = self.state
        self._end_pause(step, ending, now)
        state.add(step, Closing, now)
        state.facts = replace(state.facts, ending=ending)
        step.writes.append(BeginClosing(state.facts.num, state.facts.order, ending))
        owed = state.fold.opened.terms.last_question
        if not state.owed or not owed:
            self._close(step, ending, now)
        else:
            step.after.append(Announce(state.facts.order))

    def _close(self, step: SessionStep, reason: str, now: int) -> None:
        """Writes ``closed`` and settles. Nothing can follow but what lies outside the journal."""
        state = self.state
        state.add(step, Closed, now, reason=reason)
        fold, facts = state.fold, state.facts
        settlement = fold.settlement()
        refund = 0 if settlement is None else settlement.refund_fen
        closed_utc = state.utc_of(fold.last_t)
        receipt = self._sign(step, now)
        state.facts = replace(
            facts, state="closed", ending=reason, closed_utc_ms=closed_utc, refund_fen=refund
        )
        ended = SessionEnded(
            order=facts.order,
            session=facts.id,
            reason=reason,
            refund_fen=refund,
            given_back_ms=fold.late_ms(fold.last_t),
            closed_utc=rfc3339(closed_utc),
        )
        measurement = measure(fold, facts, state.faulty, self.around.floor_percent)
        people = {facts.responder, *(each.from_ for each in state.handovers)}
        prints = self.around.fingerprints.of_session(facts.num, people)
        answered = (fold.opened.responder, *(each.to for each in state.handovers))
        figures = fold.figures(fold.last_t)
        leaf = leaf_of(receipt, fold.opened, answered, figures, fold.paid_ms)
        step.writes.append(
            Settle(
                facts.num,
                closed_utc,
                ended,
                measurement,
                prints,
                leaf,
                state.responder,
                figures.elapsed_ms,
            )
        )
        step.after.append(Announce(facts.order))

    def _own_key(self) -> RelayKey:
        """The one that `opened` names, however often the relay's key was changed since."""
        return self.around.key.now.of_session(self.state.fold.opened.key_id)

    def _sign(self, step: SessionStep, now: int) -> Receipt:
        """The relay's signature over the journal as it stands, beside it."""
        state = self.state
        signed = sign(
            self._own_key().private,
            session=state.facts.id,
            seq=state.seq,
            t=state.fold.last_t,
            head=state.head,
        )
        state.beside(step, ReceiptItem(receipt=signed.as_dict()), now)
        return signed


Rule = Callable[[SessionActor, SessionStep, str, Caller, Any, int], None]
RULES: dict[type[Command], Rule] = {
    Edit: SessionActor._edit,
    Recall: SessionActor._recall,
    Pause: SessionActor._pause,
    Resume: SessionActor._resume,
    AskBreak: SessionActor._ask_break,
    AnswerBreak: SessionActor._answer_break,
    AskHandover: SessionActor._ask_handover,
    RefuseHandover: SessionActor._refuse_handover,
    HandOver: SessionActor._hand_on,
    AcceptHandover: SessionActor._accept_handover,
    DeclineHandover: SessionActor._decline_handover,
    WithdrawHandover: SessionActor._withdraw_handover,
    End: SessionActor._end,
    BlockPeer: SessionActor._block,
    UnblockPeer: SessionActor._unblock,
}
