"""Log lines of one kind: a flood of them is a handful, and counted."""

import io
import logging
from collections.abc import Iterator

import pytest

from miaohui.runtime.logs import RepeatLimit


@pytest.fixture
def written() -> Iterator[tuple[logging.Logger, io.StringIO]]:
    words = io.StringIO()
    handler = logging.StreamHandler(words)
    log = logging.getLogger("tests.repeated")
    log.addHandler(handler)
    log.propagate = False
    yield log, words
    log.removeHandler(handler)


def test_of_one_kind_the_first_few_pass(written: tuple[logging.Logger, io.StringIO]) -> None:
    log, words = written
    log.handlers[0].addFilter(RepeatLimit())
    for number in range(1_000):
        log.warning("probe %d", number)
    log.warning("something else")
    assert words.getvalue().splitlines() == [
        *(f"probe {number}" for number in range(5)),
        "something else",
    ]


def test_a_later_stretch_tells_what_was_left_out(
    written: tuple[logging.Logger, io.StringIO],
) -> None:
    log, words = written
    limit = RepeatLimit(at_once=2, stretch_ns=10**12)
    log.handlers[0].addFilter(limit)
    for number in range(10):
        log.warning("probe %d", number)
    limit._stretch_ns = 0  # the minute is over
    log.warning("probe %d", 10)
    assert words.getvalue().splitlines() == [
        "probe 0",
        "probe 1",
        "probe 10 (and 8 more like it before)",
    ]
