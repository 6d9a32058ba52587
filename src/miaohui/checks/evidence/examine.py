"""A plan's bundle examined offline: whether everything in it follows from everything else.

The plan is the one that was frozen, the journal unbroken, no fen above the budget; each session is one
that was bought, its journal signed by the relay, its every question one that was written down first;
and every figure of the report is worked out anew.
"""

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping

import msgspec
from msgspec import Struct

from miaohui.checks.analysis.analyse import FolderUnreadable
from miaohui.checks.evidence.bundle import (
    FORMAT,
    MANIFEST,
    PLAN,
    REPORT,
    RUN,
    Manifest,
    Unsound,
    members_of,
    results_of,
)
from miaohui.checks.plan.plan import Plan
from miaohui.checks.plan.reader import PlanError, read_plan
from miaohui.checks.record.course import Course
from miaohui.checks.record.events import (
    AnyEvent,
    Bought,
    Buying,
    Finished,
    Probed,
    RunBegun,
    SlotEnded,
)
from miaohui.checks.record.journal import read
from miaohui.checks.record.signing import holds
from miaohui.checks.record.standing import RunState
from miaohui.checks.report import recount
from miaohui.checks.trouble import Trouble
from miaohui.promise.bundle import DisclosedBody, read_bundle
from miaohui.promise.commitment import commit_of
from miaohui.promise.errors import JournalError
from miaohui.promise.planword import signed_by
from miaohui.promise.reader import CheckedJournal, read_journal
from miaohui.promise.strictjson import lines_of
from miaohui.promise.verdict import verify_bundle
from miaohui.runtime.clock import utc_ms_of
from miaohui.wire.journal import Message
from miaohui.wire.orders import OrderState
from miaohui.wire.plans import PlanOrder, PlanOrders

MAX_TEXT = 256 * 1024


class Examined(Struct, frozen=True, kw_only=True):
    """Sound, or the reason why not and the member or slot where it shows."""

    sound: bool
    reason: str = ""
    where: str = ""
    run: str = ""
    plan: str = ""
    plan_sha256: str = ""
    sessions: int = 0
    slots: int = 0
    finished: bool = False
    verdict: str = ""
    spent_fen: int = 0
    refunded_fen: int = 0
    budget_fen: int = 0
    disclosed: int = 0
    earlier: int = 0  # runs of the same plan that were registered before this one
    countersigned_utc: str = ""
    relay_key: str = ""
    key_known: bool | None = None
    tester_key: str = ""
    head: str = ""


def examine(
    data: bytes, relay_key: bytes | None = None, former: Collection[bytes] = ()
) -> Examined:
    """The whole bundle; never raises for what is in it."""
    try:
        return _Examination(members_of(data), relay_key, former).result()
    except Unsound as error:
        return Examined(sound=False, reason=error.reason, where=error.where)


