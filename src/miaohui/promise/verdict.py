"""The verdict on a receipt bundle: what anyone can recompute, and where it fails."""

from collections.abc import Collection, Sequence
from enum import StrEnum

from msgspec import Struct

from miaohui.promise.bundle import Bundle, DisclosedBody, Observed, read_bundle
from miaohui.promise.commitment import commit_of, is_visible
from miaohui.promise.errors import JournalBroken, JournalUnreadable
from miaohui.promise.heads import (
    Fork,
    Head,
    Receipt,
    Restored,
    check_heads,
    fork_of_head,
    fork_of_heads,
    fork_of_journals,
    head_from,
    receipt_from,
    restored_away,
)
from miaohui.promise.observing import Felt, felt, told_wait
from miaohui.promise.reader import CheckedJournal, read_journal
from miaohui.promise.report import Figures
from miaohui.promise.settlement import Settlement
from miaohui.promise.strictjson import parse_object
from miaohui.promise.succession import predecessors
from miaohui.wire.journal import Closed, Entry, Message, Opened
from miaohui.wire.link import KeyStep


class Outcome(StrEnum):
    """What a check ends with."""

    SOUND = "sound"
    UNKNOWN_SIGNER = "unknown_signer"  # sound in itself, by a key that nobody here has met
    RESTORED = "restored"  # two records part where the relay said that it went on from a copy
    BROKEN = "broken"


class Verdict(Struct, frozen=True, kw_only=True):
    """Sound, or the reason why not and the entry where it shows.

    `contradicted` are asks whose felt wait the relay's own does not fit: shorter, or longer by more
    than the round trip explains. An observation is the customer's own word, so it is shown and does
    not make a bundle unsound.
    """

    outcome: Outcome
    reason: str = ""
    entry: int | None = None
    session: str = ""
    rule: str = ""
    entries: int = 0
    head: str = ""
    key_id: str = ""
    relay_key: str = ""
    heads: int = 0
    bodies_proved: int = 0
    bodies_unproved: int = 0
    observed: int = 0
    contradicted: tuple[int, ...] = ()
    figures: Figures | None = None
    settlement: Settlement | None = None

    @property
    def sound(self) -> bool:
        """Whether the record holds in itself, whoever signed it."""
        return self.outcome in (Outcome.SOUND, Outcome.UNKNOWN_SIGNER)

    @property
    def key_known(self) -> bool:
        return self.outcome is Outcome.SOUND


class Statements(Struct, frozen=True, kw_only=True):
    """What a second file says about a session: a journal, signed heads, or both."""

    session: str
    key_id: str
    entries: tuple[Entry, ...] = ()
    heads: tuple[Head, ...] = ()
    restored: tuple[Restored, ...] = ()


def verify_bundle(
    data: bytes,
    relay_key: bytes | None = None,
    *,
    former: Collection[bytes] = (),
    met: Collection[bytes] = (),
    other: bytes | None = None,
) -> Verdict:
    """Check a bundle; raises `JournalUnreadable` where there is nothing to check.

    `relay_key` is the key that the caller demands, or one of `former`, which led to it; `met` are those that this machine knows, `other`
    is a second file about the same session.
    """
    bundle = read_bundle(data)
    receipt = bundle.receipt
    former, met = _led_to(bundle.steps, relay_key, former, met)
    try:
        journal = read_journal(bundle.journal)
        _check(journal, bundle, relay_key, former)
        proved = _check_bodies(journal.entries, bundle.bodies)
        if other is not None:
            broken = _compared(journal, bundle, other)
            if broken is not None:
                return _verdict(receipt, *broken)
    except JournalBroken as error:
        reason = str(error).removeprefix(f"entry {error.entry}: ")
        return _verdict(receipt, Outcome.BROKEN, reason, error.entry)
    gone = restored_away(journal.entries, bundle.heads, bundle.restored)
    if gone:
        reason = "the relay went on from a copy: what it had signed behind that is gone"
        return _verdict(receipt, Outcome.RESTORED, reason, min(each.seq for each in gone))
    fold = journal.fold
    key = bytes.fromhex(receipt.relay_key)
    known = relay_key is not None or key in met
    return Verdict(
        outcome=Outcome.SOUND if known else Outcome.UNKNOWN_SIGNER,
        session=receipt.session,
        rule=receipt.rule,
        entries=receipt.seq,
        head=receipt.head,
        key_id=receipt.key_id,
        relay_key=receipt.relay_key,
        heads=len(bundle.heads),
        bodies_proved=proved,
        bodies_unproved=len(bundle.bodies) - proved,
        observed=len(bundle.observed),
        contradicted=contradictions(journal, bundle.observed),
        figures=fold.figures(fold.last_t),
        settlement=fold.settlement(),
    )


