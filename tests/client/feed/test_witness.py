"""A relay that lies to its own customer: each lie is told once, and an honest one never is."""

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.client.script import Script, body, commit, send, uid

from miaohui.client.doubts import DoubtKind
from miaohui.client.feed.command_states import CommandState
from miaohui.client.feed.conversation import Applied, SessionFeed
from miaohui.client.feed.outbox import KeptCommand
from miaohui.promise.heads import sign_head
from miaohui.promise.knownkeys import KnownKeys
from miaohui.promise.observing import Ordered
from miaohui.wire.journal import Message, Terms, entry_hash
from miaohui.wire.sessions import Accepted, EntryItem, Placed, Send

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
KEYS = KnownKeys((KEY.public_key().public_bytes_raw(),))
TERMS = Terms(give_back=True, last_question=True, refunds=())
ORDER = Ordered(shop="lanting", paid_ms=1_800_000, price_fen=3_000, promise_ms=10_000, terms=TERMS)


@pytest.fixture
def talk() -> SessionFeed:
    feed = SessionFeed("s1", "customer")
    feed.witness.link(0, live=True)
    feed.witness.whole(0)
    return feed


def kinds(done: Applied) -> list[tuple[DoubtKind, str]]:
    return [(each.kind, each.field) for each in done.doubts]


def said(talk: SessionFeed, number: int, text: str, at: int) -> Send:
    command = send(number, text)
    talk.say(command, 0, at, 0, held=False)
    talk.witness.went(command.id, at)
    return command


def test_an_honest_session_raises_nothing(talk: SessionFeed) -> None:
    script, witness = Script(), talk.witness
    witness.paid(ORDER)
    witness.did("End")
    done = talk.apply([script.opened], 0, 0)
    said(talk, 1, "在吗", 1_000)
    done2 = talk.apply([script.ask(1_010, "在吗", 1)], 1_020, 1_010)
    witness.accepted(uid(1), Accepted(pos=2, seq=2, t=1_010), at=1_021)
    done3 = talk.apply([script.reply(3_000, "在", 2, 2)], 3_020, 3_000)
    found = witness.trip(3_030, 3_070)
    end = talk.apply([script.closing(9_000), script.closed(9_000)], 9_010, 9_000)
    settlement = talk.journal.fold.settlement()
    assert settlement is not None
    found += witness.refund(settlement, settlement.refund_fen, t=9_000)
    found += witness.overdue(at=99_000, now=99_000)
    head = sign_head(KEY, session="s1", seq=5, t=9_000, head=script.prev)
    found += witness.signed(head, KEYS)
    assert [*done.doubts, *done2.doubts, *done3.doubts, *end.doubts, *found] == []
    assert not witness.doubts


def test_another_order_than_the_one_paid(talk: SessionFeed) -> None:
    talk.witness.paid(msgspec.structs.replace(ORDER, price_fen=2_900, shop="wanfeng"))
    done = talk.apply([Script().opened], 0, 0)
    assert {each[1] for each in kinds(done)} == {"price_fen", "shop"}
    assert [(d.mine, d.theirs) for d in done.doubts if d.field == "price_fen"] == [("2900", "3000")]


@pytest.mark.parametrize("also_beside", [False, True])
def test_own_words_replaced(talk: SessionFeed, *, also_beside: bool) -> None:
    script = Script()
    talk.apply([script.opened], 0, 0)
    said(talk, 1, "退钱", 1_000)
    lie = script.ask(1_000, "谢谢", 1)
    if not also_beside:
        assert isinstance(lie.item, EntryItem)
        lie = Placed(pos=lie.pos, item=msgspec.structs.replace(lie.item, body=body("退钱")))
    done = talk.apply([lie], 1_010, 1_000)
    assert [each[0] for each in kinds(done)] == [DoubtKind.OWN_WORDS]
    assert talk.witness.doubts.all[0].seq == 2


def test_their_words_changed_beside_the_commitment(talk: SessionFeed) -> None:
    script = Script()
    reply = script.reply(2_000, "马上", 2, 0)
    assert isinstance(reply.item, EntryItem)
    lie = Placed(pos=reply.pos, item=msgspec.structs.replace(reply.item, body=body("等着")))
    done = talk.apply([script.opened, lie], 0, 2_000)
    assert kinds(done) == [(DoubtKind.THEIR_WORDS, "beside")]


