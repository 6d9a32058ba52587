"""The rules of a message's text: its size, the commitment to it."""

from miaohui.promise import commitment
from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code
from miaohui.wire.limits import MESSAGE_CHARS
from miaohui.wire.sessions import Body


def commit_of(salt: str, content: bytes) -> str:
    """The commitment to a message's text or file, from the wire's salt."""
    return commitment.commit_of(bytes.fromhex(salt), content)


def checked_text(body: Body) -> None:
    """Refused where a text cannot be taken."""
    text = body.text
    if not commitment.is_visible(text):
        raise Refused(Code.TEXT_EMPTY)
    if len(text) > MESSAGE_CHARS:
        raise Refused(Code.TEXT_TOO_LONG)
