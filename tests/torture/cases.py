"""What RFC 6455 asks of a server, case by case: framing, control frames, reserved bits and opcodes,
fragments, UTF-8, closing, limits. Numbered by chapter as public conformance suites are.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from tests.torture.rawsocket import BINARY, CLOSE, CONTINUED, PING, PONG, TEXT, closing, frame

LIMIT = 64 * 1024
BAD = 1002
NOT_UTF8 = 1007
TOO_LARGE = 1009
Heard = tuple[int, bytes]


@dataclass(frozen=True, slots=True)
class Case:
    """``sends``: pieces, each written at once. ``hears``: what must come back before the end.

    ``close``: the code that the server must close with; None where nothing is wrong, and the client
    ends it. ``chop``: bytes to a write. ``slow``: the server must fail before the last piece.
    """

    number: str
    about: str
    sends: tuple[bytes, ...]
    hears: tuple[Heard, ...] = ()
    close: int | None = None
    chop: int = 0
    slow: bool = False


def framing() -> Iterator[Case]:
    sizes = (0, 125, 126, 127, 128, 65_535, 65_536)
    for part, (opcode, word) in enumerate(((TEXT, "text"), (BINARY, "binary")), 1):
        for at, size in enumerate(sizes, 1):
            data = (b"*" if opcode == TEXT else b"\xfe") * size
            yield Case(
                f"1.{part}.{at}", f"{word} of {size}", (frame(opcode, data),), ((opcode, data),)
            )
        data = b"*" * 65_536
        yield Case(
            f"1.{part}.8",
            f"{word} of 65,536 in pieces of 997",
            (frame(opcode, data),),
            ((opcode, data),),
            chop=997,
        )


def pings() -> Iterator[Case]:
    for at, payload in enumerate(
        (b"", b"hello", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", b"\xfe" * 125), 1
    ):
        yield Case(
            f"2.{at}", f"ping of {len(payload)}", (frame(PING, payload),), ((PONG, payload),)
        )
    yield Case("2.5", "a ping of 126", (frame(PING, b"\xfe" * 126),), close=BAD)
    yield Case(
        "2.6",
        "a ping byte by byte",
        (frame(PING, b"\xfe" * 125),),
        ((PONG, b"\xfe" * 125),),
        chop=1,
    )
    yield Case("2.7", "a pong nobody asked for", (frame(PONG),))
    yield Case("2.8", "a pong with a payload", (frame(PONG, b"unasked"),))
    yield Case(
        "2.9", "a pong, then a ping", (frame(PONG, b"unasked"), frame(PING, b"p")), ((PONG, b"p"),)
    )
    ten = tuple(frame(PING, b"payload-%d" % each) for each in range(10))
    answers = tuple((PONG, b"payload-%d" % each) for each in range(10))
    yield Case("2.10", "ten pings", ten, answers)
    yield Case("2.11", "ten pings byte by byte", ten, answers, chop=1)


def reserved_bits() -> Iterator[Case]:
    word = b"small"
    yield Case("3.1", "text with a reserved bit", (frame(TEXT, word, rsv=1),), close=BAD)
    sends = (frame(TEXT, word), frame(TEXT, word, rsv=2), frame(PING))
    for number, chop in (("3.2", 0), ("3.3", 4096), ("3.4", 1)):
        yield Case(number, "text, then a reserved bit", sends, ((TEXT, word),), BAD, chop)
    yield Case("3.5", "binary with two", (frame(BINARY, b"\xff", rsv=5),), close=BAD)
    yield Case("3.6", "a ping with two", (frame(PING, word, rsv=6),), close=BAD)
    yield Case("3.7", "a close with three", (frame(CLOSE, rsv=7),), close=BAD)


def reserved_opcodes() -> Iterator[Case]:
    for part, opcodes in ((1, range(3, 8)), (2, range(11, 16))):
        for at, opcode in enumerate(opcodes, 1):
            sends: tuple[bytes, ...] = (frame(opcode, b"x" if at > 1 else b""),)
            hears: tuple[Heard, ...] = ()
            if at > 2:
                sends, hears = (frame(TEXT, b"hi"), *sends, frame(PING)), ((TEXT, b"hi"),)
            chop = 1 if at == 5 else 0
            yield Case(f"4.{part}.{at}", f"opcode {opcode}", sends, hears, BAD, chop)


def fragments() -> Iterator[Case]:
    begin, end = frame(TEXT, b"frag1", fin=False), frame(CONTINUED, b"frag2")
    whole = ((TEXT, b"frag1frag2"),)
    ping, pong = frame(PING, b"between"), (PONG, b"between")
    yield Case(
        "5.1", "a ping in two", (frame(PING, b"a", fin=False), frame(CONTINUED, b"b")), close=BAD
    )
    yield Case(
        "5.2", "a pong in two", (frame(PONG, b"a", fin=False), frame(CONTINUED, b"b")), close=BAD
    )
    for at, chop in enumerate((0, 7, 1)):
        yield Case(f"5.{3 + at}", "text in two", (begin, end), whole, chop=chop)
        yield Case(f"5.{6 + at}", "a ping between", (begin, ping, end), (pong, *whole), chop=chop)
        stray = frame(CONTINUED, b"stray")
        yield Case(f"5.{9 + at}", "an end of nothing", (stray, frame(TEXT, b"x")), (), BAD, chop)
        stray = frame(CONTINUED, b"stray", fin=False)
        yield Case(f"5.{12 + at}", "a middle of nothing", (stray, frame(TEXT, b"x")), (), BAD, chop)
    more = frame(CONTINUED, b"frag3", fin=False)
    yield Case("5.15", "a middle after the end", (begin, end, more, frame(TEXT, b"x")), whole, BAD)
    yield Case("5.16", "middles and texts", (more, frame(TEXT, b"x")) * 2, (), BAD)
    yield Case("5.17", "ends and texts", (end, frame(TEXT, b"x")) * 2, (), BAD)
    yield Case("5.18", "a text inside a text", (begin, frame(TEXT, b"frag2")), (), BAD)
    five = (
        begin,
        frame(CONTINUED, b"frag2", fin=False),
        ping,
        frame(CONTINUED, b"frag3", fin=False),
        frame(CONTINUED, b"frag4", fin=False),
        ping,
        frame(CONTINUED, b"frag5"),
    )
    told = (pong, pong, (TEXT, b"frag1frag2frag3frag4frag5"))
    yield Case("5.19", "five parts with pings between, one by one", five, told, chop=11)
    yield Case("5.20", "five parts with pings between", five, told)


SOUND_TEXTS = (
    "Hello-µ@ßöäüàá-UTF-8!!".encode(),
    "κόσμε".encode(),
    "秒回，今天有点难过 🌙".encode(),
)
# Well-formed and not: first and last of each length, surrogates, what is no character, what is too
# long, what ends too early, what begins in the middle, bytes that never occur.
SOUND_BYTES = (
    b"\x00",
    b"\xc2\x80",
    b"\xe0\xa0\x80",
    b"\xf0\x90\x80\x80",
    b"\x7f",
    b"\xdf\xbf",
    b"\xef\xbf\xbf",
    b"\xf4\x8f\xbf\xbf",
    b"\xed\x9f\xbf",
    b"\xee\x80\x80",
    b"\xef\xbf\xbd",
    *(chr(plane << 16 | last).encode() for plane in range(17) for last in (0xFFFE, 0xFFFF)),
    b"\xef\xb7\x90",
    b"\xef\xb7\xaf",
    b"\xe2\x80\x8b\xe2\x80\xae",
)
BROKEN_BYTES = (
    b"\xf8\x88\x80\x80\x80",
    b"\xfc\x84\x80\x80\x80\x80",
    b"\xf7\xbf\xbf\xbf",
    b"\xfb\xbf\xbf\xbf\xbf",
    b"\xfd\xbf\xbf\xbf\xbf\xbf",
    b"\xf4\x90\x80\x80",
    *(b"\x80" * size for size in range(1, 8)),
    b"\xbf",
    bytes(range(0x80, 0xC0)),
    b" ".join(bytes((each,)) for each in range(0xC0, 0xE0)),
    b" ".join(bytes((each,)) for each in range(0xE0, 0xF0)),
    b" ".join(bytes((each,)) for each in range(0xF0, 0xF8)),
    b" ".join(bytes((each,)) for each in range(0xF8, 0xFC)),
    b"\xfc \xfd ",
    b"\xc0",
    b"\xe0\x80",
    b"\xf0\x80\x80",
    b"\xf8\x80\x80\x80",
    b"\xfc\x80\x80\x80\x80",
    b"\xdf",
    b"\xef\xbf",
    b"\xf7\xbf\xbf",
    b"\xfb\xbf\xbf\xbf",
    b"\xfd\xbf\xbf\xbf\xbf",
    b"\xc0\xe0\x80\xf0\x80\x80",
    b"\xfe",
    b"\xff",
    b"\xfe\xfe\xff\xff",
    b"\xc0\xaf",
    b"\xe0\x80\xaf",
    b"\xf0\x80\x80\xaf",
    b"\xf8\x80\x80\x80\xaf",
    b"\xfc\x80\x80\x80\x80\xaf",
    b"\xc1\xbf",
    b"\xe0\x9f\xbf",
    b"\xf0\x8f\xbf\xbf",
    b"\xf8\x87\xbf\xbf\xbf",
    b"\xfc\x83\xbf\xbf\xbf\xbf",
    b"\xc0\x80",
    b"\xe0\x80\x80",
    b"\xf0\x80\x80\x80",
    b"\xf8\x80\x80\x80\x80",
    b"\xfc\x80\x80\x80\x80\x80",
    b"\xed\xa0\x80",
    b"\xed\xad\xbf",
    b"\xed\xae\x80",
    b"\xed\xaf\xbf",
    b"\xed\xb0\x80",
    b"\xed\xbe\x80",
    b"\xed\xbf\xbf",
    b"\xed\xa0\x80\xed\xb0\x80",
    b"\xed\xad\xbf\xed\xbf\xbf",
    b"\xed\xaf\xbf\xed\xbf\xbf",
)


def octets(text: bytes) -> tuple[bytes, ...]:
    """A text in fragments of one byte."""
    parts = [frame(CONTINUED, text[at : at + 1], fin=False) for at in range(len(text))]
    parts[0] = frame(TEXT, text[:1], fin=False)
    return (*parts, frame(CONTINUED))


def utf8() -> Iterator[Case]:
    empty = (TEXT, b"")
    yield Case("6.1.1", "an empty text", (frame(TEXT),), (empty,))
    nothing = (frame(TEXT, fin=False), frame(CONTINUED, fin=False), frame(CONTINUED))
    yield Case("6.1.2", "three empty parts", nothing, (empty,))
    middle = (nothing[0], frame(CONTINUED, b"middle", fin=False), nothing[2])
    yield Case("6.1.3", "only the middle says something", middle, ((TEXT, b"middle"),))
    for at, text in enumerate(SOUND_TEXTS, 1):
        told = ((TEXT, text),)
        half = len(text) // 2 + 1
        halves = (frame(TEXT, text[:half], fin=False), frame(CONTINUED, text[half:]))
        yield Case(f"6.2.{at}a", "a sound text", (frame(TEXT, text),), told)
        yield Case(f"6.2.{at}b", "a sound text in two", halves, told)
        yield Case(f"6.2.{at}c", "a sound text in bytes", octets(text), told)
    broken = SOUND_TEXTS[1] + b"\xed\xa0\x80" + b"edited"
    yield Case("6.3.1", "a broken text", (frame(TEXT, broken),), (), NOT_UTF8)
    yield Case("6.3.2", "a broken text in bytes", octets(broken), (), NOT_UTF8)
    for at, bad in enumerate((b"\xf4\x90\x80\x80", b"\xf4\x90"), 1):
        parts = (
            frame(TEXT, SOUND_TEXTS[1], fin=False),
            frame(CONTINUED, bad, fin=False),
            frame(CONTINUED, b"edited"),
        )
        yield Case(
            f"6.4.{at}", "broken before the last part is sent", parts, (), NOT_UTF8, slow=True
        )
        whole = frame(TEXT, SOUND_TEXTS[1] + bad + b"edited")
        yield Case(f"6.4.{at + 2}", "broken inside a frame", (whole,), (), NOT_UTF8, chop=3)
    for at, data in enumerate(SOUND_BYTES, 1):
        yield Case(f"6.5.{at}", f"sound: {data.hex()}", (frame(TEXT, data),), ((TEXT, data),))
    for at, data in enumerate(BROKEN_BYTES, 1):
        yield Case(f"6.6.{at}", f"broken: {data[:8].hex()}", (frame(TEXT, data),), (), NOT_UTF8)
        two = (frame(TEXT, data[:1], fin=False), frame(CONTINUED, data[1:]))
        yield Case(f"6.7.{at}", f"broken in two: {data[:8].hex()}", two, (), NOT_UTF8)


def closes() -> Iterator[Case]:
    hello = frame(TEXT, b"hello")
    normal = closing(1000)
    yield Case("7.1.1", "a text, then a close", (hello, normal), ((TEXT, b"hello"),), 1000)
    yield Case("7.1.2", "two closes", (normal + normal,), (), 1000)
    yield Case("7.1.3", "a ping after the close", (normal, frame(PING)), (), 1000)
    yield Case("7.1.4", "a text after the close", (normal, hello), (), 1000)
    torn = (frame(TEXT, b"frag1", fin=False), normal, frame(CONTINUED, b"frag2"))
    yield Case("7.1.5", "a close inside a text", torn, (), 1000)
    large = b"BAsd7&jh23" * 6_000
    yield Case(
        "7.1.6", "a large text, hello, close, ping",
        (frame(TEXT, large), hello, normal, frame(PING)),
        ((TEXT, large), (TEXT, b"hello")), 1000,
    )  # fmt: skip
    yield Case("7.3.1", "a close that says nothing", (frame(CLOSE),), (), 1000)
    yield Case("7.3.2", "a close of one byte", (frame(CLOSE, b"a"),), (), BAD)
    yield Case("7.3.3", "a close with a code", (normal,), (), 1000)
    yield Case("7.3.4", "a close with a reason", (closing(1000, b"bye"),), (), 1000)
    yield Case("7.3.5", "the longest reason", (closing(1000, b"*" * 123),), (), 1000)
    yield Case("7.3.6", "a reason too long", (closing(1000, b"*" * 124),), (), BAD)
    yield Case(
        "7.5.1", "a reason that is not UTF-8", (closing(1000, BROKEN_BYTES[0]),), (), NOT_UTF8
    )
    sound = (1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999)
    for at, code in enumerate(sound, 1):
        yield Case(f"7.7.{at}", f"code {code}", (closing(code),), (), code)
    for at, code in enumerate((0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999), 1):
        yield Case(f"7.9.{at}", f"code {code}", (closing(code),), (), BAD)
    for at, code in enumerate((5000, 65_535), 1):
        yield Case(f"7.13.{at}", f"code {code}", (closing(code),), (), BAD)


def pieces_and_limits() -> Iterator[Case]:
    data = b"*" * LIMIT
    parts = [
        frame(CONTINUED, data[at : at + 1300], fin=at + 1300 >= LIMIT)
        for at in range(0, LIMIT, 1300)
    ]
    parts[0] = frame(TEXT, data[:1300], fin=False)
    yield Case("10.1.1", "65,536 in parts of 1,300", tuple(parts), ((TEXT, data),))
    yield Case("10.2.1", "one byte too many", (frame(TEXT, data + b"*"),), (), TOO_LARGE)
    over = (frame(TEXT, data, fin=False), frame(CONTINUED, b"*"))
    yield Case("10.2.2", "one byte too many, in parts", over, (), TOO_LARGE)
    yield Case("10.2.3", "a frame without a mask", (frame(TEXT, b"x", masked=False),), (), BAD)
    head = b"\x81\xff" + b"\xff" * 8
    yield Case("10.2.4", "a length that no frame has", (head + b"\0" * 16,), (), BAD)


def every() -> list[Case]:
    return [
        *framing(),
        *pings(),
        *reserved_bits(),
        *reserved_opcodes(),
        *fragments(),
        *utf8(),
        *closes(),
        *pieces_and_limits(),
    ]
