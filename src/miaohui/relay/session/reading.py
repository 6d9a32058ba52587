"""Reading sessions: feeds by pages and by push, and the list of one's own."""

from miaohui.relay.net.connection import ClientConnection
from miaohui.relay.net.gateway import Gateway
from miaohui.relay.ports import Caller, Handler, Refused
from miaohui.relay.session.facts import SessionSeat, seat_in
from miaohui.relay.session.feed import FeedRows, page_in
from miaohui.relay.session.live import Attached, LiveSession
from miaohui.relay.session.read_receipts import OTHER
from miaohui.relay.session.registry import SessionRegistry
from miaohui.relay.session.session_list import list_in
from miaohui.relay.session.state import placed_of
from miaohui.wire.accounts import Done
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result
from miaohui.wire.limits import FEEDS
from miaohui.wire.link import SessionClock
from miaohui.wire.sessions import (
    Attach,
    Detach,
    FeedPage,
    ListSessions,
    PeerPresence,
    Placed,
)


class FeedReading:
    """The requests of readers."""

    def __init__(self, sessions: SessionRegistry, gateway: Gateway) -> None:
        self._sessions = sessions
        self._gateway = gateway

    def handlers(self) -> dict[type[Request], Handler]:
        return {Attach: self._attach, Detach: self._detach, ListSessions: self._list}

    def _line(self, caller: Caller) -> ClientConnection:
        line = self._gateway.line(caller.connection)
        if line is None or line.gone or line.caller is not caller:
            raise Refused(Code.SIGN_IN_FIRST)
        return line

    async def _attach(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, Attach)
        live = await self._sessions.get(request.session)
        if live is None:
            raise Refused(Code.NOT_FOUND, "session")
        num = live.num
        after = max(0, request.after)

        def job(conn: object) -> tuple[SessionSeat, FeedRows] | None:
            seat = seat_in(conn, num, caller.account)  # type: ignore[arg-type]
            if seat is None:
                return None
            return seat, page_in(conn, num, after, seat.to_pos)  # type: ignore[arg-type]

        found = await self._sessions.store.read(job)
        if found is None:
            raise Refused(Code.NOT_FOUND, "session")
        seat, page = found
        if after > max(page.head, live.durable):
            # The reader knows more than this relay: one restored from an older backup.
            raise Refused(Code.BEHIND)
        line = self._line(caller)
        if len(line.attached) >= FEEDS and request.session not in line.attached:
            raise Refused(Code.TOO_MANY, "feeds", retry_ms=1000)
        # A second attachment of the same connection starts from what it says it has.
        attached = Attached(live, seat.side, seat.to_pos, sent=after)
        items = _with_newest(live, page, after, seat)
        if items:
            attached.sent = items[-1].pos
        head = max(page.head, attached.sent)
        attached.live = seat.to_pos is None and attached.sent >= max(head, live.durable)
        live.attach(line, attached)
        now = self._gateway.clock.mono()
        live.handed(attached, now)
        live.stored(attached, after, now)
        self._greet(line, live, seat)
        state, other = live.actor.state, OTHER[seat.side]
        return FeedPage(
            session=request.session,
            items=items,
            head=head,
            clock=SessionClock(run=state.run, base=state.base),
            now_t=state.fold.last_t if live.actor.closed else state.t_of(now),
            delivered=live.actor.receipts.stored[other],
            seen=live.actor.receipts.seen[other],
        )

    def _greet(self, line: ClientConnection, live: LiveSession, seat: SessionSeat) -> None:
        """Tells a reader of the other side's presence."""
        facts = live.actor.state.facts
        if seat.to_pos is None and facts.state != "closed":
            peer = facts.responder if seat.side == "customer" else facts.customer
            line.say(PeerPresence(session=facts.id, online=self._gateway.online(peer)))

    async def _detach(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, Detach)
        line = self._line(caller)
        attached = line.attached.get(request.session)
        if attached is not None:
            attached.session.detach(line)
        return Done()

    async def _list(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, ListSessions)
        return await self._sessions.store.read(
            lambda conn: list_in(conn, caller.account, request.cursor, request.limit)
        )


def _with_newest(live: LiveSession, page: FeedRows, after: int, seat: SessionSeat) -> list[Placed]:
    """The page, and what became durable while it was read, where that closes the gap."""
    items = page.items
    last = items[-1].pos if items else after
    if last < page.head or seat.to_pos is not None:
        return items
    newer = [row for row in live.recent if last < row[1] <= live.durable]
    if newer and newer[0][1] == last + 1:
        return items + [placed_of(row) for row in newer]
    return items