class _Examination:
    def __init__(
        self,
        members: Mapping[str, bytes],
        relay_key: bytes | None,
        former: Collection[bytes],
    ) -> None:
        for name in (MANIFEST, PLAN, RUN, REPORT):
            if name not in members:
                raise Unsound("it is missing", name)
        self._members, self._known = members, relay_key
        self._former = frozenset(key.hex() for key in former)
        self._manifest = _manifest(members)
        self._plan = _plan(members[PLAN])
        self._events, self._head = _events(members[RUN])
        first = self._events[0]
        assert isinstance(first, RunBegun)
        self._begun = first
        self._standing = RunState(self._plan.scope.budget_fen)

    def result(self) -> Examined:
        self._frozen()
        self._money()
        self._bound()
        self._quotas()
        owners: dict[str, str] = {}
        for course in self._standing.courses.values():
            self._session(course, owners)
        for name in self._members:
            slot = name.removeprefix("sessions/").removesuffix(".zip")
            if name.startswith("sessions/") and slot not in self._standing.courses:
                raise Unsound("it is the bundle of no session of this run", name)
        disclosed = self._disclosed()
        budget, finished = self._standing.budget, self._standing.finished
        registered = self._standing.countersigned
        return Examined(
            sound=True,
            run=self._begun.run,
            plan=self._plan.name,
            plan_sha256=self._plan.sha256,
            sessions=sum(name.startswith("sessions/") for name in self._members),
            slots=len(self._standing.courses),
            finished=finished is not None,
            verdict=self._verdict(),
            spent_fen=budget.paid_fen,
            refunded_fen=budget.refunded_fen,
            budget_fen=budget.limit_fen,
            disclosed=disclosed,
            earlier=0 if registered is None else registered.statement.earlier,
            countersigned_utc="" if registered is None else registered.statement.utc,
            relay_key=self._begun.relay_key,
            key_known=None if self._known is None else True,
            tester_key=self._begun.tester_key,
            head=self._head,
        )

    # --- the run -----------------------------------------------------------------------------
    def _frozen(self) -> None:
        begun, manifest = self._begun, self._manifest
        if self._plan.sha256 != begun.plan_sha256 or self._plan.sha256 != manifest.plan_sha256:
            raise Unsound("it is not the plan that was frozen before the first purchase", PLAN)
        if manifest.head != self._head or manifest.run != begun.run:
            raise Unsound("the journal is not the one that was signed", RUN)
        if manifest.tester_key != begun.tester_key:
            raise Unsound("it is signed with another key than the run began with", MANIFEST)
        known = self._known is None or begun.relay_key in {self._known.hex(), *self._former}
        if not known:
            raise Unsound("the run was made on a relay with another key than the one given", RUN)

    def _money(self) -> None:
        orders: set[str] = set()
        for number, event in enumerate(self._events, 1):
            where = f"{RUN} line {number}"
            slot = getattr(event, "slot", "")
            course = self._standing.courses.get(slot)
            match event:
                case Buying():
                    if course is None or course.buying is not None:
                        raise Unsound("a session is bought that was not planned", where)
                    if not self._standing.budget.may(event.price_fen):
                        raise Unsound("more is spent than the budget has", where)
                case Bought():
                    self._bought(course, event, orders, where)
                case SlotEnded() if course is None or course.bought is None or course.ended:
                    raise Unsound("a session ends that was not bought", where)
                case SlotEnded() if course is not None and event.refund_fen > course.slot.price_fen:
                    raise Unsound("more came back than was paid", where)
                case Finished():
                    budget = self._standing.budget
                    sums = (event.spent_fen, event.refunded_fen)
                    if sums != (budget.paid_fen, budget.refunded_fen):
                        raise Unsound("the sums do not add up", where)
                case _:
                    pass
            self._standing.take(event)

    @staticmethod
    def _bought(course: Course | None, event: Bought, orders: set[str], where: str) -> None:
        if course is None or course.buying is None or course.bought is not None:
            raise Unsound("a session is bought that was not announced", where)
        if event.order in orders or event.price_fen != course.buying.price_fen:
            raise Unsound("an order is counted twice, or at another price", where)
        orders.add(event.order)

    def _quotas(self) -> None:
        quotas = {stratum.name: stratum.quota for stratum in self._plan.strata}
        slots = [course.slot for course in self._standing.courses.values()]
        targets = {*self._plan.scope.shops, *self._plan.scope.responders}
        for (target, stratum), count in Counter((s.target, s.stratum) for s in slots).items():
            if target not in targets or count > quotas.get(stratum, 0):
                raise Unsound("there are sessions that the plan does not have", target)

    def _bound(self) -> None:
        """The relay knew this very plan before the first purchase, and the run has exactly the
        orders that the relay says were bought under it."""
        standing, key = self._standing, bytes.fromhex(self._begun.relay_key)
        before, after = standing.countersigned, standing.listed
        if before is None:
            raise Unsound("the relay never countersigned the plan", RUN)
        registered = before.statement
        if not signed_by(key, registered):
            raise Unsound("the countersignature of the plan is not the relay's", RUN)
        if registered.plan_sha256 != self._plan.sha256:
            raise Unsound("the relay countersigned another plan before the first purchase", PLAN)
        first = next((i for i, e in enumerate(self._events) if isinstance(e, Buying)), None)
        if first is not None and self._events.index(before) > first:
            raise Unsound("the plan was countersigned after the first purchase", RUN)
        if after is None:
            raise Unsound("the relay never listed the orders bought under the plan", RUN)
        listed = after.statement
        if not signed_by(key, listed):
            raise Unsound("the list of the orders is not the relay's", RUN)
        same = (listed.registration, listed.plan_sha256)
        if same != (registered.registration, registered.plan_sha256):
            raise Unsound("the list of the orders is that of another plan", RUN)
        if standing.finished is not None and not listed.final:
            raise Unsound("the run is over, and the list of its orders is not the last one", RUN)
        self._orders(listed)

    def _orders(self, listed: PlanOrders) -> None:
        courses = {c.bought.order: c for c in self._standing.courses.values() if c.bought}
        known = {each.order: each for each in listed.orders}
        for order, course in courses.items():
            if order not in known:
                raise Unsound("it was never bought under this plan", course.slot.slot)
        left_out = [
            each
            for each in listed.orders
            if each.order not in courses
            # Whoever left the queue, or paid too late, was given all of it back and measured nothing.
            and (each.session is not None or each.state is not OrderState.REFUNDED)
        ]
        if left_out:
            raise Unsound(
                f"{len(left_out)} of the {len(known)} orders bought under this plan are left out"
                f" (the first: {left_out[0].order})",
                RUN,
            )
        for order, course in courses.items():
            self._as_listed(course, known[order], final=listed.final)

    def _as_listed(self, course: Course, order: PlanOrder, *, final: bool) -> None:
        slot, bought, opened = course.slot.slot, course.bought, course.opened
        assert bought is not None
        if bought.price_fen != order.price_fen:
            raise Unsound("it was bought at another price", slot)
        if order.session != (None if opened is None else opened.session):
            # A list that is not the last one may be older than the session's opening.
            if final or order.session is not None:
                raise Unsound("the relay knows another session of this order", slot)
            return
        due = order.state is OrderState.SETTLED and not order.shut_out
        if due and f"sessions/{slot}.zip" not in self._members:
            raise Unsound("the session was held, and its bundle is left out", slot)

    # --- the sessions ------------------------------------------------------------------------
    def _session(self, course: Course, owners: dict[str, str]) -> None:
        slot = course.slot.slot
        name = f"sessions/{slot}.zip"
        data = self._members.get(name)
        due = course.ended is not None and course.ended.bundle
        if data is None or not due:
            if due or data is not None:
                raise Unsound("its bundle is missing" if due else "it never ended", name)
            return
        journal = self._journal(name, data)
        opened, bought = course.opened, course.bought
        assert bought is not None
        if opened is None or journal.fold.opened.session != opened.session:
            raise Unsound("it is another session than the one that was bought", name)
        if owners.setdefault(opened.session, slot) != slot:
            raise Unsound("one session is counted twice", name)
        first = journal.fold.opened
        registered = self._standing.countersigned
        assert registered is not None
        if utc_ms_of(first.utc) < utc_ms_of(registered.statement.utc):
            raise Unsound("it began before the relay countersigned the plan", name)
        same = (first.shop, first.price_fen, first.paid_ms) == (
            course.slot.shop,
            bought.price_fen,
            course.slot.minutes * 60_000,
        )
        if not same or course.slot.responder not in (None, first.responder):
            raise Unsound("shop, price or length is another than what was bought", name)
        announced = {
            event.message
            for event in self._events
            if isinstance(event, Probed) and event.slot == slot
        }
        for entry in journal.entries:
            asked = isinstance(entry, Message) and entry.author == "customer"
            if asked and getattr(entry, "id", "") not in announced:
                raise Unsound(f"entry {entry.seq} was asked and not written down", name)

    def _journal(self, name: str, data: bytes) -> CheckedJournal:
        try:
            verdict = verify_bundle(data, bytes.fromhex(self._begun.relay_key))
            if not verdict.sound:
                raise Unsound(verdict.reason, name)
            return read_journal(read_bundle(data).journal)
        except (JournalError, ValueError) as error:
            raise Unsound(str(error)[:200], name) from None

    # --- what was said -----------------------------------------------------------------------
    def _disclosed(self) -> int:
        count = 0
        for name, data in self._members.items():
            if not name.startswith("disclosed/"):
                continue
            bundle = f"sessions/{name[10:-6]}.zip"
            if bundle not in self._members:
                raise Unsound("text is disclosed of a session that is not here", name)
            entries = self._journal(bundle, self._members[bundle]).entries
            try:
                rows = [
                    msgspec.json.decode(line, type=DisclosedBody)
                    for _, line in lines_of(data, name=name, most=10**6, longest=MAX_TEXT)
                ]
            except (msgspec.MsgspecError, ValueError, JournalError) as error:
                raise Unsound(f"it cannot be read ({str(error)[:120]})", name) from None
            for row in rows:
                entry = entries[row.seq - 1] if row.seq <= len(entries) else None
                if not isinstance(entry, Message) or not isinstance(row.body, str):
                    raise Unsound(f"text is disclosed for entry {row.seq}, which has none", name)
                if commit_of(bytes.fromhex(row.salt), row.body.encode()) != entry.commit:
                    raise Unsound(f"entry {row.seq} says something else", name)
            count += len(rows)
        return count

    # --- the figures -------------------------------------------------------------------------
    def _verdict(self) -> str:
        """The report's, after each of its figures was worked out anew from the rest."""
        try:
            results = results_of(self._members)
            differing = recount.differences(self._members[REPORT], results)
        except (FolderUnreadable, recount.ReportUnreadable) as error:
            said = error.english if isinstance(error, FolderUnreadable) else str(error)
            raise Unsound(said, REPORT) from None
        finished, found = self._standing.finished, str(results.verdict)
        if finished is not None and finished.verdict not in ("", found):
            raise Unsound(f"the run says {finished.verdict!r}, its sessions say {found!r}", RUN)
        if differing:
            where, told, computed = differing[0]
            raise Unsound(f"it says {where} is {told}, the sessions say {computed}", REPORT)
        return found


