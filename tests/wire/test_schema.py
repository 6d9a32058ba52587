"""Page and types agree: docs/protocol.md and its schema are what the types say."""

import json
import random
import re
import typing
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from tests.torture.mutation import reshaped
from tests.torture.samples import down_frames, up_frames

from miaohui.relay.shops.reviews import TAGS
from miaohui.wire import codec, link, schema
from miaohui.wire.answers import ANSWERS
from miaohui.wire.frame import Request
from miaohui.wire.journal import Entry, RefundTerm, Terms
from miaohui.wire.sessions import Body, Item, Send, WriteReview

DOCS = Path(__file__).parents[2] / "docs"


def test_the_page_is_what_the_types_say() -> None:
    page = (DOCS / "protocol.md").read_text("utf-8")
    assert page == schema.fill(page)


def test_every_frame_has_a_heading() -> None:
    page = (DOCS / "protocol.md").read_text("utf-8")
    for kind in schema.members(codec.Up) + schema.members(codec.Down):
        assert f"#### `{kind.__struct_config__.tag}`" in page


def test_the_page_says_what_answers_each_request() -> None:
    asked = {kind for kind in schema.members(codec.Up) if issubclass(kind, Request)}
    assert asked == ANSWERS.keys()
    assert set(ANSWERS.values()) == set(schema.members(codec.AnyResult))


def test_the_page_names_every_tag_of_a_review() -> None:
    assert set(re.findall(r"\w+", schema.section(WriteReview))) >= TAGS


def test_a_page_without_its_marks_is_refused() -> None:
    with pytest.raises(ValueError, match="marks"):
        schema.fill("# nothing")


def test_the_schema_is_what_the_types_say() -> None:
    written = json.loads((DOCS / "protocol.schema.json").read_text("utf-8"))
    assert written == json.loads(json.dumps(schema.json_schema()))


def test_the_schema_accepts_what_is_sent_and_refuses_what_is_not() -> None:
    validator = jsonschema.Draft202012Validator(schema.json_schema())
    send = Send(
        id="0190163d-8694-739b-aea5-966c26f8ad91",
        session="s",
        body=Body(salt="00" * 16, text="在吗"),
    )
    assert validator.is_valid(msgspec.json.decode(codec.encode(send)))
    assert validator.is_valid(msgspec.json.decode(codec.encode(link.Ping(t1=1))))
    assert not validator.is_valid({"type": "ping", "t1": "1"})


def test_what_the_schema_accepts_is_never_a_bad_frame() -> None:
    source = random.Random(7)
    whole = schema.json_schema()
    accepted = 0
    for way, decode, frames in (
        ("up", codec.decode_up, up_frames()),
        ("down", codec.decode_down, down_frames()),
    ):
        validator = jsonschema.Draft202012Validator(
            {"$ref": f"#/$defs/{way}", "$defs": whole["$defs"]}
        )
        for data in frames:
            assert validator.is_valid(json.loads(data)), data
            for _ in range(12):
                value = reshaped(source, json.loads(data))
                text = json.dumps(value).encode()
                if b"." in text.replace(b".000Z", b"") or not validator.is_valid(value):
                    continue
                accepted += 1
                decode(text)
    assert accepted > 100


def test_every_text_number_and_list_is_bounded() -> None:
    def unbounded(kind: Any, where: str, meta: Any = None) -> Iterator[str]:
        origin, args = typing.get_origin(kind), typing.get_args(kind)
        if origin is typing.Annotated:
            yield from unbounded(args[0], where, args[1])
            return
        if kind is str or origin in (list, dict) or (origin is tuple and ... in args):
            if getattr(meta, "max_length", None) is None:
                yield where
        elif kind in (int, float) and (meta is None or meta.ge is None or meta.le is None):
            yield where
        for part in args:
            yield from unbounded(part, where)

    roots = [m for union in (codec.Up, codec.Down, codec.AnyResult, Item, Entry)
             for m in schema.members(union)]  # fmt: skip
    kinds = [*roots, *schema.values(roots), RefundTerm, Terms]
    found = [
        each
        for kind in kinds
        for name, hint in typing.get_type_hints(kind, include_extras=True).items()
        for each in unbounded(hint, f"{kind.__name__}.{name}")
    ]
    assert not found
