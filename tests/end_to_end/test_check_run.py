"""A check through its command line, on a real practice relay with scripted responders: bought, probed,
killed at its worst moments and gone on with, stopped, and its evidence verified."""

import contextlib
import json
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.client.world import RelayProcess

from miaohui import resources
from miaohui.checks.commands.run import main
from miaohui.checks.evidence.bundle import write_evidence
from miaohui.checks.evidence.examine import examine
from miaohui.checks.history import read_history
from miaohui.checks.record.events import (
    AnyEvent,
    Bought,
    Buying,
    Probed,
    RunBegun,
    Skipped,
    Slot,
    SlotEnded,
)
from miaohui.checks.record.journal import read_file
from miaohui.checks.record.standing import Budget
from miaohui.checks.run.account import Owned, read_owned
from miaohui.promise.verdict import verify_bundle
from miaohui.relay.host import admin

SHOPS = ("wanfeng", "nanzhi")
MIAOHUI = (sys.executable, "-m", "miaohui")
Said = dict[str, Any]

PLAN = """
format = "checkplan/1"
name = "short"
seed = 11
[claim]
text = "每条消息十秒内有人回"
threshold = 0.80
p0 = 0.97
p1 = 0.55
[scope]
{targets}
sessions = {sessions}
minutes = 15
budget_fen = {budget}
stay_s = {stay}
parallel = {parallel}
[[strata]]
name = "any"
from = "00:00"
to = "24:00"
quota = {sessions}
[[probes]]
kind = "plain"
at_s = 0.5
every_s = 2
texts = ["你好呀", "今天有点累", "刚下班"]
[[probes]]
kind = "burst"
at_s = 1
count = 2
texts = ["等等", "还有一件事"]
[[probes]]
kind = "last_question"
at_s = 1
texts = ["明天会下雨吗"]
"""


