"""A proof's outcome as a table that a person reads."""

from collections.abc import Iterator

from tests.torture.outcome import Outcome


def lines(name: str, outcome: Outcome, seconds: float) -> Iterator[str]:
    """The rows, their sum, notes, and examples of what broke."""
    if outcome.impossible:
        yield f"  not possible here: {outcome.impossible}"
        return
    width = max([len(row.what) for row in outcome.rows.values()] + [len("in all")])
    yield f"  {'':{width}}  {'tried':>10}  {'violations':>10}"
    for row in outcome.rows.values():
        note = f"  {row.note}" if row.note else ""
        yield f"  {row.what:{width}}  {row.tried:>10,}  {row.violations:>10,}{note}"
    yield f"  {'in all':{width}}  {outcome.trials:>10,}  {outcome.violations:>10,}  {seconds:.1f} s"
    if outcome.sums:
        sums = outcome.sums.items()
        words = (
            f"{number:,{'.1f' if isinstance(number, float) else ''}} {what}"
            for what, number in sums
        )
        yield f"  {', '.join(words)}"
    for note in outcome.notes:
        yield f"  {note}"
    for example in outcome.examples:
        yield f"  ! {example}"
