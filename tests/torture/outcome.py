"""What a proof found: how much was tried, what broke the rule, and each part on a line of its own."""

from dataclasses import dataclass, field
from typing import Protocol

EXAMPLES = 10


@dataclass(slots=True)
class Row:
    """One kind of trial within a proof."""

    what: str
    tried: int = 0
    violations: int = 0
    note: str = ""


@dataclass(slots=True)
class Outcome:
    """Rows by kind, the first few violations in words, and why nothing could be tried at all.
    ``sums``: what else was counted, by its name. ``plants``: how often each of several planted
    faults was noticed."""

    rows: dict[str, Row] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    impossible: str = ""
    notes: list[str] = field(default_factory=list)
    sums: dict[str, float] = field(default_factory=dict)
    plants: dict[str, int] = field(default_factory=dict)

    def row(self, what: str) -> Row:
        return self.rows.setdefault(what, Row(what))

    def expect(self, *rows: str) -> None:
        """Rows that must have been tried at the end: what was never tried proves nothing."""
        for what in rows:
            self.row(what)

    def tried(self, what: str, count: int = 1) -> None:
        self.row(what).tried += count

    def violated(self, what: str, example: str) -> None:
        self.row(what).violations += 1
        if len(self.examples) < EXAMPLES:
            self.examples.append(f"{what}: {example}"[:600])

    def check(self, what: str, *, holds: bool, example: str = "") -> None:
        """One trial."""
        self.tried(what)
        if not holds:
            self.violated(what, example)

    def plant(self, name: str, *, noticed: bool) -> None:
        """One trial of a fault that was planted."""
        self.plants[name] = self.plants.get(name, 0) + noticed

    def count(self, what: str, number: float = 1) -> None:
        self.sums[what] = self.sums.get(what, 0) + number

    def merge(self, other: "Outcome") -> None:
        """Takes over what was found with other trials of the same kind."""
        for row in other.rows.values():
            mine = self.row(row.what)
            mine.tried += row.tried
            mine.violations += row.violations
            mine.note = mine.note or row.note
        self.examples += other.examples[: max(0, EXAMPLES - len(self.examples))]
        self.impossible = self.impossible or other.impossible
        self.notes += [note for note in other.notes if note not in self.notes]
        for what, number in other.sums.items():
            self.count(what, number)
        for name, times in other.plants.items():
            self.plants[name] = self.plants.get(name, 0) + times

    @property
    def missed(self) -> list[str]:
        """Planted faults that nothing noticed."""
        return [name for name, times in self.plants.items() if not times]

    @property
    def untried(self) -> list[str]:
        """Rows that were expected and never came to it."""
        return [row.what for row in self.rows.values() if not row.tried and not row.violations]

    @property
    def trials(self) -> int:
        return sum(row.tried for row in self.rows.values())

    @property
    def violations(self) -> int:
        return sum(row.violations for row in self.rows.values())


class Proof(Protocol):
    """A module ``proof_NAME``. ``COUNT``: how many of a long run; ``SHORT``: of a test's."""

    ABOUT: str
    PLANTED: str
    COUNT: int
    SHORT: int

    @staticmethod
    def run(seed: int, count: int, *, planted: bool) -> Outcome: ...
