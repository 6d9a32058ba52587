"""Signed heads, in batches: of each session its newest durable entry."""

import hashlib
from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from miaohui.promise import heads
from miaohui.relay.storage.store import FeedRow
from miaohui.wire.journal import decode_line
from miaohui.wire.sessions import SignedHead

Due = tuple[str, FeedRow, Ed25519PrivateKey]
"""A session, the row of its newest durable entry, and the key under which it began."""


def heads_of(due: Sequence[Due]) -> list[tuple[int, SignedHead]]:
    """The heads with the positions of their entries; called beside the loop."""
    made = []
    for session, (_, pos, seq, _, line, _), key in due:
        assert seq is not None
        raw = line.encode()
        head = heads.sign_head(
            key,
            session=session,
            seq=seq,
            t=decode_line(raw).t,
            head=hashlib.sha256(raw).hexdigest(),
        )
        frame = SignedHead(
            session=session,
            rule=head.rule,
            seq=head.seq,
            t=head.t,
            head=head.head,
            key_id=head.key_id,
            signature=head.signature,
        )
        made.append((pos, frame))
    return made
