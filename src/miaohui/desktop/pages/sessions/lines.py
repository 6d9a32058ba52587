"""A conversation's messages as rows of the chat model: days, the unread line, live changes."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from miaohui.client.port import Conversation
from miaohui.client.snapshots import Difference, Inserted, MessageView, Updated
from miaohui.desktop.chat.model import ChatModel
from miaohui.desktop.chat.row import ChatRow
from miaohui.desktop.chat.row_mapper import People, day_row, row_of, unread_row, when
from miaohui.promise.constants import PROMISE_MS

EAGER = 400  # longer histories are asked for row by row
FEW = 20  # of a stretch of more than these, most are never looked at


def day_of(utc_ms: int) -> int:
    """The day's number in the reader's zone; equal days, equal numbers."""
    return when(utc_ms).toordinal()


def day_starts(messages: Sequence[MessageView]) -> list[int]:
    """Indices at which another day begins, the first included.

    Halves stretches whose ends lie on one day, so a long history is asked for few messages:
    O(days x log n).
    """
    if not messages:
        return []
    starts = [0]

    def search(low: int, high: int, first: int, last: int) -> None:
        if first == last:
            return
        if high - low == 1:
            starts.append(high)
            return
        middle = (low + high) // 2
        day = day_of(messages[middle].utc_ms)
        search(low, middle, first, day)
        search(middle, high, day, last)

    end = len(messages) - 1
    search(0, end, day_of(messages[0].utc_ms), day_of(messages[end].utc_ms))
    return starts


class LazyLines:
    """A long history as a RowSource: rows are made when they are looked at."""

    def __init__(
        self,
        messages: Conversation,
        people: People,
        promise_ms: int,
        unread: int | None,
    ) -> None:
        self._messages, self._people, self._promise = messages, people, promise_ms
        self._count = len(messages)
        extra = [(index, day_row(messages[index].utc_ms)) for index in day_starts(messages)]
        if unread is not None:
            extra.append((unread, unread_row()))
        extra.sort(key=lambda one: one[0])
        # Row number of each line that is no message; between them messages follow one another.
        self._extra = {index + place: row for place, (index, row) in enumerate(extra)}
        self._extra_rows = sorted(self._extra)

    def __len__(self) -> int:
        return self._count + len(self._extra)

    def row(self, index: int) -> ChatRow:
        found = self._extra.get(index)
        if found is not None:
            return found
        before = bisect_left(self._extra_rows, index)
        return row_of(self._messages[index - before], self._people, self._promise)

    def theirs(self, start: int, stop: int) -> int:
        before = [bisect_left(self._extra_rows, at) for at in (start, stop)]
        return self._messages.theirs(start - before[0], stop - before[1])

    def index_of(self, row_id: str) -> int | None:
        for place, row in self._extra.items():
            if row.id == row_id:
                return place
        number = self._messages.find(row_id)
        if number is None or number >= self._count:
            return None
        place = number
        for extra in self._extra_rows:
            if extra > place:
                break
            place += 1
        return place


class ConversationLines:
    """Keeps a chat model in step with a conversation."""

    def __init__(
        self,
        model: ChatModel,
        people: People,
        promise_ms: int = PROMISE_MS,
        at_end: Callable[[], bool] = lambda: True,
    ) -> None:
        """``at_end``: whether the reader follows the newest line; only then is a history whose
        rows moved shown anew, as that forgets where one was reading."""
        self._model, self._people, self._promise = model, people, promise_ms
        self._at_end = at_end
        self._last_day: int | None = None
        self._eager = 0  # rows made since the whole was shown

    def set_people(self, people: People) -> None:
        self._people = people

    def show(self, messages: Conversation, unread_key: str | None) -> None:
        """The whole conversation anew."""
        self._eager = len(messages) if len(messages) <= EAGER else 0
        self._last_day = day_of(messages[-1].utc_ms) if messages else None
        if len(messages) > EAGER:
            unread = None if unread_key is None else messages.find(unread_key)
            self._model.set_source(LazyLines(messages, self._people, self._promise, unread))
            return
        starts = set(day_starts(messages))
        lines: list[ChatRow] = []
        for index, message in enumerate(messages):
            if index in starts:
                lines.append(day_row(message.utc_ms))
            if message.key == unread_key:
                lines.append(unread_row())
            lines.append(row_of(message, self._people, self._promise))
        self._model.replace_all(lines)

    def apply(
        self,
        differences: Sequence[Difference],
        messages: Conversation,
        unread_key: str | None,
    ) -> None:
        """Applies changes in their order; anything but news at the end is shown anew as a whole."""
        count = len(messages)
        for one in differences:
            if isinstance(one, Updated):
                self.update(one.message)
            elif isinstance(one, Inserted) and one.index + len(one.messages) == count:
                many = len(one.messages) > FEW and count > EAGER
                if many or self._eager + len(one.messages) > EAGER:
                    self._grow(one.messages, messages, unread_key)
                    return
                self._append(one.messages)
            else:
                self.show(messages, unread_key)
                return

    def _grow(
        self, news: Sequence[MessageView], messages: Conversation, unread_key: str | None
    ) -> None:
        """The history is long by now: from here on its rows are asked for."""
        unread = None if unread_key is None else messages.find(unread_key)
        source = LazyLines(messages, self._people, self._promise, unread)
        if self._model.grow(source):
            self._eager = 0
            self._last_day = day_of(messages[-1].utc_ms)
        elif self._at_end():
            self.show(messages, unread_key)
        else:
            self._append(news)

    def update(self, message: MessageView) -> None:
        self._model.update(row_of(message, self._people, self._promise))

    def _append(self, messages: Sequence[MessageView]) -> None:
        rows: list[ChatRow] = []
        for message in messages:
            day = day_of(message.utc_ms)
            if day != self._last_day:
                self._last_day = day
                rows.append(day_row(message.utc_ms))
            rows.append(row_of(message, self._people, self._promise))
        self._eager += len(rows)
        self._model.append(*rows)