def test_a_place_that_moved(talk: SessionFeed) -> None:
    script = Script()
    talk.apply([script.opened], 0, 0)
    said(talk, 1, "在吗", 1_000)
    talk.witness.accepted(uid(1), Accepted(pos=2, seq=2, t=1_000), at=1_010)
    done = talk.apply([script.ask(9_000, "在吗", 1)], 9_010, 9_000)
    assert kinds(done) == [(DoubtKind.PLACE, "")]
    assert (done.doubts[0].mine, done.doubts[0].theirs) == ("2 / 1000", "2 / 9000")


def test_accepted_and_never_written_after_thirty_seconds(talk: SessionFeed) -> None:
    talk.apply([Script().opened], 0, 0)
    said(talk, 1, "在吗", 1_000)
    talk.witness.accepted(uid(1), Accepted(pos=2, seq=2, t=1_000), at=1_000)
    assert talk.witness.overdue(at=30_999, now=31_000) == []
    assert [each.kind for each in talk.witness.overdue(at=31_000, now=31_000)] == [
        DoubtKind.MISSING
    ]
    assert talk.witness.overdue(at=90_000, now=90_000) == []


def test_a_cut_begins_the_thirty_seconds_anew(talk: SessionFeed) -> None:
    talk.witness.accepted(uid(1), Accepted(pos=2, seq=2, t=1_000), at=1_000)
    talk.witness.link(25_000, live=False)
    talk.witness.link(28_000, live=True)
    assert talk.witness.overdue(at=57_999, now=0) == []
    assert talk.witness.overdue(at=58_000, now=0)


@pytest.mark.parametrize(
    ("act", "deed"),
    [
        (lambda s: s.paused(5_000), "Pause"),
        (lambda s: s.paused(5_000, "responder", "break"), "AnswerBreak"),
        (lambda s: s.extended(5_000), "Extend"),
        (lambda s: s.closed(5_000), "End"),
    ],
)
def test_what_the_customer_never_did(talk: SessionFeed, act: Any, deed: str) -> None:
    honest, script = SessionFeed("s1", "customer"), Script()
    items = [script.opened, act(script)]
    for feed in (talk, honest):
        feed.witness.paid(ORDER)
    honest.witness.did(deed)
    assert [each[0] for each in kinds(talk.apply(items, 6_000, 5_000))] == [DoubtKind.NAMED]
    assert kinds(honest.apply(items, 6_000, 5_000)) == []


def test_offline_while_the_link_stood(talk: SessionFeed) -> None:
    script = Script()
    talk.apply([script.opened], 0, 0)
    done = talk.apply([script.paused(40_000, "relay", "customer_offline")], 40_000, 40_000)
    assert kinds(done) == [(DoubtKind.NAMED, "offline")]


@pytest.mark.parametrize(
    ("reply_t", "rtt", "kind"),
    [
        (5_000, 40, None),
        (4_640, 60, None),  # 360 ms of way: 60 there and back, 300 of slack
        (1_300, 40, DoubtKind.LONGER),  # 4.0 s told as 0.3 s
        (5_200, 40, DoubtKind.SHORTER),
    ],
)
def test_a_felt_wait(talk: SessionFeed, reply_t: int, rtt: int, kind: DoubtKind | None) -> None:
    script = Script()
    talk.apply([script.opened], 0, 0)
    said(talk, 1, "在吗", 1_000)
    talk.apply([script.ask(1_000, "在吗", 1)], 1_010, 1_000)
    done = talk.apply([script.reply(reply_t, "在", 2, 2)], 5_000, 5_000)
    found = [*done.doubts, *talk.witness.trip(5_001, 5_001 + rtt)]
    assert [each.kind for each in found] == ([] if kind is None else [kind])


def test_a_stall_that_the_heartbeat_felt_too_is_the_networks(talk: SessionFeed) -> None:
    script = Script()
    talk.apply([script.opened], 0, 0)
    said(talk, 1, "在吗", 1_000)
    talk.apply([script.ask(1_000, "在吗", 1)], 1_010, 1_000)
    assert talk.apply([script.reply(2_000, "在", 2, 2)], 5_000, 5_000).doubts == []
    assert talk.witness.trip(2_100, 5_001) == []
    assert talk.witness.trip(5_002, 5_010) == []
    assert talk.witness.claim_trips() == {2: 2_901}


