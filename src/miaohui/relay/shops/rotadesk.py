"""Rotas: what owners and responders ask for, and the relay's own look every half minute: who works,
whose shift is over, who has worked enough, and where nobody will be."""

import asyncio
import logging
import sqlite3
from collections.abc import Callable
from dataclasses import replace

import msgspec

from miaohui.promise import figures as rules
from miaohui.promise.constants import PROMISE_MS
from miaohui.relay.directory import listing_index
from miaohui.relay.directory.on_duty import OnDuty
from miaohui.relay.directory.people import ResponderRow
from miaohui.relay.directory.work import (
    DAY_MS,
    FINISH_MS,
    HOUR_MS,
    MINUTE_MS,
    NIGHT_LEAST_MS,
    NIGHT_MS,
    WorkStretch,
    midnight,
    night_of,
    nights_before,
)
from miaohui.relay.orders.desks import Desks
from miaohui.relay.ports import Caller, Handler, PushPort, Refused
from miaohui.relay.shops import rotabook
from miaohui.relay.shops.rotabook import ShiftRow, ShopWork, SwapRow
from miaohui.relay.storage import audit, idempotency
from miaohui.relay.storage.ids import new_id
from miaohui.relay.storage.store import Store, StoreFault
from miaohui.runtime.clock import Clock, rfc3339, utc_ms_of
from miaohui.wire.accounts import Done, Role
from miaohui.wire.errors import Code
from miaohui.wire.frame import Request, Result
from miaohui.wire.rota import (
    AnswerSwap,
    AskSwap,
    DropShift,
    GetRota,
    PublishRota,
    PutShift,
    PutWorkLimits,
    Rota,
    RotaChanged,
    RotaHole,
    RotaPerson,
    WorkLimits,
    WorkView,
)

log = logging.getLogger(__name__)
LOOK_S = 30.0
WEEK_MS = 7 * DAY_MS
MOST_AHEAD_MS = 9 * WEEK_MS
MOST_SHIFT_MS = 16 * HOUR_MS
LEAST_SHIFT_MS = 15 * MINUTE_MS
MOST_SHIFTS = 1024  # in a week
WARN_MS = HOUR_MS
TIRED_TURNS = 10  # fewer say little of an hour
BREAK_SOON_MS = 15 * MINUTE_MS


