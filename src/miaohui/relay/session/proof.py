"""The check of a relay's database: every chain, its words, its receipt."""

import sqlite3
from collections.abc import Callable, Iterator

import msgspec

from miaohui.promise.chain import Chain
from miaohui.promise.errors import JournalBroken, JournalUnreadable
from miaohui.promise.fold import Fold
from miaohui.promise.heads import receipt_from
from miaohui.relay.session.state import item_of
from miaohui.relay.session.text_rules import commit_of
from miaohui.wire.journal import Edited, Message, Recalled
from miaohui.wire.sessions import EditedItem, EntryItem, Item, ReceiptItem

__all__ = ["Tell", "unsound_in"]

Tell = Callable[[int, int], None]


def unsound_in(conn: sqlite3.Connection, tell: Tell) -> Iterator[str]:
    """The fault of each journal that is not what was written, in one sentence that names the
    session; ``tell(done, of)`` hears how many sessions were gone through."""
    (count,) = conn.execute("SELECT count(*) FROM session").fetchone()
    sessions = conn.execute("SELECT num, id, state FROM session ORDER BY num")
    for done, (num, id, state) in enumerate(sessions, 1):
        wrong = _Journal(id).wrong_with(conn, num, state)
        if wrong is not None:
            yield f"session {id}: {wrong}"
        tell(done, count)


class _Journal:
    """One session's feed, gone through from its beginning."""

    def __init__(self, session: str) -> None:
        self._session = session
        self._chain, self._fold = Chain(), Fold()
        # Texts that are gone: a recall, an edit or an erasure must explain each.
        self._wordless: dict[int, str] = {}
        self._erased: set[str] = set()
        self._customer = ""
        self._edited: Edited | None = None  # its words follow at once
        self._receipt = False

    def wrong_with(self, conn: sqlite3.Connection, num: int, state: str) -> str | None:
        self._erased = {
            account
            for (account,) in conn.execute("SELECT account FROM erased WHERE session = ?", (num,))
        }
        (self._customer,) = conn.execute(
            "SELECT customer FROM session WHERE num = ?", (num,)
        ).fetchone()
        lines = conn.execute(
            "SELECT pos, seq, line, body FROM feed WHERE session = ? ORDER BY pos", (num,)
        )
        for at, (pos, seq, line, body) in enumerate(lines, 1):
            if pos != at:
                return f"position {at} of its feed is missing"
            try:
                item = item_of(seq, line, body)
                if self._edited is not None:
                    wrong = self._words(self._edited, item)
                    self._edited = None
                elif isinstance(item, EntryItem):
                    wrong = self._entry(item)
                elif isinstance(item, ReceiptItem):
                    wrong = self._signed(item)
                else:
                    wrong = None
            except (JournalBroken, JournalUnreadable) as error:
                return str(error)
            except (msgspec.MsgspecError, ValueError):
                return f"position {at} of its feed cannot be read"
            if wrong is not None:
                return wrong
        if self._wordless:
            return f"the words of entry {min(self._wordless)} are missing"
        if state == "closed" and not self._receipt:
            return "it is closed and its receipt is missing"
        return None

    def _entry(self, item: EntryItem) -> str | None:
        entry = item.entry
        self._chain.accept(entry)
        self._fold.apply(entry)
        if isinstance(entry, Recalled):
            self._wordless.pop(entry.target, None)
        elif isinstance(entry, Edited):
            self._wordless.pop(entry.target, None)
            self._edited = entry
        elif isinstance(entry, Message) and entry.content == "text":
            if item.body is None:
                self._gone(entry.seq, entry.author, entry.responder)
            elif commit_of(item.body.salt, item.body.text.encode()) != entry.commit:
                return f"the words of entry {entry.seq} are not those that it was made for"
        return None

    def _words(self, edited: Edited, item: Item) -> str | None:
        if not isinstance(item, EditedItem) or item.seq != edited.target:
            return f"the words of entry {edited.seq} are missing"
        if not item.body.text:
            self._gone(edited.target, edited.author, edited.responder)
        elif commit_of(item.body.salt, item.body.text.encode()) != edited.commit:
            return f"the words of entry {edited.seq} are not those that it was made for"
        return None

    def _gone(self, seq: int, author: str, responder: object) -> None:
        who = self._customer if author == "customer" else str(responder)
        if not self._erased & {who, ""}:
            self._wordless[seq] = who

    def _signed(self, item: ReceiptItem) -> str | None:
        receipt = receipt_from(item.receipt)
        told = (receipt.session, receipt.head, receipt.seq, receipt.t)
        if told != (self._session, self._chain.head, self._chain.length, self._fold.last_t):
            return "its receipt speaks of another journal"
        if not receipt.holds():
            return "its receipt's signature is not its key's"
        self._receipt = True
        return None
