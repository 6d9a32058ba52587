"""A frame of every type that either end may say, made from the types themselves."""

import random
import re
import types
import typing
from collections.abc import Iterator
from enum import Enum
from typing import Any, get_args, get_origin

import msgspec

from miaohui.wire import codec
from miaohui.wire.schema import members

HEX = "00112233445566778899aabbccddeeff"


def value_of(kind: Any, name: str = "") -> Any:
    """Some value of a type, the one that reaches furthest where there is a choice."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is typing.Annotated:
        return _annotated(args, name)
    if origin in (types.UnionType, typing.Union):
        return value_of(next(arg for arg in args if arg is not type(None)), name)
    if origin is typing.Literal:
        return args[0]
    if origin in (list, tuple):
        return [value_of(args[0], name)]
    if origin is dict:
        return {"some-key": value_of(args[1], name)}
    if isinstance(kind, type) and issubclass(kind, Enum):
        return next(iter(kind)).value
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return sample(kind)
    plain: dict[Any, Any] = {str: _text(name), int: 1, bool: True, float: 0.5, bytes: b"x"}
    return plain.get(kind, 1)


CANDIDATES = (
    HEX,
    "0190163d-8694-739b-aea5-966c26f8ad91",
    "2026-08-19T13:18:00.000Z",
    "2026-08-19",
    *("0" * digits for digits in (16, 64, 128)),
)


def _annotated(args: tuple[Any, ...], name: str) -> Any:
    pattern = next((each.pattern for each in args[1:] if getattr(each, "pattern", None)), None)
    if pattern is None:
        return value_of(args[0], name)
    return next(each for each in CANDIDATES if re.search(pattern, each))


def _text(name: str) -> str:
    return f"some-{name}"


def sample(kind: type[msgspec.Struct]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind, include_extras=True)
    made = {
        field.encode_name: value_of(hints[field.name], field.name)
        for field in msgspec.structs.fields(kind)
    }
    config = kind.__struct_config__
    return {config.tag_field: config.tag, **made} if config.tag_field else made


NASTY = ("", "x", "../../up", "/etc/x", "a\nb", "\u202e<b>x</b>", "秒" * 40, "\0", "%s%n{0}", "CON")
NAMES = ("s1", "s2", "o1", "lanting", "r1", "c1", "..", "/", "\u202e")
TIMES = ("1970-01-01T00:00:00.000Z", "2099-12-31T23:59:59.999Z", "2028-02-29T12:00:00.000Z",
         "0000-01-01T00:00:60z", "9999-12-31T23:59:59.999999999-23:59")  # fmt: skip


def drawn(source: random.Random, kind: Any, name: str = "") -> Any:
    """A value that the types allow, at their very edges half of the time."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is typing.Annotated:
        return _drawn_within(source, args[0], args[1], name)
    if origin in (types.UnionType, typing.Union):
        arms = [arg for arg in args if arg is not msgspec.UnsetType]
        return drawn(source, source.choice(arms), name)
    if kind is type(None):
        return None
    if origin is typing.Literal:
        return source.choice(args)
    if kind is bool:
        return source.random() < 0.5
    if isinstance(kind, type) and issubclass(kind, Enum):
        return source.choice(list(kind)).value
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return drawn_frame(source, kind)
    return value_of(kind, name)


def _drawn_within(source: random.Random, kind: Any, meta: Any, name: str) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if meta.pattern is not None:
        fitting = [each for each in (*CANDIDATES, *TIMES) if re.search(meta.pattern, each)]
        return source.choice(fitting)
    if kind in (int, float):
        near = [
            meta.ge,
            meta.le,
            *(n for n in (0, 1, 2, 3, 60_000, 2**31) if meta.ge <= n <= meta.le),
        ]
        return source.choice(near)
    if origin in (list, tuple):
        number = source.choice((0, 1, 2, min(5, meta.max_length)))
        return [drawn(source, args[0], name) for _ in range(number)]
    if origin is dict:
        return {drawn(source, args[0]): drawn(source, args[1]) for _ in range(3)}
    if meta.min_length:
        return source.choice(NAMES)[: meta.max_length]
    return source.choice((*NASTY, "界" * meta.max_length))[: min(meta.max_length, 4_000)]


def drawn_frame(source: random.Random, kind: type[msgspec.Struct]) -> dict[str, Any]:
    hints = typing.get_type_hints(kind, include_extras=True)
    made = {
        field.encode_name: drawn(source, hints[field.name], field.name)
        for field in msgspec.structs.fields(kind)
        if field.required or source.random() < 0.7
    }
    config = kind.__struct_config__
    return {config.tag_field: config.tag, **made} if config.tag_field else made


def up_frames() -> list[bytes]:
    return [msgspec.json.encode(sample(kind)) for kind in members(codec.Up)]


def down_frames() -> list[bytes]:
    frames = [msgspec.json.encode(sample(kind)) for kind in members(codec.Down)]
    frames += [
        msgspec.json.encode({"type": "ok", "id": "1", "result": sample(kind)})
        for kind in members(codec.AnyResult)
    ]
    return frames


def giants(kind: type[msgspec.Struct]) -> Iterator[dict[str, Any]]:
    """The frame once for every integer in it, and that integer too large for SQLite."""
    for path in _integers(sample(kind)):
        for giant in (2**53, 2**63, -(2**70)):
            words = inner = sample(kind)
            for step in path[:-1]:
                inner = inner[step]
            inner[path[-1]] = giant
            yield words


def _integers(words: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    for name, value in words.items():
        if isinstance(value, dict):
            yield from ((name, *rest) for rest in _integers(value))
        elif type(value) is int:
            yield (name,)
