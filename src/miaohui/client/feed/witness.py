"""The app's own knowledge of a session, and the relay's word held against it.

It knows what it sent and when, what `accepted` told, the order that was paid, what the person did
here, how its own link stood, and the round trips measured beside each wait. Nothing here reads a
clock: ``at`` is this machine's monotonic one, in ms.
"""

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import msgspec

from miaohui.client.doubts import Doubt, DoubtKind, Doubts
from miaohui.client.feed.views import commit_holds
from miaohui.promise.commitment import commit_of
from miaohui.promise.constants import (
    ACCEPTED_APPEARS_MS,
    MEASURE_MS,
    OFFLINE_MS,
    SEEN_SURELY_MS,
)
from miaohui.promise.knownkeys import KnownKeys
from miaohui.promise.observing import (
    Felt,
    Ordered,
    felt,
    opened_differs,
    refund_differs,
    seen_seq_raised,
)
from miaohui.promise.settlement import Settlement
from miaohui.wire.frame import Command
from miaohui.wire.journal import (
    Author,
    Closed,
    Entry,
    Extended,
    Handover,
    Message,
    Opened,
    Paused,
)
from miaohui.wire.sessions import (
    Accepted,
    AnswerBreak,
    AskHandover,
    Body,
    Edit,
    End,
    Extend,
    Pause,
    Send,
)

if TYPE_CHECKING:
    from miaohui.promise.heads import Head, Restored

SHOWN_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class FeltWait:
    """A wait that ended on the screen: judged when the round trips around it are known."""

    seq: int
    t: int
    entered: int
    shown: int
    wait_ms: int
    sent: int | None = None  # when it went out: this machine's own disk is not the way
    there: int | None = None  # the round trip measured right behind it
    unsure: int = 0  # of it lies in restarts, for which the relay vouches for nothing
    read: int = 0  # what it took to notice that the reply lacks and to ask for it, where it did


