"""The parts of an answered wait: the relay's word, and the statement of the responder's device."""

from msgspec import Struct

from miaohui.wire.sessions import ReplyTimes


class WaitPart(Struct, frozen=True, kw_only=True):
    """The parts of the wait of ask ``seq``, in ms; ``times``: only once its signature held."""

    seq: int
    relay_ms: int
    line_ms: int
    times: ReplyTimes | None = None
