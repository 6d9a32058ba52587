"""What the relay told of an answered wait, and what the responder's device signed about it."""

from msgspec import Struct

from miaohui.wire.sessions import ReplyTimes


class WaitPart(Struct, frozen=True, kw_only=True):
    """Of the wait of ask ``seq``, in ms; ``times``: only once its signature was found to hold."""

    seq: int
    relay_ms: int
    line_ms: int
    times: ReplyTimes | None = None
