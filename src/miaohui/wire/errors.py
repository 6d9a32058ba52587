"""Why a request failed, as codes: sentences are made where a person reads them."""

from enum import StrEnum


class Code(StrEnum):
    """Every reason for which a relay refuses something. Stable: they are never renamed."""

    BAD_FRAME = "bad_frame"  # not JSON, not of a known type, a field of the wrong type
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"  # a limit per account or address; `retry_ms` says when again
    HELLO_FIRST = "hello_first"
    PROTOCOL = "protocol"  # a version that this relay does not speak
    SIGN_IN_FIRST = "sign_in_first"
    WRONG_CREDENTIALS = "wrong_credentials"
    NAME_TAKEN = "name_taken"
    NAME_INVALID = "name_invalid"
    PASSWORD_WEAK = "password_weak"
    INVITE_INVALID = "invite_invalid"
    BANNED = "banned"
    TOKEN_REVOKED = "token_revoked"
    REPLACED = "replaced"  # a newer connection of the same device took over
    NOT_FOUND = "not_found"  # also for what belongs to another account
    NOT_ALLOWED = "not_allowed"  # the role or the state does not permit it
    WRONG_STATE = "wrong_state"
    ID_REUSED = "id_reused"
    PRICE_CHANGED = "price_changed"
    LIMIT_REACHED = "limit_reached"  # the customer's own limit
    BALANCE_LOW = "balance_low"
    PAYMENT_FAILED = "payment_failed"
    TRIAL_USED = "trial_used"
    NOBODY_FREE = "nobody_free"
    SHOP_CLOSED = "shop_closed"
    QUOTE_EXPIRED = "quote_expired"
    SESSION_CLOSED = "session_closed"
    NO_CONSENT = "no_consent"
    ALREADY_DONE = "already_done"
    TOO_EARLY = "too_early"
    TOO_LATE = "too_late"
    TEXT_EMPTY = "text_empty"
    TEXT_TOO_LONG = "text_too_long"
    MEDIA_REFUSED = "media_refused"
    BEHIND = "behind"  # asked for feed positions that the relay no longer pages: take the snapshot
    RELAY_FAULT = "relay_fault"  # the relay could not write it down; nothing happened, try again
    STOPPING = "stopping"
