"""The verdict on a receipt bundle: what anyone can recompute, and where it fails."""

from msgspec import Struct

from miaohui.promise.bundle import Body, Observed, commit_of, read_bundle
from miaohui.promise.errors import JournalBroken
from miaohui.promise.reader import Journal, read_journal
from miaohui.promise.receipt import Receipt
from miaohui.promise.report import Figures
from miaohui.promise.settlement import Settlement
from miaohui.wire.journal import Closed, Entry, Message, Opened


class Verdict(Struct, frozen=True, kw_only=True):
    """Sound, or the reason why not and the entry where it shows.

    `key_known` is None where no key was given to compare with. `contradicted` are asks whose
    observed wait is shorter than the relay's, which no network delay explains; an observation is
    the customer's own word, so it is shown and does not make a bundle unsound.
    """

    sound: bool
    reason: str = ""
    entry: int | None = None
    session: str = ""
    rule: str = ""
    entries: int = 0
    head: str = ""
    key_id: str = ""
    relay_key: str = ""
    key_known: bool | None = None
    bodies_proved: int = 0
    bodies_unproved: int = 0
    observed: int = 0
    contradicted: tuple[int, ...] = ()
    figures: Figures | None = None
    settlement: Settlement | None = None


def verify_bundle(data: bytes, relay_key: bytes | None = None) -> Verdict:
    """Check a bundle; raises `JournalUnreadable` where there is nothing to check."""
    bundle = read_bundle(data)
    receipt = bundle.receipt
    known = None if relay_key is None else receipt.relay_key == relay_key.hex()
    try:
        journal = read_journal(bundle.journal)
        check_receipt(journal.entries, journal.head, receipt, relay_key)
        proved = _check_bodies(journal.entries, bundle.bodies)
    except JournalBroken as broken:
        return Verdict(
            sound=False,
            reason=str(broken),
            entry=broken.entry,
            session=receipt.session,
            rule=receipt.rule,
            entries=receipt.length,
            head=receipt.head,
            key_id=receipt.key_id,
            relay_key=receipt.relay_key,
            key_known=known,
        )
    fold = journal.fold
    return Verdict(
        sound=True,
        session=receipt.session,
        rule=receipt.rule,
        entries=receipt.length,
        head=receipt.head,
        key_id=receipt.key_id,
        relay_key=receipt.relay_key,
        key_known=known,
        bodies_proved=proved,
        bodies_unproved=len(bundle.bodies) - proved,
        observed=len(bundle.observed),
        contradicted=contradictions(journal, bundle.observed),
        figures=fold.figures(fold.last_t),
        settlement=fold.settlement(),
    )


def check_receipt(
    entries: tuple[Entry, ...], head: str, receipt: Receipt, relay_key: bytes | None = None
) -> None:
    """Hold a receipt against a chain that holds; raises `JournalBroken`."""
    if relay_key is not None and receipt.relay_key != relay_key.hex():
        raise JournalBroken("the receipt is signed with another key than the one given")
    if not receipt.holds():
        raise JournalBroken("the receipt's signature is not valid")
    last = len(entries)
    opened = entries[0]
    if isinstance(opened, Opened) and opened.session != receipt.session:
        raise JournalBroken(
            f"the receipt is for session {receipt.session!r}, the journal is {opened.session!r}",
            entry=1,
        )
    if last < receipt.length:
        raise JournalBroken(
            f"the journal ends here, the receipt was signed over {receipt.length} entries",
            entry=last,
        )
    if last > receipt.length:
        raise JournalBroken(
            f"it was added after the receipt was signed over {receipt.length} entries",
            entry=receipt.length + 1,
        )
    if head != receipt.head:
        raise JournalBroken("it is not the last entry that the receipt was signed over", entry=last)
    if not isinstance(entries[-1], Closed):
        raise JournalBroken("the journal does not end with `closed`", entry=last)


def _check_bodies(entries: tuple[Entry, ...], bodies: tuple[Body, ...]) -> int:
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
            proved += 1
    return proved


def contradictions(journal: Journal, observed: tuple[Observed, ...]) -> tuple[int, ...]:
    """Asks that were felt to wait for less than the relay says they waited."""
    fold = journal.fold
    found: list[int] = []
    for each in observed:
        turn = fold.turn_of(each.seq, fold.last_t)
        if (
            turn is not None
            and turn.end is not None
            and turn.asks[0] == each.seq
            and each.felt_ms < turn.wait
        ):
            found.append(each.seq)
    return tuple(found)
