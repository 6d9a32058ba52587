"""What the tests of the client's tables of states share: a table as a diagram, and as a page has it."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import product
from pathlib import Path
from typing import TypeVar

PAGE = Path(__file__).parents[2] / "docs" / "architecture.md"
S = TypeVar("S", bound=StrEnum)
E = TypeVar("E", bound=StrEnum)


def _id(state: StrEnum) -> str:
    return state.replace(" ", "_")


def diagram(table: Mapping[S, Mapping[E, S]], first: S) -> str:
    """The table as Mermaid: one arrow for each pair of states, labelled by its events."""
    lines = ["stateDiagram-v2", f"    [*] --> {_id(first)}"]
    lines += [f'    state "{s}" as {_id(s)}' for s in table if _id(s) != s]
    for state, row in table.items():
        for target in dict.fromkeys(row.values()):
            events = ", ".join(event for event, to in row.items() if to is target)
            lines.append(f"    {_id(state)} --> {_id(target)}: {events}")
    return "\n".join(lines)


def _marks(maker: str) -> tuple[str, str]:
    return f"<!-- made by {maker} -->\n```mermaid\n", "\n```\n"


def drawn(maker: str) -> str:
    """The diagram that the page has from this maker."""
    begin, end = _marks(maker)
    return PAGE.read_text(encoding="utf-8").partition(begin)[2].partition(end)[0]


def draw(maker: str, text: str) -> None:
    """Puts a diagram into the page."""
    begin, end = _marks(maker)
    before, mark, rest = PAGE.read_text(encoding="utf-8").partition(begin)
    PAGE.write_text(before + mark + text + end + rest.partition(end)[2], encoding="utf-8")


def reachable(table: Mapping[S, Mapping[E, S]], first: S, events: type[E]) -> set[S]:
    reached: set[S] = set()
    found = {first}
    while found - reached:
        reached |= found
        found = {table[state].get(event, state) for state, event in product(reached, events)}
    return reached
