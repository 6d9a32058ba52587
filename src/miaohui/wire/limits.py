"""Sizes and times that both ends hold to."""

PROTOCOL = 2  # 2: promise/2
MAX_INTEGER = 2**53 - 1  # beyond, JSON readers differ (RFC 8259, section 6)
TEXT_FRAME_BYTES = 64 * 1024
MEDIA_CHUNK_BYTES = 8 * 1024
MEDIA_BYTES = 8 * 1024 * 1024
MESSAGE_CHARS = 4000
NAME_CHARS = 32
PAGE_ITEMS = 200  # feed items in one page, at most
LIST_ITEMS = 50  # cards, orders … in one page, at most
IN_FLIGHT = 32  # commands of one session sent and not yet answered
PING_MS = 2000
DEAD_LINK_MS = 2000  # after a ping without an answer
