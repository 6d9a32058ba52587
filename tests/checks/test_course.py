"""When a run should be over, as it looks at any moment of it."""

from msgspec.structs import replace
from tests.checks.test_standing import buying, ended, slot

from miaohui.checks.record.course import last_end
from miaohui.checks.record.events import Skipped, SlotOpened
from miaohui.checks.record.standing import RunState

TAKES = 60_000


def end(standing: RunState, now: int) -> int | None:
    return last_end(standing.courses.values(), TAKES, now)


def opened(name: str, at: int) -> SlotOpened:
    return SlotOpened(utc_ms=at, slot=name, session="x", responder="r")


def test_as_planned_while_nothing_is_late() -> None:
    standing = RunState(1_000, [slot("s1"), replace(slot("s2"), at_utc_ms=90_000)])
    assert end(standing, 0) == 150_000
    standing.take(Skipped(utc_ms=0, slot="s2", reason="late"))
    assert end(standing, 0) == 60_000
    standing.take(ended("s1", 0))
    assert end(standing, 0) is None


def test_a_session_that_opened_late_ends_late_and_so_does_the_next_of_its_account() -> None:
    second, other = slot("s2"), replace(slot("s3"), account=1)
    standing = RunState(1_000, [slot("s1"), second, other, buying("s1", 100), opened("s1", 40_000)])
    assert end(standing, 41_000) == 40_000 + 2 * TAKES
    standing.take(Skipped(utc_ms=0, slot="s2", reason="budget"))
    assert end(standing, 41_000) == 41_000 + TAKES  # the other account's, not begun yet


def test_it_is_never_past() -> None:
    standing = RunState(1_000, [slot("s1"), buying("s1", 100), opened("s1", 1_000)])
    assert end(standing, 500_000) == 500_000
