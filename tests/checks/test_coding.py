"""Coding: what a rater sees, what is kept, how raters agree; and `miaohui check code`."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from tests.checks import samples

from miaohui.checks.analysis.analyse import analyse
from miaohui.checks.analysis.coding import HIDDEN, open_coding
from miaohui.checks.analysis.ratings import ADJUDICATED, RaterInvalid, read_ratings
from miaohui.checks.commands.code import main

NAMES = ("晚风小屋", "星期八")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("coded")
    shops = tuple(shop for shop in samples.SHOPS if shop.name in NAMES)
    samples.make(folder, shops=shops, sessions=2)
    return folder


@pytest.fixture
def folder(run: Path) -> Path:
    for file in (run / "coding").iterdir():
        file.unlink()
    return run


def rated(folder: Path, rater: str, keys: str, monkeypatch: pytest.MonkeyPatch) -> int:
    """`miaohui check code` with these keys, one a line."""
    monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{key}\n" for key in keys)))
    return main([str(folder), "--rater", rater, "--lang", "en"])


def test_a_rater_sees_neither_shop_nor_responder_nor_order(folder: Path) -> None:
    coder = open_coding(folder, "ann")
    assert len(coder.items) == analyse(folder).drawn > 50
    shown = [b.text for i in coder.items for b in (*i.asks, *i.before, i.reply)]
    assert not any(name in text for text in shown for name in NAMES)
    assert [i.key for i in coder.items] != [i.key for i in open_coding(folder, "ben").items]
    assert {i.key for i in coder.items} == {i.key for i in open_coding(folder, "ben").items}
    assert [i.key for i in coder.items] == [i.key for i in open_coding(folder, "ann").items]
    hollow = [i for i in coder.items if i.proposal == "hollow"]
    assert hollow
    assert all(i.reply.text in samples.HOLLOW for i in hollow)


def test_a_name_in_a_text_is_taken_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(samples, "FIRST", "欢迎来到晚风小屋，我是 SHOP-1 的人")
    samples.make(tmp_path, shops=samples.SHOPS[:1], sessions=2)
    texts = [i.reply.text for i in open_coding(tmp_path, "ann").items]
    assert f"欢迎来到{HIDDEN}，我是 {HIDDEN} 的人" in texts


def test_every_key_is_kept_at_once_and_work_goes_on_where_it_stopped(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert rated(folder, "ann", "12q", monkeypatch) == 0
    lines = (folder / "coding" / "ann.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line)["label"] for line in lines] == ["substantive", "hollow"]
    assert "2 rated" in capsys.readouterr().out
    assert rated(folder, "ann", "3u4x9", monkeypatch) == 0
    out = capsys.readouterr().out
    assert "There is no such key." in out
    labels = list(read_ratings(folder).raters["ann"].values())
    assert labels == ["substantive", "hollow", "closing"]
    assert open_coding(folder, "ann").done == 3


def test_undo_goes_back_one_by_one_to_the_first(folder: Path) -> None:
    coder = open_coding(folder, "ann")
    first = coder.current
    assert first is not None
    second = coder.rate("hollow", 1)
    coder.rate("bait", 2)
    assert coder.undo(3) == second
    again = open_coding(folder, "ann")
    assert again.undo(4) == first
    assert again.undo(5) is None
    assert open_coding(folder, "ann").done == 0
    with pytest.raises(ValueError, match="no label"):
        coder.rate("lovely", 6)


def test_a_torn_line_costs_itself_alone(folder: Path) -> None:
    coder = open_coding(folder, "ann")
    coder.rate("hollow", 1)
    with coder.file.open("ab") as file:
        file.write(b'{"item":"')
    coder = open_coding(folder, "ann")
    coder.rate("bait", 2)
    assert list(read_ratings(folder).raters["ann"].values()) == ["hollow", "bait"]
    assert [note[0] for note in read_ratings(folder).notes] == ["coding_line_unreadable"]
    assert [code for code, _, _ in analyse(folder).deviations] == ["coding_line_unreadable"]


def test_kappa_and_settled_disagreements(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    items = open_coding(folder, "ann").items
    ann = {item.key: item.proposal for item in items}
    ben = dict(ann)
    flipped = [item.key for item in items[:6]]
    for key in flipped:
        ben[key] = "bait"
    samples.rate(folder, "ann", ann)
    samples.rate(folder, "ben", ben)
    results = analyse(folder)
    assert results.kappa is not None
    assert (results.kappa.items, results.kappa.agreed) == (len(items), len(items) - 6)
    assert results.kappa.value is not None
    assert 0.5 < results.kappa.value < 1
    assert (results.coded, results.disputed) == (len(items) - 6, 6)
    settling = open_coding(folder, ADJUDICATED)
    assert {item.key for item in settling.items} == set(flipped)
    assert all("bait" in item.said for item in settling.items)
    monkeypatch.setattr("sys.stdin", io.StringIO("6\n" * 6))
    assert main([str(folder), "--adjudicate", "--lang", "zh_CN"]) == 0
    assert "都评完了" in capsys.readouterr().out
    results = analyse(folder)
    assert (results.coded, results.disputed) == (len(items), 0)
    assert sum(target.coded.get("bait", 0) for target in results.targets) == 6
    assert sum(sum(target.coded.values()) for target in results.targets) == len(items)


@pytest.mark.parametrize("name", ["../ann", "", "a/b", ".hidden", "x" * 41, "con:", "a."])
def test_a_raters_name_is_no_path(folder: Path, name: str) -> None:
    with pytest.raises(RaterInvalid):
        open_coding(folder, name)


def test_wrong_ways_to_ask(
    folder: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert main([str(folder)]) == 2
    assert main([str(folder), "--rater", ADJUDICATED]) == 2
    assert main([str(folder), "--rater", "a/b"]) == 2
    assert main([str(tmp_path / "none"), "--rater", "ann"]) == 2
    told = capsys.readouterr().err.splitlines()
    assert len(told) == 4
    assert all(line.startswith("miaohui") for line in told)
    assert not any("Traceback" in line for line in told)


def test_a_private_bundle_that_was_changed_is_not_shown(folder: Path) -> None:
    file = folder / "private" / "s01-1.zip"
    whole = file.read_bytes()
    try:
        file.write_bytes(whole.replace("我在呢".encode(), "我走了".encode()))
        coder = open_coding(folder, "ann")
        assert [note[0] for note in coder.notes] == ["private_bundle_unusable"]
        assert coder.items
    finally:
        file.write_bytes(whole)


@pytest.mark.skipif(sys.platform == "win32", reason="a terminal of POSIX")
def test_in_a_terminal_one_press_is_enough(folder: Path) -> None:
    import pty

    command = [sys.executable, "-m", "miaohui", "check", "code", str(folder), "--rater", "ann"]
    ours, theirs = pty.openpty()
    env = {**os.environ, "LC_ALL": "en_GB.UTF-8", "PYTHONUTF8": "1"}
    process = subprocess.Popen(command, stdin=theirs, stdout=subprocess.PIPE, env=env)
    os.close(theirs)
    shown = b""

    def wait_for(mark: str, times: int) -> None:
        nonlocal shown
        assert process.stdout is not None
        while shown.count(mark.encode()) < times:
            piece = process.stdout.read1()
            assert piece
            shown += piece

    wait_for("▶", 1)
    os.write(ours, b"12u")
    wait_for("▶", 4)
    # An arrow key comes as three bytes, and is none of the keys.
    os.write(ours, b"\x1b[A")
    os.write(ours, b"3q")
    rest, _ = process.communicate()
    os.close(ours)
    assert process.returncode == 0
    assert b"2 rated" in rest
    assert list(read_ratings(folder).raters["ann"].values()) == ["substantive", "recycled"]
