"""A plan's file: what is taken, and every mistake by its line and code."""

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.checks.plans import SMALL

from miaohui import resources
from miaohui.checks.plan.plan import Coding, Day, ProbeKind
from miaohui.checks.plan.reader import MAX_PLAN_BYTES, Mistake, PlanError, read_plan

LINES = SMALL.splitlines()


def wrong(text: str | bytes) -> tuple[Mistake, ...]:
    with pytest.raises(PlanError) as caught:
        read_plan(text.encode() if isinstance(text, str) else text)
    return caught.value.mistakes


def changed(old: str, new: str) -> str:
    assert SMALL.count(old) == 1, old
    return SMALL.replace(old, new)


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def test_a_plan_is_read() -> None:
    plan = read_plan(SMALL.encode())
    assert plan.sha256 == hashlib.sha256(SMALL.encode()).hexdigest()
    assert (plan.claim.threshold, plan.claim.alpha, plan.scope.shops) == (0.9, 0.05, ("wanfeng",))
    assert [(s.from_min, s.to_min, s.day) for s in plan.strata] == [
        (1200, 120, Day.ANY),
        (0, 1440, Day.FESTIVAL),
    ]
    assert plan.probes[0].kind is ProbeKind.QUESTION
    assert plan.coding == Coding()


def test_the_practice_plan_is_right() -> None:
    plan = read_plan(resources.path("plans", "practice.toml").read_bytes())
    assert {probe.kind for probe in plan.probes} == set(ProbeKind)


# What is written in place of what, the line that it is told on, and the code.
CASES = [
    ('format = "checkplan/1"', 'format = "checkplan/2"', "checkplan/2", "format"),
    ('name = "small"', 'nmae = "small"', "nmae", "unknown"),
    ("threshold = 0.9", 'threshold = "0.9"', "threshold", "type"),
    ("threshold = 0.9", "threshold = true", "threshold", "type"),
    ("threshold = 0.9", "threshold = 1.4", "threshold", "range"),
    ("threshold = 0.9", "threshold = nan", "threshold", "range"),
    ("threshold = 0.9", "threshold = 0.98", "threshold", "order"),
    ("p1 = 0.75", "p1 = 0.75\nlooks = 5", "looks", "looks"),
    ("p1 = 0.75", 'p1 = 0.75\nunit = "words"', "unit", "choice"),
    ("p1 = 0.75", "p1 = 0.75\nlate_most = 0", "late_most", "range"),
    ("p1 = 0.75", "p1 = 0.75\nalhpa = 0.05", "alhpa", "unknown"),
    ('shops = ["wanfeng"]', "shops = []", "shops", "no_target"),
    ('shops = ["wanfeng"]', 'shops = "wanfeng"', "shops", "type"),
    ('shops = ["wanfeng"]', 'shops = [\n "a",\n 3,\n]', " 3,", "type"),
    ('shops = ["wanfeng"]', 'shops = [\n "a",\n "b",\n  "a",\n]', '  "a"', "twice"),
    ("sessions = 4", "sessions = 5", "sessions", "quotas"),
    ("sessions = 4", "sessions = 4.0", "sessions", "type"),
    ("budget_fen = 20000", "budget_fen = 3", "budget_fen", "budget"),
    ("budget_fen = 20000", "budget_fen = -1", "budget_fen", "range"),
    ("stay_s = 120", "stay_s = 901", "stay_s", "stay"),
    ("stay_s = 120", 'stay_s = 120\nmode = "voice"', "mode", "choice"),
    ('from = "20:00"', 'from = "20:61"', "20:61", "clock"),
    ('from = "20:00"', 'from = "8 pm"', "8 pm", "clock"),
    ('from = "20:00"', 'from = "02:00"', 'from = "02:00"', "clock"),
    ('name = "qixi"', 'name = "evening"\n#', "#", "twice"),
    ('festival = "七夕"', 'festival = "立秋"', "立秋", "festival"),
    ('day = "festival"', 'day = "feast"', "feast", "choice"),
    ('day = "festival"', 'day = "weekend"', "七夕", "festival"),
    ('festival = "七夕"', "", "[[strata]]", "festival"),
    ('kind = "question"', 'kind = "questoin"', "questoin", "choice"),
    ('kind = "question"', 'kind = "nudge"', "[[probes]]", "seconds"),
    ('kind = "question"', 'kind = "burst"', "[[probes]]", "count"),
    ('kind = "question"', 'kind = "gap"\nseconds = 5', "bank =", "texts"),
    ("at_s = 3", "at_s = 120", "at_s = 120", "past_end"),
    ("at_s = 5", "at_s = 121", "at_s = 121", "past_end"),
    ("at_s = 5", "at_s = 5\nevery_s = 9", "every_s = 9", "every"),
    ("at_s = 5", 'at_s = 5\nbank = "study"', 'bank = "study"', "texts"),
    ("every_s = 20", "every_s = 0.5", "every_s", "every"),
    ("every_s = 20", "every_s = 20\njitter_s = 21", "every_s", "every"),
    ('bank = "study"', 'bank = "studies"', "studies", "bank"),
    ('texts = ["最后一个问题：明天先做哪一件好？"]', "", "last_question", "texts"),
    ('contact = "tester@example.org"', "notify_after_days = 999", "999", "range"),
    ("[ethics]", '[coding]\nlabels = ["a", "a"]\n[ethics]', "labels", "twice"),
    ("[ethics]", "[coding]\nlabels = []\n[ethics]", "labels", "labels"),
    ("[ethics]", f"[coding]\nlabels = {[*'abcdefghij']}\n[ethics]", "labels", "labels"),
    ("[ethics]", "[coding]\nshare = 0\n[ethics]", "share", "range"),
]


