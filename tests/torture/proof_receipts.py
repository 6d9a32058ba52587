"""Receipts: bundles of real sessions, changed at random; whoever pins the relay's key is not fooled.

A change counts as harmless only where the verdict on it is the very same statement: the same
entries under the same receipt, and not one word proved that was not said. What the receipt never
covered (the customer's own observations, which words the owner discloses) has a row of its own.
"""

import io
import random
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from unittest import mock

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.torture.outcome import Outcome
from tests.torture.sessions import Made, key_from, session

from miaohui.promise.bundle import (
    BODIES,
    HEADS,
    JOURNAL,
    OBSERVED,
    RECEIPT,
    read_bundle,
    write_bundle,
)
from miaohui.promise.chain import Chain
from miaohui.promise.container import pack
from miaohui.promise.errors import JournalUnreadable
from miaohui.promise.heads import public_bytes, sign, sign_head
from miaohui.promise.strictjson import canonical, parse_object
from miaohui.promise.verdict import verify_bundle
from miaohui.wire.journal import Entry, entry_hash

ABOUT = "changed bundles against a verifier that knows the relay's key"
PLANTED = "a verifier that takes every `prev` for right and the head as the receipt has it"
COUNT = 100_000
SHORT = 600
SOUND = 60  # sessions in a run; each is also checked unchanged

Members = dict[str, bytes]


def members_of(bundle: bytes) -> Members:
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def flipped(source: random.Random, data: bytes) -> bytes:
    """One to three bits changed."""
    changed = bytearray(data)
    for at in source.sample(range(len(changed) * 8), source.choice((1, 1, 1, 2, 3))):
        changed[at >> 3] ^= 1 << (at & 7)
    return bytes(changed)


