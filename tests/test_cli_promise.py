"""`figures` and `verify` through their front door: exit status, one sentence, the right JSON."""

import json
from pathlib import Path

import pytest
from tests.promise.test_verdict import ENTRIES, KEY, OTHER, RECEIPT

from miaohui.cli_promise import main
from miaohui.promise.bundle import write_bundle
from miaohui.promise.heads import public_bytes

VECTORS = Path(__file__).parent / "vectors" / "promise-2"
SIX = VECTORS / "06a-nudges-join-and-triple-miss.jsonl"


def sentence(captured: pytest.CaptureFixture[str]) -> str:
    told = captured.readouterr().err
    assert told.count("\n") == 1
    assert "Traceback" not in told
    return told


def test_figures_as_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["figures", str(SIX), "--json"]) == 0
    expected = json.loads(SIX.with_suffix(".expected.json").read_text("utf-8"))
    assert json.loads(capsys.readouterr().out) == expected


@pytest.mark.parametrize("name", sorted(file.name for file in (VECTORS / "now").glob("*.now.txt")))
def test_now(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    base = VECTORS / "now" / name.removesuffix(".now.txt")
    now = (VECTORS / "now" / name).read_text("utf-8").strip()
    status = main(["figures", f"{base}.jsonl", "--json", "--now", now])
    if base.with_name(f"{base.name}.exit2.txt").exists():
        assert status == 2
        assert "before the last entry" in sentence(capsys)
        return
    assert status == 0
    expected = json.loads(base.with_name(f"{base.name}.expected.json").read_text("utf-8"))
    assert json.loads(capsys.readouterr().out) == expected


@pytest.mark.parametrize(("lang", "word"), [("zh_CN", "守约 0 / 1"), ("en", "kept 0 / 1")])
def test_figures_in_words(lang: str, word: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["figures", str(SIX), "--lang", lang]) == 0
    assert word in capsys.readouterr().out


def test_verify(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle, key, other = tmp_path / "b.zip", tmp_path / "key", tmp_path / "other"
    bundle.write_bytes(write_bundle(ENTRIES, RECEIPT))
    key.write_bytes(public_bytes(KEY))
    other.write_bytes(public_bytes(OTHER))
    assert main(["verify", str(bundle), "--relay-key", str(key), "--lang", "en"]) == 0
    assert capsys.readouterr().out.startswith("sound: session s-1, 4 entries")
    assert main(["verify", str(bundle), "--lang", "en"]) == 3
    assert "not shown to be that relay" in capsys.readouterr().out
    assert main(["verify", str(bundle), "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["figures"]["kept"] == 1
    assert main(["verify", str(bundle), "--relay-key", str(other)]) == 1
    assert "another key" in sentence(capsys)
    bundle.write_bytes(write_bundle(ENTRIES[:2], RECEIPT))
    assert main(["verify", str(bundle), "--lang", "en"]) == 1
    assert "entry 2" in sentence(capsys)
    assert main(["verify", str(bundle), str(bundle)]) == 1
    sentence(capsys)
    bundle.write_bytes(b"no zip")
    assert main(["verify", str(bundle)]) == 2
    sentence(capsys)


@pytest.mark.parametrize(
    "arguments",
    [
        ["figures"],
        ["figures", "no-such-file"],
        ["figures", "."],
        ["figures", str(SIX), "--now", "-1"],
        ["figures", str(SIX), "--now", "9" * 400],
        ["verify", str(SIX)],
        ["verify", str(SIX), "--relay-key", "no-such-file"],
        ["other"],
    ],
)
def test_asked_wrongly(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    sentence(capsys)


def test_a_journal_that_does_not_hold(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = SIX.read_bytes().splitlines(keepends=True)
    file = tmp_path / "j.jsonl"
    file.write_bytes(b"".join([*lines[:2], *lines[3:]]))
    assert main(["figures", str(file), "--lang", "en"]) == 1
    assert "entry 3" in sentence(capsys)
    file.write_bytes(b"".join(lines)[:-40])
    assert main(["figures", str(file), "--lang", "zh_CN"]) == 2
    assert "第 6 条" in sentence(capsys)
