"""The run's journal: appended, bound by hashes, cut where a crash tore it, refused where it was touched."""

import signal
import sys
from pathlib import Path

import pytest

from miaohui.checks.record.events import FORMAT, AnyEvent, Deviation, RunBegun, RunHalted
from miaohui.checks.record.journal import NO_PREV, Runbook, read, read_file
from miaohui.checks.trouble import Trouble

BEGUN = RunBegun(
    utc_ms=1,
    format=FORMAT,
    run="r",
    plan_sha256="0" * 64,
    seed=0,
    relay="ws://x",
    relay_key="0" * 64,
    rule="promise/2",
    practice=True,
    version="0",
)
EVENTS: tuple[AnyEvent, ...] = (
    BEGUN,
    Deviation(utc_ms=2, code="a", detail="一"),
    RunHalted(utc_ms=3, how="paused"),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    book = Runbook(tmp_path / "run.jsonl")
    for event in EVENTS:
        book.append(event)
    book.close()
    return tmp_path / "run.jsonl"


def test_what_was_appended_is_read(path: Path) -> None:
    found = read_file(path)
    assert found.events == EVENTS
    assert found.torn == 0
    book = Runbook(path)
    book.append(RunHalted(utc_ms=4, how="resumed"))
    book.close()
    assert read_file(path).events == (*EVENTS, RunHalted(utc_ms=4, how="resumed"))


def test_an_absent_one_is_empty(tmp_path: Path) -> None:
    assert read_file(tmp_path / "none").events == ()
    assert read(b"").head == NO_PREV


def test_a_torn_end_is_cut_at_every_byte(path: Path) -> None:
    whole = path.read_bytes()
    ends = [index + 1 for index, byte in enumerate(whole) if byte == 10]
    for cut in (*range(ends[0], len(whole), 11), *ends[:-1], len(whole) - 1):
        path.write_bytes(whole[:cut])
        book = Runbook(path)
        kept = max(end for end in ends if end <= cut)
        assert book.torn == cut - kept
        assert path.read_bytes() == whole[:kept]
        book.append(RunHalted(utc_ms=9, how="crashed"))
        book.close()
        assert read_file(path).events[-1] == RunHalted(utc_ms=9, how="crashed")


def test_any_change_of_a_line_is_refused(path: Path) -> None:
    lines = path.read_bytes().splitlines(keepends=True)
    for wrong in (
        lines[1:],
        [lines[0], lines[2]],
        [lines[0], lines[2], lines[1]],
        [lines[0], lines[1], lines[1], lines[2]],
        [lines[0], lines[1].replace(b'"a"', b'"b"'), lines[2]],
        [lines[0], b"{}\n", lines[2]],
        [lines[0], b"\n", *lines[1:]],
        [*lines, lines[0]],
    ):
        with pytest.raises(Trouble, match="line"):
            read(b"".join(wrong))


def test_a_journal_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    with pytest.raises(Trouble, match="cannot be read"):
        read_file(tmp_path)


@pytest.mark.skipif(sys.platform == "win32", reason="a limit on file sizes is POSIX's")
def test_a_disk_that_is_full_leaves_no_half_line(path: Path) -> None:
    import resource

    before = path.read_bytes()
    book = Runbook(path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 40, hard))
    try:
        with pytest.raises(OSError, match="large"):
            book.append(RunHalted(utc_ms=4, how="resumed"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, ignored)
    assert path.read_bytes() == before
    book.append(RunHalted(utc_ms=5, how="stopped"))
    book.close()
    assert read_file(path).events == (*EVENTS, RunHalted(utc_ms=5, how="stopped"))