@pytest.mark.parametrize(("old", "new", "where", "code"), CASES)
def test_a_mistake_is_named_on_its_line(old: str, new: str, where: str, code: str) -> None:
    text = changed(old, new) if SMALL.count(old) == 1 else SMALL.replace(old, new, 1)
    told = [(each.line, each.code) for each in wrong(text)]
    lines = [n for n, line in enumerate(text.splitlines(), 1) if where in line]
    assert any((line, code) in told or (line - 1, code) in told for line in lines), told


def test_a_probe_that_runs_past_the_end() -> None:
    for probe in (
        'kind = "gap"\nat_s = 100\nseconds = 21',
        'kind = "nudge"\nat_s = 1\nseconds = 120\ntexts=["在吗"]',
    ):
        text = SMALL.replace("[banks]", f"[[probes]]\n{probe}\n\n[banks]")
        (mistake,) = wrong(text)
        assert (mistake.code, mistake.line) == ("past_end", line_of(text, probe.splitlines()[1]))


def test_all_mistakes_come_at_once_in_the_order_of_their_lines() -> None:
    text = SMALL.replace("sessions = 4", "sesions = 4").replace("p0 = 0.97", 'p0 = "high"')
    text = text.replace('kind = "question"', 'kind = "quesion"').replace("at_s = 5", "at = 5")
    told = wrong(text)
    assert [each.line for each in told] == sorted(each.line for each in told)
    assert {each.code for each in told} == {"unknown", "missing", "type", "choice"}
    english = " | ".join(each.english for each in told)
    for near in ("did you mean 'sessions'", "did you mean 'question'", "did you mean 'at_s'"):
        assert near in english
    assert "是不是 'sessions'" in " | ".join(each.chinese for each in told)


def test_what_cannot_be_read_hides_no_other_mistake() -> None:
    text = SMALL.replace("p0 = 0.97", 'p0 = "high"').replace('from = "20:00"', 'from = "02:00"')
    text = text.replace('bank = "study"', 'bank = "studies"').replace("quota = 3", "quota = 2")
    text = text.replace('festival = "七夕"', 'festival = "立秋"')
    text = text.replace("最后一个问题：明天先做哪一件好？", '", 3, "我不想活了')
    told = [(each.line, each.code) for each in wrong(text)]
    expected = [
        ("p0 =", "type"),
        ("sessions = 4", "quotas"),
        ('from = "02:00"', "clock"),
        ("立秋", "festival"),
        ("studies", "bank"),
        ("不想活", "crisis"),
        ("不想活", "range"),
        ("不想活", "type"),
    ]
    assert told == [(line_of(text, part), code) for part, code in expected]