class Witness:
    """``me``: "customer" or "responder". ``doubts`` are what was found."""

    def __init__(self, me: Author) -> None:
        self.doubts = Doubts()
        self.heads: dict[tuple[int, str], Head] = {}
        self.restored: Restored | None = None  # the relay goes on from a copy, as it says
        self._me = me
        self._ordered: Ordered | None = None
        self._deeds: set[str] = set()
        self._present = False  # the session was opened before the eyes of this machine
        self._accepted: dict[str, Accepted] = {}
        self._placed: dict[str, tuple[int, int]] = {}
        self._waiting: dict[str, int] = {}  # accepted and not written: since when
        self._acks: list[tuple[int, int]] = []  # (at, highest peer seq told to be stored)
        self._went: dict[str, int] = {}
        self._there: dict[str, int] = {}  # the round trip that began right behind a message
        self._fresh: dict[str, int] = {}  # went out, and no round trip behind it is back yet
        self._pinged: int | None = None  # when the heartbeat that came back last was sent
        self._before: int | None = None  # ... and the one before it
        self._missed: int | None = None  # what lacks was still to be written then
        self._page = False  # what comes is read, not pushed
        self._edited: dict[int, set[str]] = {}  # seq → commitments of the words put in its place
        self._bought: set[str] = set()  # prices of the extensions bought here, in fen
        self._felt: list[FeltWait] = []
        self._beside: dict[int, int] = {}  # round trips by ask, not handed over yet
        self._live_since: int | None = None
        self._whole_since: int | None = None  # ... and all of the session was here
        self._prevs: list[str] = []  # of each entry: the hash of the one before it
        self._tip = ""  # of the newest, where it is known

    # --- what this side knows ------------------------------------------------------------------
    def paid(self, ordered: Ordered) -> None:
        """The order as it was when the person paid it here."""
        self._ordered = ordered
        self._present = True

    def did(self, deed: str) -> None:
        """The person did this here, in the words of ``deed_of``."""
        name, *more = deed.split()
        self._deeds.add(name)
        if name == "Edit":
            self._edited.setdefault(int(more[0]), set()).add(more[1])
        elif name == "Extend" and more:
            self._bought.add(more[0])

    def link(self, at: int, *, live: bool) -> None:
        self._live_since = at if live else None
        self._felt.clear()  # what crosses a cut is the network's
        if not live:
            self._whole_since = self._pinged = self._before = None
            self._fresh.clear()
            self._there.clear()
        self._waiting = dict.fromkeys(self._waiting, at)

    def acked(self, at: int, seq: int) -> None:
        """The relay was told that the other side's messages up to here are stored."""
        if not self._acks or self._acks[-1][1] != seq:
            self._acks.append((at, seq))
            del self._acks[:-1_000]

    # --- what the relay says -------------------------------------------------------------------
    def entry(self, entry: Entry, *, at: int, pushed: bool) -> list[Doubt]:
        """An entry that follows: who and why, and the order. ``pushed``: it came by itself."""
        found: list[Doubt] = []
        match entry:
            case Opened():
                found = self._opened(entry)
            case Paused(by="customer") if self._blind("Pause"):
                found = [self._named(entry, "pause")]
            case Paused(reason="break") if self._blind("AnswerBreak"):
                found = [self._named(entry, "break")]
            case Paused(reason="customer_offline") if pushed and self._was_here(at):
                found = [self._named(entry, "offline")]
            case Handover(reason="customer") if self._blind("AskHandover"):
                found = [self._named(entry, "handover")]
            case Extended() if self._blind("Extend"):
                found = [self._named(entry, "extended")]
            case Extended(price_fen=fen) if self._bought and str(fen) not in self._bought:
                mine = " / ".join(sorted(self._bought))
                doubt = self._named(entry, "extended_price")
                found = [msgspec.structs.replace(doubt, mine=mine, theirs=str(fen))]
            case Closed(reason="customer") if self._blind("End"):
                found = [self._named(entry, "closed")]
            case _:
                pass
        return self._take(found)

    def _blind(self, deed: str) -> bool:
        """Whether the person here was there all along and did nothing of the kind."""
        return self._me == "customer" and self._present and deed not in self._deeds

    def _was_here(self, at: int) -> bool:
        live = self._live_since
        return self._me == "customer" and live is not None and at - live > OFFLINE_MS

    @staticmethod
    def _named(entry: Entry, what: str) -> Doubt:
        return Doubt(kind=DoubtKind.NAMED, seq=entry.seq, t=entry.t, field=what)

    def _opened(self, opened: Opened) -> list[Doubt]:
        ordered = self._ordered
        if ordered is None:
            return []
        return [
            Doubt(
                kind=DoubtKind.ORDER,
                seq=opened.seq,
                field=name,
                mine=_plain(getattr(ordered, name)),
                theirs=_plain(getattr(opened, name)),
            )
            for name in opened_differs(opened, ordered)
        ]

    def message(
        self, entry: Message, body: Body | None, sent: Send | None, *, at: int
    ) -> list[Doubt]:
        """A message with the words beside it; ``sent``: what went out here, where that is known."""
        found: list[Doubt] = []
        mine = entry.author == self._me
        kind = DoubtKind.OWN_WORDS if mine else DoubtKind.THEIR_WORDS
        if body is not None and not commit_holds(entry, body):
            found.append(_words(kind, entry, entry.commit, "beside"))
        if sent is not None and mine:
            changed = not commit_holds(entry, sent.body)
            changed = changed or (body is not None and body.text != sent.body.text)
            if changed and not found:
                own = commit_of(
                    bytes.fromhex(sent.body.salt), sent.body.text.encode("utf-8", "surrogatepass")
                )
                doubt = _words(kind, entry, entry.commit, "sent")
                found.append(msgspec.structs.replace(doubt, mine=own[:SHOWN_DIGITS]))
            if entry.author == "responder" and sent.seen_seq is not None:
                surely = self._surely(at)
                if seen_seq_raised(entry.seen, sent.seen_seq, surely):
                    found.append(
                        Doubt(
                            kind=DoubtKind.SEEN,
                            seq=entry.seq,
                            t=entry.t,
                            mine=str(sent.seen_seq),
                            theirs=str(entry.seen),
                        )
                    )
        if mine:
            self._waiting.pop(entry.id, None)
            told = self._accepted.pop(entry.id, None)
            place = (entry.seq, entry.t)
            if told is None:
                self._placed[entry.id] = place
                if len(self._placed) > 1_000:
                    del self._placed[next(iter(self._placed))]
            else:
                found += self._place(told, place)
        return self._take(found)

    def edited(self, seq: int, *, mine: bool, holds: bool, commit: str) -> list[Doubt]:
        """The words that were put in a message's place, beside the edit's commitment; one's own also
        beside what was sent here."""
        kind = DoubtKind.OWN_WORDS if mine else DoubtKind.THEIR_WORDS
        theirs = commit[:SHOWN_DIGITS]
        sent = self._edited.get(seq) if mine else None
        if not holds:
            return self._take([Doubt(kind=kind, seq=seq, field="edit", theirs=theirs)])
        if sent is not None and commit not in sent:
            own = " ".join(sorted(each[:SHOWN_DIGITS] for each in sent))
            return self._take([Doubt(kind=kind, seq=seq, field="edit", mine=own, theirs=theirs)])
        return []

    def withheld(self, seq: int, where: str, *, mine: bool) -> list[Doubt]:
        """A message, or a change of one, without its words."""
        kind = DoubtKind.OWN_WORDS if mine else DoubtKind.THEIR_WORDS
        return self._take([Doubt(kind=kind, seq=seq, field=where)])

    def outside(self, id: str) -> None:
        """A message of one's own stands outside the journal."""
        self._waiting.pop(id, None)
        self._accepted.pop(id, None)

    def went(self, id: str, at: int) -> None:
        """A message went out on the link, and a heartbeat right behind it."""
        if self._me == "customer":
            self._went[id] = self._fresh[id] = at
            if len(self._went) > 1_000:
                self.way_out(next(iter(self._went)))

    def way_out(self, id: str) -> tuple[int | None, int | None]:
        """When a message went out, and the round trip measured right behind it; once."""
        self._fresh.pop(id, None)
        return self._went.pop(id, None), self._there.pop(id, None)

    def accepted(self, id: str, accepted: Accepted, *, at: int) -> list[Doubt]:
        """The relay says that it has a message of ours for good."""
        place = self._placed.pop(id, None)
        if place is not None:
            return self._take(self._place(accepted, place))
        self._accepted[id] = accepted
        self._waiting.setdefault(id, at)
        return []

    def still_waits(self, id: str, *, at: int) -> None:
        """A message that was accepted in an earlier run and is not here yet."""
        self._waiting.setdefault(id, at)

    @staticmethod
    def _place(told: Accepted, place: tuple[int, int]) -> list[Doubt]:
        seq, t = place
        if (told.seq, told.t) == (seq, t):
            return []
        theirs = f"{seq} / {t}"
        mine = f"{told.seq} / {told.t}"
        return [Doubt(kind=DoubtKind.PLACE, seq=seq, t=t, mine=mine, theirs=theirs)]

    def overdue(self, *, at: int, now: int) -> list[Doubt]:
        """Messages that were accepted, and that a live feed that is whole has not brought."""
        late = [id for id, since in self._waiting.items() if at - since >= ACCEPTED_APPEARS_MS]
        found = []
        for id in late:
            del self._waiting[id]
            told = self._accepted.get(id)
            seq = 0 if told is None or told.seq is None else told.seq
            found.append(Doubt(kind=DoubtKind.MISSING, seq=seq, t=now, field=id))
        return self._take(found)

    def _surely(self, at: int) -> int:
        index = bisect_right(self._acks, (at - SEEN_SURELY_MS, 1 << 62))
        return self._acks[index - 1][1] if index else 0

    def refund(self, settlement: Settlement | None, told_fen: int, *, t: int) -> list[Doubt]:
        """A closed session's refund by the journal, and the relay's."""
        if settlement is None or not refund_differs(settlement, told_fen):
            return []
        mine, theirs = str(settlement.refund_fen), str(told_fen)
        return self._take([Doubt(kind=DoubtKind.REFUND, t=t, mine=mine, theirs=theirs)])

    def broke(self, seq: int, t: int, reason: str) -> list[Doubt]:
        """The journal does not hold at this entry."""
        return self._take([Doubt(kind=DoubtKind.CHAIN, seq=seq, t=t, field=reason)])

    # --- waits ---------------------------------------------------------------------------------
    @property
    def measuring(self) -> bool:
        """A wait was felt and the round trips around it are not all here."""
        return bool(self._felt)

    def trip(self, sent: int, back: int) -> list[Doubt]:
        """A heartbeat came back. On one link nothing overtakes: the one that was sent right behind
        a question took at least its way there, and the first one that comes back behind a reply,
        less the pause between two heartbeats, at least its way back."""
        rtt = back - sent
        # A machine that stood still for a moment sent its heartbeats further apart.
        apart = 0 if self._pinged is None else max(0, sent - self._pinged - MEASURE_MS)
        self._before, self._pinged = self._pinged, sent
        for id in [id for id, at in self._fresh.items() if at <= sent]:
            del self._fresh[id]
            self._there[id] = rtt
        ready = [each for each in self._felt if each.shown <= back]
        self._felt = [each for each in self._felt if each.shown > back]
        return self._take([doubt for each in ready for doubt in self._judged(each, rtt + apart)])

    def whole(self, at: int) -> None:
        """All of the session was read on this link; what comes since comes by itself."""
        self._whole_since = at

    def lacks(self, at: int | None) -> None:
        """A push was lost: noticed then, and read from the relay; None: all of it is here. The answer
        to a heartbeat tells of it at the latest, and the one before that did not."""
        if at is None:
            self._missed = None
        elif self._missed is None:
            known = [each for each in (self._before, self._whole_since) if each is not None]
            self._missed = max(known, default=at)

    def pages(self, *, read: bool) -> None:
        """What comes now is read from the relay, or pushed by it."""
        self._page = read

    def shown(self, wait: FeltWait) -> list[Doubt]:
        """A reply is on the screen; a wait that was felt to be shorter is judged at once."""
        if self._page and self._missed is not None:
            wait = replace(wait, read=wait.shown - self._missed)
        if felt(wait.shown - wait.entered, wait.wait_ms - wait.unsure, None) is Felt.SHORTER:
            return self._take([_waited(DoubtKind.SHORTER, wait, None)])
        sent = wait.sent
        if sent is not None and self._whole_since is not None and self._whole_since <= sent:
            self._felt.append(wait)
        return []

    def claim_trips(self) -> dict[int, int]:
        """The round trips measured beside waits (ms by seq), once."""
        taken, self._beside = self._beside, {}
        return taken

    def _judged(self, wait: FeltWait, rtt: int) -> list[Doubt]:
        """``rtt``: of the heartbeat that came back behind the reply; the way there has its own."""
        sent = wait.entered if wait.sent is None else wait.sent
        ways = rtt + (wait.there or 0) + wait.read
        self._beside[wait.seq] = ways
        if felt(wait.shown - sent, wait.wait_ms, ways) is Felt.LONGER:
            return [_waited(DoubtKind.LONGER, wait, ways)]
        return []

    # --- signed heads --------------------------------------------------------------------------
    def written(self, entry: Entry, tip: str) -> list[Doubt]:
        """An entry that follows; ``tip``: its hash, "" where nobody has made it."""
        self._prevs.append(entry.prev)
        self._tip = tip
        near = (entry.seq - 1, entry.seq)
        about = [head for head in self.heads.values() if head.seq in near]
        return self._take([doubt for head in about for doubt in self._against(head)])

    def signed(self, head: "Head", keys: KnownKeys | None) -> list[Doubt]:
        """A statement that the relay signed; every one is kept, also those that do not fit."""
        from miaohui.promise.heads import fork_of_heads

        known = (head.seq, head.head + head.signature[:SHOWN_DIGITS])
        if known in self.heads:
            return []
        found: list[Doubt] = []
        if keys is not None and not head.signed_by(keys.named(head.key_id) or b""):
            found.append(
                Doubt(kind=DoubtKind.SIGNATURE, seq=head.seq, t=head.t, theirs=head.key_id)
            )
        for other in self.heads.values():
            fork = fork_of_heads(head, other)
            if fork is not None:
                found.append(_fork(head, other.head))
                break
        self.heads[known] = head
        return self._take([*found, *self._against(head)])

    def _against(self, head: "Head") -> list[Doubt]:
        own = self._prevs[head.seq] if head.seq < len(self._prevs) else ""
        if head.seq == len(self._prevs):
            own = self._tip
        return [] if own in ("", head.head) else [_fork(head, own)]

    def went_on(self, notice: "Restored", keys: KnownKeys) -> bool:
        """The relay says that it goes on from a copy: what forks behind that is a restore. False
        where the notice is not this relay's, or not about what stands here."""
        own = self._prevs[notice.seq] if notice.seq < len(self._prevs) else ""
        if notice.seq == len(self._prevs):
            own = self._tip
        if not notice.signed_by(keys.named(notice.key_id) or b"") or own not in ("", notice.head):
            return False
        self.restored = notice
        return True

    def hid(self, seq: int, t: int) -> list[Doubt]:
        """Entries that it had sent are not in its own record any more, from there on."""
        return self._take([Doubt(kind=DoubtKind.FORK, seq=seq, t=t, field="gone")])

    def _take(self, found: list[Doubt]) -> list[Doubt]:
        at = None if self.restored is None else self.restored.seq
        forks = (
            doubt
            for doubt in found
            if at is None or doubt.kind is not DoubtKind.FORK or doubt.seq <= at
        )
        return [doubt for doubt in forks if self.doubts.take(doubt)]