class Trials:
    """The ways to change a bundle; each gives the changed bytes."""

    def __init__(self, source: random.Random, key: Ed25519PrivateKey, sound: list[Made]) -> None:
        self.source = source
        self.key = key
        self.foreign = key_from(source)
        self.sound = sound
        self.ways: dict[str, Callable[[Made, Members], bytes]] = {
            "bits of the file": lambda made, members: flipped(source, made.bundle()),
            "the file cut short": self.cut_file,
            "bits of the journal": lambda made, members: self.flip(members, JOURNAL),
            "bits of the receipt": lambda made, members: self.flip(members, RECEIPT),
            "bits of the words": lambda made, members: self.flip(members, BODIES),
            "bits of the signed heads": lambda made, members: self.flip(members, HEADS),
            "a head of another chain": self.foreign_head,
            "an entry left out": self.drop,
            "the end left out": self.truncate,
            "two entries swapped": self.swap,
            "an entry twice": self.twice,
            "a value changed": self.edit,
            "a value changed, chain made anew": self.rechained,
            "another session's entries": self.foreign_entries,
            "another session's receipt": self.foreign_receipt,
            "another relay's key": self.foreign_key,
            "the receipt's fields changed": self.edit_receipt,
            "words exchanged": self.exchange_words,
            "a member left out": self.drop_member,
        }

    def flip(self, members: Members, name: str) -> bytes:
        return pack({**members, name: flipped(self.source, members[name] or b"\0")})

    def cut_file(self, made: Made, members: Members) -> bytes:
        data = made.bundle()
        return data[: self.source.randrange(len(data))]

    def lines(self, members: Members) -> list[bytes]:
        return members[JOURNAL].splitlines(keepends=True)

    def with_lines(self, members: Members, lines: list[bytes]) -> bytes:
        return pack({**members, JOURNAL: b"".join(lines)})

    def drop(self, made: Made, members: Members) -> bytes:
        lines = self.lines(members)
        del lines[self.source.randrange(len(lines))]
        return self.with_lines(members, lines)

    def truncate(self, made: Made, members: Members) -> bytes:
        lines = self.lines(members)
        return self.with_lines(members, lines[: self.source.randrange(len(lines))])

    def swap(self, made: Made, members: Members) -> bytes:
        lines = self.lines(members)
        one, other = self.source.sample(range(len(lines)), 2)
        lines[one], lines[other] = lines[other], lines[one]
        return self.with_lines(members, lines)

    def twice(self, made: Made, members: Members) -> bytes:
        lines = self.lines(members)
        lines.insert(self.source.randrange(len(lines) + 1), self.source.choice(lines))
        return self.with_lines(members, lines)

    def changed(self, line: bytes) -> bytes:
        """One field of an entry with another value of its kind."""
        entry = parse_object(line.rstrip(), where="")
        name = self.source.choice([key for key in entry if key not in ("kind", "terms")])
        value = entry[name]
        if isinstance(value, int):
            entry[name] = value + self.source.choice((1, -1, 1000, -value))
            if entry[name] == value:
                entry[name] = value + 1
        else:
            entry[name] = flipped(self.source, str(value).encode()).decode("latin-1")
        return canonical(entry) + b"\n"

    def edit(self, made: Made, members: Members) -> bytes:
        lines = self.lines(members)
        at = self.source.randrange(len(lines))
        lines[at] = self.changed(lines[at])
        return self.with_lines(members, lines)

    def rechained(self, made: Made, members: Members) -> bytes:
        """What a forger without the key can do best: everything fits but the signature."""
        entries = list(made.entries)
        at = self.source.randrange(1, len(entries))
        entries[at] = msgspec.structs.replace(entries[at], t=entries[at].t + 1)
        if self.source.random() < 0.5:
            entries = [*entries[:at], entries[-1]]
        prev = entries[0].prev
        for index, entry in enumerate(entries):
            entries[index] = msgspec.structs.replace(entry, seq=index + 1, prev=prev)
            prev = entry_hash(entries[index])
        receipt = made.receipt
        if self.source.random() < 0.5:
            receipt = msgspec.structs.replace(receipt, head=prev, seq=len(entries))
        return write_bundle(entries, receipt)

    def other(self, made: Made) -> Made:
        return self.source.choice([each for each in self.sound if each is not made])

    def foreign_entries(self, made: Made, members: Members) -> bytes:
        lines, theirs = self.lines(members), self.lines(members_of(self.other(made).bundle()))
        if self.source.random() < 0.3:
            return self.with_lines(members, theirs)
        at = self.source.randrange(min(len(lines), len(theirs)))
        lines[at : at + self.source.randrange(1, 4)] = theirs[at : at + 1]
        return self.with_lines(members, lines)

    def foreign_receipt(self, made: Made, members: Members) -> bytes:
        return write_bundle(made.entries, self.other(made).receipt)

    def foreign_key(self, made: Made, members: Members) -> bytes:
        own = made.receipt
        theirs = sign(
            self.foreign,
            session=own.session,
            seq=own.seq,
            t=own.t,
            head=own.head,
        )
        if self.source.random() < 0.5:
            theirs = msgspec.structs.replace(theirs, key_id=own.key_id)
        if self.source.random() < 0.5:
            theirs = msgspec.structs.replace(theirs, relay_key=own.relay_key)
        return write_bundle(made.entries, theirs)

    def edit_receipt(self, made: Made, members: Members) -> bytes:
        change = self.source.choice(
            (
                {"session": made.receipt.session + "x"},
                {"seq": made.receipt.seq + 1},
                {"seq": made.receipt.seq - 1},
                {"t": made.receipt.t + 1},
                {"head": made.entries[-1].prev},
                {"key_id": "0" * 16},
            )
        )
        changed = msgspec.structs.replace(made.receipt, **change)
        return pack({**members, RECEIPT: canonical(changed.as_dict())})

    def foreign_head(self, made: Made, members: Members) -> bytes:
        """A head by the relay's own key that does not lie on this journal's chain."""
        entry = self.source.choice(made.entries)
        head = sign_head(
            self.key,
            session=made.receipt.session,
            seq=entry.seq,
            t=entry.t + self.source.choice((0, 1)),
            head=self.other(made).receipt.head,
        )
        return write_bundle(made.entries, made.receipt, heads=[head])

    def exchange_words(self, made: Made, members: Members) -> bytes:
        bodies = list(made.bodies)
        if not bodies:
            return b""
        at = self.source.randrange(len(bodies))
        other = self.source.choice(bodies)
        kind = self.source.randrange(3)
        if kind == 0 and other.seq != bodies[at].seq:
            bodies[at] = msgspec.structs.replace(other, seq=bodies[at].seq)
        elif kind == 1:
            bodies.append(other)
        else:
            bodies[at] = msgspec.structs.replace(bodies[at], body=f"{bodies[at].body} ")
        return write_bundle(made.entries, made.receipt, bodies=bodies, observed=made.observed)

    def drop_member(self, made: Made, members: Members) -> bytes:
        gone = self.source.choice((JOURNAL, RECEIPT))
        return pack({name: data for name, data in members.items() if name != gone})