# What is written in place of what, and the codes: nothing that only follows from it.
@pytest.mark.parametrize(
    ("old", "new", "codes"),
    [
        ("threshold = 0.9", "threshold = 2", ["range"]),
        ("sessions = 4", "sessions = 0", ["range"]),
        ("quota = 3", 'quota = "3"', ["type"]),
        ("minutes = 15", "minutes = 0", ["range"]),
        ('to = "02:00"', 'to = "24:01"', ["clock"]),
        ('shops = ["wanfeng"]', "shops = 1", ["type"]),
        ('kind = "question"', 'kind = "quesion"', ["choice"]),
        ('bank = "study"', "bank = 1", ["type"]),
        ('festival = "七夕"', "festival = 7", ["type"]),
        ("study = [", "study = [ 1,", ["type"]),
        ("[banks]", "[bank]", ["bank", "unknown"]),
    ],
)
def test_what_follows_from_a_mistake_is_not_told(old: str, new: str, codes: list[str]) -> None:
    assert sorted(each.code for each in wrong(changed(old, new))) == codes


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('format = "checkplan/1"\nname = small\n', 2),
        ('format = "checkplan/1"\n\n\nname = "open\n', 4),
        ("[claim\n", 1),
        ("a = 1\na = 2\n", 2),
        ("a = [1,\n2,\n", 3),
    ],
)
def test_what_is_no_toml_is_told_with_its_line(text: str, line: int) -> None:
    (mistake,) = wrong(text)
    assert (mistake.code, mistake.line) == ("toml", line)


def test_what_is_no_text_at_all() -> None:
    (mistake,) = wrong(b'name = "x"\n\xff\xfe\n')
    assert (mistake.code, mistake.line) == ("utf8", 2)
    (mistake,) = wrong(b"#" * (MAX_PLAN_BYTES + 1))
    assert mistake.code == "size"
    for odd in (b"[" * 5000, b"9" * 5000, b"[" * 400 + b"]" * 400):
        assert wrong(b"a = " + odd)


def test_windows_line_ends_and_byte_order_mark() -> None:
    data = b"\xef\xbb\xbf" + SMALL.replace("\n", "\r\n").encode()
    assert read_plan(data).probes == read_plan(SMALL.encode()).probes
    broken = data.replace(b"sessions = 4", b"sessions = 5")
    assert wrong(broken)[0].line == line_of(SMALL, "sessions = 4")


def test_an_empty_file_says_what_is_missing() -> None:
    told = wrong("")
    assert {each.line for each in told} == {1}
    named = {each.english.partition(":")[0] for each in told}
    assert {"format", "name", "claim", "scope", "strata", "probes"} <= named


@pytest.mark.parametrize(
    "text", ["我不想活了", "我 想 自 杀", "I want to KILL  myself", "救命，他拿刀", "can’t breathe"]
)
def test_a_feigned_crisis_is_refused_with_the_reason(text: str) -> None:
    for old in ("最后一个问题：明天先做哪一件好？", "考前一晚你会早睡吗？"):
        told = wrong(changed(old, text))
        assert [each.code for each in told] == ["crisis"]
        assert told[0].line == line_of(SMALL, old)
        assert "feigns" in told[0].english
        assert "不许假装" in told[0].chinese


@given(
    data=st.binary(max_size=200) | st.text(max_size=200).map(lambda t: t.encode("utf-8", "ignore"))
)
def test_whatever_the_bytes_there_is_a_plan_or_mistakes(data: bytes) -> None:
    told = wrong(data)
    assert told
    assert all(each.line >= 1 and each.chinese and each.english for each in told)


@given(data=st.data())
def test_a_line_taken_out_or_twice_is_read_or_told(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(LINES) - 1))
    lines = list(LINES)
    if data.draw(st.booleans()):
        lines.insert(index, lines[index])
    else:
        del lines[index]
    try:
        read_plan("\n".join(lines).encode())
    except PlanError as error:
        assert all(1 <= each.line <= len(lines) + 1 for each in error.mistakes)