class Practice(RelayProcess):
    """The relay of a practice with two shops of its catalogue, and their scripted responders."""

    def __init__(self, data: Path) -> None:
        super().__init__(data / "relay")
        whole = json.loads(resources.path("practice", "catalogue.json").read_bytes())
        whole["shops"] = [shop for shop in whole["shops"] if shop["shop"] in SHOPS]
        small, credentials = data / "catalogue.json", data / "credentials.json"
        small.write_text(json.dumps(whole), encoding="utf-8")
        self.admin("load-catalogue", str(small), "--credentials-out", str(credentials))
        self.staff = subprocess.Popen(
            [
                *(*MIAOHUI, "practice", "responders", "--url", self.url),
                *("--credentials", str(credentials), "--until-stdin-closes"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.staff.stdout is not None
        assert json.loads(self.staff.stdout.readline())["ready"]

    def stop(self) -> None:
        with self.staff:
            assert self.staff.stdin is not None
            self.staff.stdin.close()
            self.staff.wait(timeout=60)
        super().stop()


@pytest.fixture(scope="module")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Practice]:
    relay = Practice(tmp_path_factory.mktemp("practice"))
    yield relay
    relay.stop()


class Run:
    """`miaohui check run`, as the app runs it: JSON lines out, orders in."""

    def __init__(self, plan: Path, url: str, out: Path, *more: str) -> None:
        self.out = out
        self.said: list[Said] = []
        self.process = subprocess.Popen(
            [
                *(*MIAOHUI, "check", "run", str(plan), "--relay", url, "--out", str(out)),
                *("--json", "--lang", "en", *more),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def until(self, holds: Callable[[Said], bool]) -> Said:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.said.append(json.loads(line))
            if holds(self.said[-1]):
                return self.said[-1]
        assert self.process.stderr is not None
        raise AssertionError(f"{self.process.stderr.read()}{self.said[-6:]}")

    def state(self, *states: str) -> Said:
        return self.until(lambda told: told.get("state") in states)

    def order(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def end(self) -> tuple[int, str]:
        out, err = self.process.communicate(timeout=60)
        self.said += [json.loads(line) for line in out.splitlines()]
        return self.process.returncode, err

    @property
    def events(self) -> tuple[AnyEvent, ...]:
        return read_file(self.out / "run.jsonl").events


@contextlib.contextmanager
def running(plan: Path, url: str, out: Path, *more: str) -> Iterator[Run]:
    run = Run(plan, url, out, *more)
    try:
        yield run
    finally:
        if run.process.poll() is None:
            run.process.kill()
        run.process.communicate()


def written(
    folder: Path,
    *,
    targets: str = 'shops = ["wanfeng", "nanzhi"]',
    sessions: int = 1,
    parallel: int = 2,
    budget: int = 20_000,
    stay: int = 4,
) -> Path:
    plan = folder / "plan.toml"
    text = PLAN.format(
        targets=targets, sessions=sessions, parallel=parallel, budget=budget, stay=stay
    )
    plan.write_text(text, encoding="utf-8")
    return plan


def sentence(captured: pytest.CaptureFixture[str]) -> str:
    told = captured.readouterr().err
    assert told.count("\n") == 1
    return told


def of(events: tuple[AnyEvent, ...], kind: type[AnyEvent]) -> list[Any]:
    return [event for event in events if isinstance(event, kind)]


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The key of testers' accounts is a person's own: here, the test's."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))


def owned_by(folder: Path) -> Owned:
    """What one of the run's accounts owns; nothing of it lies there in clear."""
    owned = read_owned(folder)
    assert owned is not None
    for each in folder.iterdir():
        if each.is_file():
            assert owned.password.encode() not in each.read_bytes()
            assert owned.passphrase.encode() not in each.read_bytes()
    return owned


def orders_of(relay: RelayProcess, run: Run) -> dict[str, str]:
    """Every order that the run's accounts ever made, by the relay's own books, with its state."""
    names = [
        owned_by(folder).name for folder in (run.out / "accounts").iterdir() if folder.is_dir()
    ]
    (file,) = relay.data.glob("*.db")
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as conn:
        marks = ",".join("?" * len(names))
        return dict(
            conn.execute(
                "SELECT order_id, state FROM orders JOIN accounts ON account = customer"
                f" WHERE accounts.name IN ({marks})",
                names,
            ).fetchall()
        )


def due_in_vain(said: Said) -> bool:
    return said.get("skipped") in ("offline", "missed")


def sound(run: Run, sessions: int) -> None:
    """The bundles are there and hold, and so does the evidence of the whole."""
    begun = of(run.events, RunBegun)[0]
    for slot in (ended.slot for ended in of(run.events, SlotEnded) if ended.bundle):
        found = [
            verify_bundle(
                (run.out / kind / f"{slot}.zip").read_bytes(), bytes.fromhex(begun.relay_key)
            )
            for kind in ("sessions", "private")
        ]
        assert all(each.sound for each in found)
        assert found[0].bodies_proved == 0
    assert write_evidence(run.out, run.out / "evidence.zip") == sessions
    examined = examine((run.out / "evidence.zip").read_bytes())
    assert (examined.sound, examined.reason, examined.sessions) == (True, "", sessions)


def test_killed_again_and_again_nothing_is_bought_twice(practice: Practice, tmp_path: Path) -> None:
    plan, out = written(tmp_path), tmp_path / "run"
    for more, state in (((), "buying"), (("--resume",), "running")):
        with running(plan, practice.url, out, *more) as run:
            run.state(state)
            run.process.kill()
    with running(plan, practice.url, out, "--resume") as run:
        told = run.until(lambda said: said["event"] == "finished")
        assert run.end() == (0, "")
    assert told["spent_fen"] == 2800 + 1400
    assert told["report"] is not None
    assert Path(told["report"]).exists()
    events = run.events
    bought, ended = of(events, Bought), of(events, SlotEnded)
    assert len(of(events, Buying)) == len(bought) == len(ended) == 2
    assert {each.state for each in ended} == {"settled"}
    assert orders_of(practice, run) == {each.order: "settled" for each in bought}
    codes = [event.how for event in events if hasattr(event, "how")]
    assert codes == ["crashed", "resumed"] * 2
    sent = [each for each in of(events, Probed) if each.message]
    assert sent
    assert all(each.sent_ms - each.planned_ms < 3_000 for each in sent)
    steps = [(each.slot, each.probe, each.step) for each in of(events, Probed)]
    assert len(set(steps)) == len(steps)
    sound(run, 2)
    verified = [*MIAOHUI, "verify", str(out / "evidence.zip"), "--json"]
    done = subprocess.run(verified, check=True, capture_output=True)
    assert json.loads(done.stdout)["sound"]


def test_stopped_paused_and_gone_on_with(
    practice: Practice, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    plan = written(tmp_path, targets='responders = ["南枝"]', sessions=2, parallel=1, stay=300)
    out = tmp_path / "run"
    with running(plan, practice.url, out, "--no-report") as run:
        run.state("running")
        run.order("pause")
        run.until(lambda said: said["event"] == "paused")
        run.order("resume")
        run.until(lambda said: said["event"] == "resumed")
        run.process.send_signal(signal.SIGTERM)
        told = run.until(lambda said: said["event"] == "stopped" and "report" in said)
        assert run.end() == (3, "")
    assert told["spent_fen"] == 1400
    (ended,) = of(run.events, SlotEnded)
    assert (ended.state, ended.reason, ended.bundle) == ("settled", "customer", True)
    assert set(orders_of(practice, run).values()) == {"settled"}
    # A second start without --resume is a mistake, and so is going on with another plan.
    again = [str(plan), "--relay", practice.url, "--out", str(out), "--lang", "en"]
    assert main(again) == 2
    assert "--resume" in sentence(capsys)
    plan.write_text(plan.read_text("utf-8").replace("seed = 11", "seed = 12"), encoding="utf-8")
    assert main([*again, "--resume"]) == 2
    assert "changed" in sentence(capsys)
    sound(run, 1)


def test_a_banned_account_and_a_spent_budget_leave_the_others_alone(
    practice: Practice, tmp_path: Path
) -> None:
    plan = written(tmp_path, sessions=2, budget=2800 + 1400 + 1399, stay=3)
    out = tmp_path / "run"
    with running(plan, practice.url, out, "--no-report") as run:
        first = run.state("running")["slot"]
        slots = {event.slot: event for event in of(run.events, Slot)}
        account = slots[first].account
        # From here: the session would end by itself while another process starts.
        banned = ("ban", owned_by(out / "accounts" / f"{account:02d}").name)
        assert admin.main(["--data", str(practice.data), *banned]) == 0
        run.until(lambda said: said["event"] == "finished")
        assert run.end() == (0, "")
    events = run.events
    lost = next(each for each in of(events, SlotEnded) if each.slot == first)
    assert (lost.state, lost.reason, lost.bundle) == ("unknown", "banned", False)
    skipped = {each.slot: each.reason for each in of(events, Skipped)}
    (never,) = (slot for slot, reason in skipped.items() if reason == "banned")
    assert slots[never].account == account
    assert set(skipped.values()) <= {"banned", "budget"}
    done = [each for each in of(events, SlotEnded) if each.bundle]
    assert done
    # At no moment was more gone, or reserved, than the budget; what came back may be spent again.
    spent = Budget(2800 + 1400 + 1399)
    for event in events:
        spent.take(event)
        assert spent.committed_fen <= spent.limit_fen
    sound(run, len(done))


def test_watched_through_a_kill_within_the_budget(practice: Practice, tmp_path: Path) -> None:
    plan = written(tmp_path, targets='shops = ["nanzhi"]', stay=2)
    out = tmp_path / "watched"
    command = [
        *(*MIAOHUI, "check", "watch", str(plan), "--relay", practice.url, "--out", str(out)),
        *("--every", "1d", "--budget-fen", "2700", "--no-report", "--json", "--lang", "en"),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout is not None
        for line in first.stdout:
            if json.loads(line).get("state") == "running":
                first.kill()
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stderr) == (3, "")
    told = json.loads(done.stdout.splitlines()[-1])
    assert (told["why"], told["verdict"], told["runs"]) == ("budget", "not_enough", 1)
    (past,) = read_history(out)
    assert (past.sessions, past.spent_fen) == (1, 1400)
    assert "南枝" in (out / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("targets", "url", "wrong"),
    [
        ('shops = ["没有这家"]', "", "there is no shop"),
        ('shops = ["wanfeng"]', "ws://127.0.0.1:1", "cannot be reached"),
        ('shops = ["wanfeng"]', "nonsense://x", "no relay's address"),
    ],
)
def test_what_cannot_be_begun_is_said_in_a_sentence(
    practice: Practice,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    targets: str,
    url: str,
    wrong: str,
) -> None:
    plan, out = written(tmp_path, targets=targets), tmp_path / "run"
    relay = url or practice.url
    assert main([str(plan), "--relay", relay, "--out", str(out), "--lang", "en"]) == 2
    assert wrong in sentence(capsys)
    assert read_file(out / "run.jsonl").events == ()


def test_a_relay_that_goes_and_comes_back_loses_nothing(tmp_path: Path) -> None:
    """Killed in the middle of a session, it is back at the same address; the run never ended."""
    (tmp_path / "practice").mkdir()
    practice = Practice(tmp_path / "practice")
    try:
        plan = written(tmp_path, targets='shops = ["nanzhi"]', parallel=1, stay=300)
        with running(plan, practice.url, tmp_path / "run", "--no-report") as run:
            # Not before the session is under way, and not until something was due in vain.
            run.until(lambda said: said.get("skipped") == "")
            practice.kill()
            run.until(lambda said: said.get("code") == "relay_gone")
            if not any(map(due_in_vain, run.said)):
                run.until(due_in_vain)
            practice.again()
            run.until(lambda said: said.get("code") == "relay_back")
            run.order("stop")
            told = run.until(lambda said: "report" in said)
            assert run.end() == (0, "")
        assert (told["event"], told["spent_fen"]) == ("finished", 1400)
        assert len(of(run.events, Buying)) == len(of(run.events, Bought)) == 1
        (ended,) = of(run.events, SlotEnded)
        assert (ended.state, ended.reason, ended.bundle) == ("settled", "customer", True)
        assert set(orders_of(practice, run).values()) == {"settled"}
        skipped = {each.skipped for each in of(run.events, Probed)}
        assert {"offline", "missed"} & skipped  # what was due meanwhile is written down
        sound(run, 1)
    finally:
        practice.stop()
