"""Page and types agree: docs/protocol.md and its schema are what the types say."""

import json
import re
from pathlib import Path

import jsonschema
import msgspec
import pytest

from miaohui.relay.shops.reviews import TAGS
from miaohui.wire import codec, link, schema
from miaohui.wire.answers import ANSWERS
from miaohui.wire.frame import Request
from miaohui.wire.sessions import Body, Send, WriteReview

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
    send = Send(id="1", session="s", body=Body(salt="00" * 16, text="在吗"))
    assert validator.is_valid(msgspec.json.decode(codec.encode(send)))
    assert validator.is_valid(msgspec.json.decode(codec.encode(link.Ping(t1=1))))
    assert not validator.is_valid({"type": "ping", "t1": "1"})
