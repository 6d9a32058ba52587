"""Closed sessions made by the promise's own code, with everything that a bundle may hold."""

import hashlib
import random
import uuid
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from miaohui.promise.bundle import DisclosedBody, Observed, write_bundle
from miaohui.promise.commitment import commit_of
from miaohui.promise.heads import Head, Receipt, key_id_of, public_bytes, sign, sign_head
from miaohui.wire.journal import NO_PREV, RULE, Entry, Message, entry_from, entry_hash

WORDS = ("在吗", "今天有点难过", "I'm here, go on", "慢慢说", "🌙 睡不着", "嗯", "thanks — really")
TERMS = {
    "give_back": True,
    "last_question": True,
    "refunds": [{"kept_below": 90, "min_turns": 2, "refund_percent": 20}],
}


@dataclass(frozen=True, slots=True)
class Made:
    """A closed session and its bundle."""

    entries: tuple[Entry, ...]
    receipt: Receipt
    bodies: tuple[DisclosedBody, ...]
    observed: tuple[Observed, ...]
    heads: tuple[Head, ...]

    def bundle(self) -> bytes:
        return write_bundle(
            self.entries,
            self.receipt,
            bodies=self.bodies,
            observed=self.observed,
            heads=self.heads,
        )


def key_from(random_source: random.Random) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(random_source.randbytes(32))


def journal(
    source: random.Random, session: str, key_id: str
) -> tuple[list[Entry], list[DisclosedBody], list[int]]:
    """Entries with a sound chain, the bodies of its messages, and the asks' seqs."""
    rows: list[dict[str, object]] = [
        {
            "kind": "opened",
            "rule": RULE,
            "label_rules": "labels/2",
            "session": session,
            "shop": f"shop-{source.randrange(9)}",
            "responder": "yun",
            "mode": "text",
            "utc": "2026-08-19T13:18:00Z",
            "paid_ms": 900_000,
            "price_fen": source.randrange(1, 50_000),
            "promise_ms": 10_000,
            "terms": TERMS,
            "key_id": key_id,
        }
    ]
    times, bodies, asks, said = [0], [], [], []
    t = 0
    for _ in range(source.randrange(5, 24)):
        t += source.choice((1, 900, 4_000, 9_999, 12_000))
        seq = len(rows) + 1
        other = other_row(source, rows, said)
        if other is not None:
            rows.append(other)
            times.append(t)
            continue
        salt, text = source.randbytes(16), source.choice(WORDS) + str(seq)
        mine: dict[str, object] = {
            "kind": "message",
            "id": str(uuid.UUID(bytes=source.randbytes(16))),
            "content": "text",
            "origin": "human",
            "commit": commit_of(salt, text.encode()),
            "author": "customer",
        }
        if asks and source.random() < 0.5:
            # Nobody has read what came less than 300 ms before.
            seen = max((ask for ask in asks if times[ask - 1] <= t - 300), default=0)
            mine |= {"author": "responder", "responder": "yun", "seen_seq": seen}
        else:
            asks.append(seq)
        said.append(seq)
        rows.append(mine)
        times.append(t)
        bodies.append(DisclosedBody(seq=seq, salt=salt.hex(), body=text))
    rows += [{"kind": "closing"}, {"kind": "closed", "reason": "time"}]
    times += [t + 1_000, t + 2_000]
    prev, entries = NO_PREV, []
    for seq, (row, at) in enumerate(zip(rows, times, strict=True), 1):
        entry = entry_from({**row, "seq": seq, "t": at, "prev": prev})
        prev = entry_hash(entry)
        entries.append(entry)
    return entries, bodies, asks


def other_row(
    source: random.Random, rows: list[dict[str, object]], said: list[int]
) -> dict[str, object] | None:
    """Now and then an entry that is no message: more time, an edit, a fault."""
    drawn = source.random()
    if drawn < 0.05:
        return {"kind": "extended", "paid_ms": 300_000, "price_fen": 999}
    if drawn < 0.1 and said:
        target = source.choice(said)
        row: dict[str, object] = {
            "kind": "edited",
            "target": target,
            "author": rows[target - 1]["author"],
            "commit": hashlib.sha256(source.randbytes(8)).hexdigest(),
        }
        if row["author"] == "responder":
            row["responder"] = "yun"
        return row
    return None


def session(source: random.Random, key: Ed25519PrivateKey) -> Made:
    name = hashlib.sha256(source.randbytes(8)).hexdigest()[:12]
    entries, bodies, asks = journal(source, name, key_id_of(public_bytes(key)))
    last = entries[-1]
    signed = [each for each in entries if isinstance(each, Message) and source.random() < 0.2]
    signed = signed or entries[:1]
    return Made(
        entries=tuple(entries),
        receipt=sign(key, session=name, seq=last.seq, t=last.t, head=entry_hash(last)),
        bodies=tuple(each for each in bodies if source.random() < 0.7),
        observed=tuple(
            Observed(seq=seq, felt_ms=source.randrange(20_000), rtt_ms=source.randrange(400))
            for seq in asks
        ),
        heads=tuple(
            sign_head(key, session=name, seq=each.seq, t=each.t, head=entry_hash(each))
            for each in signed
        ),
    )