def monday(now_ms: int, offset_min: int) -> int:
    """The beginning of the shop's local week."""
    day = midnight(now_ms, offset_min)
    # 1970-01-01 was a Thursday.
    weekday = ((day + offset_min * MINUTE_MS) // DAY_MS + 3) % 7
    return day - weekday * DAY_MS


def first_hole(work: ShopWork, now_ms: int) -> int | None:
    """The first moment within the coming hour, of the shop's open hours, at which nobody has a
    shift; None where there is none, or where nobody has had one before."""
    if not work.shifts:
        return None
    moments = sorted(
        {now_ms, *(each.to_ms for each in work.shifts if now_ms < each.to_ms <= now_ms + WARN_MS)}
    )
    for moment in moments:
        local = (moment + work.offset_min * MINUTE_MS) % DAY_MS // MINUTE_MS
        if work.open_hours and not listing_index.is_open(work.open_hours, local):
            continue
        if not any(each.from_ms <= moment < each.to_ms for each in work.shifts):
            return moment
    return None


class RotaDesk:
    """The rotas of all shops that have one."""

    def __init__(
        self, store: Store, push: PushPort, clock: Clock, on_duty: OnDuty, desks: Desks
    ) -> None:
        self._store = store
        self._push = push
        self._clock = clock
        self._on_duty = on_duty
        self._work = on_duty.work
        self._desks = desks
        self._shops: dict[str, ShopWork] = {}
        self._warned: dict[str, int] = {}  # shop → the hole that was told

    def handlers(self) -> dict[type[Request], Handler]:
        return {
            GetRota: self._get,
            PutShift: self._put_shift,
            DropShift: self._drop_shift,
            PublishRota: self._publish,
            AskSwap: self._ask_swap,
            AnswerSwap: self._answer_swap,
            PutWorkLimits: self._put_limits,
        }

    # --- start and upkeep --------------------------------------------------------------------
    async def start(self) -> None:
        now = self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> tuple[list[ShopWork], dict[str, list[WorkStretch]]]:
            shops = rotabook.keepers_in(conn, now)
            works = [rotabook.work_in(conn, shop, now) for shop in shops]
            return works, rotabook.stretches_in(conn, now)

        works, stretches = await self._store.read(job)
        for work in works:
            self._take_in(work)
        for responder, each in stretches.items():
            self._work.put_stretches(responder, each)

    def _take_in(self, work: ShopWork) -> None:
        self._shops.pop(work.shop, None)
        if work.kept:
            self._shops[work.shop] = work
        self._work.put_shop(work.shop, work.offset_min, work.limits, work.shifts, kept=work.kept)

    async def _read_again(self, shop: str) -> None:
        now = self._clock.utc_ms()
        self._take_in(await self._store.read(lambda conn: rotabook.work_in(conn, shop, now)))

    async def run(self) -> None:
        while True:
            try:
                await self.look()
            except (StoreFault, sqlite3.Error):
                log.exception("the rotas could not be followed")
            await asyncio.sleep(LOOK_S)

    async def look(self) -> None:
        """One look at everybody in a shop with a rota or limits."""
        for shop in list(self._shops):
            await self._note_work(shop)
            await self._end_shifts(shop)
            await self._end_limits(shop)
            await self._warn(shop)

    async def _note_work(self, shop: str) -> None:
        now = self._clock.utc_ms()
        working = [
            (each.responder, self._work.works(each.responder, now))
            for each in self._on_duty.people_of(shop)
            if each.presence == "on" or self._on_duty.load_of(each.responder)
        ]
        if not working:
            return

        def job(conn: sqlite3.Connection) -> None:
            for responder, stretch in working:
                rotabook.put_stretch_in(conn, responder, stretch)
            rotabook.forget_stretches_in(conn, now)

        await self._store.write(job)

    async def _end_shifts(self, shop: str) -> None:
        """Takes people off whose shift is over, unless another one has begun."""
        now = self._clock.utc_ms()
        over = [each for each in self._work.shifts(shop) if each.to_ms <= now]
        if over:
            names = [(each.shift,) for each in over]
            await self._store.write(
                lambda conn: conn.executemany(
                    "UPDATE shifts SET state = 'over' WHERE shift = ?", names
                )
            )
            await self._read_again(shop)
        for each in over:
            person = self._on_duty.person(each.responder)
            if person is None or self._work.shift_of(shop, each.responder, now) is not None:
                continue
            if person.presence != "off":
                await self._desks.take_off(each.responder, "off")
                self._push.push(each.responder, RotaChanged(what="shift_over"))
        for person in self._on_duty.people_of(shop):
            # Whoever went off as the shift ended, and still answers somebody.
            if person.presence == "off" and self._on_duty.load_of(person.responder):
                await self._desks.sessions.relieve(person.responder, FINISH_MS)

    async def _end_limits(self, shop: str) -> None:
        """Takes people off, or to a break, who have worked as long as they may."""
        for person in self._on_duty.people_of(shop):
            rest = self._work.left_of(shop, person.responder).rest
            if rest is None:
                continue
            if person.presence == "on":
                await self._desks.take_off(
                    person.responder, "break" if rest == "stretch" else "off"
                )
                self._push.push(person.responder, RotaChanged(what="rest"))
            if self._on_duty.load_of(person.responder):
                await self._desks.sessions.relieve(person.responder, FINISH_MS)

    async def _warn(self, shop: str) -> None:
        now = self._clock.utc_ms()
        hole = first_hole(self._shops[shop], now) if shop in self._shops else None
        if hole is None:
            self._warned.pop(shop, None)
            return
        if shop in self._warned:
            return  # of this hole they heard
        self._warned[shop] = hole
        frame = RotaChanged(what="hole", from_utc=rfc3339(hole))
        for account in await self._store.read(lambda conn: owners_in(conn, shop)):
            self._push.push(account, frame)
        for person in self._on_duty.people_of(shop):
            self._push.push(person.responder, frame)

    # --- requests ----------------------------------------------------------------------------
    def _shop_of(self, caller: Caller, *, owner: bool) -> str:
        if caller.shop is None or caller.role not in (Role.OWNER, Role.RESPONDER):
            raise Refused(Code.NOT_ALLOWED, "role")
        if owner and caller.role is not Role.OWNER:
            raise Refused(Code.NOT_ALLOWED, "role")
        return caller.shop

    async def _change(
        self, caller: Caller, request: Request, shop: str, job: Callable[[sqlite3.Connection], None]
    ) -> Done:
        """Carries a change out once, reads the shop anew, and says so to its people."""
        now = self._clock.utc_ms()
        action = type(request).__name__

        def whole(conn: sqlite3.Connection) -> tuple[bool, list[str]]:
            if idempotency.known_in(conn, caller, request) is not None:
                return False, []
            job(conn)
            audit.note_in(conn, caller.account, action, shop, now)
            idempotency.remember_in(conn, caller, request, Done())
            return True, owners_in(conn, shop)

        changed, owners = await self._store.write(whole)
        if changed:
            await self._read_again(shop)
            people = {each.responder for each in self._on_duty.people_of(shop)}
            for account in {*owners, *people} - {caller.account}:
                self._push.push(account, RotaChanged(what="rota"))
        return Done()

    def _person(self, shop: str, responder: str) -> ResponderRow:
        row = self._on_duty.person(responder)
        if row is None or row.shop != shop:
            raise Refused(Code.NOT_FOUND, "responder")
        return row

    async def _put_shift(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, PutShift)
        shop, now = self._shop_of(caller, owner=True), self._clock.utc_ms()
        self._person(shop, request.responder)
        from_ms, to_ms = utc_ms_of(request.from_utc), utc_ms_of(request.to_utc)
        if not LEAST_SHIFT_MS <= to_ms - from_ms <= MOST_SHIFT_MS:
            raise Refused(Code.NOT_ALLOWED, "length")
        if to_ms <= now:
            raise Refused(Code.TOO_LATE, "shift")
        if from_ms > now + MOST_AHEAD_MS:
            raise Refused(Code.TOO_EARLY, "shift")

        def job(conn: sqlite3.Connection) -> None:
            if request.shift is not None:
                old = rotabook.shift_in(conn, shop, request.shift)
                if old.state == "over":
                    raise Refused(Code.TOO_LATE, "shift")
                rotabook.drop_in(conn, request.shift)
            row = ShiftRow(new_id(), shop, request.responder, from_ms, to_ms, "draft")
            check_shift_in(conn, row)
            rotabook.put_in(conn, row)
            week = rotabook.shifts_in(conn, shop, from_ms - WEEK_MS, to_ms + WEEK_MS)
            if len(week) > MOST_SHIFTS:
                raise Refused(Code.TOO_MANY, "shifts")

        return await self._change(caller, request, shop, job)

    async def _drop_shift(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, DropShift)
        shop = self._shop_of(caller, owner=True)

        def job(conn: sqlite3.Connection) -> None:
            if rotabook.shift_in(conn, shop, request.shift).state == "over":
                raise Refused(Code.TOO_LATE, "shift")
            rotabook.drop_in(conn, request.shift)

        return await self._change(caller, request, shop, job)

    async def _publish(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, PublishRota)
        shop, from_ms = self._shop_of(caller, owner=True), utc_ms_of(request.from_utc)

        def job(conn: sqlite3.Connection) -> None:
            conn.execute(
                "UPDATE shifts SET state = 'published' WHERE shop = ? AND state = 'draft'"
                " AND from_ms >= ? AND from_ms < ?",
                (shop, from_ms, from_ms + WEEK_MS),
            )

        return await self._change(caller, request, shop, job)

    async def _put_limits(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, PutWorkLimits)
        shop = self._shop_of(caller, owner=True)
        if request.responder is not None:
            self._person(shop, request.responder)

        def job(conn: sqlite3.Connection) -> None:
            rotabook.put_limits_in(conn, shop, request.responder or "", request.limits)

        return await self._change(caller, request, shop, job)

    async def _ask_swap(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, AskSwap)
        shop, now = self._shop_of(caller, owner=False), self._clock.utc_ms()
        self._person(shop, request.to)
        if request.to == caller.account:
            raise Refused(Code.NOT_ALLOWED, "to")

        def job(conn: sqlite3.Connection) -> None:
            row = SwapRow(
                new_id(),
                shop,
                request.shift,
                caller.account,
                request.to,
                request.in_return,
                "asked",
            )
            check_swap_in(conn, row, now)
            open_one = conn.execute(
                "SELECT 1 FROM swaps WHERE shift = ? AND state = 'asked'", (request.shift,)
            ).fetchone()
            if open_one is not None:
                raise Refused(Code.ALREADY_DONE)
            conn.execute(
                "INSERT INTO swaps (swap, shop, shift, giver, taker, in_return, state, asked_ms)"
                " VALUES (?, ?, ?, ?, ?, ?, 'asked', ?)",
                (row.swap, shop, row.shift, row.giver, row.taker, row.in_return, now),
            )

        done = await self._change(caller, request, shop, job)
        self._push.push(request.to, RotaChanged(what="swap_asked"))
        return done

    async def _answer_swap(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, AnswerSwap)
        shop, now = self._shop_of(caller, owner=False), self._clock.utc_ms()

        def job(conn: sqlite3.Connection) -> None:
            row = rotabook.swap_in(conn, shop, request.swap)
            if caller.account not in (row.giver, row.taker):
                raise Refused(Code.NOT_FOUND, "swap")
            if row.state != "asked":
                raise Refused(Code.ALREADY_DONE)
            if caller.account == row.giver and request.agree:
                raise Refused(Code.NOT_ALLOWED, "swap")
            if request.agree:
                check_swap_in(conn, row, now)
                for shift, who in ((row.shift, row.taker), (row.in_return, row.giver)):
                    if shift is not None:
                        conn.execute(
                            "UPDATE shifts SET responder = ? WHERE shift = ?", (who, shift)
                        )
                state = "agreed"
            else:
                state = "withdrawn" if caller.account == row.giver else "refused"
            conn.execute("UPDATE swaps SET state = ? WHERE swap = ?", (state, row.swap))

        return await self._change(caller, request, shop, job)

    # --- the rota as it stands ---------------------------------------------------------------
    async def _get(self, caller: Caller, request: Request) -> Result:
        assert isinstance(request, GetRota)
        shop, now = self._shop_of(caller, owner=False), self._clock.utc_ms()
        owner = caller.role is Role.OWNER
        limits = self._work.everybodys(shop)
        at_once = None if limits is None else limits.at_once

        def job(conn: sqlite3.Connection) -> Rota:
            offset = rotabook.offset_in(conn, shop)
            start = monday(now, offset) + request.week * WEEK_MS
            rows = rotabook.shifts_in(conn, shop, start, start + WEEK_MS)
            swaps = rotabook.swaps_in(conn, shop, start, start + WEEK_MS)
            shown = [each for each in rows if owner or each.state != "draft"]
            needed = rotabook.needed_in(conn, shop, start, now, at_once)
            there = rotabook.there(rows, start)
            return Rota(
                from_utc=rfc3339(start),
                utc_offset_min=offset,
                people=[],
                shifts=[each.view() for each in shown[:MOST_SHIFTS]],
                swaps=[
                    each.view()
                    for each in swaps
                    if owner or caller.account in (each.giver, each.taker)
                ],
                work=[],
                limits=limits,
                needed=needed,
                there=there,
                holes=holes_of(start, now, needed, there) if rows else [],
            )

        rota = await self._store.read(job)
        people = self._on_duty.people_of(shop)
        seen = [each for each in people if owner or each.responder == caller.account]
        waits = await self._last_hour(seen, now)
        return msgspec.structs.replace(
            rota,
            people=[RotaPerson(responder=each.responder, name=each.name) for each in people],
            work=[self._work_view(shop, each, waits[each.responder]) for each in seen],
        )

    async def _last_hour(self, people: list[ResponderRow], now: int) -> dict[str, list[rules.Wait]]:
        """Everybody's waits of the last hour, of closed sessions and of running ones."""

        def job(conn: sqlite3.Connection) -> dict[str, list[rules.Wait]]:
            return {
                each.responder: [
                    rules.Wait(wait, bool(covered))
                    for wait, covered in conn.execute(
                        "SELECT wait_ms, covered FROM waits WHERE responder = ? AND piece = 1"
                        " AND counts = 1 AND start_ms > ?",
                        (each.responder, now - HOUR_MS),
                    )
                ]
                for each in people
            }

        found = await self._store.read(job)
        for each in people:
            running = self._desks.sessions.recent_waits(each.responder, HOUR_MS)
            found[each.responder] += [rules.Wait(wait, covered) for wait, covered in running]
        return found

    def _work_view(self, shop: str, person: ResponderRow, waits: list[rules.Wait]) -> WorkView:
        limits, own = self._work.limits_of(shop, person.responder)
        left = self._work.left_of(shop, person.responder)
        p95 = rules.kaplan_meier(waits, 0.95)
        tired = len(waits) >= TIRED_TURNS and p95.ms is not None and p95.ms > PROMISE_MS
        on_end, most = left.on_end_ms, limits.stretch_minutes
        soon = most is not None and most * MINUTE_MS - on_end <= BREAK_SOON_MS
        return WorkView(
            responder=person.responder,
            presence=self._on_duty.presence(person.responder),
            limits=limits,
            own=own,
            today_ms=left.today_ms,
            on_end_ms=left.on_end_ms,
            nights=left.nights,
            left_ms=left.left_ms,
            rest=left.rest,
            turns=len(waits),
            p95_ms=p95.ms,
            p95_at_least=p95.at_least,
            break_due=on_end > 0 and (soon or tired),
        )


def owners_in(conn: sqlite3.Connection, shop: str) -> list[str]:
    rows = conn.execute(
        "SELECT account FROM accounts WHERE shop = ? AND role = 'owner' AND banned_ms IS NULL",
        (shop,),
    )
    return [account for (account,) in rows]


def holes_of(monday_ms: int, now_ms: int, needed: list[int], there: list[int]) -> list[RotaHole]:
    """The coming hours of a week with fewer people than are needed, put together where they are
    alike."""
    found: list[RotaHole] = []
    for hour, (want, have) in enumerate(zip(needed, there, strict=True)):
        start = monday_ms + hour * HOUR_MS
        if start + HOUR_MS <= now_ms or want <= have * 10:
            continue
        last = found[-1] if found else None
        if last is not None and (utc_ms_of(last.to_utc), last.people) == (start, have):
            found[-1] = RotaHole(
                from_utc=last.from_utc,
                to_utc=rfc3339(start + HOUR_MS),
                people=have,
                needed=max(last.needed, want),
            )
        else:
            found.append(
                RotaHole(
                    from_utc=rfc3339(start),
                    to_utc=rfc3339(start + HOUR_MS),
                    people=have,
                    needed=want,
                )
            )
    return found


def check_shift_in(conn: sqlite3.Connection, row: ShiftRow, besides: tuple[str, ...] = ()) -> None:
    """Refused where its person is at work elsewhere then, or where the shifts around it come to
    more than they may work. ``besides``: shifts that are given away for it."""
    if rotabook.overlap_in(conn, row.responder, row.from_ms, row.to_ms, besides):
        raise Refused(Code.WRONG_STATE, "overlap")
    limits = rotabook.limits_in(conn, row.shop)
    own: WorkLimits | None = limits.get(row.responder, limits.get(""))
    if own is None:
        return
    offset = rotabook.offset_in(conn, row.shop)
    around = [
        WorkStretch(each.from_ms, each.to_ms)
        for each in rotabook.shifts_in(conn, row.shop, row.from_ms - WEEK_MS, row.to_ms + WEEK_MS)
        if each.responder == row.responder and each.shift not in besides
    ]
    shifts = sorted([*around, WorkStretch(row.from_ms, row.to_ms)], key=lambda each: each.from_ms)
    for end in {each.to_ms for each in shifts if each.to_ms > row.from_ms}:
        day = midnight(end - 1, offset)
        whole = sum(each.within(day, day + DAY_MS) for each in shifts)
        if own.day_minutes is not None and whole > own.day_minutes * MINUTE_MS:
            raise Refused(Code.RESTING, "shift_day")
        night = night_of(end - 1, offset)
        tonight = sum(each.within(night, night + NIGHT_MS) for each in shifts)
        before = nights_before(shifts, night)
        if own.nights is not None and tonight >= NIGHT_LEAST_MS and before >= own.nights:
            raise Refused(Code.RESTING, "shift_nights")


def check_swap_in(conn: sqlite3.Connection, row: SwapRow, now_ms: int) -> None:
    """Refused where the shifts are not theirs, have begun, or do not fit whoever would get them."""
    given = rotabook.shift_in(conn, row.shop, row.shift)
    pairs = [(given, row.giver, row.taker)]
    if row.in_return is not None:
        pairs.append((rotabook.shift_in(conn, row.shop, row.in_return), row.taker, row.giver))
    besides = tuple(shift.shift for shift, _, _ in pairs)
    for shift, holder, new in pairs:
        if shift.responder != holder or shift.state != "published":
            raise Refused(Code.NOT_FOUND, "shift")
        if shift.from_ms <= now_ms:
            raise Refused(Code.TOO_LATE, "shift")
        check_shift_in(conn, replace(shift, responder=new), besides)
