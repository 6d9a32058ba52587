"""The report's files: the page in one language, the tables and the JSON beside it."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from miaohui.checks.analysis.analyse import analyse, plan_of
from miaohui.checks.report import recount, tables
from miaohui.checks.report.page import page
from miaohui.checks.results import Results

JSON: Final = "report.json"
_MAX_REPLY_BYTES: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class ReportFiles:
    """Where the report went, and what it says."""

    html: Path
    others: tuple[Path, ...]
    results: Results


def write_report(folder: Path, lang: str, out: Path | None = None) -> ReportFiles:
    """Analyse the folder and write the report.

    ``out``: a folder, or the page's own file (.html); without it the run's folder. Raises
    `FolderUnreadable`, OSError; each file is there whole or as it was before.
    """
    results = analyse(folder)
    named = out is not None and out.suffix.lower() in (".html", ".htm")
    place = folder if out is None else out.parent if named else out
    place.mkdir(parents=True, exist_ok=True)
    html = out if out is not None and named else place / f"report-{lang}.html"
    text = page(results, plan_of(folder), replies_in(folder), lang)
    files = {
        html: text.encode("utf-8", "replace"),
        place / JSON: recount.encoded(results),
        place / "report-turns.csv": tables.turns(results),
        place / "report-sessions.csv": tables.sessions(results),
        place / "report-targets.csv": tables.targets(results),
    }
    for file, data in files.items():
        _write(file, data)
    return ReportFiles(html, tuple(file for file in files if file != html), results)


def replies_in(folder: Path) -> list[tuple[str, str]]:
    """What shops answered: reply.md, reply.txt, or reply-NAME.md for several."""
    found = []
    for file in sorted(folder.glob("reply*")):
        if file.suffix.lower() in (".md", ".txt") and file.is_file():
            with file.open("rb") as source:
                data = source.read(_MAX_REPLY_BYTES)
            found.append((file.name, data.decode("utf-8-sig", "replace").strip()))
    return found


def _write(file: Path, data: bytes) -> None:
    fresh = file.with_name(f"{file.name}.new")
    with fresh.open("wb") as target:
        target.write(data)
        target.flush()
        os.fsync(target.fileno())
    os.replace(fresh, file)