def _led_to(
    steps: Sequence[KeyStep],
    relay_key: bytes | None,
    former: Collection[bytes],
    met: Collection[bytes],
) -> tuple[Collection[bytes], Collection[bytes]]:
    """With the keys before those that are known, as far as the bundle's own steps lead there: the
    later key took them as its own."""
    if not steps:
        return former, met
    newest = [] if relay_key is None else [relay_key]
    before = [
        {bytes.fromhex(each) for key in known for each in predecessors(steps, key.hex())}
        for known in (newest, met)
    ]
    return {*former, *before[0]}, {*met, *before[1]}


def _verdict(receipt: Receipt, outcome: Outcome, reason: str, entry: int | None) -> Verdict:
    return Verdict(
        outcome=outcome,
        reason=reason,
        entry=entry,
        session=receipt.session,
        rule=receipt.rule,
        entries=receipt.seq,
        head=receipt.head,
        key_id=receipt.key_id,
        relay_key=receipt.relay_key,
    )


def _check(
    journal: CheckedJournal, bundle: Bundle, relay_key: bytes | None, former: Collection[bytes] = ()
) -> None:
    receipt = bundle.receipt
    key = bytes.fromhex(receipt.relay_key)
    demanded = key if key in former else relay_key
    check_receipt(journal.entries, journal.head, receipt, demanded)
    for notice in bundle.restored:
        if notice.session != receipt.session or not notice.signed_by(key):
            raise JournalBroken(
                "a notice of a restore is not by the receipt's key, or not about it"
            )
    gone = restored_away(journal.entries, bundle.heads, bundle.restored)
    check_heads(journal.entries, [each for each in bundle.heads if each not in gone], key)
    if not all(head.signed_by(key) for head in gone):
        raise JournalBroken("a signed head is not by the receipt's key")


def check_receipt(
    entries: Sequence[Entry], head: str, receipt: Receipt, relay_key: bytes | None = None
) -> None:
    """Hold a receipt against a chain that holds; raises `JournalBroken`."""
    if relay_key is not None and receipt.relay_key != relay_key.hex():
        raise JournalBroken("the receipt is signed with another key than the one given")
    if not receipt.holds():
        raise JournalBroken("the receipt's signature is not valid, or its `key_id` not its key's")
    last = len(entries)
    opened = entries[0]
    if not isinstance(opened, Opened) or opened.session != receipt.session:
        raise JournalBroken(f"the receipt is for another session, {receipt.session!r}", entry=1)
    if opened.key_id != receipt.key_id:
        raise JournalBroken("it names another key than the receipt is signed with", entry=1)
    if last < receipt.seq:
        raise JournalBroken(
            f"the journal ends here, the receipt was signed over {receipt.seq} entries", entry=last
        )
    if last > receipt.seq:
        raise JournalBroken(
            f"it was added after the receipt was signed over {receipt.seq} entries",
            entry=receipt.seq + 1,
        )
    if head != receipt.head or entries[-1].t != receipt.t:
        raise JournalBroken("it is not the last entry that the receipt was signed over", entry=last)
    if not isinstance(entries[-1], Closed):
        raise JournalBroken("the journal does not end with `closed`", entry=last)


def _check_bodies(entries: Sequence[Entry], bodies: Sequence[DisclosedBody]) -> int:
    proved = 0
    seen: set[int] = set()
    for body in bodies:
        message = entries[body.seq - 1] if body.seq <= len(entries) else None
        if not isinstance(message, Message):
            raise JournalBroken("a body is disclosed for what is no message", entry=body.seq)
        if body.seq in seen:
            raise JournalBroken("its body is disclosed twice", entry=body.seq)
        seen.add(body.seq)
        if isinstance(body.body, str):
            if commit_of(bytes.fromhex(body.salt), body.body.encode("utf-8")) != message.commit:
                raise JournalBroken("the disclosed body does not fit `commit`", entry=body.seq)
            if message.is_reply and not is_visible(body.body):
                raise JournalBroken("the reply has no visible character", entry=body.seq)
            proved += 1
    return proved


