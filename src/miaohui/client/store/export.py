"""Taking a session along: the receipt checked here, its bundle, and readable text."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import UNSET

from miaohui.client.doubts import Doubt
from miaohui.client.port import ReceiptCheck
from miaohui.client.snapshots import MessageView
from miaohui.client.store import history
from miaohui.promise.knownkeys import KnownKeys
from miaohui.runtime.clock import rfc3339
from miaohui.wire.journal import Entry, Message
from miaohui.wire.link import KeyStep
from miaohui.wire.sessions import Body, EntryItem, ReceiptItem, RestoredItem

if TYPE_CHECKING:
    from sqlite3 import Connection

    from miaohui.promise import bundle
    from miaohui.promise.heads import Head, Restored


@dataclass(slots=True)
class Record:
    """Everything that the store has of a session's journal."""

    entries: list[Entry] = field(default_factory=list)
    bodies: list[tuple[Message, Body]] = field(default_factory=list)
    receipt: dict[str, str | int] | None = None
    observed: list[tuple[int, int, int, int]] = field(default_factory=list)
    trips: dict[int, int] = field(default_factory=dict)
    heads: "list[Head]" = field(default_factory=list)
    restored: "list[Restored]" = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)


def record(conn: "Connection", scope: int, session: str) -> Record:
    found = Record(
        observed=history.observed(conn, scope, session),
        trips=history.trips(conn, scope, session),
        heads=history.signed(conn, scope, session),
        doubts=history.doubts(conn, scope, session),
    )
    notice = history.restored(conn, scope, session)
    if notice is not None:
        found.restored.append(notice)
    after = 0
    while page := history.items(conn, scope, session, after):
        after = page[-1].pos
        for placed in page:
            item = placed.item
            if isinstance(item, EntryItem):
                found.entries.append(item.entry)
                if isinstance(item.entry, Message) and item.body is not None:
                    found.bodies.append((item.entry, item.body))
            elif isinstance(item, ReceiptItem):
                found.receipt = item.receipt
            elif isinstance(item, RestoredItem):
                found.restored += _notice(item)
    return found


def _notice(item: RestoredItem) -> "list[Restored]":
    from miaohui.promise.errors import JournalUnreadable
    from miaohui.promise.heads import restored_from

    try:
        return [restored_from(item.notice)]
    except JournalUnreadable:
        return []


def check(found: Record, keys: KnownKeys) -> ReceiptCheck:
    """Chain, rules and signature, all from what is stored here. ``keys``: by which the relay is
    known here."""
    from miaohui.promise.chain import Chain
    from miaohui.promise.errors import JournalError
    from miaohui.promise.fold import Fold
    from miaohui.promise.heads import fork_of_head, receipt_from, restored_away
    from miaohui.promise.verdict import check_receipt

    count = len(found.entries)
    if not count:
        return ReceiptCheck(sound=False, entries=0, reason="no_journal")
    chain, fold = Chain(), Fold()
    try:
        for entry in found.entries:
            chain.accept(entry)
            fold.apply(entry)
        if found.receipt is None:
            return ReceiptCheck(sound=False, entries=count, reason="no_receipt")
        receipt = receipt_from(found.receipt)
        check_receipt(tuple(found.entries), chain.head, receipt)
    except JournalError as error:
        return ReceiptCheck(sound=False, entries=count, reason=error.reason, seq=error.entry)
    key = bytes.fromhex(receipt.relay_key)
    notices = [each for each in found.restored if each.signed_by(key)]
    gone = restored_away(found.entries, found.heads, notices)
    for head in found.heads:
        if head in gone:
            continue
        if not head.signed_by(key) or fork_of_head(found.entries, head) is not None:
            return ReceiptCheck(sound=False, entries=count, reason="fork", seq=head.seq)
    if found.doubts:
        first = found.doubts[0]
        return ReceiptCheck(
            sound=False,
            entries=count,
            reason=first.kind,
            seq=first.seq or None,
            key_id=receipt.key_id,
            key_known=key in keys,
        )
    known = key in keys
    return ReceiptCheck(
        sound=known,
        entries=count,
        reason="" if known else "key_unknown",
        key_id=receipt.key_id,
        key_known=known,
    )


class NoReceipt(ValueError):
    """A session without a receipt has no bundle yet."""


def bundle_bytes(
    found: Record,
    *,
    with_text: bool,
    log_proof: bytes | None = None,
    steps: Sequence[KeyStep] = (),
) -> bytes:
    """``log_proof`` and ``steps``: where the receipt stands in the relay's log, and how its key
    changed."""
    from miaohui.promise.bundle import Observed, write_bundle
    from miaohui.promise.heads import receipt_from

    if found.receipt is None:
        raise NoReceipt("no receipt")
    # A picture's commit is over its bytes, which a bundle does not carry.
    texts = [(entry, body) for entry, body in found.bodies if entry.content == "text"]
    bodies = [_disclosed(entry, body) for entry, body in texts] if with_text else None
    return write_bundle(
        found.entries,
        receipt_from(found.receipt),
        bodies=bodies,
        observed=[
            Observed(seq=seq, felt_ms=felt, rtt_ms=found.trips.get(seq, UNSET))
            for seq, felt, _, _ in found.observed
        ],
        heads=found.heads,
        restored=found.restored,
        log_proof=log_proof,
        steps=steps,
    )


def _disclosed(entry: Message, body: Body) -> "bundle.DisclosedBody":
    from miaohui.promise import bundle

    return bundle.DisclosedBody(seq=entry.seq, salt=body.salt, body=body.text)


def doubt_lines(doubts: list[Doubt]) -> str:
    """What did not fit, a JSON object a line: the bundle's format has no place for an app's word."""
    return "".join(msgspec.json.encode(each).decode() + "\n" for each in doubts)


def text_lines(messages: list[MessageView], me: str, peer: str) -> str:
    """A conversation as lines a person can read; a later line of a text is indented."""
    lines = []
    for view in messages:
        at = rfc3339(view.utc_ms)
        if view.kind != "message":
            detail = " ".join(part for part in (view.kind, view.code, view.name) if part)
            lines.append(f"[{at}] * {detail}")
            continue
        who = me if view.mine else view.name or peer
        text = view.text.replace("\n", "\n    ")
        if view.picture is not None:
            text = (
                f"<{view.picture.mime} {view.picture.width}x{view.picture.height}> {text}".strip()
            )
        if view.recalled:
            text = "<recalled>"
        wait = ""
        if view.wait_ms is not None and view.verdict:
            tenths = -(-view.wait_ms // 100)
            wait = f"  [{view.verdict} {tenths // 10}.{tenths % 10} s]"
        lines.append(f"[{at}] {who}: {text}{wait}")
    return "\n".join(lines) + "\n"


def write_whole(path: Path, data: bytes) -> None:
    """The file is there whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    with open(fresh, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(fresh, path)
