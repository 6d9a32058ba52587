"""The promise panel of one session at one instant, out of its fold and the clock."""

from itertools import islice

from miaohui.client.feed.conversation import SessionFeed
from miaohui.client.snapshots import EndCost, PanelView, WaitBar
from miaohui.promise.constants import PAUSE_IN_ALL_MS, PROMISE_MS
from miaohui.promise.figures import kept_rate
from miaohui.promise.fold import Phase
from miaohui.promise.turns import TurnState
from miaohui.wire.catalogue import Measured
from miaohui.wire.orders import Order

NETWORK_OF = 9


class Panel:
    """``view`` is asked ten times a second; an open turn's wait is in every figure of it."""

    def __init__(self, feed: SessionFeed) -> None:
        self._feed = feed
        self.known_t = 0  # the session's time that the relay is known to have reached

    def view(self, now: int | None, utc_ms: int, order: Order | None) -> PanelView:
        """``now`` None: the session's clock is not known here; time stands where it was last known
        to be."""
        feed, journal = self._feed, self._feed.journal
        fold = journal.fold
        at = max(fold.last_t, self.known_t, now or 0)
        turn = fold.open_turn(at)
        phase, remaining, late = fold.phase, fold.remaining_ms(at), fold.late_ms(at)
        silences = fold.silences(at)
        flags = fold.flags(at)
        breached = fold.count(TurnState.BREACHED) + journal.open_breaches
        running = phase in (Phase.ACTIVE, Phase.CLOSING) and feed.paused is None
        settlement = fold.settlement()
        if feed.in_distress:
            turn = None  # nobody is shown a wait
        return PanelView(
            session=feed.session,
            phase=str(phase),
            remaining_ms=remaining,
            paid_ms=fold.paid_ms,
            given_back_ms=late if fold.opened.terms.give_back else 0,
            ends_utc_ms=utc_ms + remaining if running and now is not None else None,
            wait_ms=None if turn is None or phase is Phase.CLOSED else turn.wait,
            wait_key=None if turn is None else feed.key_of_seq(turn.first),
            breach_confirmed=journal.confirmed,
            promise_ms=fold.opened.promise_ms,
            triple_miss="triple_miss" in flags,
            kept=fold.count(TurnState.KEPT),
            breached=breached,
            measured=self._figures(at, breached, late),
            late_ms=late,
            elapsed_ms=fold.elapsed_ms(at),
            longest_silence_ms=silences.longest_ms,
            silences_60=silences.over_60,
            broken_60=silences.broken_60_by_responder,
            network_ms=network_of(feed),
            paused_reason=None if feed.paused is None else feed.paused.reason,
            pause_left_ms=_pause_left(feed, at),
            handover_offered=feed.handover_offered and turn is not None,
            break_asked_ms=feed.break_asked_ms,
            refund_fen=_refund(feed, order, None if settlement is None else settlement.refund_fen),
            last_question=phase is Phase.CLOSING and turn is not None,
            flags=flags,
        )

    def if_ended(self, now: int | None) -> EndCost:
        """By the customer, at this instant; the worth of unused time is rounded as a refund is."""
        fold = self._feed.journal.fold
        at = max(fold.last_t, self.known_t, now or 0)
        settled, unused = fold.settlement_if("customer", at), fold.remaining_ms(at)
        price = fold.price_fen
        worth = -(-price * unused // fold.paid_ms) if fold.paid_ms else 0
        return EndCost(settled.refund_fen, max(0, worth - settled.refund_fen), unused)

    def _figures(self, at: int, breached: int, late: int) -> Measured:
        fold, waits = self._feed.journal.fold, self._feed.journal.waits
        turns = fold.open_turns(at)
        open_ms = [turn.wait for turn in turns if turn.state is not TurnState.VOID]
        p50, p95 = waits.quantile(0.5, open_ms), waits.quantile(0.95, open_ms)
        worst = waits.longest(open_ms)
        kept = fold.count(TurnState.KEPT)
        rate = kept_rate(kept, breached)
        asks = fold.asks(at)
        asks_rate = kept_rate(asks.kept, asks.breached)
        elapsed = fold.elapsed_ms(at)
        return Measured(
            kept=kept,
            breached=breached,
            sessions=1,
            low=rate.low,
            high=rate.high,
            p50_ms=p50.ms,
            p50_at_least=p50.at_least,
            p95_ms=p95.ms,
            p95_at_least=p95.at_least,
            worst_ms=worst.ms,
            worst_at_least=worst.at_least,
            late_share=late / elapsed if elapsed else 0.0,
            late_ms=late,
            elapsed_ms=elapsed,
            asks_kept=asks.kept,
            asks_breached=asks.breached,
            asks_low=asks_rate.low,
            asks_high=asks_rate.high,
        )


def network_of(feed: SessionFeed) -> int | None:
    """The median way of the newest waits: what this side's network added."""
    newest = sorted(islice(reversed(feed.network.values()), NETWORK_OF))
    return newest[len(newest) // 2] if newest else None


def _pause_left(feed: SessionFeed, at: int) -> int | None:
    if feed.paused is None:
        return None
    most = feed.break_ms
    if feed.paused.reason == "customer_offline":
        most = PAUSE_IN_ALL_MS
    return None if most is None else max(0, most - (at - feed.paused.t))


def _refund(feed: SessionFeed, order: Order | None, folded: int | None) -> int | None:
    """What came back: by the relay's word once it is settled, before by the fold."""
    if feed.journal.fold.closed is None:
        return None
    if order is not None and order.closed_utc is not None and feed.me == "customer":
        return order.refund_fen
    return folded


def queued(session: str, order: Order | None) -> PanelView:
    """An order without a session yet."""
    minutes = 0 if order is None else order.minutes
    return PanelView(
        session=session,
        phase="queued",
        remaining_ms=minutes * 60_000,
        paid_ms=minutes * 60_000,
        given_back_ms=0,
        ends_utc_ms=None,
        wait_ms=None,
        wait_key=None,
        breach_confirmed=False,
        promise_ms=PROMISE_MS,
        triple_miss=False,
        kept=0,
        breached=0,
        measured=Measured(),
        late_ms=0,
        elapsed_ms=0,
        longest_silence_ms=None,
        silences_60=0,
        broken_60=0,
        network_ms=None,
        paused_reason=None,
        pause_left_ms=None,
        handover_offered=False,
        break_asked_ms=None,
        refund_fen=None if order is None else order.refund_fen,
        last_question=False,
    )


def bars(feed: SessionFeed, now: int) -> tuple[WaitBar, ...]:
    """The strip: settled turns, then the open one."""
    if not feed.journal.begun:
        return ()
    turns = feed.journal.fold.open_turns(now)
    waiting = [feed.journal.bar(turn, feed.key_of_seq(turn.asks[0]) or "") for turn in turns]
    return (*feed.bars, *waiting)
