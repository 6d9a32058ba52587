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
    ``sums``: what else was counted, by its name. ``missed``: of several planted faults, those that
    were not noticed."""

    rows: dict[str, Row] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    impossible: str = ""
    notes: list[str] = field(default_factory=list)
    sums: dict[str, float] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def row(self, what: str) -> Row:
        return self.rows.setdefault(what, Row(what))

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