def _manifest(members: Mapping[str, bytes]) -> Manifest:
    data = members[MANIFEST]
    try:
        manifest = msgspec.json.decode(data, type=Manifest)
        canonical = manifest.as_bytes()
    except (msgspec.MsgspecError, ValueError) as error:
        raise Unsound(f"it cannot be read ({str(error)[:120]})", MANIFEST) from None
    if canonical != data or manifest.format != FORMAT:
        raise Unsound("it has another form than a manifest has", MANIFEST)
    there = {name: body for name, body in members.items() if name != MANIFEST}
    for name in sorted(there.keys() ^ manifest.members.keys()):
        raise Unsound("it was added" if name in there else "it was taken out", name)
    for name, body in there.items():
        if hashlib.sha256(body).hexdigest() != manifest.members[name]:
            raise Unsound("it was changed", name)
    if not holds(manifest.tester_key, manifest.signature, manifest.signed_bytes()):
        raise Unsound("the signature is not valid", MANIFEST)
    return manifest


def _plan(data: bytes) -> Plan:
    try:
        return read_plan(data)
    except PlanError as error:
        raise Unsound(str(error)[:200], PLAN) from None


def _events(data: bytes) -> tuple[tuple[AnyEvent, ...], str]:
    try:
        written = read(data)
    except Trouble as trouble:
        raise Unsound(trouble.english, RUN) from None
    if not written.events or written.torn:
        raise Unsound("it is empty, or ends in the middle of a line", RUN)
    return written.events, written.head
