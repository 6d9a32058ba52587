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
    """Rows by kind, the first few violations in words, and why nothing could be tried at all."""

    rows: dict[str, Row] = field(default_factory=dict)
    examples: list[str] = field(default_factory=list)
    impossible: str = ""
    notes: list[str] = field(default_factory=list)

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
