"""The rules of a message's text: its size, its salt, the commitment to it."""

import re

from miaohui.promise import commitment
from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code
from miaohui.wire.limits import MESSAGE_CHARS
from miaohui.wire.sessions import Body

SALT = re.compile(r"[0-9a-f]{32}\Z")


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
    if SALT.match(body.salt) is None:
        raise Refused(Code.BAD_FRAME, "salt")
