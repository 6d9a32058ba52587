"""A conversation from scripted feeds: order, waits, breaches, recalls, what a window is told."""

import msgspec
import pytest
from tests.client.script import OPENED_MS, Script, body, send, uid

from miaohui.client.feed.command_states import CommandState
from miaohui.client.feed.conversation import Applied, Happening, SessionFeed
from miaohui.client.feed.outbox import KeptCommand
from miaohui.client.feed.panel import Panel
from miaohui.client.snapshots import Delivery, Difference, Inserted, MessageView, Removed, Updated
from miaohui.wire.journal import Fault, Message
from miaohui.wire.sessions import Accepted, EntryItem, Placed


class Mirrored:
    """A conversation with a list made from its differences alone: both must stay equal."""

    def __init__(self) -> None:
        self.talk = SessionFeed("s1", "customer")
        self.talk.link(live=True)
        self.list: list[MessageView] = []
        self.now = 0

    def feed(self, *items: Placed, at: int = 0) -> Applied:
        for placed in items:
            if isinstance(placed.item, EntryItem):
                self.now = max(self.now, placed.item.entry.t)
        done = self.talk.apply(items, at, self.now)
        self.take(done.differences)
        return done

    def take(self, differences: list[Difference]) -> None:
        for each in differences:
            match each:
                case Inserted(index, messages):
                    self.list[index:index] = messages
                case Updated(index, message):
                    self.list[index] = message
                case Removed(index):
                    del self.list[index]
        keys = [self.talk.view(i, self.now).key for i in range(len(self.talk))]
        assert [view.key for view in self.list] == keys

    def say(self, number: int, text: str, at: int = 0) -> None:
        self.take(self.talk.say(send(number, text), OPENED_MS, at, self.now, held=False))

    def view(self, number: int) -> MessageView:
        index = self.talk.index(uid(number))
        assert index is not None
        assert self.list[index].key == uid(number)
        return self.list[index]


@pytest.fixture
def world() -> tuple[Mirrored, Script]:
    return Mirrored(), Script()


