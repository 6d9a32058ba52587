"""Sizes and times that both ends hold to."""

PROTOCOL = 2  # 2: promise/2
MAX_INTEGER = 2**53 - 1  # beyond, JSON readers differ (RFC 8259, section 6)
TEXT_FRAME_BYTES = 64 * 1024
DOWN_FRAME_BYTES = 256 * 1024  # pages are larger than what clients send
MEDIA_CHUNK_BYTES = 8 * 1024
MEDIA_BYTES = 8 * 1024 * 1024
MESSAGE_CHARS = 4000
NAME_CHARS = 32
EDIT_MS = 15 * 60_000  # how long a message may be corrected, by the session's clock
RECALL_MS = 120_000  # … and taken back
PAGE_ITEMS = 200  # feed items in one page, at most
PUSHED_ITEMS = 1024  # … and in one push, with what became durable meanwhile
FEEDS = 1024  # attached on one connection, at most
KEY_STEPS = 16  # changes of its key that a relay tells of
LIST_ITEMS = 50  # cards, orders … in one page, at most
SESSION_MESSAGES = 10_000  # of one side in one session's journal, at most
SESSION_DEEDS = 2_000  # … of its other commands: edits, recalls, pauses …, and what was refused
SESSION_OUTSIDE = 200  # … of its messages after the end
IN_FLIGHT = 32  # commands of one session sent and not yet answered
PING_MS = 2000
DEAD_LINK_MS = 2000  # after a ping without an answer
