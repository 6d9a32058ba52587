"""HTML as values: text is escaped where it enters, markup is a type of its own.

What strangers wrote (names of shops, plans, replies) can therefore never become markup.
"""

import re
from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, TypeAlias

# Controls, lone surrogates, and the marks that reverse the direction of what follows.
_UNSHOWN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)
_SHORT: Final = 12  # rows that a sheet has room for nearly everywhere
_VOID: Final = frozenset({"meta", "br", "hr"})


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child: TypeAlias = str | Markup | None


def text(value: str) -> Markup:
    """Escaped text; what HTML forbids or what turns the line around is shown as a sign."""
    return Markup(escape(_UNSHOWN.sub("\ufffd", value)))


def join(children: Iterable[Child]) -> Markup:
    parts = (c if isinstance(c, Markup) else text(c) for c in children if c is not None)
    return Markup("".join(parts))


def tag(name: str, /, *children: Child, **attributes: str | None) -> Markup:
    """An element; ``class_`` and ``for_`` lose their underscore, other underscores become dashes."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in _VOID:
        return Markup(f"<{name}{given}>")
    return Markup(f"<{name}{given}>{join(children)}</{name}>")


def table(
    head: Sequence[str],
    rows: Iterable[Sequence[Child]],
    *,
    numeric: Iterable[int] = (),
    dense: bool = False,
    caption: str = "",
) -> Markup:
    """A table; the first cell of a row is its heading, columns of ``numeric`` stand right.

    A short one is kept on one sheet of paper.
    """
    lines = list(rows)
    right = frozenset(numeric)

    def cell(name: str, index: int, value: Child, **own: str) -> Markup:
        return tag(name, value, class_="n" if index in right else None, **own)

    heading = tag("tr", *(cell("th", i, h, scope="col") for i, h in enumerate(head)))
    body = (
        tag(
            "tr",
            *(
                cell("th", i, v, scope="row") if i == 0 else cell("td", i, v)
                for i, v in enumerate(row)
            ),
        )
        for row in lines
    )
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption) if caption else None,
            tag("thead", heading),
            tag("tbody", *body),
            class_="dense" if dense else "short" if len(lines) <= _SHORT else None,
        ),
        class_="scroll",
    )
