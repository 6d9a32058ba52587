"""Runs as processes of their own: what they say arrives, what they are told arrives, their end is told."""

import sys
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from miaohui.desktop.checking.process import RunProcess
from miaohui.desktop.checking.running import Running

SCRIPT = """
import json, sys
print("no json")
print(json.dumps({"event": "begun"}), flush=True)
for line in sys.stdin:
    print(json.dumps({"event": line.strip()}), flush=True)
    if line.strip() == "stop":
        print("a last word", file=sys.stderr)
        sys.exit(3)
"""
LIMIT_MS = 20_000


class Ear(QObject):
    """Hears on the Qt thread."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[Any] = []
        self.end: tuple[int, str] | None = None

    def hear(self, _key: str, told: object) -> None:
        self.said.append(told)

    def over(self, _key: str, status: int, tail: str) -> None:
        self.end = (status, tail)


def until_over(qapp: QApplication, ear: Ear) -> None:
    late = QTimer(ear, singleShot=True, interval=LIMIT_MS)
    late.start()
    while ear.end is None and late.isActive():
        qapp.processEvents()
    assert ear.end is not None


def test_a_process_is_heard_and_told_until_its_end(qapp: QApplication) -> None:
    ear = Ear()
    process = RunProcess("key", [sys.executable, "-c", SCRIPT])
    process.said.connect(ear.hear)
    process.ended.connect(ear.over)
    process.tell("pause")  # before it is there: it is not lost
    process.start()
    process.tell("stop")
    until_over(qapp, ear)
    assert [one["event"] for one in ear.said] == ["begun", "pause", "stop"]
    assert ear.end == (3, "a last word")


def test_a_program_that_is_not_there_has_an_end_too(qapp: QApplication, tmp_path: Path) -> None:
    ear = Ear()
    process = RunProcess("key", [str(tmp_path / "nothing")])
    process.ended.connect(ear.over)
    process.start()
    until_over(qapp, ear)
    assert ear.end is not None
    assert ear.end[0] == 127


def test_a_plan_that_cannot_be_read_ends_the_run_with_a_sentence(
    qapp: QApplication, tmp_path: Path
) -> None:
    plan = tmp_path / "bad.toml"
    plan.write_text('format = "checkplan/1"\n', encoding="utf-8")
    running, ear = Running(tmp_path / "checks"), Ear()
    running.ended.connect(ear.over)
    folder = tmp_path / "run"
    running.start(plan, folder, "ws://127.0.0.1:9")
    live = running.live(folder)
    assert live is not None
    assert live.state == "starting"
    running.start(plan, folder, "ws://127.0.0.1:9")  # once is enough
    assert running.live(folder) is live
    until_over(qapp, ear)
    assert running.live(folder) is None
    assert ear.end is not None
    assert ear.end[0] == 2
    assert "bad.toml" in ear.end[1]
