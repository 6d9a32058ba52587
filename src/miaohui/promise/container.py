"""The bundle's zip, byte for byte: one way to pack the members, so that no bit is without meaning.

A zip has room that nobody reads: times, comments, gaps, padding. A bundle has none of it. Its members
are stored as they are, which also leaves nothing to unpack; hashes hardly shrink anyway.
"""

import struct
import zlib
from collections.abc import Mapping
from typing import Final

# The fields that any zip has and a bundle never varies: version 2.0, no flags, stored, 1 January 1980.
_FIXED: Final = (20, 0, 0, 0, 33)
_COMMON: Final = struct.Struct("<HHHHHLLLHH")
_PLACE: Final = struct.Struct("<HHHLL")
_END: Final = struct.Struct("<4s4H2LH")
_MADE_BY_UNIX: Final = b"\x14\x03"
_FILE_MODE: Final = 0o600 << 16


def pack(members: Mapping[str, bytes]) -> bytes:
    """The members in their order, as a zip that every program opens."""
    parts: list[bytes] = []
    directory: list[bytes] = []
    at = 0
    for name, data in members.items():
        file_name = name.encode("ascii")
        common = _COMMON.pack(*_FIXED, zlib.crc32(data), len(data), len(data), len(file_name), 0)
        parts += (b"PK\x03\x04", common, file_name, data)
        place = _PLACE.pack(0, 0, 0, _FILE_MODE, at)
        directory += (b"PK\x01\x02", _MADE_BY_UNIX, common, place, file_name)
        at += 4 + len(common) + len(file_name) + len(data)
    listing = b"".join(directory)
    end = _END.pack(b"PK\x05\x06", 0, 0, len(members), len(members), len(listing), at, 0)
    return b"".join((*parts, listing, end))
