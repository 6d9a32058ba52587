"""How long a text, how large a number, how full a list of the wire may be, both ways.

These are what a decoder refuses, so that no end ever holds what nobody could have meant. Where a
person can be told better (a password, a name, a message), the rule behind the decoder is stricter
and has a code of its own. Patterns are read alike by Python and by ECMA 262, which JSON Schema
names; ``(?!\\n)$`` is the very end for both.
"""

from typing import Annotated, Final, TypeAlias

from msgspec import Meta

from .limits import MAX_INTEGER

ID_CHARS: Final = 64
NAME_MOST: Final = 128
_UUID: Final = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
# RFC 3339 as a relay writes it, of 1970 to 2099, and of no day that a month does not have.
_DAY: Final = (
    "(?:(?:19[7-9][0-9]|20[0-9]{2})-(?:(?:0[13578]|1[02])-(?:0[1-9]|[12][0-9]|3[01])"
    "|(?:0[469]|11)-(?:0[1-9]|[12][0-9]|30)|02-(?:0[1-9]|1[0-9]|2[0-8]))"
    "|(?:19(?:7[26]|8[048]|9[26])|20(?:[02468][048]|[13579][26]))-02-29)"
)
Day: TypeAlias = Annotated[str, Meta(min_length=10, max_length=10, pattern=f"^{_DAY}(?!\\n)$")]
"""``2026-08-19``."""
_UTC: Final = f"^{_DAY}T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9]{{3}}Z(?!\\n)$"

Id: TypeAlias = Annotated[str, Meta(min_length=1, max_length=ID_CHARS)]
"""What names something: a request, a session, an order, a shop, a person, a device."""
ProofText: TypeAlias = Annotated[str, Meta(min_length=1, max_length=8192)]
"""A proof from the log of receipts: its path is of 63 hashes at most."""
Uuid: TypeAlias = Annotated[str, Meta(min_length=36, max_length=36, pattern=f"^{_UUID}(?!\\n)$")]
"""The id of a message or a picture, which its sender makes."""
Salt: TypeAlias = Annotated[
    str, Meta(min_length=32, max_length=32, pattern="^[0-9a-f]{32}(?!\\n)$")
]
Sha256: TypeAlias = Annotated[
    str, Meta(min_length=64, max_length=64, pattern="^[0-9a-f]{64}(?!\\n)$")
]
Levels: TypeAlias = Annotated[
    str, Meta(min_length=64, max_length=64, pattern="^[0-9a-v]{64}(?!\\n)$")
]
"""A voice note's loudness: 64 peaks, each a digit of base 32 from 0 to v."""
KeyName: TypeAlias = Annotated[
    str, Meta(min_length=16, max_length=16, pattern="^[0-9a-f]{16}(?!\\n)$")
]
Signature: TypeAlias = Annotated[
    str, Meta(min_length=128, max_length=128, pattern="^[0-9a-f]{128}(?!\\n)$")
]
Utc: TypeAlias = Annotated[str, Meta(min_length=24, max_length=24, pattern=_UTC)]
"""``2026-08-19T13:18:00.000Z``."""
Cursor: TypeAlias = Annotated[
    str, Meta(min_length=1, max_length=256, pattern="^[A-Za-z0-9_=-]+(?!\\n)$")
]
Word: TypeAlias = Annotated[str, Meta(max_length=64)]
"""A code, a kind, a short name that a program made."""
Name: TypeAlias = Annotated[str, Meta(max_length=NAME_MOST)]
"""A name that somebody gave; what a name may be is the relay's rule."""
Secret: TypeAlias = Annotated[str, Meta(max_length=256)]
"""A token or an invitation."""
Password: TypeAlias = Annotated[str, Meta(max_length=1024)]
Prose: TypeAlias = Annotated[str, Meta(max_length=16_384)]
"""What a person wrote: a message, a review, a page about a shop."""

Count: TypeAlias = Annotated[int, Meta(ge=0, le=2**31 - 1)]
"""How many; also a position in a feed, a seq, a size in bytes or pixels."""
Millis: TypeAlias = Annotated[int, Meta(ge=0, le=10**11)]
"""A stretch of time: up to three years."""
AllMillis: TypeAlias = Annotated[int, Meta(ge=0, le=MAX_INTEGER)]
"""The time of all sessions of a shop together: no stretch of one clock."""
Minutes: TypeAlias = Annotated[int, Meta(ge=0, le=1_000_000)]
Sum: TypeAlias = Annotated[int, Meta(ge=-(10**12), le=10**12)]
"""Fen; negative where it left somebody."""
Stars: TypeAlias = Annotated[int, Meta(ge=1, le=5)]
Hour: TypeAlias = Annotated[int, Meta(ge=0, le=23)]
Offset: TypeAlias = Annotated[int, Meta(ge=-1440, le=1440)]
"""Minutes that a local clock is ahead of UTC."""
Share: TypeAlias = Annotated[float, Meta(ge=0, le=1)]
