"""A list's cursor: its last row's keys, as text that only the relay reads again."""

import base64
import binascii
from typing import TypeVar

import msgspec

from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code

MAX_CHARS = 256
T = TypeVar("T")


def cursor(*keys: float | str) -> str:
    """The text for the page after the row of these keys."""
    return base64.urlsafe_b64encode(msgspec.json.encode(keys)).decode()


def read(text: str, kind: type[T]) -> T:
    """The keys, as ``kind``; Refused(NOT_FOUND) where the text is none of ours."""
    try:
        if len(text) > MAX_CHARS:
            raise ValueError("too long")
        return msgspec.json.decode(base64.urlsafe_b64decode(text.encode()), type=kind)
    except (ValueError, binascii.Error, msgspec.DecodeError):
        raise Refused(Code.NOT_FOUND, "cursor") from None
