"""The promise's numbers, each in one place; times in milliseconds."""

from typing import Final

PROMISE_MS: Final = 10_000  # the trade's: a session's own stands in its `opened`
AMBER_MS: Final = 7_000  # a wait this long is shown as one that is about to be too long
LONG_MS: Final = 30_000
GONE_MS: Final = 180_000
TRIPLE: Final = 3  # open asks, each older than the promise at one time
BLAMED_FROM_MS: Final = 1_000  # who held a breached turn this long and handed it on shares it
HANDOVER_OFFERED_MS: Final = 30_000
HANDOVER_MADE_MS: Final = 60_000

SEEN_GRACE_MS: Final = 300  # nobody has read what was handed on less than this ago
SEEN_SURELY_MS: Final = 3_000  # what a link acknowledged this long ago counts as seen
OVERLOAD_LENGTH_MS: Final = 10_000
OVERLOAD_WRITTEN_MS: Final = 1_000

CLOSING_WAITS_MS: Final = 120_000
PAUSE_IN_ALL_MS: Final = 1_800_000
DISTRESS_MS: Final = 86_400_000
ENDS_FREE_AFTER_MS: Final = (
    600_000  # a responder ends a longer pause of the customer's without loss
)
OFFLINE_MS: Final = 30_000

SILENCE_MS: Final = 60_000
WAITING_MS: Final = 20_000  # a silence in which a customer may be thinking
DEEP_SILENCE_MS: Final = 300_000

PERCENT_FROM_TURNS: Final = 20
CUSTOMER_TURNS: Final = 60  # the newest of one customer that count for a person, shop and 30 days
CUSTOMER_DAYS: Final = 30
FAULTY_SHARE: Final = 0.05  # of a session: beyond, it is in nobody's figures

HEAD_EVERY_MS: Final = 10_000
ACCEPTED_APPEARS_MS: Final = 30_000
FELT_SLACK_MS: Final = 300
CUT_MS: Final = 2  # two clocks cut to whole milliseconds
DRIFT_PPM: Final = 200  # as far as two clocks may drift from each other
MEASURE_MS: Final = 200  # from one heartbeat to the next while a question waits: below the slack
