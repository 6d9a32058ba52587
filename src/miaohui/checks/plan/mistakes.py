"""A plan's mistakes: each with its line, a code, and a sentence in both languages."""

from dataclasses import dataclass

__all__ = ["Mistake", "PlanError"]


@dataclass(frozen=True, slots=True, order=True)
class Mistake:
    """One mistake. ``line`` counts from 1."""

    line: int
    code: str
    chinese: str
    english: str


class PlanError(ValueError):
    """A plan that cannot be used; ``mistakes`` by line, every one that was found."""

    def __init__(self, mistakes: tuple[Mistake, ...]) -> None:
        super().__init__("; ".join(f"line {each.line}: {each.english}" for each in mistakes))
        self.mistakes = mistakes
