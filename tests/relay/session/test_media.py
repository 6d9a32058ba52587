"""Pictures: announced, sent in chunks, checked, shown in a message, sent back."""

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

from tests.pictures.pictures import file
from tests.relay.conftest import SALT, Person, World

from miaohui.wire.limits import MEDIA_BYTES, MEDIA_CHUNK_BYTES
from miaohui.wire.media import pack_chunk, unpack_chunk
from miaohui.wire.pacing import BEGIN_BYTES

PICTURE = file("PNG", 160, 160, compress_level=0)


async def upload(person: Person, session: str, content: bytes, **more: Any) -> str:
    media = str(uuid.uuid4())
    announced = {
        "session": session,
        "bytes": len(content),
        "mime": "image/png",
        "sha256": hashlib.sha256(content).hexdigest(),
        "width": 160,
        "height": 160,
        **more,
    }
    have = await person.ask(type="media_begin", id=media, **announced)
    assert have["received"] == 0
    assert person.line is not None
    for offset in range(0, len(content), MEDIA_CHUNK_BYTES):
        chunk = content[offset : offset + MEDIA_CHUNK_BYTES]
        person.line.binary(pack_chunk(uuid.UUID(media).bytes, offset, chunk))
    return media


def test_a_picture_goes_up_and_comes_back(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        media = await upload(customer, session, PICTURE)
        await customer.until(lambda frame: frame["type"] == "media_progress" and frame["complete"])
        body = {"salt": SALT, "media": media, "text": "ignored"}
        await customer.ask(type="send", session=session, content="image", body=body)
        entry = await responder.entry(session, "message")
        assert entry["content"] == "image"
        assert entry["commit"] == hashlib.sha256(bytes.fromhex(SALT) + PICTURE).hexdigest()
        shown = (await responder.attach(session))["items"][-1]["item"]["body"]
        assert (shown["media"], shown["bytes"], shown.get("text")) == (media, len(PICTURE), None)
        got = await responder.ask(type="media_get", session=session, media=media, offset=0)
        assert got["complete"]
        while (here := sum(len(unpack_chunk(each)[2]) for each in responder.binary)) < len(PICTURE):
            responder.say(type="media_took", media=media, received=here)
            await world.settle()
        assert b"".join(unpack_chunk(each)[2] for each in responder.binary) == PICTURE

    play(script)


def test_what_is_no_picture_or_not_the_announced_one_is_refused(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        begin = {"type": "media_begin", "session": session, "bytes": 9, "sha256": "0" * 64}
        size = {"width": 1, "height": 1}
        svg = await customer.ask(**begin, **size, id=str(uuid.uuid4()), mime="image/svg+xml")
        assert svg["code"] == "media_refused"
        await upload(customer, session, b"plain text, no picture")
        failed = await customer.until(
            lambda frame: frame["type"] == "media_progress" and frame["received"] == 0
        )
        assert not failed["complete"]
        # It is a picture, and not the one that was announced.
        await upload(customer, session, PICTURE, width=161)
        await customer.until(
            lambda frame: frame["type"] == "media_progress" and frame["received"] == 0
        )
        size = {"width": 20_000, "height": 20_000}
        large = await customer.ask(**begin, **size, id=str(uuid.uuid4()), mime="image/png")
        assert large["code"] == "media_refused"
        body = {"salt": SALT, "media": failed["media"]}
        sent = await customer.ask(type="send", session=session, content="image", body=body)
        assert sent["code"] == "media_refused"

    play(script)


def test_a_gap_in_an_upload_is_told(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        media = str(uuid.uuid4())
        await customer.ask(
            type="media_begin",
            id=media,
            session=session,
            bytes=100,
            mime="image/png",
            sha256="0" * 64,
            width=1,
            height=1,
        )
        assert customer.line is not None
        customer.line.binary(pack_chunk(uuid.UUID(media).bytes, 50, b"x" * 10))
        assert customer.frames[-1]["received"] == 0
        customer.line.binary(pack_chunk(uuid.UUID(media).bytes, 0, b"x" * 101))
        assert customer.frames[-1]["code"] == "too_large"

    play(script)


def test_an_upload_that_is_given_up_leaves_nothing(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        media = str(uuid.uuid4())
        begin = {
            "type": "media_begin",
            "id": media,
            "session": session,
            "bytes": len(PICTURE),
            "mime": "image/png",
            "sha256": hashlib.sha256(PICTURE).hexdigest(),
            "width": 160,
            "height": 160,
        }
        await customer.ask(**begin)
        assert customer.line is not None
        customer.line.binary(pack_chunk(uuid.UUID(media).bytes, 0, PICTURE[:8_192]))
        stranger = await responder.ask(type="media_drop", media=media)
        assert stranger["type"] == "done"
        assert (await customer.ask(**begin))["received"] == 8_192  # it was not theirs to drop
        assert (await customer.ask(type="media_drop", media=media))["type"] == "done"
        customer.line.binary(pack_chunk(uuid.UUID(media).bytes, 8_192, PICTURE[8_192:16_384]))
        assert customer.frames[-1]["code"] == "not_found"
        assert (await customer.ask(**begin))["received"] == 0

    play(script)


def test_a_picture_that_is_whole_cannot_be_given_up(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        media = await upload(customer, session, PICTURE)
        await customer.until(lambda frame: frame["type"] == "media_progress" and frame["complete"])
        assert (await customer.ask(type="media_drop", media=media))["type"] == "done"
        body = {"salt": SALT, "media": media}
        sent = await customer.ask(type="send", session=session, content="image", body=body)
        assert sent["type"] == "accepted"

    play(script)


def test_no_more_of_a_picture_is_sent_than_its_reader_takes(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        media = await upload(customer, session, PICTURE)
        await customer.until(lambda frame: frame["type"] == "media_progress" and frame["complete"])
        body = {"salt": SALT, "media": media}
        await customer.ask(type="send", session=session, content="image", body=body)
        await responder.entry(session, "message")
        get = {"type": "media_get", "session": session, "media": media}
        await responder.ask(**get)
        while len(responder.binary) < 2:
            await world.settle()
        for _ in range(50):
            await world.settle()
        sent = sum(len(unpack_chunk(each)[2]) for each in responder.binary)
        assert sent == BEGIN_BYTES
        # Asked for again from there, it goes on from there.
        await responder.ask(**get, offset=sent)
        while len(responder.binary) < 4:
            await world.settle()
        assert unpack_chunk(responder.binary[2])[1] == sent

    play(script)


def test_what_cannot_be_begun_says_why(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        stranger = await world.person("eve")

        async def begin(person: Person, **more: Any) -> tuple[str, str]:
            asked = {
                "session": session,
                "bytes": 10,
                "mime": "image/png",
                "sha256": "00" * 32,
                "width": 1,
                "height": 1,
                **more,
            }
            told = await person.ask(type="media_begin", id=str(uuid.uuid4()), **asked)
            return told["code"], told.get("detail", "")

        assert await begin(customer, bytes=MEDIA_BYTES + 1) == ("too_large", "media")
        assert (await begin(stranger))[0] == "not_found"
        await customer.ask(type="end", session=session, now=True)
        await customer.entry(session, "closed")
        assert (await begin(customer))[0] == "session_closed"

    play(script)


def test_an_upload_that_was_cut_goes_on_from_where_it_stands(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        media = str(uuid.uuid4())
        announced = {
            "session": session,
            "bytes": len(PICTURE),
            "mime": "image/png",
            "sha256": hashlib.sha256(PICTURE).hexdigest(),
            "width": 160,
            "height": 160,
        }
        await customer.ask(type="media_begin", id=media, **announced)
        assert customer.line is not None
        raw, first = uuid.UUID(media).bytes, PICTURE[:MEDIA_CHUNK_BYTES]
        customer.line.binary(pack_chunk(raw, 0, first))
        await world.settle()
        again = await customer.ask(type="media_begin", id=media, **announced)
        assert (again["received"], again["complete"]) == (len(first), False)
        for offset in range(len(first), len(PICTURE), MEDIA_CHUNK_BYTES):
            chunk = PICTURE[offset : offset + MEDIA_CHUNK_BYTES]
            customer.line.binary(pack_chunk(raw, offset, chunk))
        await customer.until(lambda frame: frame["type"] == "media_progress" and frame["complete"])
        whole = await customer.ask(type="media_begin", id=media, **announced)
        assert (whole["received"], whole["complete"]) == (len(PICTURE), True)

    play(script)


def test_a_picture_is_shown_to_those_of_its_session_alone(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        stranger = await world.person("eve")
        media = await upload(customer, session, PICTURE)
        await customer.until(lambda frame: frame["type"] == "media_progress" and frame["complete"])

        async def get(person: Person, **more: Any) -> tuple[str, str]:
            asked = {"session": session, "media": media, "offset": 0, **more}
            told = await person.ask(type="media_get", **asked)
            return told.get("code", told["type"]), told.get("detail", "")

        assert (await get(stranger))[0] == "not_found"
        assert await get(customer, media=str(uuid.uuid4())) == ("not_found", "media")
        assert await get(customer, offset=len(PICTURE) + 1) == ("not_allowed", "offset")
        assert (await get(customer, offset=len(PICTURE)))[0] not in ("not_found", "not_allowed")

    play(script)
