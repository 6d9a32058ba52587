"""Fingerprints: whose earlier words make a message a recycled one."""

from tests.promise.labels.measure import newest

from miaohui.relay.session.fingerprints import PER_SESSION, SESSIONS, SHOP_SESSIONS, Fingerprints

SCRIPT = "我懂你现在的感受，换了谁遇到这样的事都会难过，先别急着怪自己，慢慢说给我听。"
SWAPPED = "先别急着怪自己呀，慢慢说给我听～换了谁遇到这样的事都会难过呢，我懂你现在的感受"


def marks() -> Fingerprints:
    return Fingerprints(newest(), b"0123456789abcdef")


def test_ones_own_words_of_another_session() -> None:
    own = marks()
    assert own.label("r1", 1, SCRIPT) == ()
    assert own.label("r1", 1, SCRIPT) == ()
    assert own.label("r1", 2, SWAPPED) == ("recycled",)


def test_a_colleagues_words_but_no_other_shops() -> None:
    shared = marks()
    assert shared.label("r1", 1, SCRIPT, "shop") == ()
    assert shared.label("r2", 2, SWAPPED, "other") == ()
    assert shared.label("r3", 3, SWAPPED, "shop") == ("recycled",)


def test_the_newest_sessions_are_remembered_and_no_more() -> None:
    other = "第{}次，今天下班路上我买了一束很香的栀子花放在窗台"
    for between, found in ((SESSIONS - 1, ("recycled",)), (SESSIONS, ())):
        own = marks()
        own.label("r1", 0, SCRIPT)
        for session in range(1, between + 1):
            own.label("r1", session, other.format(session))
        assert own.label("r1", 99, SCRIPT) == found
    for between, found in ((SHOP_SESSIONS - 1, ("recycled",)), (SHOP_SESSIONS, ())):
        kept = marks()
        kept.label("r1", 0, SCRIPT, "shop")
        for session in range(1, between + 1):
            kept.label("r2", session, other.format(session), "shop")
        assert kept.label("r3", 99, SCRIPT, "shop") == found


def test_of_one_session_so_many_are_remembered() -> None:
    own = marks()
    for number in range(PER_SESSION + 1):
        own.label("r1", 1, f"第{number}句：" + SCRIPT)
    assert len(own.of_session(1, {"r1"})["r1"]) == PER_SESSION
    assert own.of_session(2, {"r1", "r2"}) == {"r1": [], "r2": []}
