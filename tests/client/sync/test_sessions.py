"""Differences told together; what counts as stored."""

from miaohui.client.feed.conversation import Conversation
from miaohui.client.snapshots import Inserted, MessageView, Removed, Updated
from miaohui.client.sync.session import Talk, merged


def line(key: str) -> MessageView:
    return MessageView(key=key, kind="message", mine=False, utc_ms=0)


def test_insertions_that_follow_each_other_are_one() -> None:
    a, b, c, d = (line(key) for key in "abcd")
    told = merged(
        [
            Inserted(0, (a,)),
            Inserted(1, (b,)),
            Updated(0, a),
            Inserted(2, (c,)),
            Inserted(0, (d,)),
            Removed(1),
        ]
    )
    assert told == (
        Inserted(0, (a, b)),
        Updated(0, a),
        Inserted(2, (c,)),
        Inserted(0, (d,)),
        Removed(1),
    )


def test_nothing_behind_what_the_disk_refused_counts_as_stored() -> None:
    talk = Talk(Conversation("s", "customer"))
    talk.kept(1, 4)
    talk.unkept.add(5)
    talk.kept(8, 9)
    assert talk.stored == 4
    talk.kept(5, 7)
    assert talk.stored == 9
