"""Voice notes: checked by their container, counted like any message, stored like pictures."""

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

from tests.relay.conftest import SALT, Person, World
from tests.relay.session.test_media import PICTURE, upload
from tests.voice.notes import encoded, joined, note, pages, summed

from miaohui.voice.limits import NOTE_BYTES
from miaohui.wire.media import unpack_chunk

NOTE = note(2.0)
KIND: dict[str, Any] = {"mime": "audio/ogg", "width": 0, "height": 0}


async def over(person: Person) -> dict[str, Any]:
    """How the newest upload ended."""
    return await person.until(
        lambda frame: (
            frame["type"] == "media_progress" and (frame["complete"] or not frame["received"])
        )
    )


def test_a_note_goes_up_starts_the_clock_and_comes_back(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        media = await upload(customer, session, NOTE.data, **KIND)
        assert (await over(customer))["complete"]
        # The relay says how long it is, whatever its sender says.
        body = {"salt": SALT, "media": media, "levels": NOTE.levels, "ms": 9, "text": "ignored"}
        sent = await customer.ask(type="send", session=session, content="voice", body=body)
        assert sent["type"] != "failed", sent
        entry = await responder.entry(session, "message")
        assert entry["content"] == "voice"
        assert entry["commit"] == hashlib.sha256(bytes.fromhex(SALT) + NOTE.data).hexdigest()
        shown = (await responder.attach(session))["items"][-1]["item"]["body"]
        assert shown == {
            "salt": SALT,
            "media": media,
            "mime": "audio/ogg",
            "bytes": len(NOTE.data),
            "ms": 2000,
            "levels": NOTE.levels,
        }
        await responder.ask(type="media_get", session=session, media=media, offset=0)
        while (here := sum(len(unpack_chunk(each)[2]) for each in responder.binary)) < len(
            NOTE.data
        ):
            responder.say(type="media_took", media=media, received=here)
            await world.settle()
        assert b"".join(unpack_chunk(each)[2] for each in responder.binary) == NOTE.data

    play(script)


def test_what_is_no_note_is_refused(play: Callable[..., None]) -> None:
    *before, last = pages(NOTE.data)
    wrong = (
        b"words, no note",
        encoded(0.9),
        encoded(61.0),
        NOTE.data + joined([summed(page, serial=7) for page in pages(encoded(1.5))]),
        joined([*before, summed(last, granule=30 * 3600 * 48_000)]),
        NOTE.data[:-1],
        PICTURE,
    )

    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        for content in wrong:
            media = await upload(customer, session, content, **KIND)
            assert not (await over(customer))["complete"]
            await customer.ask(type="media_drop", media=media)
            customer.frames.clear()
        begin = {"type": "media_begin", "session": session, "sha256": "0" * 64}
        id = str(uuid.uuid4())
        large = await customer.ask(**begin, **KIND, id=id, bytes=NOTE_BYTES + 1)
        assert large["code"] == "too_large"
        sized = await customer.ask(**begin, **KIND | {"width": 1}, id=id, bytes=9)
        assert sized["code"] == "media_refused"

    play(script)


def test_a_note_is_sent_as_a_note_and_a_picture_as_a_picture(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        for content, more, wrong in ((NOTE.data, KIND, "image"), (PICTURE, {}, "voice")):
            media = await upload(customer, session, content, **more)
            assert (await over(customer))["complete"]
            customer.frames.clear()
            body = {"salt": SALT, "media": media}
            refused = await customer.ask(type="send", session=session, content=wrong, body=body)
            assert refused["code"] == "media_refused"

    play(script)
