"""The coverage-guided fuzzer, in a process of its own so that it sees instrumented modules alone.

    python -m tests.torture.fuzz SEED COUNT sound|planted     prints one JSON object

An input that reaches a block not reached before is kept and changed further. A crash is any exception
that the decoder does not document.
"""

import json
import random
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.torture import instrument
from tests.torture.mutation import changed, reshaped_text, rewritten

REACHED = instrument.install("miaohui.wire", "miaohui.promise", "tests.torture.trap")
KEEP = 3_000
SLOW_S = 1.0
SHARES = {"up": 48, "down": 30, "chunk": 5, "journal": 15, "bundle": 2}
TRAP_MORE = 4_000_000  # two of nine searches found nothing within a tenth of it


class Target:
    """One decoder, what it may raise, and the inputs worth changing further."""

    def __init__(
        self, name: str, decode: Callable[[bytes], object], allowed: tuple[type[Exception], ...],
        corpus: list[bytes],
    ) -> None:  # fmt: skip
        self.name = name
        self.decode = decode
        self.allowed = allowed
        self.corpus = corpus
        self.blocks: set[int] = set()
        self.signatures: set[int] = set()
        self.tried = 0
        self.crashes: list[str] = []

    def next(self, source: random.Random) -> bytes:
        # What was found last leads on most often.
        data = source.choice(self.corpus[-3:] if source.random() < 0.4 else self.corpus)
        made: bytes | None = None
        if self.name in ("up", "down") and source.random() < 0.4:
            made = reshaped_text(source, data)
        elif self.name == "journal" and source.random() < 0.6:
            made = rewritten(source, data)
        elif self.name == "bundle" and source.random() < 0.7:
            made = repacked(source, data)
        return changed(source, data, self.corpus) if made is None else made

    def run(self, data: bytes) -> None:
        self.tried += 1
        REACHED[:] = ZERO
        try:
            self.decode(data)
        except self.allowed:
            pass
        except Exception:
            last = traceback.format_exc().splitlines()
            self.crashes.append(f"{data[:200]!r}: {last[-1]} ({last[-3].strip()})")
        signature = hash(bytes(REACHED))
        if signature in self.signatures:
            return
        self.signatures.add(signature)
        found = {number for number, hit in enumerate(REACHED) if hit}
        if not found <= self.blocks and len(self.corpus) < KEEP:
            self.blocks |= found
            self.corpus.append(data)


ZERO = bytes(len(REACHED))


def repacked(source: random.Random, data: bytes) -> bytes | None:
    """A bundle with one member changed, signed anew half of the time."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from miaohui.promise import bundle
    from miaohui.promise.container import pack
    from miaohui.promise.errors import JournalError
    from miaohui.promise.heads import sign
    from miaohui.promise.strictjson import canonical

    try:
        members = bundle._members(data)
    except JournalError:
        return None
    name = source.choice(list(members))
    if name == bundle.JOURNAL:
        new = rewritten(source, members[name])
    else:
        lines = members[name].splitlines() or [b"{}"]
        at = source.randrange(len(lines))
        lines[at] = reshaped_text(source, lines[at]) or b""
        new = b"\n".join(lines)
    members[name] = changed(source, members[name], [data]) if new is None else new
    if source.random() < 0.5 and bundle.JOURNAL in members:
        import hashlib

        lines = members[bundle.JOURNAL].splitlines()
        head = hashlib.sha256(lines[-1] if lines else b"").hexdigest()
        key = Ed25519PrivateKey.from_private_bytes(bytes(32))
        receipt = sign(key, session="s", seq=max(1, len(lines)), t=0, head=head)
        members[bundle.RECEIPT] = canonical(receipt.as_dict())
    return pack(members)


def targets(source: random.Random) -> list[Target]:
    """Imported here, after the instrumentation is in place."""
    from tests.torture.samples import down_frames, up_frames
    from tests.torture.sessions import key_from, session

    from miaohui.promise.errors import JournalBroken, JournalUnreadable
    from miaohui.promise.reader import read_journal
    from miaohui.promise.verdict import verify_bundle
    from miaohui.wire.codec import FrameError, decode_down, decode_up
    from miaohui.wire.journal import encode_line
    from miaohui.wire.media import pack_chunk, unpack_chunk

    made = [session(source, key_from(source)) for _ in range(12)]
    journals = [b"".join(map(encode_line, each.entries[:7])) for each in made]

    def read(data: bytes) -> object:
        fold = read_journal(data).fold
        return fold.figures(fold.last_t), fold.settlement()

    return [
        Target("up", decode_up, (FrameError,), up_frames()),
        Target("down", decode_down, (FrameError,), down_frames()),
        Target("chunk", unpack_chunk, (ValueError,), [pack_chunk(bytes(16), 7, b"x" * 40), b""]),
        Target("journal", read, (JournalUnreadable, JournalBroken), journals),
        Target("bundle", verify_bundle, (JournalUnreadable,), [each.bundle() for each in made]),
    ]


def resident_kib() -> int:
    try:
        return int(Path("/proc/self/statm").read_text().split()[1]) * 4
    except OSError:
        return 0


def fuzz(seed: int, count: int, *, planted: bool) -> dict[str, Any]:
    source = random.Random(seed)
    known = targets(source)
    slow: list[str] = []
    warm = 0
    for target in known:
        for data in list(target.corpus):
            target.run(data)
    order = [target for target in known for _ in range(SHARES[target.name])]
    for number in range(count):
        target = source.choice(order)
        data = target.next(source)
        began = time.perf_counter()
        target.run(data)
        if time.perf_counter() - began > SLOW_S:
            slow.append(f"{target.name}: {data[:100]!r}")
        if number == count // 3:
            warm = resident_kib()
    if planted:
        from tests.torture import trap

        caught = Target("planted", trap.decode, (ValueError,), [bytes(8)])
        while not caught.crashes and caught.tried < TRAP_MORE:
            caught.run(caught.next(source))
        known.append(caught)
    return {
        "rows": [
            {"name": each.name, "tried": each.tried, "crashes": each.crashes[:5],
             "count": len(each.crashes), "blocks": len(each.blocks), "corpus": len(each.corpus)}
            for each in known
        ],
        "slow": slow,
        "blocks": instrument.Marks.next,
        "warm_kib": warm,
        "end_kib": resident_kib(),
    }  # fmt: skip


if __name__ == "__main__":
    report = fuzz(int(sys.argv[1]), int(sys.argv[2]), planted=sys.argv[3] == "planted")
    print(json.dumps(report, ensure_ascii=True))
