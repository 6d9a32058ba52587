"""One session as a person sees it: the feed applied in order, joined with what is on its way."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from miaohui.client.doubts import Doubt
from miaohui.client.feed.command_states import CommandState
from miaohui.client.feed.message_table import Flag, Kind, MessageTable, Remark
from miaohui.client.feed.outbox import KeptCommand
from miaohui.client.feed.pending import Pending
from miaohui.client.feed.read_markers import ReadMarkers
from miaohui.client.feed.verified_journal import VerifiedJournal
from miaohui.client.feed.views import Stretch, body_holds, remark_of, row_view
from miaohui.client.feed.witness import FeltWait, Witness
from miaohui.client.snapshots import Difference, Inserted, MessageView, Removed, Updated, WaitBar
from miaohui.client.waitpart import WaitPart
from miaohui.promise.constants import ACCEPTED_APPEARS_MS
from miaohui.promise.errors import JournalUnreadable
from miaohui.promise.knownkeys import KnownKeys
from miaohui.promise.observing import told_wait
from miaohui.promise.turns import Turn
from miaohui.runtime.clock import told_utc_ms, within_years
from miaohui.wire.journal import (
    Author,
    Closed,
    Edited,
    Entry,
    Handover,
    Message,
    Opened,
    Paused,
    Recalled,
    Resumed,
)
from miaohui.wire.sessions import (
    Accepted,
    Body,
    Edit,
    EditedItem,
    EntryItem,
    NoticeItem,
    OutsideItem,
    Placed,
    Recall,
    ReceiptItem,
    RestoredItem,
    Send,
)

ASKS_TIMED = 64  # of the newest it is known when they were shown
REVISED_ROWS = 500  # older lines are made anew whenever they are looked at
MANY = 20
BARS = 1_000  # more than any strip shows


class Proof(StrEnum):
    """A closed session's receipt, as far as this client has held it against the journal."""

    NONE = "none"  # it has not come
    CAME = "came"
    CHECKING = "checking"
    SOUND = "sound"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Taken:
    """What of a stretch is to be stored, and what arrived with it."""

    stored: list[Placed]
    arrived: list[str]
    observed: list[tuple[int, int, int]]
    gap: bool


HANDING = frozenset({"handover_offered", "handover_asked", "handover_refused", "handover_none"})


class Happening(StrEnum):
    """What a stretch of a feed brought that somebody acts upon once it is applied."""

    TOLD = "told"  # lines were told
    BREACHED = "breached"
    HANDED_ON = "handed on"
    CLOSED = "closed"
    RESTORED = "restored"


@dataclass(slots=True)
class Applied:
    """What a stretch of a feed did to a conversation: what is to be stored, told and said.

    With ``told_from`` the rows from there on are told at the end, as one.
    """

    told_from: int | None = None
    differences: list[Difference] = field(default_factory=list)
    stored: list[Placed] = field(default_factory=list)
    arrived: list[str] = field(default_factory=list)
    observed: list[tuple[int, int, int]] = field(default_factory=list)  # seq, felt, wait
    gap: bool = False  # it ended before a position that is not the next
    happened: set[Happening] = field(default_factory=set)
    notices: list[NoticeItem] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def take(self) -> Taken:
        """Hands over what has gathered, once."""
        taken = Taken(self.stored, self.arrived, self.observed, self.gap)
        self.stored, self.arrived, self.observed, self.gap = [], [], [], False
        return taken

    def go_on_from(self, row: int) -> None:
        """The rows up to there were told by others."""
        self.told_from = row

    def tell(self) -> list[Difference]:
        """Hands over what is to be told, once."""
        told, self.differences = self.differences, []
        if told:
            self.happened.add(Happening.TOLD)
        return told


