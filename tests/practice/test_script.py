"""The scripts of the responders: events in, effects out, on a clock of integers."""

from miaohui.practice import catalogue, topics
from miaohui.practice.cues import (
    Asked,
    Begun,
    Continued,
    DropLink,
    Effect,
    EndingCue,
    Event,
    Gone,
    Halted,
    Left,
    NobodyTook,
    PassOn,
    Say,
    Type,
)
from miaohui.practice.manner import Manner
from miaohui.practice.script import Script
from miaohui.practice.topics import Talk

CATALOGUE = catalogue.read()
TOPICS = topics.read()


class Stage:
    """A script with its clock: plays events at their times and notes what was done when."""

    def __init__(self, responder: str, seed: str = "1") -> None:
        _, person = CATALOGUE.person(responder)
        self.script = Script(Manner(person, seed), Talk(TOPICS, seed, person.lang))
        self.done: list[tuple[int, Effect]] = []

    def until(self, now: int) -> None:
        while (at := self.script.next_at) is not None and at <= now:
            self.done += [(at, effect) for effect in self.script.due(at)]

    def play(self, *events: Event, until: int) -> list[tuple[int, Effect]]:
        for event in events:
            self.until(event.now)
            self.script.hear(event)
        self.until(until)
        return self.done

    @property
    def said(self) -> list[tuple[int, Say]]:
        return [(at, effect) for at, effect in self.done if isinstance(effect, Say)]


def test_the_prompt_one_greets_and_answers_within_ten_seconds() -> None:
    stage = Stage("yunduo")
    stage.play(Begun(0), Asked(10_000, 2, "睡不着"), Asked(40_000, 4, "嗯"), until=60_000)
    greeting, first, second = stage.said[:3]
    assert 1200 <= greeting[0] <= 3200
    assert greeting[1].seen == 0
    assert (first[1].seen, second[1].seen) == (2, 4)
    assert 10_000 < first[0] <= 20_000
    assert 40_000 < second[0] <= 50_000


def test_an_ask_from_the_queue_is_answered_by_the_first_word() -> None:
    stage = Stage("yunduo")
    stage.play(Begun(0), Asked(0, 2, "夜宵吃什么"), until=8000)
    assert [say.seen for _, say in stage.said] == [2]


def answered_at(responder: str, seq: int, *events: Event) -> int:
    stage = Stage(responder)
    stage.play(*events, until=events[-1].now + 60_000)
    return next(at for at, say in stage.said if say.seen == seq)


def test_a_burst_gets_one_answer() -> None:
    stage = Stage("yunduo")
    stage.play(Begun(0), Asked(10_000, 2, "睡不着"), Asked(10_100, 3, "真的"), until=60_000)
    assert [say.seen for _, say in stage.said[:2]] == [0, 3]


def test_a_bubble_that_just_arrived_is_not_read_yet() -> None:
    events = (Begun(0), Asked(10_000, 2, "睡不着"))
    at = answered_at("yunduo", 2, *events)
    stage = Stage("yunduo")
    stage.play(*events, Asked(at - 100, 3, "真的"), until=at + 20_000)
    assert [say.seen for _, say in stage.said[:3]] == [0, 2, 3]


def test_the_slow_one_stalls_for_three_minutes_on_the_second_question() -> None:
    stage = Stage("qishui")
    stage.play(
        Begun(0), Asked(8000, 2, "你好呀"), Asked(40_000, 4, "再问一个"), until=40_000 + 200_000
    )
    answer = next((at, say) for at, say in stage.said if say.seen == 4)
    assert answer[0] == 220_000
    assert any(line in answer[1].text for line in TOPICS.zh_CN.late)


def test_the_slow_one_stalls_on_the_word() -> None:
    stage = Stage("qishui")
    stage.play(Begun(0), Asked(8000, 2, "会不会卡住？"), until=200_000)
    assert [at for at, say in stage.said if say.seen == 2] == [188_000]


def test_the_hollow_one_says_nothing_quickly() -> None:
    stage = Stage("tiantian")
    asks = [Asked(10_000 * n, 2 * n, "我今天很累") for n in range(1, 9)]
    stage.play(Begun(0), *asks, until=100_000)
    hollow = [say for _, say in stage.said if say.text in TOPICS.zh_CN.hollow]
    assert len(hollow) >= 5


def test_the_silent_one_never_begins_and_the_breaker_does_after_a_minute() -> None:
    silent, breaker = Stage("qingzhi"), Stage("xiaoman")
    silent.play(Begun(0), Asked(5000, 2, "嗯"), until=900_000)
    assert [at for at, _ in silent.said if at > 60_000] == []
    breaker.play(Begun(0), Asked(5000, 2, "嗯"), until=900_000)
    answered = next(at for at, say in breaker.said if say.seen == 2)
    broken = [at for at, _ in breaker.said if at > answered]
    assert 60_500 <= broken[0] - answered <= 66_000
    assert len(broken) == 3


