"""A relay's key followed by another in order: the key before names the next one, and both sign it.

A step proves two things: whoever held the key before named the next one, so that who trusts the one
may follow to the other; and the next one took the one before as its own, so that who trusts the
later may take the earlier's word for what is older. A lost key can make no step.
"""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from miaohui.promise.errors import JournalUnreadable
from miaohui.promise.heads import public_bytes, relay_key_from
from miaohui.promise.knownkeys import KnownKeys, key_id_of
from miaohui.promise.strictjson import canonical, parse_object
from miaohui.wire.link import KeyStep

STATEMENT: Final = "miaohui/key/1"
MAX_STEPS: Final = 1_000


def _said(step: KeyStep) -> bytes:
    return canonical({"statement": STATEMENT, "key": step.key, "next": step.next, "utc": step.utc})


def sign_step(before: Ed25519PrivateKey, after: Ed25519PrivateKey, utc: str) -> KeyStep:
    """The statement that `after` follows `before`."""
    unsigned = KeyStep(
        key=public_bytes(before).hex(),
        next=public_bytes(after).hex(),
        utc=utc,
        signature="",
        accepted="",
    )
    said = _said(unsigned)
    return msgspec.structs.replace(
        unsigned, signature=before.sign(said).hex(), accepted=after.sign(said).hex()
    )


def step_holds(step: KeyStep) -> bool:
    """Whether both keys signed it, and they are two."""
    said = _said(step)
    try:
        for key, signature in ((step.key, step.signature), (step.next, step.accepted)):
            public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
            public.verify(bytes.fromhex(signature), said)
    except (InvalidSignature, ValueError):
        return False
    return step.key != step.next


def successors(steps: Sequence[KeyStep], key: str) -> tuple[str, ...]:
    """The keys after this one (hex), in order, as far as the steps hold. A key that named two next
    ones leads nowhere: it is in two hands."""
    return _walk(key, ((each.key, each.next, each) for each in steps))


def predecessors(steps: Sequence[KeyStep], key: str) -> tuple[str, ...]:
    """The keys before this one (hex), the newest first, as far as the steps hold."""
    return _walk(key, ((each.next, each.key, each) for each in steps))


def _walk(key: str, ways: Iterable[tuple[str, str, KeyStep]]) -> tuple[str, ...]:
    onward: dict[str, set[str]] = {}
    for at, to, step in ways:
        if step_holds(step):
            onward.setdefault(at, set()).add(to)
    found: list[str] = []
    while len(ways_on := onward.get(key, set())) == 1:
        (key,) = ways_on
        if key in found:
            break
        found.append(key)
    return tuple(found)


def step_line(step: KeyStep) -> bytes:
    """A step as a line of JSON."""
    return canonical(msgspec.to_builtins(step)) + b"\n"


def steps_from(data: bytes) -> tuple[KeyStep, ...]:
    """The steps in lines of JSON; raises `JournalUnreadable`."""
    lines = [line for line in data.split(b"\n") if line.strip()]
    if len(lines) > MAX_STEPS:
        raise JournalUnreadable(f"there are more than {MAX_STEPS} changes of a relay's key")
    found = []
    for line in lines:
        raw = parse_object(line, where="a change of a relay's key")
        try:
            found.append(msgspec.convert(raw, KeyStep))
        except (msgspec.MsgspecError, ValueError) as error:
            reason = f"it is no change of a relay's key ({str(error)[:200]})"
            raise JournalUnreadable(reason) from None
    return tuple(found)


def key_lines(key: str, steps: Iterable[KeyStep]) -> bytes:
    """A relay's key (hex) with its id on a line, and the steps that led to it: what
    `known_keys_from` reads."""
    own = f"{key} {key_id_of(bytes.fromhex(key))}\n".encode()
    return own + b"".join(map(step_line, steps))


def steps_in(data: bytes) -> tuple[KeyStep, ...]:
    """The steps among the lines of a key file; raises `JournalUnreadable`."""
    return steps_from(b"".join(_step_lines(data)))


def _step_lines(data: bytes) -> list[bytes]:
    return [line for line in data.splitlines(keepends=True) if line.lstrip().startswith(b"{")]


def known_keys_from(data: bytes) -> KnownKeys:
    """The keys in a key file: one as `relay_key_from` reads it, and below it the changes that led
    there, as `relay admin key` prints them. Raises `JournalUnreadable`, also where a change does not
    hold or leads elsewhere: a file that somebody handed over is right as a whole or not at all."""
    told = _step_lines(data)
    if not told:
        return KnownKeys((relay_key_from(data),))
    steps = steps_from(b"".join(told))
    newest = relay_key_from(
        b"".join(line for line in data.splitlines(keepends=True) if line not in told)
    )
    former = predecessors(steps, newest.hex())
    if len(former) != len(steps):
        raise JournalUnreadable("the changes of the relay's key do not lead to the key given")
    return KnownKeys.of(newest.hex(), former)
