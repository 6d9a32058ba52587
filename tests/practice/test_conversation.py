"""A session as a responder's script sees it: feed in, effects out."""

import pytest

from miaohui.practice import catalogue, topics
from miaohui.practice.conversation import ScriptedConversation
from miaohui.practice.cues import (
    Effect,
    Say,
)
from miaohui.practice.journal import JournalWriter
from miaohui.promise.labels import newest_rules
from miaohui.runtime.clock import rfc3339
from miaohui.wire.journal import NO_PREV, RULE, Closed, Closing, Handover, Opened
from miaohui.wire.link import SessionClock
from miaohui.wire.sessions import Body, EntryItem, FeedPage, Placed

CATALOGUE = catalogue.read()
TOPICS = topics.read()


class Feed:
    """A session's feed as a relay would serve it: every item an entry."""

    def __init__(self) -> None:
        self.journal = JournalWriter("feed", newest_rules())
        shop, _ = CATALOGUE.person("qishui")
        self.journal.add(
            Opened(
                seq=1,
                t=0,
                prev=NO_PREV,
                rule=RULE,
                label_rules="labels/2",
                session="s",
                shop="juzi",
                responder="qishui",
                mode="text",
                utc=rfc3339(1_700_000_000_000),
                paid_ms=600_000,
                price_fen=2200,
                promise_ms=10_000,
                terms=shop.terms,
                key_id="0" * 16,
            )
        )

    def hand_over(self, t: int, to: str) -> None:
        journal = self.journal
        journal.add(
            Handover(
                seq=journal.next_seq,
                t=t,
                prev=journal.prev,
                from_=journal.fold.holder,
                to=to,
                reason="responder",
            )
        )

    def close(self, t: int) -> None:
        journal = self.journal
        journal.add(Closing(seq=journal.next_seq, t=t, prev=journal.prev))
        journal.add(Closed(seq=journal.next_seq, t=t, prev=journal.prev, reason="customer"))

    def items(self, after: int = 0) -> list[Placed]:
        texts = {said.seq: said.text for said in self.journal.texts}
        return [
            Placed(
                pos=entry.seq,
                item=EntryItem(
                    entry=entry,
                    body=Body(salt="00" * 16, text=texts[entry.seq])
                    if entry.seq in texts
                    else None,
                ),
            )
            for entry in self.journal.entries[after:]
        ]

    def page(self, now_t: int, after: int = 0, until: int | None = None) -> FeedPage:
        items = self.items(after)
        return FeedPage(
            session="s",
            items=items if until is None else items[: until - after],
            head=len(self.journal.entries),
            clock=SessionClock(run="r", base=0),
            now_t=now_t,
            delivered=0,
            seen=0,
        )


def conversation(me: str) -> ScriptedConversation:
    _, person = CATALOGUE.person(me)
    return ScriptedConversation("s", me, person, TOPICS)


def run(one: ScriptedConversation, until: int) -> list[tuple[int, Effect]]:
    done: list[tuple[int, Effect]] = []
    while (at := one.next_at) is not None and at <= until:
        done += [(at, effect) for effect in one.due(at)]
    return done


def test_the_one_who_accepted_greets_and_answers() -> None:
    feed, one = Feed(), conversation("qishui")
    one.page(feed.page(now_t=100), now=5100)
    (at, greeting), *_ = run(one, 9000)
    assert 5100 + 1200 <= at <= 5100 + 3200
    assert isinstance(greeting, Say)
    feed.journal.message(2000, greeting.text, by="qishui")
    feed.journal.message(6000, "夜宵吃什么")
    assert one.push(feed.items(after=1), now=11_000) == "applied"
    said = [effect for _, effect in run(one, 60_000) if isinstance(effect, Say)]
    assert [say.seen for say in said] == [3]
    assert one.pos == 3


def test_a_gap_is_noticed_and_nothing_is_applied_twice() -> None:
    feed, one = Feed(), conversation("qishui")
    one.page(feed.page(now_t=0), now=0)
    feed.journal.message(5000, "一")
    feed.journal.message(6000, "二")
    assert one.push(feed.items(after=2), now=6000) == "gap"
    assert one.push(feed.items(after=0), now=6000) == "applied"
    assert one.pos == 3


def test_who_takes_over_reads_everything_then_answers_the_open_ask() -> None:
    feed, one = Feed(), conversation("bingtang")
    feed.journal.message(1500, "你好呀", by="qishui")
    feed.journal.message(9000, "和男朋友吵架了")
    feed.hand_over(50_000, "bingtang")
    assert one.page(feed.page(now_t=50_100, until=2), now=0) is True
    assert one.page(feed.page(now_t=50_100, after=2), now=0) is False
    said = [effect for _, effect in run(one, 10_000) if isinstance(effect, Say)]
    assert [say.seen for say in said] == [3]


def test_who_hands_over_falls_silent() -> None:
    feed, one = Feed(), conversation("qishui")
    feed.journal.message(9000, "嗯")
    one.page(feed.page(now_t=9000), now=9000)
    assert one.ours
    feed.hand_over(12_000, "bingtang")
    one.push(feed.items(after=2), now=12_000)
    assert not one.ours
    assert one.next_at is None
    feed.hand_over(60_000, "qishui")
    one.push(feed.items(after=3), now=60_000)
    assert one.ours


def test_a_restarted_process_goes_on_without_greeting_again() -> None:
    feed, one = Feed(), conversation("qishui")
    feed.journal.message(1500, "你好呀", by="qishui")
    feed.journal.message(9000, "嗯")
    feed.journal.message(9900, "在呀", by="qishui", seen=3)
    one.page(feed.page(now_t=20_000), now=0)
    assert run(one, 30_000) == []


@pytest.mark.parametrize("live", [True, False])
def test_a_closed_session_is_over(*, live: bool) -> None:
    feed, one = Feed(), conversation("qishui")
    if live:
        one.page(feed.page(now_t=0), now=0)
    feed.close(30_000)
    if live:
        one.push(feed.items(after=1), now=30_000)
    else:
        one.page(feed.page(now_t=40_000), now=0)
    assert one.over
    assert one.next_at is None
