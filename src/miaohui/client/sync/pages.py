"""The pages of a feed, the next one asked for the moment one has come.

A relay that waited until a page was applied and painted would stand still half of the time.
"""

from collections import deque
from collections.abc import Callable

from miaohui.client.link.requests import Question
from miaohui.client.sync.context import Core
from miaohui.wire.frame import Result
from miaohui.wire.sessions import Attach, FeedPage

AHEAD = 2  # pages that are here or asked for, and not applied


class Pages:
    """``after``: the position to go on from. ``room``: whether more may be asked for now."""

    def __init__(self, core: Core, session: str, after: int, room: Callable[[], bool]) -> None:
        self._core, self._session, self._room = core, session, room
        self._asked: deque[Question] = deque()
        self._due: int | None = None
        self._ask(after)

    async def next(self) -> Result:
        """The page asked for first; Refused as with any question."""
        self.go_on()
        return await self._asked.popleft().answer()

    @property
    def has_more(self) -> bool:
        return self._due is not None or bool(self._asked)

    def go_on(self) -> None:
        """Asks for what had no room."""
        if self._due is not None and (not self._asked or self._room()):
            self._ask(self._due)

    def close(self) -> None:
        for question in self._asked:
            question.drop()
        self._asked.clear()
        self._due = None

    def _ask(self, after: int) -> None:
        self._due = None
        request = Attach(id=self._core.new_id(), session=self._session, after=after)
        self._asked.append(self._core.requests.begin(request, self._came))

    def _came(self, page: Result) -> None:
        if not isinstance(page, FeedPage) or not page.items or page.items[-1].pos >= page.head:
            return
        self._due = page.items[-1].pos
        if len(self._asked) < AHEAD and self._room():
            self._ask(self._due)
