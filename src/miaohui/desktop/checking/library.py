"""Plans and runs in the person's folder: files that anybody may look at, copy and take along.

``plans/`` holds the plans' TOML, ``runs/`` one folder a run. A plan with which a run has begun is
never written again: its hash stands in the run's record.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from miaohui import resources
from miaohui.checks.plan.plan import Plan
from miaohui.checks.plan.reader import MAX_PLAN_BYTES, Mistake, PlanError, read_plan
from miaohui.checks.record.events import OVER
from miaohui.checks.record.trace import Trace, read_trace
from miaohui.desktop.look.language import current

__all__ = ["Inventory", "Library", "PlanCard", "RunCard", "TooLarge", "state_of"]

PLAN = "plan.toml"
FIRST = "practice.toml"  # the one to begin with
_UNSAFE = re.compile(r"[^\w\-]+")
MOST_NAME = 60


class TooLarge(ValueError):
    """A file that no plan can be."""


@dataclass(frozen=True, slots=True)
class PlanCard:
    """A plan's file. ``shipped``: came with the app; ``begun``: a run was made of these bytes.
    ``plan`` is None where ``mistakes`` are not empty."""

    path: Path
    name: str
    sha256: str
    plan: Plan | None
    mistakes: tuple[Mistake, ...]
    shipped: bool
    begun: bool

    @property
    def locked(self) -> bool:
        return self.shipped or self.begun


@dataclass(frozen=True, slots=True)
class RunCard:
    """A run's folder. ``state``: finished, stopped, paused, going (begun and not ended: it runs,
    or broke off), unread."""

    folder: Path
    name: str
    state: str
    done: int
    planned: int
    begun_utc_ms: int
    plan_sha256: str
    practice: bool
    relay: str


@dataclass(frozen=True, slots=True)
class Inventory:
    """Everything in the library: plans by name, runs newest first."""

    plans: tuple[PlanCard, ...]
    runs: tuple[RunCard, ...]


class Library:
    """Reads and writes the two folders. Its methods touch the disk: call them beside the window."""

    def __init__(self, home: Path) -> None:
        self.plans = home / "plans"
        self.runs = home / "runs"

    # --- looking ---------------------------------------------------------------------------------
    def look(self) -> Inventory:
        runs = tuple(
            sorted(
                (run_card(one) for one in _folders(self.runs)),
                key=lambda one: (-one.begun_utc_ms, one.folder.name),
            )
        )
        begun = {one.plan_sha256 for one in runs}
        shipped = _tomls(_brought())
        shipped.sort(key=lambda one: one.name != FIRST)
        plans = [plan_card(one, begun, shipped=True) for one in shipped]
        plans += [plan_card(one, begun) for one in _tomls(self.plans)]
        return Inventory(tuple(plans), runs)

    def card(self, path: Path) -> PlanCard:
        """One plan, read anew."""
        begun = {run_card(one).plan_sha256 for one in _folders(self.runs)}
        return plan_card(path, begun, shipped=path.is_relative_to(resources.path("plans")))

    # --- plans -----------------------------------------------------------------------------------
    def add(self, name: str, data: bytes) -> Path:
        """A new file of this name or, where there is one, of the name with a number."""
        if len(data) > MAX_PLAN_BYTES:
            raise TooLarge(name)
        self.plans.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = _UNSAFE.sub("-", name).strip("-")[:MOST_NAME] or "plan"
        for number in range(1, 10_000):
            path = self.plans / (f"{stem}.toml" if number == 1 else f"{stem}-{number}.toml")
            try:
                with path.open("xb") as out:
                    out.write(data)
                return path
            except FileExistsError:
                continue
        raise OSError(f"{stem}: too many plans of this name")

    def bring_in(self, source: Path) -> Path:
        """Copies a file from elsewhere, as it is: mistakes are shown, not refused."""
        with source.open("rb") as file:
            data = file.read(MAX_PLAN_BYTES + 1)
        return self.add(source.stem, data)

    def save(self, path: Path, text: str) -> None:
        """Writes a plan in place of its old bytes, whole or not at all."""
        beside = path.with_suffix(".tmp")
        with beside.open("wb") as out:
            out.write(text.encode())
            out.flush()
            os.fsync(out.fileno())
        os.replace(beside, path)

    def delete(self, path: Path) -> None:
        """Runs made of it keep their own copy."""
        if path.parent == self.plans:
            path.unlink(missing_ok=True)

    # --- runs ------------------------------------------------------------------------------------
    def new_run(self, name: str, stamp: str) -> Path:
        """A folder that is not there yet; the runner makes it."""
        self.runs.mkdir(mode=0o700, parents=True, exist_ok=True)
        stem = f"{stamp} {_UNSAFE.sub('-', name).strip('-')[:MOST_NAME] or 'check'}"
        for number in range(1, 10_000):
            folder = self.runs / (stem if number == 1 else f"{stem} {number}")
            if not folder.exists():
                return folder
        raise OSError(f"{stem}: too many runs of this name")


def plan_card(path: Path, begun: Iterable[str], *, shipped: bool = False) -> PlanCard:
    """A plan's file as it lies there."""
    name, plan, sha256 = path.stem, None, ""
    mistakes: tuple[Mistake, ...] = ()
    try:
        data = path.read_bytes()
        sha256 = hashlib.sha256(data).hexdigest()
        plan = read_plan(data)
        name = plan.name
    except PlanError as error:
        mistakes = error.mistakes
    except OSError as error:
        mistakes = (Mistake(1, "unreadable", f"读不了：{error.strerror}", str(error.strerror)),)
    return PlanCard(path, name, sha256, plan, mistakes, shipped, sha256 in begun)


def run_card(folder: Path) -> RunCard:
    """A run's folder in a few words."""
    trace = read_trace(folder)
    begun = trace.begun
    try:
        name = read_plan((folder / PLAN).read_bytes()).name
    except (PlanError, OSError):
        name = folder.name
    done = sum(one.state in OVER for one in trace.courses.values())
    return RunCard(
        folder=folder,
        name=name,
        state=state_of(trace),
        done=done,
        planned=len(trace.courses),
        begun_utc_ms=0 if begun is None else begun.utc_ms,
        plan_sha256="" if begun is None else begun.plan_sha256,
        practice=begun is not None and begun.practice,
        relay="" if begun is None else begun.relay,
    )


def state_of(trace: Trace) -> str:
    """The state of a run by its record alone."""
    if trace.begun is None:
        return "unread"
    if trace.finished is not None:
        return "finished"
    if trace.stopped:
        return "stopped"
    if trace.halts and trace.halts[-1].how == "paused":
        return "paused"
    return "going"


def _brought() -> Path:
    """The plans that came with the app, in the language of the window."""
    there = resources.path("plans")
    return there if current() == "zh_CN" else there / current()


def _tomls(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.toml")) if folder.is_dir() else []


def _folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(one for one in folder.iterdir() if (one / PLAN).is_file())
