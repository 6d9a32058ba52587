"""Commitments: what stands in the journal for a message's words, and what counts as words at all.

`commit` = lower-case hex SHA-256 of 16 random bytes followed by the UTF-8 body (or the media file's
bytes). Bodies and salts lie beside the journal and are disclosed one by one, or not at all.
"""

import hashlib
import secrets
import unicodedata
from functools import lru_cache
from typing import Final

SALT_BYTES: Final = 16
# Letters and symbols to Unicode, and yet blank: fillers of Hangul, the empty braille cell, a notehead.
_FILLERS: Final = frozenset("\u115f\u1160\u3164\uffa0\u2800\U0001d159")
# Controls, formats, half characters, blanks, and marks that show nothing without what they stand on.
_INVISIBLE: Final = frozenset({"Cc", "Cf", "Cs", "Zs", "Zl", "Zp", "Mn", "Me"})
# Ignorable by default, also where nothing is assigned yet; a new emoji is not assigned yet either.
_IGNORABLE: Final = (range(0x2060, 0x2070), range(0xFFF0, 0xFFF9), range(0xE0000, 0xE1000))


def new_salt() -> bytes:
    """16 random bytes."""
    return secrets.token_bytes(SALT_BYTES)


def commit_of(salt: bytes, body: bytes) -> str:
    """The `commit` of a body; raises ValueError for a salt of another length."""
    if len(salt) != SALT_BYTES:
        raise ValueError(f"a salt has {SALT_BYTES} bytes, not {len(salt)}")
    return hashlib.sha256(salt + body).hexdigest()


@lru_cache(maxsize=4096)  # asked of every message's first characters
def _visible(char: str) -> bool:
    if char in _FILLERS or unicodedata.category(char) in _INVISIBLE:
        return False
    return not any(ord(char) in ignorable for ignorable in _IGNORABLE)


def is_visible(text: str) -> bool:
    """Whether a text has a character that anybody can see: without one it is no message."""
    return any(map(_visible, text))
