"""What scripted responders say: to the point, in the asker's language, never twice."""

import pytest

from miaohui.practice import topics
from miaohui.practice.catalogue import Lang
from miaohui.practice.topics import Talk, joined, language_of

TOPICS = topics.read()


def talk(lang: Lang = "zh_CN", seed: str = "1") -> Talk:
    return Talk(TOPICS, seed, lang)


@pytest.mark.parametrize(
    ("ask", "topic"),
    [
        ("今晚又睡不着", "sleep"),
        ("和男朋友吵架了", "quarrel"),
        ("感觉很孤独", "lonely"),
        ("下周考试怎么办", "exam"),
        ("不想上班", "work"),
        ("分手了", "heartbreak"),
        ("打游戏一直输", "game"),
        ("夜宵吃什么", "food"),
        ("想练英语", "english"),
        ("I can't sleep", "sleep"),
        ("my boss moved the meeting", "work"),
    ],
)
def test_an_answer_belongs_to_what_was_asked(ask: str, topic: str) -> None:
    lines = TOPICS.of(language_of(ask, "zh_CN"))
    wanted = next(one for one in lines.topics if one.name == topic)
    answers = {talk(seed=str(seed)).answer([ask]) for seed in range(20)}
    assert answers <= set(wanted.replies)
    assert len(answers) > 1


def test_the_answer_follows_the_language_of_the_ask() -> None:
    speaker = talk("en")
    assert language_of(speaker.answer(["你吃饭了吗，晚饭吃什么"]), "en") == "zh_CN"
    assert language_of(speaker.answer(["what about dinner?"]), "zh_CN") == "en"


def test_latin_words_stand_alone() -> None:
    assert "ex" in next(t for t in TOPICS.en.topics if t.name == "heartbreak").words
    replies = next(t for t in TOPICS.en.topics if t.name == "heartbreak").replies
    assert talk("en").answer(["the next text"]) not in replies


def test_a_reflection_quotes_the_customer() -> None:
    assert "一只猫跟着我" in talk().answer(["一只猫跟着我"])
    said = talk("en").answer(["A fox crossed the road in front of me this morning, slowly"])
    assert "A fox crossed the road" in said


def test_nothing_is_said_twice_in_a_session() -> None:
    speaker = talk()
    asks = ["睡不着", "还是睡不着", "在吗", "一只猫", "那只猫走了", "加班", "又加班", "嗯"] * 4
    said = [speaker.answer([ask]) for ask in asks]
    said += [speaker.line("silence") for _ in range(5)]
    assert len(set(said)) == len(said)


def test_the_same_seed_says_the_same() -> None:
    asks = ["睡不着", "一只猫", "嗯嗯", "hello", "今天很累"]
    one, other = talk(seed="a"), talk(seed="a")
    assert [one.answer([ask]) for ask in asks] == [other.answer([ask]) for ask in asks]


@pytest.mark.parametrize(
    "ask", ["我不想活了", "想死", "I want to kill myself", "I don’t want to live"]
)
def test_words_of_self_harm_are_answered_with_the_help_line(ask: str) -> None:
    speaker = talk()
    assert "12356" in speaker.answer([ask])
    assert speaker.in_crisis
    # From here on it stays gentle, whatever is asked.
    lines = TOPICS.of(language_of(ask, "zh_CN"))
    for follow in ("打游戏吗", "吃什么", "哈哈") if lines is TOPICS.zh_CN else ("game?", "lol"):
        assert speaker.answer([follow]) in lines.crisis_after


def test_the_help_line_has_a_source() -> None:
    assert TOPICS.source.line == "12356"
    assert "国家卫生健康委" in TOPICS.source.said_by


@pytest.mark.parametrize("ask", ["{quote}", "{0}{follow}", "{", "", "🙂", "。。。", "a" * 4000])
def test_any_text_gets_an_answer(ask: str) -> None:
    assert talk().answer([ask])


def test_two_sentences_stand_together_as_their_language_does() -> None:
    assert joined("让你久等了。", "我在。") == "让你久等了。我在。"
    assert joined("Sorry for the wait.", "Here I am.") == "Sorry for the wait. Here I am."
