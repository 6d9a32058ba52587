"""Why a request failed, as codes: sentences are made where a person reads them."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Code(StrEnum):
    """Every reason for which a relay refuses something. Stable: they are never renamed."""

    BAD_FRAME = "bad_frame"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    HELLO_FIRST = "hello_first"
    PROTOCOL = "protocol"
    SIGN_IN_FIRST = "sign_in_first"
    WRONG_CREDENTIALS = "wrong_credentials"
    NAME_TAKEN = "name_taken"
    NAME_INVALID = "name_invalid"
    PASSWORD_WEAK = "password_weak"
    INVITE_INVALID = "invite_invalid"
    BANNED = "banned"
    BLOCKED = "blocked"
    TOKEN_REVOKED = "token_revoked"
    REPLACED = "replaced"
    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    WRONG_STATE = "wrong_state"
    ID_REUSED = "id_reused"
    PRICE_CHANGED = "price_changed"
    LIMIT_REACHED = "limit_reached"
    BALANCE_LOW = "balance_low"
    PAYMENT_FAILED = "payment_failed"
    TRIAL_USED = "trial_used"
    NOBODY_FREE = "nobody_free"
    SHOP_CLOSED = "shop_closed"
    SOLD_OUT = "sold_out"
    QUOTE_EXPIRED = "quote_expired"
    ORDERS_OPEN = "orders_open"
    SESSION_CLOSED = "session_closed"
    NO_CONSENT = "no_consent"
    ALREADY_DONE = "already_done"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    TEXT_EMPTY = "text_empty"
    TEXT_TOO_LONG = "text_too_long"
    TEXT_INVALID = "text_invalid"
    MEDIA_REFUSED = "media_refused"
    NO_ROOM = "no_room"
    SESSION_FULL = "session_full"
    BEHIND = "behind"
    RESTING = "resting"
    RELAY_FAULT = "relay_fault"
    STOPPING = "stopping"


MEANINGS: Final[Mapping[Code, str]] = {
    Code.BAD_FRAME: "not JSON, no known type, a field of the wrong type or out of its range",
    Code.TOO_LARGE: "a frame beyond 64 KiB, a chunk beyond 8 KiB or the announced size, a picture beyond 8 MiB",
    Code.TOO_MANY: "a limit of the account, the address or the relay; `retry_ms` says when again",
    Code.HELLO_FIRST: "`hello` must be the first frame",
    Code.PROTOCOL: "a version that this relay does not speak",
    Code.SIGN_IN_FIRST: "only `sign_up`, `sign_in` and `recover` before one is signed in",
    Code.WRONG_CREDENTIALS: "no account of this name and password, or recovery code",
    Code.NAME_TAKEN: "somebody has this name, or one that reads the same",
    Code.PASSWORD_WEAK: "fewer than 8 characters, more than 256, hardly different ones, or among the most common",
    Code.NAME_INVALID: "too short, too long, with characters that cannot be seen, or (`reserved`) like the host's own",
    Code.INVITE_INVALID: "no such invitation, used, or older than 7 days",
    Code.BANNED: "the host has banned this account",
    Code.BLOCKED: "one of the two has blocked the other",
    Code.TOKEN_REVOKED: "this device was signed out",
    Code.REPLACED: "a newer connection of the same device took over",
    Code.NOT_FOUND: "there is none, or it belongs to somebody else",
    Code.NOT_ALLOWED: "the role or a value does not permit it; `detail` names it",
    Code.WRONG_STATE: "not now; `detail` names the state that is in the way",
    Code.ID_REUSED: "this command's `id` was used with another content",
    Code.PRICE_CHANGED: "`price_fen` is not the price; nothing was moved",
    Code.LIMIT_REACHED: "the customer's own limit: `purchase_fen`, `day_fen`, `month_fen`, `day_minutes`,"
    " `quiet_hours` or `stopped` in `detail`",
    Code.BALANCE_LOW: "too little practice money",
    Code.PAYMENT_FAILED: "the provider refused, or there is no such provider",
    Code.TRIAL_USED: "a trial is for the first order in a shop",
    Code.NOBODY_FREE: "nobody, or not the one asked for, is free",
    Code.SHOP_CLOSED: "nobody of the shop is on duty",
    Code.SOLD_OUT: "as many of this offer as the shop sells a day were bought today",
    Code.QUOTE_EXPIRED: "older than 10 minutes: ask again",
    Code.ORDERS_OPEN: "5 open `quotes`, 3 orders `waiting`, or too many `cancels` in an hour (`detail`);"
    " `retry_ms` says when again, where a time does",
    Code.SESSION_CLOSED: "the session has ended",
    Code.NO_CONSENT: "nobody asked for a break",
    Code.ALREADY_DONE: "it was done before, so nothing changed",
    Code.TOO_EARLY: "a review before `review_after_ms` is over",
    Code.TOO_LATE: "120 s after a message (`recall`), 15 min (`edit`), or the order went elsewhere",
    Code.TEXT_EMPTY: "nothing to read in it",
    Code.TEXT_TOO_LONG: "`detail` names the field",
    Code.TEXT_INVALID: "a control character, or one that Unicode does not know; `detail` names the field",
    Code.MEDIA_REFUSED: "too large, of another type, or not what was announced",
    Code.NO_ROOM: "no room on the relay's disk for it, or its quota is used up: `pictures`, `sign_up`,"
    " `orders`, or pictures of the `account`, the `session`, the `relay` (`detail`)",
    Code.SESSION_FULL: "one side's 10,000 `messages`, 2,000 other `commands`, or 200 messages after the end"
    " (`outside`): a session holds no more (`detail` says which)",
    Code.RESTING: "this person has worked as long as the shop's limits allow: `day`, `stretch` or `nights`"
    " in `detail`; of a shift that would be too much, `shift_day` or `shift_nights`",
    Code.BEHIND: "`after` lies beyond the feed",
    Code.RELAY_FAULT: "the relay could not write it down; nothing happened, send it again",
    Code.STOPPING: "the relay is going down; connect again",
}
"""What each says to whoever writes a client; people read other words."""
