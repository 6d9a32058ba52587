"""HTML as values: text is escaped where it enters, markup is a type of its own.

What strangers wrote (names of shops, plans, replies) can therefore never become markup.
"""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final, TypeAlias

_VOID: Final = frozenset({"meta", "br", "hr"})


class Markup(str):
    """Text that is markup already."""

    __slots__ = ()


Child: TypeAlias = str | Markup | None


def text(value: str) -> Markup:
    """Escaped text; control characters, which HTML forbids, are shown as a sign."""
    shown = "".join(c if c in "\n\t" or c.isprintable() else "\ufffd" for c in value)
    return Markup(escape(shown))


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
    class_: str = "",
    caption: str = "",
) -> Markup:
    """A table; the first cell of a row is its heading, columns of ``numeric`` stand right."""
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
        for row in rows
    )
    return tag(
        "div",
        tag(
            "table",
            tag("caption", caption) if caption else None,
            tag("thead", heading),
            tag("tbody", *body),
            class_=class_ or None,
        ),
        class_="scroll",
    )