class SessionFeed:
    """Feed, own messages on their way, and the views of both. ``me``: which side reads it."""

    def __init__(self, session: str, me: Author) -> None:
        self.session = session
        self.me = me
        self.rows = MessageTable()
        self.journal = VerifiedJournal()
        self.witness = Witness(me)
        self.reading = ReadMarkers()
        self.pos = 0
        self.opened_ms = 0
        self.receipt: dict[str, str | int] | None = None
        self.paused: Paused | None = None
        self.break_asked_ms: int | None = None
        self.break_ms: int | None = None
        self.handover_offered = False
        self.bars: list[WaitBar] = []
        self.names: dict[str, str] = {}
        self.network: dict[int, int] = {}
        self.pictures: dict[str, tuple[float, bool]] = {}
        self.parts: dict[int, WaitPart] = {}  # by ask
        self._came: dict[int, int] = {}  # when the other side's newest asks were shown here
        self.commits: dict[str, str] = {}  # media → the entry's commit
        self.proof = Proof.NONE
        self.relay_keys = KnownKeys(())  # the relay's, as it was met
        self.pending: list[Pending] = []
        self._entered: dict[str, int] = {}
        self._told: set[int] = set()
        self.live = False  # the link stands
        # What is being done to own messages, and is not back yet, by seq; the newest of each.
        self.changes: dict[int, Edit | Recall] = {}
        self._edits: dict[int, str] = {}  # target → the commit of the edit whose words come next
        # Messages without words: what lacks, since when, and whether it was pushed.
        self._blank: dict[int, tuple[str, int, bool]] = {}

    @property
    def in_distress(self) -> bool:
        """True while the customer has stopped time in distress."""
        paused = self.paused is not None and self.paused.reason == "distress"
        return paused and self.journal.fold.closed is None

    # --- reading -----------------------------------------------------------------------------
    def __len__(self) -> int:
        return len(self.rows) + len(self.pending)

    def view(self, index: int, now: int) -> MessageView:
        """The line at ``index`` as of the session's ``now``."""
        if index < len(self.rows):
            return row_view(self, index, now)
        return self.pending[index - len(self.rows)].view(
            self.rows, live=self.live, outside=not self.journal.begun
        )

    def index(self, key: str) -> int | None:
        for offset, pending in enumerate(self.pending):
            if pending.key == key:
                return len(self.rows) + offset
        return self.rows.find(key)

    def key_of_seq(self, seq: int) -> str | None:
        row = self.rows.row_of_seq(seq)
        return None if row is None else self.rows.key(row)

    def peer_seq_on_screen(self) -> int:
        """The highest seq of the other side's messages that is shown here."""
        for row in range(len(self.rows) - 1, -1, -1):
            if (seq := self.rows.seq(row)) is not None and not self.rows.has(row, Flag.MINE):
                return seq
        return 0

    # --- the feed ----------------------------------------------------------------------------
    def apply(
        self,
        items: Sequence[Placed],
        at: int,
        now: int,
        *,
        stored: bool = False,
        into: Applied | None = None,
    ) -> Applied:
        """Takes only the next positions; ``at``: this machine's clock, ``now``: the session's.
        ``stored``: they come from our own history. ``into``: they are one of many pages, whose
        rows ``tell_rows`` tells."""
        done = Applied() if into is None else into
        if into is None and (stored or len(items) > MANY):
            done.told_from = len(self.rows)
        for placed in items:
            if placed.pos <= self.pos:
                continue
            if placed.pos != self.pos + 1:
                done.gap = True
                break
            self.pos = placed.pos
            if not stored:
                done.stored.append(placed)
            self._apply(placed, at, now, done, stored=stored)
        if done.told_from is not None:
            self._settle(at, max(now, self.journal.fold.last_t), done, stored=stored)
        if into is None:
            self.tell_rows(now, done)
        return done

    def tell_rows(self, now: int, done: Applied) -> None:
        """A stretch's lines as one insertion; lines after them begin another."""
        start = done.told_from
        if start is not None and len(self.rows) > start:
            now = max(now, self.journal.fold.last_t)
            done.differences.append(Inserted(start, Stretch(self, start, len(self.rows), now)))
            done.told_from = len(self.rows)

    def _apply(self, placed: Placed, at: int, now: int, done: Applied, *, stored: bool) -> None:
        item = placed.item
        match item:
            case EntryItem(entry=entry, body=body):
                now = max(now, entry.t)
                self._entry(placed.pos, entry, body, at, now, done, stored=stored)
                if done.told_from is None:
                    self._settle(at, now, done, stored=stored)
            case EditedItem():
                row = self.rows.row_of_seq(item.seq)
                commit = self._edits.pop(item.seq, None)
                if not stored and commit is not None and not item.body.text:
                    # Taken back, or edited again, before they came here: that comes behind.
                    self._blank[item.seq] = ("edit", at, done.told_from is None)
                elif not stored and commit is not None:
                    self._blank.pop(item.seq, None)
                    mine = row is not None and self.rows.has(row, Flag.MINE)
                    done.doubts += self.witness.edited(
                        item.seq, mine=mine, holds=body_holds(commit, item.body), commit=commit
                    )
                change = self.changes.get(item.seq)
                if isinstance(change, Edit) and change.body.text == item.body.text:
                    del self.changes[item.seq]
                if row is not None:
                    self.rows.reword(row, item.body)
                    self._updated(row, now, done)
            case OutsideItem(queued=False):
                mine = item.author == self.me
                if mine:
                    self.witness.outside(item.id)
                flags = Flag.OUTSIDE | (Flag.MINE if mine else Flag.NONE)
                utc_ms = told_utc_ms(item.utc)
                self._message(placed.pos, 0, item.id, utc_ms, flags, item.body, (), now, done)
            case NoticeItem():
                if done.told_from is not None:  # what it speaks of is the open turn
                    self._settle(at, now, done, stored=stored)
                self._notice(item)
                if not stored:
                    done.notices.append(item)
                remark = Remark(item.code, item.ms, item.name or "")
                self._remark(Kind.NOTICE, placed.pos, item.t, remark, now, done)
            case RestoredItem():
                self._restored(item, done, stored=stored)
            case ReceiptItem():
                self.receipt, self.proof = item.receipt, Proof.CAME
            case _:
                # A message to the queue is an entry at t = 0 as well, and shown as that.
                pass

    def _entry(
        self,
        pos: int,
        entry: Entry,
        body: Body | None,
        at: int,
        now: int,
        done: Applied,
        *,
        stored: bool,
    ) -> None:
        self._witness(entry, body, at, done, stored=stored)
        if isinstance(entry, Message):
            flags = Flag.MINE if entry.author == self.me else Flag.NONE
            flags |= Flag.ASK if entry.is_ask else Flag.NONE
            flags |= Flag.AUTO if entry.origin == "auto" else Flag.NONE
            if self.me == "responder" and entry.is_ask and not stored:
                self._came[entry.seq] = at
                if len(self._came) > ASKS_TIMED:
                    del self._came[next(iter(self._came))]
            if body is None and not stored:
                self._blank[entry.seq] = ("beside", at, done.told_from is None)
            if body is not None and body.media is not None:
                self.commits[body.media] = entry.commit
            if isinstance(entry.responder, str) and body is not None and body.name:
                self.learn(entry.responder, body.name, now, done)
            labels = entry.labels if isinstance(entry.labels, tuple) else ()
            utc_ms = within_years(self.opened_ms + entry.t)
            self._message(pos, entry.seq, entry.id, utc_ms, flags, body, labels, now, done)
            return
        match entry:
            case Opened():
                self.opened_ms = told_utc_ms(entry.utc)
            case Paused() if self.paused is None:
                self.paused = entry
                self.break_ms, self.break_asked_ms = self.break_asked_ms, None
            case Resumed():
                self.paused = self.break_ms = None
            case Handover():
                self.handover_offered = False
                done.happened.add(Happening.HANDED_ON)
            case Recalled():
                self._blank.pop(entry.target, None)
                self.changes.pop(entry.target, None)
                row = self.rows.row_of_seq(entry.target)
                if row is not None:
                    if not self.rows.has(row, Flag.RECALLED):
                        self.reading.recall(self.rows, row)
                    self.rows.set(row, Flag.RECALLED)
                    self._updated(row, now, done)
                return
            case Closed():
                done.happened.add(Happening.CLOSED)
            case Edited():
                self._edits[entry.target] = entry.commit
            case _:
                pass
        told = remark_of(entry)
        if told is not None:
            self._remark(told[0], pos, entry.t, told[1], now, done)

    def _witness(
        self, entry: Entry, body: Body | None, at: int, done: Applied, *, stored: bool
    ) -> None:
        """Holds an entry against the journal so far and against what is known here; one of our own
        history was when it came."""
        witness, broken = self.witness, self.journal.broken
        self.journal.take(entry, stored=stored)
        if broken is None and self.journal.broken is not None:
            reason = self.journal.broken.reason
            done.doubts += witness.broke(entry.seq, entry.t, reason)
        tip = "" if stored else self.journal.chain.head
        found = witness.written(entry, tip)
        if not stored:
            pushed = done.told_from is None
            found += witness.entry(entry, at=at, pushed=pushed)
            if isinstance(entry, Message):
                sent = next((each.command for each in self.pending if each.key == entry.id), None)
                found += witness.message(entry, body, sent, at=at)
        done.doubts += found

    def _restored(self, item: RestoredItem, done: Applied, *, stored: bool) -> None:
        """The relay goes on from a copy. Its key is the one that `opened` names."""
        from miaohui.promise.heads import restored_from

        try:
            notice = restored_from(item.notice)
        except JournalUnreadable:
            return
        known = notice.session == self.session
        if known and self.witness.went_on(notice, self.relay_keys) and not stored:
            done.happened.add(Happening.RESTORED)

    def withheld(self, at: int) -> list[Doubt]:
        """Words that are not there although nobody took them back, in a feed that is whole. Of a
        session that is over they may have gone by age, unless they were missing when pushed."""
        if self.journal.fold.closed is not None:
            self._blank = {seq: each for seq, each in self._blank.items() if each[2]}
        late = {
            seq: where
            for seq, (where, since, _) in self._blank.items()
            if at - since >= ACCEPTED_APPEARS_MS
        }
        found: list[Doubt] = []
        for seq, where in late.items():
            del self._blank[seq]
            row = self.rows.row_of_seq(seq)
            mine = row is not None and self.rows.has(row, Flag.MINE)
            found += self.witness.withheld(seq, where, mine=mine)
        return found

    def _notice(self, item: NoticeItem) -> None:
        match item.code:
            case "break_asked":
                self.break_asked_ms = item.ms
            case "break_refused" | "break_agreed":
                if item.code == "break_refused":
                    self.break_asked_ms = None
            case "handover_offered":
                self.handover_offered = True
            case "handover_refused" | "handover_asked" | "handover_none":
                self.handover_offered = False
            case _:
                pass

    def _message(
        self,
        pos: int,
        seq: int,
        id: str,
        utc_ms: int,
        flags: int,
        body: Body | None,
        labels: tuple[str, ...],
        now: int,
        done: Applied,
    ) -> None:
        offset = next((i for i, each in enumerate(self.pending) if each.key == id), None)
        row = self.rows.add_message(
            id=id, pos=pos, seq=seq, utc_ms=utc_ms, flags=flags, body=body, labels=labels
        )
        if flags & Flag.MINE:
            done.arrived.append(id)
        else:
            self.reading.count(self.rows, row)
        if offset is not None:
            del self.pending[offset]
        if done.told_from is not None:
            if offset is not None:
                done.differences.append(Removed(done.told_from + offset))
        elif offset is None:
            done.differences.append(Inserted(row, (self.view(row, now),)))
        elif offset:
            done.differences.append(Removed(row + offset))
            done.differences.append(Inserted(row, (self.view(row, now),)))
        else:
            done.differences.append(Updated(row, self.view(row, now)))

    def _remark(
        self, kind: Kind, pos: int, t: int, remark: Remark, now: int, done: Applied
    ) -> None:
        last = len(self.rows) - 1
        if _goes_on(self.rows, last, kind, remark):
            self.rows.turn_into(last, kind, remark)
            self._updated(last, now, done)
            return
        row = self.rows.add_remark(
            kind, pos=pos, utc_ms=within_years(self.opened_ms + t), remark=remark
        )
        if done.told_from is None:
            done.differences.append(Inserted(row, (self.view(row, now),)))

    def _updated(self, index: int, now: int, done: Applied) -> None:
        if done.told_from is None or index < done.told_from:
            done.differences.append(Updated(index, self.view(index, now)))

    def _settle(self, at: int, now: int, done: Applied, *, stored: bool) -> None:
        turns, revised = self.journal.settle()
        if revised:
            self.bars.clear()
        touched: list[int] = []
        for turn in turns[-BARS:]:
            self.bars.append(self.journal.bar(turn, self.key_of_seq(turn.asks[0]) or ""))
        for turn in turns:
            touched += turn.asks
            if turn.state == "breached" and not stored and turn.asks[0] not in self._told:
                self._told.add(turn.asks[0])
                if not revised:
                    done.happened.add(Happening.BREACHED)
            if self._entered and not stored:
                self._observe(turn, at, done)
        if len(self.bars) > 2 * BARS:
            del self.bars[:-BARS]
        for seq in touched[-REVISED_ROWS:]:
            row = self.rows.row_of_seq(seq)
            if row is not None:
                self._updated(row, now, done)
        if turns:
            self.handover_offered = False
        if not stored and self.tell_breach():
            done.happened.add(Happening.BREACHED)

    def _observe(self, turn: Turn, at: int, done: Applied) -> None:
        """Felt wait less the relay's own. Both run on through pauses, so what is left is the way."""
        assert turn.end is not None
        for seq in turn.asks:
            row = self.rows.row_of_seq(seq)
            entered = None if row is None else self._entered.pop(self.rows.key(row), None)
            if row is None or entered is None:
                continue
            asked = self.rows.utc_ms(row) - self.opened_ms
            least, wait = told_wait(asked, turn.end, self.journal.restarts)
            felt = at - entered
            self.network[seq] = max(0, felt - wait)
            done.observed.append((seq, felt, wait))
            ways = self.witness.way_out(self.rows.key(row))
            done.doubts += self.witness.shown(
                FeltWait(
                    seq,
                    turn.end,
                    entered,
                    at,
                    wait,
                    sent=ways[0],
                    there=ways[1],
                    unsure=wait - least,
                )
            )

    @property
    def measuring(self) -> bool:
        """A question of this side's waits, or did a moment ago: the line is measured beside it."""
        asked = bool(self.journal.open_asks) or bool(self.pending)
        waits = self.me == "customer" and bool(self._entered) and asked
        return waits or self.witness.measuring

    # --- what is proved, read, named ---------------------------------------------------------
    def tell_breach(self) -> bool:
        """True once for each open turn that is a fact by now."""
        turn = self.journal.open_turn(self.journal.known_t)
        if turn is None or not turn.breached or turn.first in self._told:
            return False
        self._told.add(turn.first)
        return True

    def open_rows(self, now: int) -> list[Updated]:
        """The asks that wait, as they stand; of many the newest are told."""
        waiting = self.journal.open_asks[-REVISED_ROWS:]
        rows = [self.rows.row_of_seq(seq) for seq in waiting]
        return [Updated(row, self.view(row, now)) for row in rows if row is not None]

    def progress(self, delivered: int, seen: int, now: int) -> list[Difference]:
        """The other side stored and saw this far; of many lines the newest are told."""
        changed = self.reading.progress(self.rows, delivered, seen, REVISED_ROWS)
        return [Updated(row, self.view(row, now)) for row in changed]

    def learn(self, responder: str, name: str, now: int, done: Applied) -> None:
        """Who a responder is; lines that name only the account are told anew."""
        if self.names.get(responder) == name:
            return
        self.names[responder] = name
        for row in self.rows.remarks_naming(responder):
            self._updated(row, now, done)

    # --- own messages ------------------------------------------------------------------------
    def say(self, command: Send, utc_ms: int, at: int, now: int, *, held: bool) -> list[Difference]:
        """A message of one's own: on the screen before it is anywhere else."""
        pending = Pending(command, utc_ms, CommandState.WRITING)
        self.pending.append(pending)
        if not held:
            self._entered[command.id] = at
        index = len(self) - 1
        return [Inserted(index, (self.view(index, now),))]

    def entered(self, key: str, at: int) -> None:
        """A picture's wait is felt from where its message goes, not from its upload."""
        self._entered[key] = at

    def take_kept(self, kept: Iterable[KeptCommand], at: int, now: int) -> list[Difference]:
        """What the outbox held for this conversation from an earlier run."""
        done: list[Difference] = []
        for each in kept:
            command = each.command
            if isinstance(command, Edit | Recall):
                done += self.change(command, now)
            if not isinstance(command, Send) or self.index(command.id) is not None:
                continue
            if each.state is CommandState.ACCEPTED:
                self.witness.still_waits(command.id, at=at)
            self.pending.append(Pending(command, each.utc_ms, each.state, each.code))
            done.append(Inserted(len(self) - 1, (self.view(len(self) - 1, now),)))
        return done

    def follow(self, kept: KeptCommand, accepted: Accepted | None, now: int) -> list[Difference]:
        for offset, pending in enumerate(self.pending):
            if pending.key == kept.command.id:
                pending.follow(kept)
                if accepted is not None:
                    pending.hear(accepted)
                index = len(self.rows) + offset
                return [Updated(index, self.view(index, now))]
        return []

    def change(self, command: Edit | Recall, now: int) -> list[Difference]:
        """A correction or recall of one's own: on the screen before it is anywhere else."""
        self.changes[command.seq] = command
        return self._line_of(command.seq, now)

    def unchanged(self, command: Edit | Recall, now: int) -> list[Difference]:
        """It was refused: the line reads as it did."""
        known = self.changes.get(command.seq)
        if known is None or known.id != command.id:
            return []
        del self.changes[command.seq]
        return self._line_of(command.seq, now)

    def _line_of(self, seq: int, now: int) -> list[Difference]:
        row = self.rows.row_of_seq(seq)
        return [] if row is None else [Updated(row, self.view(row, now))]

    def drop(self, key: str) -> tuple[str, list[Difference]]:
        """Takes an own message off the screen; its text and the difference."""
        for offset, pending in enumerate(self.pending):
            if pending.key == key:
                del self.pending[offset]
                self._entered.pop(key, None)
                if pending.command.body.media is not None:
                    self.pictures.pop(pending.command.body.media, None)
                return pending.command.body.text, [Removed(len(self.rows) + offset)]
        return "", []

    def refreshed(self, indexes: Sequence[int], now: int) -> list[Difference]:
        return [Updated(index, self.view(index, now)) for index in indexes]

    def link(self, *, live: bool) -> None:
        """The link came or went; ``waiting`` tells what that changes."""
        self.live = live

    def adopt(self, pending: Iterable[Pending], now: int) -> list[Difference]:
        """What was said while queued, of the order that became this session."""
        done: list[Difference] = []
        for each in pending:
            if self.index(each.key) is None:
                self.pending.append(each)
                done.append(Inserted(len(self) - 1, (self.view(len(self) - 1, now),)))
        return done

    # --- pictures, the network, the receipt ----------------------------------------------------
    def show_picture(
        self, media: str, progress: float, now: int, *, here: bool
    ) -> list[Difference]:
        """How much of a picture is here or there (0 to 1), and whether its bytes are here."""
        rows = self.rows.media_rows(media)
        if progress >= 1.0 or not rows:
            self.pictures[media] = (progress, here)
        indexes = list(rows)
        for offset, each in enumerate(self.pending):
            if each.command.body.media == media:
                each.show(progress, here=here)
                indexes.append(len(self.rows) + offset)
        return self.refreshed(indexes, now)

    def shown_at(self, seen: int) -> tuple[int, int] | None:
        """The oldest question that a reply would answer, of those up to ``seen``, and when it came
        on the screen; None where there is none, or it was there before this run."""
        asks = self.journal.fold.open_asks if self.journal.begun else ()
        oldest = next(iter(asks), None)
        shown = None if oldest is None or oldest > seen else self._came.get(oldest)
        return None if oldest is None or shown is None else (oldest, shown)

    def split_wait(self, part: WaitPart, now: int) -> list[Difference]:
        """What is known of an answered wait."""
        self.parts[part.seq] = part
        row = self.rows.row_of_seq(part.seq)
        return [] if row is None else self.refreshed([row], now)

    def recall_network(self, ways: Mapping[int, int]) -> None:
        """What the network added to waits (ms by seq), as it was measured in earlier runs."""
        self.network.update(ways)

    def claim_proof(self) -> bool:
        """True once for a receipt that came: whoever asked checks it."""
        if self.proof is not Proof.CAME:
            return False
        self.proof = Proof.CHECKING
        return True

    def prove_receipt(self, *, sound: bool) -> None:
        self.proof = Proof.SOUND if sound else Proof.BROKEN

    @property
    def receipt_sound(self) -> bool | None:
        if self.witness.doubts and self.proof is not Proof.NONE:
            return False
        return {Proof.SOUND: True, Proof.BROKEN: False}.get(self.proof)

    def waiting(self, now: int) -> list[Difference]:
        """Own messages on their way: the link came or went."""
        changed = [each for seq in self.changes for each in self._line_of(seq, now)]
        return changed + self.refreshed(range(len(self.rows), len(self)), now)


def _goes_on(rows: MessageTable, last: int, kind: Kind, remark: Remark) -> bool:
    """The line before is of the same handover, from the offer on: one line says how far it is."""
    if last < 0 or rows.kind(last) != Kind.NOTICE:
        return False
    before = rows.remark(last)
    handing = kind is Kind.HANDOVER or (kind is Kind.NOTICE and remark.code in HANDING)
    return handing and before is not None and before.code in HANDING
