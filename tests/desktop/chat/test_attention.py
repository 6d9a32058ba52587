"""Each fact about what was seen is told once."""

from tests.desktop.chat.conversation import row

from miaohui.desktop.chat.attention import Attention
from miaohui.desktop.chat.row import ChatRow, RowKind


def test_only_the_other_side_is_news():
    held = Attention()
    assert held.arrived(1)
    assert held.unseen == 1
    assert not held.arrived(0)
    assert held.reached_end()
    assert not held.reached_end()


def test_the_newest_message_is_seen_once():
    held = Attention()
    day = ChatRow("d", RowKind.DAY, "今天")
    assert held.saw([day, row(2), row(1)]) == "m2"
    assert held.saw([row(2)]) == ""
    assert held.saw([day]) == ""
    held.forget()
    assert held.saw([row(2)]) == "m2"
