"""The head of a conversation says what is going on with the other side, or with us."""

from PySide6.QtWidgets import QLabel

from miaohui.client.settings import Settings
from miaohui.desktop.look.language import set_language
from miaohui.desktop.look.look import Look
from miaohui.desktop.pages.sessions.head import ConversationHead


def test_a_long_reading_is_said_in_place_of_the_state(qapp: object) -> None:
    set_language("en")
    head = ConversationHead(Look(Settings(None).values))

    def says(part: str) -> bool:
        return any(part in label.text() for label in head.findChildren(QLabel))

    head.show_state(online=True, typing=False, words_offline="", read_percent=43)
    assert says("43%")
    head.show_state(online=True, typing=False, words_offline="")
    assert not says("43%")
    assert says("online")


def test_where_it_is_tight_to_hand_over_leaves_its_place_to_the_name(qapp: object) -> None:
    head = ConversationHead(Look(Settings(None).values))
    head.show_hand_over("转单", live=True)
    assert not head.hand_over.isHidden()
    head.set_narrow(narrow=True, tight=True)
    head.show_hand_over("转单", live=True)
    assert head.hand_over.isHidden()