def contradictions(journal: CheckedJournal, observed: Sequence[Observed]) -> tuple[int, ...]:
    """Asks whose felt wait the relay's does not fit."""
    fold = journal.fold
    found: list[int] = []
    for each in observed:
        turn = fold.turn_of(each.seq, fold.last_t)
        if turn is None or turn.end is None or turn.asks[0] != each.seq:
            continue
        rtt = each.rtt_ms if isinstance(each.rtt_ms, int) else None
        asked = journal.entries[each.seq - 1].t
        least, most = told_wait(asked, turn.end, journal.entries)
        short = felt(each.felt_ms, least, None) is Felt.SHORTER
        long = least == most and felt(each.felt_ms, most, rtt) is Felt.LONGER
        if short or long:
            found.append(each.seq)
    return tuple(found)


def statements_from(data: bytes) -> Statements:
    """A second file: a bundle, a journal, or signed heads as JSON Lines; raises as they do."""
    if data.startswith(b"PK\x03\x04"):
        bundle = read_bundle(data)
        journal = read_journal(bundle.journal, name="the other journal")
        _check(journal, bundle, None)
        heads = (bundle.receipt.statement, *bundle.heads)
        return Statements(
            session=bundle.receipt.session,
            key_id=bundle.receipt.key_id,
            entries=journal.entries,
            heads=heads,
            restored=bundle.restored,
        )
    lines = [line for line in data.split(b"\n") if line.strip()]
    first = parse_object(lines[0], where="the other file") if lines else {}
    if "signature" in first:
        heads = tuple(_head(line) for line in lines)
        if len({(head.session, head.key_id) for head in heads}) != 1:
            raise JournalUnreadable("the signed heads are of more than one session or key")
        return Statements(session=heads[0].session, key_id=heads[0].key_id, heads=heads)
    journal = read_journal(data, name="the other journal")
    opened = journal.fold.opened
    return Statements(session=opened.session, key_id=opened.key_id, entries=journal.entries)


def _head(line: bytes) -> Head:
    raw = parse_object(line, where="a signed head")
    if "relay_key" in raw:
        return receipt_from(raw).statement
    return head_from(raw)


def _compared(
    journal: CheckedJournal, bundle: Bundle, other: bytes
) -> tuple[Outcome, str, int | None] | None:
    """Where a second file's statements do not lie on the chain of the bundle's."""
    receipt = bundle.receipt
    theirs = statements_from(other)
    if theirs.session != receipt.session:
        raise JournalUnreadable("the two files are about two sessions")
    if theirs.key_id != receipt.key_id:
        return Outcome.BROKEN, "the two files are signed with two keys", None
    key = bytes.fromhex(receipt.relay_key)
    if not all(head.signed_by(key) for head in theirs.heads):
        return Outcome.BROKEN, "a head in the other file is not by the receipt's key", None
    fork = _fork(journal.entries, (receipt.statement, *bundle.heads), theirs)
    if fork is None:
        return None
    notices = [n for n in (*bundle.restored, *theirs.restored) if n.signed_by(key)]
    if any(notice.explains(fork) for notice in notices):
        return Outcome.RESTORED, "the relay went on from a copy: the two part there", fork.entry
    return Outcome.BROKEN, f"two journals of one session: {fork.reason}", fork.entry


def _fork(entries: Sequence[Entry], heads: Sequence[Head], theirs: Statements) -> Fork | None:
    found = [fork_of_journals(entries, theirs.entries)]
    found += [fork_of_head(entries, head) for head in theirs.heads]
    found += [
        Fork(entry=head.seq, reason="it was signed, and the journal had ended before")
        for head in theirs.heads
        if head.seq > len(entries)
    ]
    if theirs.entries:
        found += [fork_of_head(theirs.entries, head) for head in heads]
    found += [fork_of_heads(heads[0], head) for head in theirs.heads]
    forks = [fork for fork in found if fork is not None]
    return min(forks, key=lambda fork: fork.entry) if forks else None
