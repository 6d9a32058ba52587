"""The codec: what is written is read back, and what cannot be read is refused by a code."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.torture.samples import giants, sample

from miaohui.wire import catalogue, codec, link, sessions
from miaohui.wire.codec import FrameError
from miaohui.wire.errors import Code
from miaohui.wire.limits import TEXT_FRAME_BYTES
from miaohui.wire.media import pack_chunk, unpack_chunk
from miaohui.wire.schema import members


def test_a_frame_is_tagged_in_snake_case_and_read_back() -> None:
    frame = sessions.AskHandover(id="a", session="s-1")
    data = codec.encode(frame)
    assert msgspec.json.decode(data) == {"type": "ask_handover", "id": "a", "session": "s-1"}
    assert codec.decode_up(data) == frame


def test_fields_of_a_later_protocol_are_ignored() -> None:
    assert codec.decode_up(b'{"type":"ping","t1":5,"later":[1]}') == link.Ping(t1=5)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", Code.BAD_FRAME),
        (b"null", Code.BAD_FRAME),
        (b'{"type":"no_such"}', Code.BAD_FRAME),
        (b'{"type":"ping","t1":"5"}', Code.BAD_FRAME),
        (b'{"type":"ping","t1":NaN}', Code.BAD_FRAME),
        (b'{"type":"welcome"}', Code.BAD_FRAME),
        (b"\xff\xfe", Code.BAD_FRAME),
        (b"[" * 60_000, Code.BAD_FRAME),
        (b'{"type":"ping","t1":1}' + b" " * TEXT_FRAME_BYTES, Code.TOO_LARGE),
    ],
)
def test_what_cannot_be_read_is_refused_by_a_code(data: bytes, code: Code) -> None:
    with pytest.raises(FrameError) as caught:
        codec.decode_up(data)
    assert caught.value.code is code


@pytest.mark.parametrize("kind", members(codec.Up | codec.Down | codec.AnyResult))
def test_no_integer_is_larger_than_every_reader_holds(kind: type[msgspec.Struct]) -> None:
    msgspec.convert(sample(kind), kind)
    for words in giants(kind):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(words, kind)


def test_a_refusal_names_the_request_where_it_can() -> None:
    with pytest.raises(FrameError) as caught:
        codec.decode_up(b'{"type":"send","id":"x-7","session":3}')
    assert caught.value.id == "x-7"


def test_what_a_large_shop_adds_up_to_is_read() -> None:
    # A hundred conversations at a time, for ten years.
    together = 100 * 10 * 365 * 24 * 3_600_000
    for told in (
        catalogue.LoggedSums(origin="log", paid_ms=together, late_ms=together),
        catalogue.Measured(elapsed_ms=together, late_ms=together),
    ):
        assert msgspec.json.decode(msgspec.json.encode(told), type=type(told)) == told


def test_a_refusal_can_itself_be_read() -> None:
    message = {"message": "N" * 36, "salt": "0" * 32}
    frame = {"type": "file_report", "id": "a", "session": "s-1", "category": "fraud"}
    with pytest.raises(FrameError) as caught:
        codec.decode_up(msgspec.json.encode({**frame, "messages": [message]}))
    failed = link.Failed(id=caught.value.id, code=caught.value.code, detail=caught.value.detail)
    assert codec.decode_down(codec.encode(failed)) == failed


@given(st.binary(max_size=300))
def test_no_bytes_crash_the_decoders(data: bytes) -> None:
    for decode in (codec.decode_up, codec.decode_down):
        try:
            decode(data)
        except FrameError as error:
            assert error.code in (Code.BAD_FRAME, Code.TOO_LARGE)


@given(st.binary(min_size=16, max_size=16), st.integers(0, 2**63), st.binary(min_size=1))
def test_chunks_are_read_back(media: bytes, offset: int, chunk: bytes) -> None:
    assert unpack_chunk(pack_chunk(media, offset, chunk)) == (media, offset, chunk)


def test_a_chunk_without_content_is_refused() -> None:
    with pytest.raises(ValueError, match="too short"):
        unpack_chunk(b"\0" * 24)
