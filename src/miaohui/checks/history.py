"""What a watched plan has shown so far: one line a run in ``history.jsonl``, read again at each start."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

import msgspec
from msgspec import Struct

from miaohui.checks.record.folder import write_new
from miaohui.checks.results import Results
from miaohui.checks.trouble import Trouble

HISTORY: Final = "history.jsonl"


class PastTarget(Struct, frozen=True, kw_only=True):
    """One shop or responder in one run; ``low`` and ``high`` as in the run's report."""

    target: str
    name: str
    verdict: str
    kept: int
    turns: int
    low: float
    high: float


class PastRun(Struct, frozen=True, kw_only=True):
    """One run that is over. ``folder``: its name under ``runs``."""

    number: int
    folder: str
    begun_utc_ms: int
    ended_utc_ms: int
    verdict: str
    sessions: int
    spent_fen: int
    refunded_fen: int
    targets: tuple[PastTarget, ...]
    report: str = ""


def past_of(number: int, folder: str, results: Results, ended_utc_ms: int, report: str) -> PastRun:
    return PastRun(
        number=number,
        folder=folder,
        begun_utc_ms=results.begun_utc_ms or ended_utc_ms,
        ended_utc_ms=ended_utc_ms,
        verdict=results.verdict,
        sessions=results.done_sessions,
        spent_fen=results.spent_fen,
        refunded_fen=results.refunded_fen,
        targets=tuple(
            PastTarget(
                target=each.target,
                name=each.name,
                verdict=each.verdict,
                kept=each.rate.k,
                turns=each.rate.n,
                low=each.rate.low,
                high=each.rate.high,
            )
            for each in results.targets
        ),
        report=report,
    )


def read_history(folder: Path) -> tuple[PastRun, ...]:
    """The runs so far, in their order; Trouble where the file does not hold."""
    path = folder / HISTORY
    try:
        lines = path.read_bytes().splitlines()
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise Trouble(
            f"读不了 {path}：{error.strerror}", f"{path} cannot be read: {error.strerror}"
        ) from None
    found = []
    for number, line in enumerate(lines, 1):
        try:
            found.append(msgspec.json.decode(line, type=PastRun))
        except (msgspec.MsgspecError, ValueError):
            raise Trouble(
                f"{path} 第 {number} 行读不了", f"line {number} of {path} cannot be read"
            ) from None
    return tuple(found)


def write_history(folder: Path, history: Iterable[PastRun]) -> None:
    """Whole or not at all: a start after a crash finds the runs that were over before it."""
    write_new(folder / HISTORY, msgspec.json.Encoder().encode_lines(list(history)))


def net_fen(history: Iterable[PastRun]) -> int:
    """What the runs cost, less what came back."""
    return sum(past.spent_fen - past.refunded_fen for past in history)
