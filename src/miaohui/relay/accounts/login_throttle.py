"""Failed sign-ins, counted by name and address: whoever guesses waits longer and longer, and nobody
who guesses from elsewhere keeps the owner out."""

from collections import OrderedDict

from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code

FREE = 5  # failures of one name from one place before a wait
FREE_ANYWHERE = 50  # ... and of one name from everywhere, for devices that the account never used
FIRST_MS = 2_000
LONGEST_MS = 15 * 60_000
FORGET_MS = 3_600_000
MOST_KEYS = 50_000


class Attempts:
    """In memory: a relay that restarts forgets them, and a restart is no guesser's tool."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, tuple[int, int]] = OrderedDict()

    def check(self, key: str, now: int, *, free: int = FREE) -> None:
        """Refused(TOO_MANY) until the wait that the failures so far have earned is over."""
        count, last = self._failures.get(key, (0, 0))
        if count < free or now - last > FORGET_MS:
            return
        wait = last + min(FIRST_MS << min(count - free, 16), LONGEST_MS) - now
        if wait > 0:
            raise Refused(Code.TOO_MANY, "sign_in", retry_ms=wait)

    def failed(self, key: str, now: int) -> None:
        count, last = self._failures.pop(key, (0, now))
        self._failures[key] = (1 if now - last > FORGET_MS else count + 1, now)
        if len(self._failures) > MOST_KEYS:
            self._failures.popitem(last=False)

    def forget(self, key: str) -> None:
        self._failures.pop(key, None)