def _fork(head: "Head", own: str) -> Doubt:
    mine, theirs = own[:SHOWN_DIGITS], head.head[:SHOWN_DIGITS]
    return Doubt(kind=DoubtKind.FORK, seq=head.seq, t=head.t, mine=mine, theirs=theirs)


def _words(kind: DoubtKind, entry: Message, commit: str, field: str) -> Doubt:
    return Doubt(kind=kind, seq=entry.seq, t=entry.t, field=field, theirs=commit[:SHOWN_DIGITS])


def _waited(kind: DoubtKind, wait: FeltWait, rtt: int | None) -> Doubt:
    mine = str(wait.shown - wait.entered)
    return Doubt(kind=kind, seq=wait.seq, t=wait.t, mine=mine, theirs=str(wait.wait_ms), rtt_ms=rtt)


def _plain(value: object) -> str:
    return str(value) if isinstance(value, str | int) else msgspec.json.encode(value).decode()


def deed_of(command: Command) -> str:
    """What a command makes the person the author of: its name, and what is told of it later. An
    edit's words are their commitment, an extension is its price; "" for what nothing names."""
    match command:
        case Edit(seq=seq, body=body):
            words = body.text.encode("utf-8", "surrogatepass")
            return f"Edit {seq} {commit_of(bytes.fromhex(body.salt), words)}"
        case Extend(price_fen=fen):
            return f"Extend {fen}"
        case Pause() | AskHandover() | End() | AnswerBreak(agree=True):
            return type(command).__name__
        case _:
            return ""
