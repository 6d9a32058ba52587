"""A watched plan through its command: its exit status, its history over restarts, its page."""

import atexit
import json
import shutil
import tempfile
from functools import lru_cache
from html.parser import HTMLParser
from pathlib import Path

import pytest
from tests.checks import samples

from miaohui.checks.commands.watch import main
from miaohui.checks.history import PastRun, PastTarget, net_fen, read_history, write_history
from miaohui.checks.historypage import page
from miaohui.checks.language import speaker
from miaohui.checks.plan.reader import read_plan
from miaohui.checks.trouble import Trouble

NOWHERE = "ws://127.0.0.1:1"
GOOD, BAD = samples.SHOPS[0], samples.SHOPS[3]


@lru_cache
def made(shop: samples.Manner) -> Path:
    """A finished run of a shop, played once."""
    folder = Path(tempfile.mkdtemp())
    atexit.register(shutil.rmtree, folder)
    samples.make(folder, shops=(shop,), sessions=30 if shop is GOOD else 4)
    return folder


def finished(folder: Path, shop: samples.Manner, number: int = 1) -> Path:
    """A watched folder whose next run is over, and not in the history yet: as a crash leaves it.
    Returns the plan."""
    run = Path(shutil.copytree(made(shop), folder / "runs" / f"{number:04d}"))
    return Path(shutil.copy(run / "plan.toml", folder.parent / "plan.toml"))


def watch(plan: Path, folder: Path, *more: str) -> int:
    given = ["--relay", NOWHERE, "--out", str(folder), "--no-report", "--lang", "en", *more]
    return main([str(plan), *given])


@pytest.mark.parametrize(("shop", "status", "verdict"), [(GOOD, 0, "met"), (BAD, 1, "not_met")])
def test_the_exit_status_is_the_verdict(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    shop: samples.Manner,
    status: int,
    verdict: str,
) -> None:
    folder = tmp_path / "watched"
    plan = finished(folder, shop)
    assert watch(plan, folder, "--times", "1", "--budget-fen", "9000000", "--json") == status
    told = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (told["verdict"], told["runs"]) == (verdict, 1)
    (past,) = read_history(folder)
    assert past.verdict == verdict
    assert past.sessions == len(list((made(shop) / "sessions").iterdir()))
    assert told["spent_fen"] == past.spent_fen - past.refunded_fen
    assert shop.name in (folder / "index.html").read_text("utf-8")


def test_a_start_goes_on_where_the_last_one_was(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "watched"
    for number in (1, 2):
        plan = finished(folder, GOOD, number)
        assert watch(plan, folder, "--times", "1", "--budget-fen", "9000000") == 0
    assert [past.number for past in read_history(folder)] == [1, 2]
    spent = net_fen(read_history(folder))
    # What is left buys no session: nothing is begun, and the relay is not even looked for.
    assert watch(plan, folder, "--every", "6h", "--budget-fen", str(spent + 2799)) == 0
    assert "budget is spent" in capsys.readouterr().out
    assert len(read_history(folder)) == 2


def test_another_plan_is_not_mixed_in(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "watched"
    plan = finished(folder, GOOD)
    assert watch(plan, folder, "--times", "1", "--budget-fen", "9000000") == 0
    plan.write_text(plan.read_text("utf-8").replace("seed = 7", "seed = 8"), encoding="utf-8")
    capsys.readouterr()
    assert watch(plan, folder, "--times", "1", "--budget-fen", "9000000") == 2
    assert "another plan" in capsys.readouterr().err


@pytest.mark.parametrize(
    "more",
    [
        ["--budget-fen", "1"],
        ["--times", "0", "--budget-fen", "1"],
        ["--times", "1", "--budget-fen", "-1"],
        ["--every", "6 hours", "--budget-fen", "1"],
        ["--times", "1"],
    ],
)
def test_asked_wrongly(tmp_path: Path, more: list[str]) -> None:
    plan = finished(tmp_path / "watched", GOOD)
    assert watch(plan, tmp_path / "other", *more) == 2


def test_a_history_that_cannot_be_read_is_said(tmp_path: Path) -> None:
    (tmp_path / "history.jsonl").write_bytes(b"{}\n")
    with pytest.raises(Trouble, match="line 1"):
        read_history(tmp_path)


class Page(HTMLParser):
    """Balanced tags, and what is drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "line", "circle", "path"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in ("meta", "line", "circle", "path"):
            assert self.open.pop() == tag


def past(number: int, verdict: str, kept: int, turns: int) -> PastRun:
    target = PastTarget(
        target="<b>", name="<b>店", verdict=verdict, kept=kept, turns=turns, low=0.62, high=0.99
    )
    return PastRun(
        number=number,
        folder=f"{number:04d}",
        begun_utc_ms=1_795_392_000_000 + number * 3_600_000,
        ended_utc_ms=0,
        verdict=verdict,
        sessions=3,
        spent_fen=9_000,
        refunded_fen=100,
        targets=(target,),
        report="report-en.html",
    )


@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_the_page_draws_every_run_and_trusts_no_name(tmp_path: Path, lang: str) -> None:
    plan = read_plan(finished(tmp_path / "w", GOOD).read_bytes())
    history = (past(1, "met", 9, 10), past(2, "not_met", 6, 10), past(3, "not_enough", 0, 0))
    text = page(plan, history, speaker(lang))
    found = Page()
    found.feed(text)
    assert found.open == []
    assert "<b>" not in text
    assert "http" not in text
    links = [attrs["href"] for tag, attrs in found.seen if tag == "a"]
    assert links == [f"runs/000{number}/report-en.html" for number in (3, 2, 1)]
    bars = [attrs for tag, attrs in found.seen if tag == "line" and "bar" in (attrs["class"] or "")]
    assert len(bars) == 2  # a run without turns has no bar
    write_history(tmp_path, history)
    assert read_history(tmp_path) == history
    assert net_fen(history) == 26_700