def test_the_vanisher_begs_near_the_end_then_only_says_good_bye() -> None:
    stage = Stage("dadong")
    stage.play(
        Begun(0), Left(2000, 600_000), Asked(10_000, 2, "嗯"), Left(20_000, 582_000), until=570_000
    )
    begging = [(at, say) for at, say in stage.said if say.text in TOPICS.zh_CN.begging]
    assert len(begging) == 1
    assert 560_000 <= begging[0][0] <= 580_000
    stage.play(Asked(580_000, 5, "还有一个问题"), until=600_000)
    assert stage.said[-1][0] == begging[0][0]
    stage.play(until=900_000)
    farewell = stage.said[-1]
    assert farewell[1].text in TOPICS.zh_CN.closing
    assert farewell[1].seen == 5
    assert 625_000 <= farewell[0] <= 670_000


def test_the_dropper_loses_its_link_and_answers_after_coming_back() -> None:
    stage = Stage("linlin")
    asks = [Asked(20_000 * n, 2 * n, "嗯") for n in range(1, 4)]
    stage.play(Begun(0), *asks, until=100_000)
    drop = next((at, effect) for at, effect in stage.done if isinstance(effect, DropLink))
    assert drop == (60_600, DropLink(16_000))
    answer = next(at for at, say in stage.said if say.seen == 6)
    assert answer > 60_600 + 16_000


def test_the_busy_one_hands_over_without_covering_the_ask() -> None:
    stage = Stage("bohe")
    asks = [Asked(30_000 * n, 2 * n, "嗯") for n in range(1, 5)]
    stage.play(Begun(0), *asks, until=130_000)
    passed = next(at for at, effect in stage.done if isinstance(effect, PassOn))
    assert passed > 120_000
    assert max(say.seen for _, say in stage.said) == 6
    stage.play(NobodyTook(passed + 50), until=200_000)
    assert stage.said[-1][1].seen == 8


def test_the_one_taking_over_answers_what_waits() -> None:
    stage = Stage("bingtang")
    stage.play(Begun(100_000, taken_over=True), Asked(100_000, 9, "睡不着"), until=112_000)
    (at, say), *_ = stage.said
    assert at <= 110_000
    assert say.seen == 9
    assert any(line in say.text for line in TOPICS.zh_CN.takeover)


def test_the_crossers_later_bubbles_have_not_read_the_new_ask() -> None:
    stage = Stage("paopao")
    stage.play(Begun(0), Asked(10_000, 2, "嗯"), until=10_000)
    while len(stage.said) < 2:
        at = stage.script.next_at
        assert at is not None
        stage.until(at)
    answered = stage.said[-1][0]
    stage.play(Asked(answered + 200, 4, "还有"), until=answered + 60_000)
    seen = [say.seen for at, say in stage.said if at > answered]
    assert seen[0] == 2
    assert 4 in seen


def test_a_pause_moves_everything() -> None:
    stage, twin = Stage("yunduo"), Stage("yunduo")
    twin.play(Begun(0), Asked(10_000, 2, "睡不着"), until=50_000)
    stage.play(Begun(0), Asked(10_000, 2, "睡不着"), Halted(10_050), until=100_000)
    assert len(stage.said) == 1
    stage.play(Continued(110_050), until=200_000)
    assert stage.said[1][0] == twin.said[1][0] + 100_000


def test_closing_still_answers_and_gone_is_the_end() -> None:
    stage = Stage("yunduo")
    stage.play(
        Begun(0),
        Left(2000, 600_000),
        Asked(599_000, 6, "最后一个问题"),
        EndingCue(600_000),
        until=615_000,
    )
    assert stage.said[-1][1].seen == 6
    stage.play(Gone(616_000), Asked(617_000, 8, "嗯"), until=700_000)
    assert stage.said[-1][1].seen == 6
    assert stage.script.next_at is None


def test_typing_comes_before_a_long_answer() -> None:
    stage = Stage("qishui")
    stage.play(Begun(0), Asked(10_000, 2, "卡住"), until=200_000)
    assert [at for at, effect in stage.done if isinstance(effect, Type)] == [187_500]


def test_the_same_seed_does_the_same() -> None:
    runs = []
    for _ in range(2):
        stage = Stage("xiaoman", seed="again")
        asks = [Asked(15_000 * n, 2 * n, "嗯") for n in range(1, 9)]
        runs.append(stage.play(Begun(0), *asks, until=400_000))
    assert runs[0] == runs[1]
