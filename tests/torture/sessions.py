"""Closed sessions made by the promise's own code, with everything that a bundle may hold."""

import hashlib
import random
import uuid
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from miaohui.promise.receipt import Receipt, sign

from miaohui.promise.bundle import Body, Observed, commit_of, write_bundle
from miaohui.wire.journal import NO_PREV, Entry, entry_from, entry_hash

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
    bodies: tuple[Body, ...]
    observed: tuple[Observed, ...]

    def bundle(self) -> bytes:
        return write_bundle(self.entries, self.receipt, bodies=self.bodies, observed=self.observed)


def key_from(random_source: random.Random) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(random_source.randbytes(32))


def journal(source: random.Random, session: str) -> tuple[list[Entry], list[Body], list[int]]:
    """Entries with a sound chain, the bodies of its messages, and the asks' seqs."""
    rows: list[dict[str, object]] = [
        {
            "kind": "opened",
            "rule": "promise/1",
            "label_rules": "labels/1",
            "session": session,
            "shop": f"shop-{source.randrange(9)}",
            "responder": "yun",
            "mode": "text",
            "utc": "2026-08-19T13:18:00Z",
            "paid_ms": 900_000,
            "price_fen": source.randrange(1, 50_000),
            "promise_ms": 10_000,
            "terms": TERMS,
        }
    ]
    times, bodies, asks = [0], [], []
    t = 0
    for _ in range(source.randrange(5, 24)):
        t += source.choice((1, 900, 4_000, 9_999, 12_000))
        seq = len(rows) + 1
        if source.random() < 0.06:
            rows.append({"kind": "extended", "paid_ms": 300_000, "price_fen": 999})
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
            mine |= {"author": "responder", "responder": "yun", "seen_seq": seq - 1}
        else:
            asks.append(seq)
        rows.append(mine)
        times.append(t)
        bodies.append(Body(seq=seq, salt=salt.hex(), body=text))
    rows += [{"kind": "closing"}, {"kind": "closed", "reason": "time"}]
    times += [t + 1_000, t + 2_000]
    prev, entries = NO_PREV, []
    for seq, (row, at) in enumerate(zip(rows, times, strict=True), 1):
        entry = entry_from({**row, "seq": seq, "t": at, "prev": prev})
        prev = entry_hash(entry)
        entries.append(entry)
    return entries, bodies, asks


def session(source: random.Random, key: Ed25519PrivateKey) -> Made:
    name = hashlib.sha256(source.randbytes(8)).hexdigest()[:12]
    entries, bodies, asks = journal(source, name)
    return Made(
        entries=tuple(entries),
        receipt=sign(key, session=name, head=entry_hash(entries[-1]), length=len(entries)),
        bodies=tuple(each for each in bodies if source.random() < 0.7),
        observed=tuple(Observed(seq=seq, felt_ms=source.randrange(20_000)) for seq in asks),
    )
