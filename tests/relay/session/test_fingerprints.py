"""Fingerprints: whose earlier words make a message a recycled one."""

from tests.promise.labels.measure import newest

from miaohui.relay.session.fingerprints import SHOP_SESSIONS, Fingerprints

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


def test_a_shops_oldest_sessions_are_forgotten() -> None:
    kept = marks()
    kept.label("r1", 0, SCRIPT, "shop")
    for session in range(1, SHOP_SESSIONS + 1):
        kept.label(
            "r2", session, f"第{session}次，" + "今天下班路上我买了一束很香的栀子花放在窗台", "shop"
        )
    assert kept.label("r3", 99, SCRIPT, "shop") == ()
