"""What a fold keeps of the past: it comes back as it was, but for what folding never asks."""

from pathlib import Path

import msgspec

from miaohui.promise.reader import read_journal
from miaohui.promise.trail import Trail
from miaohui.wire.journal import Entry, Message

VECTORS = Path(__file__).parents[1] / "vectors" / "promise-2"


def bare(entry: Entry) -> Entry:
    if isinstance(entry, Message):
        return msgspec.structs.replace(entry, prev="", id="", commit="")
    return entry


def test_every_entry_comes_back_without_what_folding_never_asks() -> None:
    for path in sorted(VECTORS.glob("*.jsonl")):
        entries = read_journal(path.read_bytes()).entries
        trail = Trail()
        for entry in entries:
            trail.append(entry)
        assert list(trail) == [bare(entry) for entry in entries], path.name
        assert trail[-1] == bare(entries[-1])
        assert len(trail) == len(entries)


def test_a_copy_goes_its_own_way() -> None:
    entries = read_journal((VECTORS / "16y-every-reason-once.jsonl").read_bytes()).entries
    trail = Trail()
    for entry in entries[:4]:
        trail.append(entry)
    twin = trail.copy()
    twin.append(entries[4])
    assert (len(trail), len(twin)) == (4, 5)
    assert list(twin)[:4] == list(trail)


def test_times_are_found() -> None:
    entries = read_journal((VECTORS / "04b-two-replies-at-one-ms.jsonl").read_bytes()).entries
    trail = Trail()
    assert trail.last_t == 0
    for entry in entries:
        trail.append(entry)
    assert trail.last_t == entries[-1].t
    assert [trail.t_of(entry.seq) for entry in entries] == [entry.t for entry in entries]
    for t in {0, 1, *(entry.t for entry in entries)}:
        later = [entry.seq for entry in entries if entry.t > t]
        assert trail.first_after(t) == (later[0] if later else None)
