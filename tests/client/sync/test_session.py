"""How much of a long conversation is here."""

from tests.client.script import Script

from miaohui.client.feed.applied import Applied
from miaohui.client.feed.conversation import Conversation
from miaohui.client.sync.session import Talk


def test_the_share_that_was_read_is_told_while_reading_only() -> None:
    script, talk = Script(), Talk(Conversation("s1", "customer"))
    for number in range(1, 40):
        script.ask(number * 1_000, "在", number)
    assert talk.read_percent is None
    talk.head = 40
    assert talk.read_percent is None
    talk.untold = Applied(told_from=0)
    told = []
    for at in range(0, 40, 10):
        talk.feed.apply(script.all[at : at + 10], 0, 0, into=talk.untold)
        told.append(talk.read_percent)
    assert told == [25, 50, 75, None]
