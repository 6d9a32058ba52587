"""What of a conversation can be reported: its messages as they stand in this device's store, with the
salts by which the host can hold the words against the journal."""

from dataclasses import replace
from typing import TYPE_CHECKING

from miaohui.client.snapshots import ReportableMessage
from miaohui.client.store import history
from miaohui.wire.journal import Edited, Message, Recalled
from miaohui.wire.reports import ReportedMessage
from miaohui.wire.sessions import Body, EditedItem, EntryItem, OutsideItem

if TYPE_CHECKING:
    from sqlite3 import Connection


def found(conn: "Connection", scope: int, session: str) -> list[ReportableMessage]:
    """Oldest first; what was recalled is not there."""
    messages: dict[int | str, ReportableMessage] = {}
    commits: dict[int, str] = {}
    after = 0
    while page := history.items(conn, scope, session, after):
        after = page[-1].pos
        for placed in page:
            match placed.item:
                case EntryItem(entry=Message() as entry, body=Body() as body):
                    told = ReportedMessage(
                        message=entry.id,
                        seq=entry.seq,
                        salt=body.salt,
                        text=body.text,
                        media=body.media,
                    )
                    messages[entry.seq] = ReportableMessage(entry.author, told, entry.commit)
                case EntryItem(entry=Edited() as edit):
                    commits[edit.target] = edit.commit
                case EntryItem(entry=Recalled() as recall):
                    messages.pop(recall.target, None)
                case EditedItem(seq=seq, body=body) if seq in messages:
                    before = messages[seq]
                    told = replace_words(before.told, body)
                    commit = commits.get(seq, before.commit)
                    messages[seq] = replace(before, told=told, commit=commit)
                case OutsideItem(queued=False) as outside:
                    told = ReportedMessage(
                        message=outside.id, salt=outside.body.salt, text=outside.body.text
                    )
                    messages[outside.id] = ReportableMessage(outside.author, told, "")
                case _:
                    pass
    return [each for each in messages.values() if each.told.text or each.told.media]


def replace_words(told: ReportedMessage, body: Body) -> ReportedMessage:
    return ReportedMessage(
        message=told.message, seq=told.seq, salt=body.salt, text=body.text, media=told.media
    )