@pytest.mark.parametrize(("reply_t", "kinds"), [(1_750, []), (1_300, [DoubtKind.LONGER])])
def test_a_push_that_was_lost_between_two_heartbeats(
    talk: SessionFeed, reply_t: int, kinds: list[DoubtKind]
) -> None:
    """The answer to the one sent at 1.70 s told of nothing; half a second later the next one does."""
    script = Script()
    talk.apply([script.opened], 0, 0)
    said(talk, 1, "在吗", 1_000)
    talk.apply([script.ask(1_000, "在吗", 1)], 1_010, 1_000)
    for sent in (1_200, 1_700, 2_200):
        talk.witness.trip(sent, sent + 40)
    talk.witness.lacks(2_240)
    talk.witness.pages(read=True)
    done = talk.apply([script.reply(reply_t, "在", 2, 2)], 2_300, 2_300)
    found = [*done.doubts, *talk.witness.trip(2_310, 2_350)]
    assert [each.kind for each in found] == kinds


def test_a_raised_seen_seq_unless_it_was_acknowledged() -> None:
    for acked_at, found in ((5_000, [DoubtKind.SEEN]), (1_000, [])):
        feed, script = SessionFeed("s1", "responder"), Script()
        feed.apply([script.opened, script.ask(1_000, "在吗", 1)], 0, 1_000)
        feed.witness.acked(acked_at, 2)
        command = msgspec.structs.replace(send(2, "在"), seen_seq=0)
        feed.say(command, 0, 5_000, 5_000, held=False)
        assert [
            each[0] for each in kinds(feed.apply([script.reply(5_000, "在", 2, 2)], 5_000, 5_000))
        ] == found


def test_a_refund_that_is_not_the_journals(talk: SessionFeed) -> None:
    script = Script()
    talk.apply([script.opened, script.ask(1_000, "在吗", 1), script.closed(60_000)], 0, 60_000)
    settlement = talk.journal.fold.settlement()
    found = talk.witness.refund(settlement, 0, t=60_000)
    assert [(each.mine, each.theirs) for each in found] == [("3000", "0")]


def test_a_second_statement_off_the_chain(talk: SessionFeed) -> None:
    script = Script()
    talk.apply([script.opened, script.ask(1_000, "在吗", 1)], 0, 1_000)
    true = sign_head(KEY, session="s1", seq=1, t=0, head=entry_hash(script.entries[0]))
    other = sign_head(KEY, session="s1", seq=1, t=0, head=commit("别的"))
    stranger = Ed25519PrivateKey.from_private_bytes(bytes(32))
    assert talk.witness.signed(true, KEYS) == []
    assert talk.witness.signed(true, KEYS) == []
    assert [each.kind for each in talk.witness.signed(other, KEYS)] == [DoubtKind.FORK]
    foreign = sign_head(stranger, session="s1", seq=2, t=1_000, head=script.prev)
    assert [each.kind for each in talk.witness.signed(foreign, KEYS)] == [DoubtKind.SIGNATURE]
    assert len(talk.witness.heads) == 3


def test_a_statement_ahead_of_the_journal_is_held_against_it_when_it_comes(
    talk: SessionFeed,
) -> None:
    script = Script()
    talk.apply([script.opened], 0, 0)
    ahead = sign_head(KEY, session="s1", seq=2, t=1_000, head=commit("别的"))
    assert talk.witness.signed(ahead, KEYS) == []
    done = talk.apply([script.ask(1_000, "在吗", 1)], 1_000, 1_000)
    assert [each[0] for each in kinds(done)] == [DoubtKind.FORK]


def test_a_broken_chain_stays_broken_after_a_restart(talk: SessionFeed) -> None:
    script = Script()
    good = script.ask(1_000, "在吗", 1)
    assert isinstance(good.item, EntryItem)
    assert isinstance(good.item.entry, Message)
    bad = msgspec.structs.replace(good.item.entry, prev="f" * 64)
    lie = Placed(pos=2, item=EntryItem(entry=bad, body=good.item.body))
    done = talk.apply([script.opened, lie], 0, 1_000)
    assert [each.kind for each in done.doubts] == [DoubtKind.CHAIN]
    again = SessionFeed("s1", "customer")
    for doubt in done.doubts:
        again.witness.doubts.take(doubt)
        again.journal.breaks_at(doubt.seq, doubt.field)
    assert again.apply([script.opened, lie], 0, 1_000, stored=True).doubts == []
    assert (again.journal.fold.length, again.journal.broken is None) == (1, False)


def test_a_message_of_an_earlier_run_is_taken_up(talk: SessionFeed) -> None:
    kept = KeptCommand(send(1, "在吗"), "s1", CommandState.ACCEPTED, 0)
    talk.take_kept([kept], 5_000, 0)
    assert talk.witness.overdue(at=5_000, now=0) == []
    assert talk.witness.overdue(at=35_000, now=0)
