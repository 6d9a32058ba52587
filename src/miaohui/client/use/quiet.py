"""The quiet after distress or an opened crisis card: 24 hours without sales, stars and red.

What is kept are two moments, in the encrypted store of this device; never a word, never elsewhere.
"""

import msgspec

from miaohui.client.feed.conversation import Applied
from miaohui.client.snapshots import AppChanged
from miaohui.client.store import history
from miaohui.client.sync.context import Context
from miaohui.client.sync.session import SessionSync
from miaohui.client.sync.sessions import SyncedSessions

QUIET_MS = 24 * 3600 * 1000
AGAIN_MS = 30 * 60 * 1000  # a card comes by itself at most so often
_NAME = "quiet"


class QuietMoments(msgspec.Struct, frozen=True, kw_only=True):
    """UTC ms: until when it is quiet, and when a card came last; 0 for never."""

    until_ms: int = 0
    shown_ms: int = 0


class Quiet:
    """The account's quiet time; a distress pause in any of its sessions begins it, too."""

    def __init__(self, context: Context, syncs: SyncedSessions) -> None:
        self._context = context
        self._moments = QuietMoments()
        self._scope = 0
        syncs.followed.append(self._follow)

    @property
    def until_ms(self) -> int | None:
        """UTC ms while it is quiet; None where it is not."""
        until = self._moments.until_ms
        return until if self._mine and self._context.clock.utc_ms() < until else None

    @property
    def _mine(self) -> bool:
        return self._scope != 0 and self._scope == self._context.scope

    def may_show(self) -> bool:
        """True where a card may come by itself."""
        shown = self._moments.shown_ms if self._mine else 0
        return abs(self._context.clock.utc_ms() - shown) >= AGAIN_MS

    def shown(self, *, opened: bool) -> None:
        """A card came, or a line that leads to it; an opened one begins the quiet."""
        now = self._context.clock.utc_ms()
        self._keep(self._begun(now) if opened else self._moments.until_ms, now)

    async def load(self) -> None:
        """What is kept of the account that has just entered."""
        scope = self._context.scope
        raw = await self._context.store.run(lambda conn: history.cached(conn, scope, _NAME))
        kept = QuietMoments() if raw is None else msgspec.json.decode(raw, type=QuietMoments)
        if self._scope == scope:  # begun before it was read
            until = max(kept.until_ms, self._moments.until_ms)
            kept = QuietMoments(until_ms=until, shown_ms=self._moments.shown_ms or kept.shown_ms)
        self._scope, self._moments = scope, kept

    def _begun(self, at_ms: int) -> int:
        return max(at_ms + QUIET_MS, self._moments.until_ms if self._mine else 0)

    def _keep(self, until_ms: int, shown_ms: int) -> None:
        scope = self._context.scope
        if not scope:
            return
        self._moments, self._scope = QuietMoments(until_ms=until_ms, shown_ms=shown_ms), scope
        raw = msgspec.json.encode(self._moments)
        self._context.store.post(lambda conn: history.put_cache(conn, scope, _NAME, raw))
        self._context.tell(AppChanged())

    def _follow(self, sync: SessionSync, done: Applied) -> None:
        paused = sync.feed.paused
        if self._context.me != "customer" or paused is None or paused.reason != "distress":
            return
        until = self._begun(sync.feed.opened_ms + paused.t)
        if until > (self._moments.until_ms if self._mine else 0):
            self._keep(until, self._moments.shown_ms if self._mine else 0)
