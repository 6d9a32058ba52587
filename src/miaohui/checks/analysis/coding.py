"""Coding: the replies of a run as a rater sees them, blind, and the label that each is given.

Neither shop nor responder is shown: names are taken out of the texts, slots are not told, and the
order is drawn from the seed for each rater. The texts come from ``private/``; only those whose
``commit`` proves them are shown.
"""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from miaohui.checks.analysis.analyse import PRIVATE, bundle_file, drawn, plan_of
from miaohui.checks.analysis.ratings import (
    ADJUDICATED,
    Rating,
    append_rating,
    rater_file,
    read_rater,
    read_ratings,
)
from miaohui.checks.analysis.replies import Reply, replies_of
from miaohui.checks.record.course import Course
from miaohui.checks.record.trace import Note, Trace, read_trace
from miaohui.promise.bundle import MAX_BUNDLE_BYTES, Bundle, read_bundle
from miaohui.promise.errors import JournalError
from miaohui.promise.reader import read_journal
from miaohui.promise.verdict import verify_bundle
from miaohui.wire.journal import Message

HIDDEN: Final = "〔…〕"


@dataclass(frozen=True, slots=True)
class Bubble:
    """A message as the rater sees it; ``text`` empty where it is no text."""

    content: str
    text: str


@dataclass(frozen=True, slots=True)
class Item:
    """A reply to be rated, with the asks before it, the same answer's earlier bubbles, and what the
    journal's labels propose. ``said``: the raters' different labels, where it is to be settled."""

    key: str
    asks: tuple[Bubble, ...]
    before: tuple[Bubble, ...]
    reply: Bubble
    proposal: str
    said: tuple[str, ...] = ()


class Coder:
    """One rater at work: the items in their order, and what was said so far.

    Every label is on the disk before ``rate`` returns, so a rater may stop at any moment.
    """

    def __init__(
        self, file: Path, items: Sequence[Item], labels: Sequence[str], notes: Sequence[Note]
    ) -> None:
        self.file = file
        self.items = tuple(items)
        self.labels = tuple(labels)
        self.notes = tuple(notes)
        known = {item.key for item in items}
        self._said = {k: v for k, v in read_rater(file)[0].items() if k in known}

    @property
    def done(self) -> int:
        return len(self._said)

    @property
    def current(self) -> Item | None:
        """The first item without a label; None where all have one."""
        return next((item for item in self.items if item.key not in self._said), None)

    def label_of(self, key: str) -> str:
        return self._said.get(key, "")

    def rate(self, label: str, utc_ms: int) -> Item | None:
        """Give the current item a label; answers with the next."""
        item = self.current
        if label not in self.labels:
            raise ValueError(f"{label!r} is no label of this plan")
        if item is not None:
            append_rating(self.file, Rating(item=item.key, label=label, utc_ms=utc_ms))
            self._said[item.key] = label
        return self.current

    def undo(self, utc_ms: int) -> Item | None:
        """Take the last label back; answers with its item, or None where there is none."""
        if not self._said:
            return None
        key = next(reversed(self._said))
        append_rating(self.file, Rating(item=key, label="", utc_ms=utc_ms))
        del self._said[key]
        return next(item for item in self.items if item.key == key)


def open_coding(folder: Path, rater: str) -> Coder:
    """A rater's work on a run; raises `FolderUnreadable`, `RaterInvalid`.

    Under the name "adjudicated" the items are those that raters disagree on.
    """
    file = rater_file(folder, rater)
    plan = plan_of(folder)
    trace = read_trace(folder)
    seed = plan.seed if trace.begun is None else trace.begun.seed
    items, notes = _items(folder, trace, seed, plan.coding.share)
    if rater == ADJUDICATED:
        items = _disputed(folder, items)
    return Coder(
        file, sorted(items, key=lambda i: _place(seed, rater, i)), plan.coding.labels, notes
    )


def _place(seed: int, rater: str, item: Item) -> bytes:
    return hashlib.sha256(f"order/{seed}/{rater}/{item.key}".encode()).digest()


def _disputed(folder: Path, items: Iterable[Item]) -> list[Item]:
    """The items with more than one label, and those that were settled already."""
    ratings = read_ratings(folder)
    found = []
    for item in items:
        said = {own[item.key] for own in ratings.raters.values() if item.key in own}
        if len(said) > 1:
            labels = tuple(sorted(said))
            found.append(
                Item(item.key, item.asks, item.before, item.reply, item.proposal, said=labels)
            )
    return found


def _items(folder: Path, trace: Trace, seed: int, share: float) -> tuple[list[Item], list[Note]]:
    hide = _names(trace.courses.values())
    found: list[Item] = []
    notes: list[Note] = []
    for slot, course in trace.courses.items():
        file = bundle_file(folder, PRIVATE, slot)
        if file is None or not file.exists():
            continue
        bundle = _private(file, trace, course)
        if bundle is None:
            notes.append(("private_bundle_unusable", file.name, slot))
            continue
        entries = read_journal(bundle.journal).entries
        contents = {e.seq: e.content for e in entries if isinstance(e, Message)}
        texts = {b.seq: b.body for b in bundle.bodies if isinstance(b.body, str)}

        def show(
            seq: int, contents: Mapping[int, str] = contents, texts: Mapping[int, str] = texts
        ) -> Bubble:
            return Bubble(contents[seq], hide(texts.get(seq, "")))

        for reply in _of_target(replies_of(entries, slot, seed), course, share):
            if reply.content == "text" and reply.seq not in texts:
                notes.append(("text_not_kept", f"{reply.seq}", slot))
                continue
            asks, before = tuple(map(show, reply.asks)), tuple(map(show, reply.before))
            found.append(Item(reply.key, asks, before, show(reply.seq), reply.proposal))
    return found, notes


def _of_target(replies: Iterable[Reply], course: Course, share: float) -> tuple[Reply, ...]:
    responder = course.slot.responder
    return drawn((r for r in replies if responder is None or r.responder == responder), share)


def _private(file: Path, trace: Trace, course: Course) -> Bundle | None:
    """The bundle with texts where it is sound, proves them, and is of this slot's session."""
    key = None
    try:
        if trace.begun is not None and trace.begun.relay_key:
            key = bytes.fromhex(trace.begun.relay_key)
        with file.open("rb") as source:
            data = source.read(MAX_BUNDLE_BYTES + 1)
        verdict = verify_bundle(data, key)
        named = "" if course.opened is None else course.opened.session
        if not verdict.sound or (named and verdict.session != named):
            return None
        return read_bundle(data)
    except (JournalError, OSError, ValueError):
        return None


class _Names:
    """Takes the names of shops and responders out of a text."""

    def __init__(self, names: Iterable[str]) -> None:
        longest = sorted({n for n in names if len(n.strip()) > 1}, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest)), re.IGNORECASE)
        self._any = bool(longest)

    def __call__(self, text: str) -> str:
        return self._pattern.sub(HIDDEN, text) if self._any else text


def _names(courses: Iterable[Course]) -> _Names:
    names: set[str] = set()
    for course in courses:
        slot = course.slot
        names |= {slot.target, slot.shop, slot.shop_name, slot.offer}
        names |= {slot.responder or "", slot.responder_name or ""}
    return _Names(names)
