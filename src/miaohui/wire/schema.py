"""The wire as documents: a JSON Schema of everything said, and the tables of docs/protocol.md.

``python -m miaohui.wire.schema DOCS`` writes both anew; a test holds them to the types.
"""

import inspect
import json
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Any, get_args, get_origin

import msgspec

from . import bounds, codec, journal, sessions
from .answers import ANSWERS
from .errors import MEANINGS, Code
from .frame import Command, Request, Value
from .limits import MAX_INTEGER, PROTOCOL

BEGIN, END = "<!-- begin {} -->", "<!-- end {} -->"


def members(union: Any) -> list[type[msgspec.Struct]]:
    """The struct types of a union, nested unions flattened, in order."""
    if get_origin(union) in (types.UnionType, typing.Union):
        return [one for part in get_args(union) for one in members(part)]
    return [union]


def json_schema() -> dict[str, Any]:
    """One JSON Schema (2020-12) with ``up``, ``down`` and ``entry``."""
    (up, down, entry), parts = msgspec.json.schema_components(
        (codec.Up, codec.Down, journal.Entry), ref_template="#/$defs/{name}"
    )
    for part in parts.values():
        if "description" in part:
            # Python takes the indentation out of docstrings itself, but only from 3.13 on.
            part["description"] = inspect.cleandoc(part["description"])
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"Miaohui wire protocol {PROTOCOL}",
        "$comment": "integers are written without point or exponent; texts hold no lone surrogates",
        "$defs": {**parts, "up": up, "down": down, "entry": entry},
        "anyOf": [{"$ref": "#/$defs/up"}, {"$ref": "#/$defs/down"}],
    }


def type_words(kind: Any) -> str:
    """A field's type in the page's words."""
    origin, args = get_origin(kind), get_args(kind)
    if kind is type(None):
        return "null"
    if origin in (types.UnionType, typing.Union):
        said = [type_words(part) for part in args if part is not msgspec.UnsetType]
        return " or ".join(said)
    if origin is typing.Annotated:
        return type_words(args[0]) + _limits(args[0], args[1:])
    if origin is typing.Literal:
        return " / ".join(f'"{value}"' for value in args)
    if origin in (list, tuple):
        return f"list of {type_words(args[0])}"
    if origin is dict:
        return f"object {type_words(args[0])} → {type_words(args[1])}"
    plain = {str: "string", int: "integer", bool: "boolean", float: "number", Any: "any"}
    if kind in plain:
        return plain[kind]
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        config = kind.__struct_config__
        return f"`{config.tag or kind.__name__}`"
    if kind is Code:
        return "a code of section 8"
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return " / ".join(f'"{each.value}"' for each in kind)
    return f"`{getattr(kind, '__name__', str(kind))}`"


# What stands for a long pattern in the page's words.
_FORMS: Mapping[str, str] = {
    str(pattern): words
    for kind, words in (
        (bounds.Uuid, "a lower-case UUID"),
        (bounds.Salt, "32 hex digits"),
        (bounds.Sha256, "64 hex digits"),
        (bounds.KeyName, "16 hex digits"),
        (bounds.Levels, "64 of 0-9, a-v"),
        (bounds.Signature, "128 hex digits"),
        (bounds.Utc, "RFC 3339 in UTC, with ms"),
        (bounds.Day, "a day, YYYY-MM-DD"),
        (bounds.Cursor, "1 to 256 of A-Z, a-z, 0-9, _, =, -"),
        (journal.Utc, "RFC 3339"),
    )
    for pattern in (get_args(kind)[1].pattern,)
}


def _limits(kind: Any, metas: tuple[Any, ...]) -> str:
    """A type's bounds, in brackets; nothing for what every integer has."""
    meta = metas[0]
    if meta.pattern is not None:
        return f" ({_FORMS[meta.pattern]})"
    if meta.max_length is not None:
        what = "characters" if kind is str else "of them"
        return f" ({meta.min_length or 0} to {meta.max_length} {what})"
    if meta.le == MAX_INTEGER:
        return ""
    return f" ({meta.ge} to {meta.le})"


def _rows(kind: type[msgspec.Struct]) -> Iterator[str]:
    hints = typing.get_type_hints(kind, include_extras=True)
    for field in msgspec.structs.fields(kind):
        need = "" if field.required else _default(field)
        words = type_words(hints[field.name]).replace("|", "\\|")
        yield f"| `{field.encode_name}` | {words} | {need} |"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.default is msgspec.UNSET:
        return "may be absent"
    if field.default is not msgspec.NODEFAULT:
        return json.dumps(field.default, default=str)
    made: Any = field.default_factory
    return json.dumps(made())


def section(kind: type[msgspec.Struct]) -> str:
    """One frame's part of the page."""
    config = kind.__struct_config__
    name = config.tag or kind.__name__
    mark = " (command)" if issubclass(kind, Command) else ""
    text = inspect.cleandoc(kind.__doc__ or "") if "__doc__" in vars(kind) else ""
    rows = list(_rows(kind))
    table = ["| field | type | default |", "|---|---|---|", *rows] if rows else ["No fields."]
    body = [f"#### `{name}`{mark}", ""]
    if text and not text.startswith(kind.__name__ + "("):
        body += [text, ""]
    if issubclass(kind, Request):
        body += [f"Answered by `{ANSWERS[kind].__struct_config__.tag}`.", ""]
    return "\n".join([*body, *table, ""])


def values(roots: list[type[msgspec.Struct]]) -> list[type[msgspec.Struct]]:
    """The untagged parts that the frames hold, each once, in order of meeting."""
    found: dict[type[msgspec.Struct], None] = {}

    def visit(kind: Any) -> None:
        if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
            if kind in found:
                return
            found[kind] = None
            for hint in typing.get_type_hints(kind, include_extras=True).values():
                visit(hint)
        for part in get_args(kind):
            visit(part)

    for root in roots:
        visit(root)
    return [kind for kind in found if issubclass(kind, Value)]


def page_parts() -> dict[str, str]:
    """The generated parts of docs/protocol.md by name."""
    up = members(codec.Up)
    down = members(codec.Down)
    results = members(codec.AnyResult)
    items = members(sessions.Item)
    entries = members(journal.Entry)

    def all_of(kinds: list[type[msgspec.Struct]]) -> str:
        return "\n".join(section(kind) for kind in kinds)

    return {
        "up": all_of(up),
        "down": all_of(down),
        "results": all_of(results),
        "items": all_of(items),
        "entries": all_of(entries),
        "values": all_of(values(up + down + results + items)),
        "codes": "\n".join(f"- `{code.value}`: {MEANINGS[code]}" for code in Code),
    }


def fill(page: str) -> str:
    """The page with its generated parts made anew; ValueError where a marker is missing."""
    for name, text in page_parts().items():
        begin, end = BEGIN.format(name), END.format(name)
        head, found, rest = page.partition(begin)
        _, closed, tail = rest.partition(end)
        if not found or not closed:
            raise ValueError(f"the page lacks the marks of {name!r}")
        page = f"{head}{begin}\n\n{text}\n{end}{tail}"
    return page


def main(argv: list[str]) -> int:
    """Writes ``protocol.md``'s tables and ``protocol.schema.json`` into a docs folder."""
    if len(argv) != 1:
        print("usage: python -m miaohui.wire.schema DOCS", file=sys.stderr)
        return 2
    docs = Path(argv[0])
    page = docs / "protocol.md"
    page.write_text(fill(page.read_text("utf-8")), "utf-8")
    schema = json.dumps(json_schema(), indent=1, ensure_ascii=False, sort_keys=True)
    (docs / "protocol.schema.json").write_text(schema + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