def test_an_answered_ask_is_kept_and_says_so(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    mirror.feed(script.opened, script.ask(1_000, "在吗", 1))
    assert mirror.view(1).verdict == "open"
    mirror.feed(script.reply(7_200, "在的", 2, 2))
    view = mirror.view(1)
    assert (view.verdict, view.wait_ms, view.verdict_final) == ("kept", 6_200, True)
    assert view.delivery is Delivery.ANSWERED
    assert mirror.list[0].kind == "start"
    assert mirror.view(2).name == "小波"
    assert [(bar.state, bar.wait_ms, bar.key) for bar in mirror.talk.bars] == [
        ("kept", 6_200, uid(1))
    ]


def test_only_the_next_position_is_taken(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    ask, reply = script.ask(1_000, "一", 1), script.reply(2_000, "二", 2, 2)
    assert not mirror.feed(script.opened).gap
    assert mirror.feed(reply).gap
    assert mirror.talk.pos == 1
    done = mirror.feed(script.opened, ask, reply)
    assert [placed.pos for placed in done.stored] == [2, 3]


def test_a_changed_entry_breaks_the_chain_and_folds_no_further(
    world: tuple[Mirrored, Script],
) -> None:
    mirror, script = world
    mirror.feed(script.opened)
    ask = script.ask(1_000, "一", 1)
    assert isinstance(ask.item, EntryItem)
    changed = msgspec.structs.replace(ask.item.entry, t=900)
    assert not mirror.feed(Placed(pos=2, item=EntryItem(entry=changed, body=body("一")))).doubts
    assert mirror.feed(script.reply(2_000, "二", 2, 2)).doubts
    assert mirror.talk.journal.broken is not None
    assert not mirror.feed(script.ask(3_000, "三", 3)).doubts


def test_another_text_than_the_one_committed_to_is_told(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    mirror.feed(script.opened)
    ask = script.ask(1_000, "一", 1)
    assert isinstance(ask.item, EntryItem)
    assert isinstance(ask.item.entry, Message)
    assert mirror.feed(
        Placed(pos=2, item=EntryItem(entry=ask.item.entry, body=body("别的")))
    ).doubts


def test_a_breach_is_a_guess_until_the_relay_has_spoken(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    talk = mirror.talk
    mirror.feed(script.opened, script.reply(0, "你好", 9, 0), script.ask(1_000, "在吗", 1))
    mirror.now = 11_500
    guessed = talk.view(2, mirror.now)
    assert (guessed.verdict, guessed.verdict_final) == ("breached", False)
    panel = Panel(talk).view(mirror.now, OPENED_MS, None)
    assert (panel.breached, panel.breach_confirmed, panel.wait_ms) == (0, False, 10_500)
    assert not talk.journal.prove(10_900)
    assert talk.journal.prove(11_001)
    assert talk.tell_breach()
    assert not talk.tell_breach()
    mirror.take(talk.open_rows(mirror.now))
    assert mirror.view(1).verdict_final
    panel = Panel(talk).view(mirror.now, OPENED_MS, None)
    assert (panel.breached, panel.breach_confirmed) == (1, True)
    assert panel.given_back_ms == 500
    mirror.feed(script.reply(31_000, "来了", 2, 3))
    view = mirror.view(1)
    assert (view.wait_ms, view.given_back_ms) == (30_000, 20_000)


@pytest.mark.parametrize("cut_off_after", [4_000, 28_000])
def test_a_turn_that_was_never_answered_is_a_lower_bound(
    world: tuple[Mirrored, Script], cut_off_after: int
) -> None:
    mirror, script = world
    mirror.feed(script.opened, script.reply(0, "你好", 9, 0), script.ask(1_000, "最后", 1))
    mirror.feed(script.closed(1_000 + cut_off_after))
    shown = Panel(mirror.talk).view(mirror.now, OPENED_MS, None).measured
    assert (shown.p50_ms, shown.p50_at_least) == (cut_off_after, True)
    assert shown.worst_ms == cut_off_after


def test_an_answer_names_the_message_it_quotes(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    mirror.feed(script.opened, script.ask(1_000, "周末去哪", 1))
    quoting = body("去爬山", name="小波", reply_to=2)
    placed = script.reply(2_000, "去爬山", 2, 2)
    assert isinstance(placed.item, EntryItem)
    mirror.feed(Placed(pos=placed.pos, item=EntryItem(entry=placed.item.entry, body=quoting)))
    answer = mirror.view(2)
    assert (answer.reply_text, answer.reply_key) == ("周末去哪", mirror.view(1).key)
    assert (answer.reply_kind, answer.reply_mine) == ("text", True)


def test_late_time_of_two_turns_is_never_given_twice(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    mirror.feed(script.opened, script.reply(0, "你好", 9, 0))
    mirror.feed(script.ask(0, "一", 1), script.ask(3_000, "二", 2))
    mirror.feed(script.reply(20_000, "答一", 3, 3), script.reply(30_000, "答二", 4, 4))
    given = mirror.view(1).given_back_ms + mirror.view(2).given_back_ms
    assert given == mirror.talk.journal.fold.late_ms(30_000) == 20_000


def test_a_recalled_reply_opens_its_turn_again(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    mirror.feed(script.opened, script.ask(1_000, "在吗", 1), script.reply(2_000, "在", 2, 2))
    assert mirror.view(1).verdict == "kept"
    mirror.feed(script.recalled(3_000, 3, "responder"), script.ask(4_000, "人呢", 3))
    assert mirror.view(2).recalled
    assert mirror.view(2).text == ""
    assert mirror.talk.view(1, 4_000).verdict == "open"
    assert mirror.talk.bars == []


def test_own_messages_join_the_feed_in_its_order(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    mirror.feed(script.opened, script.reply(0, "你好", 9, 0))
    mirror.say(1, "一", at=100)
    mirror.say(2, "二", at=200)
    assert [view.delivery for view in mirror.list[2:]] == [Delivery.WRITING] * 2
    kept = KeptCommand(send(1, "一"), "s1", CommandState.SENT, OPENED_MS)
    mirror.take(mirror.talk.follow(kept, None, 0))
    assert mirror.view(1).delivery is Delivery.SENDING
    kept.state = CommandState.ACCEPTED
    mirror.take(mirror.talk.follow(kept, Accepted(pos=4, seq=4, t=1_000), 0))
    assert (mirror.view(1).delivery, mirror.view(1).seq) == (Delivery.ACCEPTED, 4)
    mirror.feed(script.reply(900, "还在", 8, 0))
    assert [view.text for view in mirror.list[1:]] == ["你好", "还在", "一", "二"]
    mirror.feed(script.ask(1_000, "二", 2), script.ask(1_100, "一", 1))
    assert [view.text for view in mirror.list[1:]] == ["你好", "还在", "二", "一"]
    assert mirror.talk.pending == []


def test_without_a_link_it_is_not_delivered(world: tuple[Mirrored, Script]) -> None:
    mirror, _ = world
    mirror.say(1, "一")
    kept = KeptCommand(send(1, "一"), "s1", CommandState.READY, OPENED_MS)
    mirror.take(mirror.talk.follow(kept, None, 0))
    mirror.talk.link(live=False)
    mirror.take(mirror.talk.waiting(0))
    assert mirror.view(1).delivery is Delivery.NOT_DELIVERED
    kept.state, kept.code = CommandState.FAILED, "session_closed"
    mirror.take(mirror.talk.follow(kept, None, 0))
    assert (mirror.view(1).delivery, mirror.view(1).code) == (Delivery.FAILED, "session_closed")
    text, differences = mirror.talk.drop(uid(1))
    mirror.take(differences)
    assert (text, mirror.list) == ("一", [])


def test_the_network_is_what_was_felt_less_the_wait(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    mirror.feed(script.opened)
    mirror.say(1, "在吗", at=50_000)
    mirror.feed(script.ask(1_000, "在吗", 1), at=50_090)
    done = mirror.feed(script.reply(7_200, "在", 2, 2), at=56_380)
    assert done.observed == [(2, 6_380, 6_200)]
    assert mirror.talk.network == {2: 180}
    assert mirror.view(1).network_ms == 180


def test_a_pause_is_not_the_network(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    mirror.feed(script.opened)
    mirror.say(1, "在吗", at=0)
    mirror.feed(script.ask(0, "在吗", 1), script.paused(1_000))
    panel = Panel(mirror.talk).view(5_000, OPENED_MS, None)
    assert (panel.phase, panel.paused_reason, panel.wait_ms) == ("paused", "asked", 1_000)
    mirror.feed(script.resumed(61_000))
    done = mirror.feed(script.reply(65_000, "在", 2, 2), at=65_100)
    assert done.observed == [(2, 65_100, 65_000)]
    assert mirror.view(1).wait_ms == 5_000


def test_unread_counts_the_other_side_only(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    mirror.feed(script.opened, script.reply(0, "一", 1, 0), script.ask(10, "二", 2))
    mirror.feed(script.reply(20, "三", 3, 0))
    reading, rows = mirror.talk.reading, mirror.talk.rows
    assert reading.unread == 2
    assert reading.look(rows, 2)
    assert reading.unread == 1
    assert reading.first_unread is not None
    assert rows.text(reading.first_unread) == "三"
    assert not reading.look(rows, 1)


def test_progress_changes_only_what_it_passed(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    asks = [script.ask(each, str(each), each) for each in range(1, 4)]
    mirror.feed(script.opened, *asks)
    mirror.take(mirror.talk.progress(3, 0, mirror.now))
    mirror.take(mirror.talk.progress(3, 2, mirror.now))
    shown = [mirror.view(each).delivery for each in (1, 2, 3)]
    assert shown == [Delivery.SEEN, Delivery.DELIVERED, Delivery.ACCEPTED]
    assert mirror.talk.progress(3, 2, mirror.now) == []


def test_edits_outside_messages_and_notices(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    mirror.feed(script.opened, script.outside(5, "排队时", queued=True))
    mirror.feed(script.ask(0, "排队时", 5), script.edited(2, "改了"))
    assert [(v.text, v.edited) for v in mirror.list[1:]] == [("改了", True)]
    mirror.feed(script.notice(10, "break_asked", 60_000))
    assert Panel(mirror.talk).view(10, OPENED_MS, None).break_asked_ms == 60_000
    mirror.feed(script.reply(15, "在", 7, 2), script.paused(20, "responder", "break"))
    panel = Panel(mirror.talk).view(5_020, OPENED_MS, None)
    assert (panel.break_asked_ms, panel.pause_left_ms) == (None, 55_000)
    mirror.feed(script.resumed(30_000, "responder", "break"), script.handover(31_000))
    mirror.feed(script.closing(40_000), script.closed(41_000), script.outside(6, "谢谢"))
    assert [view.kind for view in mirror.list] == [
        *(
            "start",
            "message",
            "notice",
            "message",
            "paused",
            "resumed",
            "handover",
            "closing",
            "end",
        ),
        "message",
    ]
    assert mirror.list[-1].outside
    assert mirror.list[-2].code == "customer"
    panel = Panel(mirror.talk).view(99_000, OPENED_MS, None)
    assert (panel.phase, panel.refund_fen, panel.wait_ms) == ("closed", 0, None)


def test_a_handover_is_one_line(world: tuple[Mirrored, Script]) -> None:
    mirror, script = world
    mirror.feed(script.opened, script.ask(0, "在吗", 1), script.notice(30_000, "handover_offered"))
    assert mirror.list[-1].code == "handover_offered"
    mirror.feed(script.notice(31_000, "handover_asked"))
    assert [view.kind for view in mirror.list] == ["start", "message", "notice"]
    assert mirror.list[-1].code == "handover_asked"
    mirror.feed(script.handover(31_500))
    assert [view.kind for view in mirror.list] == ["start", "message", "handover"]
    # What was said in between stands between: then there are two.
    mirror.feed(script.notice(60_000, "handover_asked"), script.ask(61_000, "还在吗", 2))
    mirror.feed(script.handover(62_000))
    kinds = [view.kind for view in mirror.list]
    assert kinds[3:] == ["notice", "message", "handover"]


def test_what_waits_in_the_outbox_is_shown_again_after_a_start(
    world: tuple[Mirrored, Script],
) -> None:
    mirror, script = world
    mirror.feed(script.opened, script.ask(0, "有了", 1))
    kept = [
        KeptCommand(send(1, "有了"), "s1", CommandState.ACCEPTED, OPENED_MS),
        KeptCommand(send(2, "还没"), "s1", CommandState.READY, OPENED_MS),
    ]
    mirror.take(mirror.talk.take_kept(kept, 0, 0))
    assert [view.text for view in mirror.list[1:]] == ["有了", "还没"]


@pytest.mark.parametrize("size", [1, 7, 60])
def test_pages_told_together_show_what_single_items_show(size: int) -> None:
    script = Script()
    for turn in range(1, 60):
        at, number = turn * 30_000, turn * 3
        script.ask(at, f"问{turn}", number)
        script.ask(at + 1_000, "还有", number + 1)
        seen = script.seq
        if turn % 5:
            script.reply(at + 1_000 + turn * 300, "答", number + 2, seen)
        if turn % 7 == 0:
            script.notice(at + 25_000, "handover_offered")
            script.edited(seen, "改了")
        if turn % 11 == 0:
            script.recalled(at + 29_000, seen, "customer")
    one, many = Mirrored(), Mirrored()
    one.feed(script.all[0])
    for mirror in (one, many):
        mirror.say(60, "也在路上")
    for placed in script.all[1:]:
        one.feed(placed)
    pages = Applied(told_from=0)
    for at in range(0, len(script.all), size):
        page = script.all[at : at + size]
        many.talk.apply(page, 0, many.now, into=pages)
        many.now = many.talk.journal.fold.last_t
        if at % 3 == 0:
            many.talk.tell_rows(many.now, pages)
            told, pages.differences = pages.differences, []
            many.take(told)
    many.talk.tell_rows(many.now, pages)
    many.take(pages.differences)
    settled = [view for view in many.list if view.verdict not in ("", "open")]
    assert len(settled) > 80
    assert settled == [view for view in one.list if view.verdict not in ("", "open")]
    said = [(view.key, view.text, view.recalled) for view in many.list]
    assert said == [(view.key, view.text, view.recalled) for view in one.list]
    assert many.talk.bars == one.talk.bars
    assert many.talk.handover_offered == one.talk.handover_offered
    assert Happening.BREACHED in pages.happened
    assert many.talk.witness.doubts.all == one.talk.witness.doubts.all


def test_what_a_fault_takes_out_of_a_wait_leaves_its_figures_too(
    world: tuple[Mirrored, Script],
) -> None:
    mirror, script = world
    panel = Panel(mirror.talk)
    mirror.feed(script.opened, script.reply(0, "你好", 9, 0), script.ask(1_000, "在吗", 1))
    mirror.talk.journal.prove(11_001)
    assert panel.view(31_000, OPENED_MS, None).measured.worst_ms == 30_000
    mirror.feed(script.entry(Fault, 32_000, from_t=21_000, to_t=32_000, reason="network"))
    shown = panel.view(33_000, OPENED_MS, None)
    assert shown.wait_ms == 21_000
    assert shown.measured.worst_ms == 21_000
