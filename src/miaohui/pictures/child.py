"""The decoder's own process: a picture in, pixels or a file out, until its standard input ends.

It opens no file and no connection once it runs, has little memory, and ends itself where one
picture takes too long. Messages on both pipes: two big-endian lengths, JSON, bytes. The first says that it is ready.
"""

import contextlib
import json
import struct
import sys
from collections.abc import Callable, Sequence
from typing import BinaryIO

HEAD = struct.Struct(">II")
JSON_BYTES = 4096


Answer = Callable[[dict[str, object], bytes], tuple[dict[str, object], bytes]]


def main(arguments: Sequence[str]) -> int:
    """``arguments``: bytes of address space, seconds for one picture."""
    from miaohui.pictures import rendering

    return serve(arguments, rendering.warm, _answer)


def serve(arguments: Sequence[str], warm: Callable[[], None], answer_to: Answer) -> int:
    """Answers until its standard input ends; ``warm`` loads what would need a file later."""
    memory, seconds = int(arguments[0]), float(arguments[1])
    source, sink = sys.stdin.buffer, sys.stdout.buffer
    from miaohui.pictures import confined

    warm()
    confined.confine(memory)
    write(sink, {"ready": True}, b"")
    while (asked := read(source)) is not None:
        about, data = asked
        with confined.at_most(seconds):
            answer, made = answer_to(about, data)
        write(sink, answer, made)
    return 0


def _answer(about: dict[str, object], data: bytes) -> tuple[dict[str, object], bytes]:
    from miaohui.pictures import rendering
    from miaohui.pictures.header import PictureRefused

    try:
        if about["job"] == "show":
            wide, tall = about["width"], about["height"]
            assert isinstance(wide, int)
            assert isinstance(tall, int)
            width, height, pixels = rendering.shown(data, wide, tall)
            return {"width": width, "height": height}, pixels
        if about["job"] == "codes":
            return {}, json.dumps(rendering.codes(data)).encode()
        mime, width, height, file = rendering.prepared(
            data, original=about["original"] is True, whole=about["whole"] is True
        )
        return {"mime": mime, "width": width, "height": height}, file
    except PictureRefused as refused:
        return {"refused": refused.reason}, b""
    except MemoryError:
        return {"refused": "too_complex"}, b""
    except Exception:
        # Whatever a codec raises over a stranger's bytes, the bytes are at fault.
        return {"refused": "unreadable"}, b""


def write(sink: BinaryIO, about: dict[str, object], data: bytes) -> None:
    head = json.dumps(about).encode()
    sink.write(HEAD.pack(len(head), len(data)) + head)
    sink.write(data)
    sink.flush()


def read(source: BinaryIO, most: int = 2**32) -> tuple[dict[str, object], bytes] | None:
    """The next message; None at the end, or where it is none."""
    lengths = source.read(HEAD.size)
    if len(lengths) < HEAD.size:
        return None
    about, data = HEAD.unpack(lengths)
    if about > JSON_BYTES or data > most:
        return None
    head, body = source.read(about), source.read(data)
    if len(head) < about or len(body) < data:
        return None
    with contextlib.suppress(ValueError):
        found = json.loads(head)
        if isinstance(found, dict):
            return found, body
    return None