def fooled(made: Made, data: bytes, key: bytes) -> str | None:
    """None where it is refused; "" where it says the very same; else what it was made to say."""
    try:
        verdict = verify_bundle(data, key)
    except JournalUnreadable:
        return None
    if not verdict.sound:
        return None
    bundle = read_bundle(data)
    if bundle.receipt != made.receipt or verdict.head != made.receipt.head:
        return "another receipt is sound"
    own = b"".join(msgspec.json.encode(entry, order="sorted") + b"\n" for entry in made.entries)
    if bundle.journal != own:
        return "another journal is sound"
    if any(head not in made.heads for head in bundle.heads):
        return "a head is taken that was not signed"
    said = {(body.seq, body.body) for body in made.bodies}
    if any((body.seq, body.body) not in said for body in bundle.bodies if body.body):
        return "words are proved that were not said"
    return ""


@contextmanager
def broken_verifier() -> Iterator[None]:
    """Nobody looks at `prev`, and the head is whatever the last line hashes to."""
    from miaohui.promise import reader

    class Credulous(Chain):
        def accept(self, entry: Entry, *, own_hash: str | None = None) -> str:
            self.length += 1
            self.head = own_hash or ""
            return self.head

    with mock.patch.object(reader, "Chain", Credulous):
        yield


@contextmanager
def as_it_is() -> Iterator[None]:
    yield


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    source = random.Random(seed)
    key = key_from(source)
    pinned = public_bytes(key)
    sound = [session(source, key) for _ in range(SOUND)]
    packed = [(made, members_of(made.bundle())) for made in sound]
    trials = Trials(source, key, sound)
    ways = list(trials.ways.items())
    outcome = Outcome()
    same = 0
    with broken_verifier() if planted else as_it_is():
        for made in sound:
            verdict = verify_bundle(made.bundle(), pinned)
            outcome.check("sound ones (false alarms)", holds=verdict.sound, example=verdict.reason)
        for number in range(count):
            name, change = ways[number % len(ways)]
            made, members = packed[source.randrange(len(packed))]
            data = change(made, members)
            found = fooled(made, data, pinned)
            same += found == ""
            outcome.check(
                name, holds=found is None, example=f"{found or 'not refused, says the same'}"
            )
            if number % len(ways) == 0:
                own_words(outcome, source, made, members, pinned)
    outcome.notes.append(f"changes that were let through and say the very same: {same}")
    return outcome


def own_words(
    outcome: Outcome, source: random.Random, made: Made, members: Members, key: bytes
) -> None:
    """The customer's observations are their own word: changing them changes nothing proved."""
    data = pack({**members, OBSERVED: flipped(source, members[OBSERVED])})
    found = fooled(made, data, key)
    outcome.check("the customer's own observations", holds=not found, example=str(found))
