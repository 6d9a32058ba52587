"""A responder's own times: when their app showed a question and when Send was pressed, signed by that device.

The two times are the device's own monotonic clock, so that only their difference says anything: the
person's part of a wait. Signed are the RFC 8785 bytes of {"statement": "miaohui/times/1", session,
id, seq, shown, pressed, key}, `id` the reply's and `seq` the question's.
"""

from typing import Final

from miaohui.promise.constants import CUT_MS, FELT_SLACK_MS
from miaohui.promise.strictjson import canonical
from miaohui.wire.sessions import ReplyTimes

STATEMENT: Final = "miaohui/times/1"


def _said(times: ReplyTimes, session: str, id: str) -> bytes:
    return canonical(
        {
            "statement": STATEMENT,
            "session": session,
            "id": id,
            "seq": times.seq,
            "shown": times.shown,
            "pressed": times.pressed,
            "key": times.key,
        }
    )


def sign_times(
    secret: bytes, *, session: str, id: str, seq: int, shown: int, pressed: int
) -> ReplyTimes:
    """The statement under a device's key (raw private, 32 bytes)."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    from miaohui.promise.heads import public_bytes

    key = Ed25519PrivateKey.from_private_bytes(secret)
    public = public_bytes(key).hex()
    unsigned = ReplyTimes(seq=seq, shown=shown, pressed=pressed, key=public, signature="")
    signature = key.sign(_said(unsigned, session, id)).hex()
    return ReplyTimes(seq=seq, shown=shown, pressed=pressed, key=public, signature=signature)


def times_hold(times: ReplyTimes, session: str, id: str) -> bool:
    """Whether the key that it names signed it, about this reply."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(times.key))
        key.verify(bytes.fromhex(times.signature), _said(times, session, id))
    except (InvalidSignature, ValueError):
        return False
    return True


def person_part(times: ReplyTimes, away_ms: int, line_ms: int) -> int | None:
    """The person's part of `away_ms`, the time from handing a question on to the reply's receipt;
    None where it does not fit: longer than all of it, or so much shorter that the rest is more than
    the round trip measured beside it explains. A device that shortens the person's part must slow
    its line before everybody's eyes as well."""
    person = times.pressed - times.shown
    rest = away_ms - person
    if person < 0 or rest < -CUT_MS or rest > line_ms + FELT_SLACK_MS + CUT_MS:
        return None
    return min(person, away_ms)
