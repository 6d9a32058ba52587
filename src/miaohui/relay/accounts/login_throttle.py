"""Failed sign-ins, counted per name, so that a password is not guessed from many addresses."""

from collections import OrderedDict

from miaohui.relay.ports import Refused
from miaohui.wire.errors import Code

FREE_FAILURES = 8
WINDOW_MS = 15 * 60_000
MOST_NAMES = 50_000


class Attempts:
    """In memory: a relay that restarts forgets them, and a restart is no guesser's tool."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, list[int]] = OrderedDict()

    def check(self, key: str, now: int) -> None:
        """Refused(TOO_MANY) while a name has failed too often within the window."""
        recent = [at for at in self._failures.get(key, ()) if at > now - WINDOW_MS]
        if len(recent) >= FREE_FAILURES:
            raise Refused(Code.TOO_MANY, "sign_in", retry_ms=recent[0] + WINDOW_MS - now)

    def failed(self, key: str, now: int) -> None:
        recent = [at for at in self._failures.pop(key, ()) if at > now - WINDOW_MS]
        self._failures[key] = [*recent, now][-FREE_FAILURES:]
        if len(self._failures) > MOST_NAMES:
            self._failures.popitem(last=False)

    def forget(self, key: str) -> None:
        self._failures.pop(key, None)
