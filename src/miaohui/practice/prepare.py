"""The practice folder made ready: catalogue loaded, past written up to yesterday.

Runs as a process of its own, so that a window that practises never waits for it. What was done is
noted in `prepared.json`; another start tops up only the days that are missing. What was practised by
another rule is set aside whole: it is kept, and never read as if it were of this one.
"""

import hashlib
import subprocess
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from pathlib import Path

import msgspec
from msgspec import Struct

from miaohui import resources
from miaohui.practice import catalogue, history, topics
from miaohui.practice.catalogue import Catalogue
from miaohui.practice.credentials import Credentials
from miaohui.practice.process import command
from miaohui.wire.journal import RULE, encode_line


class PrepareFailed(Exception):
    """The practice folder cannot be made ready; the text is one sentence."""


class PracticeFolder:
    """Where everything of a practice lies."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.relay = home / "relay"
        self.credentials = home / "credentials.json"
        self.arriving = home / "credentials-arriving.json"
        self.past = home / "past.jsonl"
        self.prepared = home / "prepared.json"
        self.lock = home / "lock"

    def log(self, name: str) -> Path:
        return self.home / f"{name}.log"


class Prepared(Struct, frozen=True, kw_only=True):
    """What was done: by which rule, the catalogue's hash, the last day of which the past was written.

    Notes of the first rule do not name it.
    """

    catalogue: str = ""
    until: date | None = None
    rule: str = "promise/1"


def read_prepared(place: PracticeFolder) -> Prepared:
    """What was done so far; nothing where that cannot be read."""
    try:
        return msgspec.json.decode(place.prepared.read_bytes(), type=Prepared)
    except (OSError, msgspec.MsgspecError):
        return Prepared(rule=RULE)


def set_aside(place: PracticeFolder, rule: str) -> Path:
    """Moves a practice of another rule into a folder beside it, named for the rule; returns that."""
    name = f"set-aside-{rule.replace('/', '-')}"
    folder, number = place.home / name, 1
    while folder.exists():
        number += 1
        folder = place.home / f"{name}-{number}"
    folder.mkdir(mode=0o700)
    # The note goes last: until then the next start finds it, and moves what is left.
    parts = (place.relay, place.credentials, place.arriving, place.past, place.prepared)
    for part in parts:
        if part.exists():
            part.rename(folder / part.name)
    return folder


def missing_days(prepared: Prepared, today: date) -> list[date]:
    """The days before `today`, a month back at most, of which there is no past yet."""
    until = prepared.until
    return [day for day in history.days_before(today) if until is None or day > until]


def prepare(home: Path, utc_ms: int, stage: Callable[[str], None]) -> None:
    """Makes the folder ready; PrepareFailed where it cannot be."""
    place = PracticeFolder(home)
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    today = datetime.fromtimestamp(utc_ms / 1000, UTC).date()
    prepared = read_prepared(place)
    if prepared.rule != RULE:
        stage("set_aside")
        set_aside(place, prepared.rule)
        prepared = Prepared(rule=RULE)
    found, file = catalogue.read(), resources.path("practice", "catalogue.json")
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    loading = None
    if prepared.catalogue != digest or not place.credentials.exists():
        stage("catalogue")
        _take_in(place)
        loading = _start_loading(place, file)
    days = missing_days(prepared, today)
    if days:
        stage("past")
        _write_past(place, found, days, today)
    if loading is not None:
        _finish(loading, "load-catalogue")
        _take_in(place)
        _check_credentials(place, found)
    if days:
        stage("figures")
        _finish(_start(place, "load-history", str(place.past)), "load-history")
        place.past.unlink()
    done = Prepared(catalogue=digest, until=history.days_before(today)[-1], rule=RULE)
    _note(place, done)


def _start_loading(place: PracticeFolder, file: Path) -> "subprocess.Popen[bytes]":
    return _start(place, "load-catalogue", str(file), "--credentials-out", str(place.arriving))


def _start(place: PracticeFolder, *arguments: str) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        command("relay", "admin", "--data", str(place.relay), *arguments),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    )


def _finish(process: "subprocess.Popen[bytes]", name: str) -> None:
    _, errors = process.communicate()
    if process.returncode != 0:
        said = errors.decode("utf-8", "replace").strip()[-400:]
        raise PrepareFailed(f"{name} ended with status {process.returncode}: {said}")


def _take_in(place: PracticeFolder) -> None:
    """Moves passwords that have arrived to the others: the relay tells them once."""
    if not place.arriving.exists():
        return
    arrived = Credentials.read(place.arriving)
    known = Credentials.read(place.credentials) if place.credentials.exists() else None
    kept = Credentials(place.credentials, [] if known is None else known.all)
    kept.merge(arrived)
    kept.save()
    place.arriving.unlink()


def _check_credentials(place: PracticeFolder, found: Catalogue) -> None:
    people = {person.responder for shop in found.shops for person in shop.people}
    lacking = people - Credentials.read(place.credentials).responders
    if lacking:
        raise PrepareFailed(
            f"the passwords of {len(lacking)} scripted responders are lost;"
            f" move {place.home} away to practise anew"
        )


def _write_past(place: PracticeFolder, found: Catalogue, days: Sequence[date], today: date) -> None:
    with place.past.open("wb") as file:
        for past in history.write_past(found, topics.read(), days, today):
            file.writelines(encode_line(entry) for entry in past.entries)


def _note(place: PracticeFolder, done: Prepared) -> None:
    fresh = place.prepared.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(done))
    fresh.replace(place.prepared)
