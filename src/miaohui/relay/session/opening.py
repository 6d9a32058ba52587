"""The beginning of a session: its first rows, on the store's thread."""

import sqlite3
from dataclasses import dataclass

from miaohui.promise.constants import PROMISE_MS
from miaohui.relay.session.effects import SessionStep
from miaohui.relay.session.facts import COLUMNS, Facts
from miaohui.relay.session.state import SessionState
from miaohui.relay.session.text_rules import commit_of
from miaohui.runtime.clock import rfc3339
from miaohui.wire.catalogue import Mode, TermsView
from miaohui.wire.journal import RULE, Message, Opened, RefundTerm, Terms
from miaohui.wire.sessions import Body

INSERT_FEED = "INSERT INTO feed (session, pos, seq, utc_ms, line, body) VALUES (?, ?, ?, ?, ?, ?)"


@dataclass(frozen=True, slots=True)
class QueuedMessage:
    """A message the customer sent before somebody accepted; becomes an ask at t = 0."""

    id: str
    content: str
    body: Body


@dataclass(frozen=True, slots=True)
class SessionOpening:
    """Everything that a new session is made of. Money in fen."""

    order: str
    customer: str
    customer_name: str
    shop: str
    shop_name: str
    responder: str
    responder_name: str
    minutes: int
    mode: Mode
    price_fen: int
    terms: TermsView
    utc_offset_min: int
    queued: tuple[QueuedMessage, ...] = ()


def open_in(
    conn: sqlite3.Connection,
    opening: SessionOpening,
    *,
    session: str,
    run: str,
    mono: int,
    utc_ms: int,
    label_rules: str,
    key_id: str,
) -> None:
    """Writes ``opened`` and the texts that the customer sent while queued, as asks at t = 0."""
    num = conn.execute("SELECT coalesce(max(num), 0) + 1 FROM session").fetchone()[0]
    facts = Facts(
        num=num,
        id=session,
        order=opening.order,
        customer=opening.customer,
        customer_name=opening.customer_name,
        shop=opening.shop,
        shop_name=opening.shop_name,
        responder=opening.responder,
        responder_name=opening.responder_name,
        minutes=opening.minutes,
        utc_offset_min=opening.utc_offset_min,
        opened_utc_ms=utc_ms,
        run=run,
        base=mono,
        state="open",
        ending=None,
        closed_utc_ms=None,
        refund_fen=0,
    )
    conn.execute(
        f"INSERT INTO session ({COLUMNS}) VALUES ({', '.join('?' * 18)})",
        tuple(getattr(facts, name) for name in Facts.__slots__),
    )
    conn.executemany(
        "INSERT INTO seat (account, session, side, name) VALUES (?, ?, ?, ?)",
        [
            (opening.customer, num, "customer", opening.customer_name),
            (opening.responder, num, "responder", opening.responder_name),
        ],
    )
    state = SessionState(facts, run, mono)
    step = SessionStep()
    state.add(
        step,
        Opened,
        mono,
        rule=RULE,
        label_rules=label_rules,
        key_id=key_id,
        session=session,
        shop=opening.shop,
        responder=opening.responder,
        mode=opening.mode,
        utc=rfc3339(utc_ms),
        paid_ms=opening.minutes * 60_000,
        price_fen=opening.price_fen,
        promise_ms=PROMISE_MS,
        terms=Terms(
            give_back=opening.terms.give_back,
            last_question=opening.terms.last_question,
            refunds=tuple(
                RefundTerm(
                    kept_below=term.kept_below,
                    min_turns=term.min_turns,
                    refund_percent=term.refund_percent,
                )
                for term in opening.terms.refunds
            ),
        ),
    )
    for queued in opening.queued:
        entry = Message(
            seq=state.seq + 1,
            t=0,
            prev=state.head,
            author="customer",
            id=queued.id,
            content="text",
            origin="human",
            commit=commit_of(queued.body.salt, queued.body.text.encode()),
        )
        state.enter(step, entry, queued.body)
    conn.executemany(INSERT_FEED, step.rows)
