"""How much of pictures a relay takes, and what becomes of those that nobody finished."""

import asyncio
import hashlib
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.relay.conftest import SALT, Person, Script, World, world_in
from tests.relay.session.test_media import PICTURE, upload

from miaohui.relay.session.picture_quota import UNFINISHED_KEPT_MS, PictureQuota
from miaohui.wire.limits import MEDIA_BYTES, MEDIA_CHUNK_BYTES
from miaohui.wire.media import pack_chunk

SIDE = 20_000


async def begin(person: Person, session: str, media: str = "", **more: Any) -> dict[str, Any]:
    announced = {
        "session": session,
        "bytes": len(PICTURE),
        "mime": "image/png",
        "sha256": hashlib.sha256(PICTURE).hexdigest(),
        "width": 160,
        "height": 160,
        **more,
    }
    return await person.ask(type="media_begin", id=media or str(uuid.uuid4()), **announced)


async def whole(person: Person, session: str) -> str:
    """A picture that went up."""
    mark = len(person.frames)
    media = await upload(person, session, PICTURE)
    await person.until(lambda each: each["type"] == "media_progress" and each["complete"], mark)
    return media


def play_with(folder: Path, script: Script, **options: Any) -> None:
    async def job() -> None:
        async with world_in(folder, **options) as world:
            await script(world)

    asyncio.run(job())


@pytest.mark.parametrize(
    ("what", "quota"),
    [
        ("account", PictureQuota(account=2 * len(PICTURE))),
        ("session", PictureQuota(session=2 * len(PICTURE))),
        ("relay", PictureQuota(relay=2 * len(PICTURE))),
    ],
)
def test_there_is_room_for_so_many_bytes(tmp_path: Path, what: str, quota: PictureQuota) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        other = await world.open("cai", "rin")
        await whole(customer, session)
        assert (await begin(customer, session))["received"] == 0  # full to the last byte
        told = await begin(customer, session, bytes=1)
        assert (told["code"], told["detail"]) == ("no_room", what)
        elsewhere = await begin(customer, other, bytes=1)
        assert elsewhere.get("detail") == (None if what == "session" else what)
        theirs = await begin(responder, other, bytes=1)
        assert theirs.get("detail") == ("relay" if what == "relay" else None)

    play_with(tmp_path, script, pictures=quota)


def test_three_are_on_their_way_at_a_time(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        for number in range(3):
            assert (await begin(customer, session, str(uuid.UUID(int=number))))["received"] == 0
        told = await begin(customer, session)
        assert (told["code"], told["detail"], told["retry_ms"]) == ("too_many", "media", 5_000)
        assert (await begin(responder, session))["received"] == 0
        # One that is begun again is no further one; one that is given up makes room.
        assert (await begin(customer, session, str(uuid.UUID(int=1))))["received"] == 0
        await customer.ask(type="media_drop", media=str(uuid.UUID(int=1)))
        assert (await begin(customer, session))["received"] == 0

    play(script)


def test_so_many_are_begun_in_a_row_and_then_one_in_ten_seconds(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        for _ in range(30):
            media = str(uuid.uuid4())
            assert (await begin(customer, session, media))["received"] == 0
            # What is on its way already is begun again as often as the line breaks.
            assert (await begin(customer, session, media))["received"] == 0
            await customer.ask(type="media_drop", media=media)
        told = await begin(customer, session)
        assert (told["code"], told["detail"], told["retry_ms"]) == ("too_many", "media", 10_000)
        world.pass_ms(10_000)
        assert (await begin(customer, session))["received"] == 0

    play(script)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"width": SIDE + 1, "height": 1}, "media_refused"),
        ({"width": 1, "height": SIDE + 1}, "media_refused"),
        ({"width": 0}, "media_refused"),
        ({"height": 0}, "media_refused"),
        ({"sha256": "0" * 63}, "bad_frame"),
        ({"sha256": "0" * 65}, "bad_frame"),
        ({"bytes": 0}, "too_large"),
        ({"bytes": MEDIA_BYTES + 1}, "too_large"),
        ({"bytes": MEDIA_BYTES}, None),
        ({"bytes": 1, "width": 1, "height": 1}, None),
    ],
)
def test_what_is_announced_has_to_be_possible(
    play: Callable[..., None], other: dict[str, Any], code: str | None
) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        assert (await begin(customer, session, **other)).get("code") == code

    play(script)


def test_one_id_is_one_picture(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        media = str(uuid.uuid4())
        await begin(customer, session, media)
        assert (await begin(customer, session, media, sha256="1" * 64))["code"] == "id_reused"
        assert (await begin(customer, session, media, bytes=5))["code"] == "id_reused"
        assert (await begin(responder, session, media))["code"] == "id_reused"
        for no_id in ("n" * 36, media.replace("-", "/"), media.upper().replace("-", "A")):
            assert (await begin(customer, session, no_id))["code"] == "bad_frame"

    play(script)


def test_a_piece_that_belongs_nowhere_is_refused(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        media = str(uuid.uuid4())
        raw = uuid.UUID(media).bytes
        await begin(customer, session, media)

        def told(person: Person, data: bytes) -> tuple[str, str]:
            assert person.line is not None
            person.line.binary(data)
            return person.frames[-1].get("code", ""), person.frames[-1].get("detail", "")

        assert told(customer, b"short") == ("bad_frame", "chunk")
        assert told(customer, pack_chunk(uuid.uuid4().bytes, 0, b"x")) == ("not_found", "media")
        assert told(responder, pack_chunk(raw, 0, b"x")) == ("not_found", "media")
        large = pack_chunk(raw, 0, bytes(MEDIA_CHUNK_BYTES + 1))
        assert told(customer, large) == ("too_large", "chunk")
        assert customer.line is not None
        customer.line.binary(pack_chunk(raw, 0, PICTURE[:MEDIA_CHUNK_BYTES]))
        assert customer.frames[-1]["received"] == MEDIA_CHUNK_BYTES
        # The same piece once more changes nothing.
        customer.line.binary(pack_chunk(raw, 0, PICTURE[:MEDIA_CHUNK_BYTES]))
        assert customer.frames[-1]["received"] == MEDIA_CHUNK_BYTES

    play(script)


def test_what_nobody_finished_in_a_day_is_thrown_away(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        pictures, folder = world.relay.pictures, world.relay.options.data / "media"
        done = await whole(customer, session)
        begun = [str(uuid.uuid4()) for _ in range(3)]
        for media in begun:
            await begin(customer, session, media)
            assert customer.line is not None
            customer.line.binary(pack_chunk(uuid.UUID(media).bytes, 0, PICTURE[:8]))
            world.clock.utc += 1
        await begin(customer, session, begun[0])
        world.clock.utc += UNFINISHED_KEPT_MS - 3
        assert await pictures.forget_unfinished(5) == 0
        world.clock.utc += 2
        assert await pictures.forget_unfinished(1) == 1
        parts = {each.name for each in folder.iterdir()}
        assert parts == {done, f"{begun[1]}.part", f"{begun[2]}.part"}
        assert customer.line is not None
        customer.line.binary(pack_chunk(uuid.UUID(begun[0]).bytes, 8, PICTURE[8:16]))
        assert customer.frames[-1]["code"] == "not_found"
        world.clock.utc += 10
        assert await pictures.forget_unfinished(5) == 2
        assert {each.name for each in folder.iterdir()} == {done}
        # It can be begun anew.
        assert (await begin(customer, session, begun[0]))["received"] == 0

    play(script)


def test_files_that_no_row_knows_are_swept(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        folder = world.relay.options.data / "media"
        done, begun = await whole(customer, session), str(uuid.uuid4())
        await begin(customer, session, begun)
        for name in ("stray", f"{done}.part", f"{begun}.part", begun):
            (folder / name).write_bytes(b"x")
        assert await world.relay.pictures.forget_strays() == 2
        assert {each.name for each in folder.iterdir()} == {done, begun, f"{begun}.part"}

    play(script)


def test_a_picture_that_was_taken_back_is_gone_from_the_disk(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        folder = world.relay.options.data / "media"
        kept, media = await whole(customer, session), await whole(customer, session)
        shown = []
        for each in (kept, media):
            body = {"salt": SALT, "media": each}
            shown.append(
                await customer.ask(type="send", session=session, content="image", body=body)
            )
        assert (await customer.ask(type="recall", session=session, seq=shown[1]["seq"]))[
            "type"
        ] == "done"
        await world.relay.pictures.erase()
        assert {each.name for each in folder.iterdir()} == {kept}
        gone = await responder.ask(type="media_get", session=session, media=media, offset=0)
        assert (gone["code"], gone["detail"]) == ("not_found", "media")
        doomed = await world.relay.store.read(
            lambda conn: conn.execute("SELECT count(*) FROM doomed_media").fetchone()[0]
        )
        assert doomed == 0

    play(script)


def test_a_picture_is_sent_by_who_put_it_there_to_where_it_was_put(
    play: Callable[..., None],
) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        other = await world.open("cai", "rin")
        await customer.attach(other)
        media = await whole(customer, session)

        async def sent(person: Person, where: str, **body: str) -> tuple[str, str]:
            whole_body = {"salt": SALT, "media": media, **body}
            told = await person.ask(
                type="send", session=where, content="image", body=whole_body, seen_seq=0
            )
            return told.get("code", told["type"]), told.get("detail", "")

        assert (await sent(customer, session, salt="g" * 32))[0] == "bad_frame"
        assert (await sent(customer, session, media="n" * 36))[0] == "bad_frame"
        bare = await customer.ask(
            type="send", session=session, content="image", body={"salt": SALT}
        )
        assert (bare["code"], bare["detail"]) == ("media_refused", "media")
        assert await sent(customer, other) == ("media_refused", "media")
        assert await sent(responder, session) == ("media_refused", "media")
        assert await sent(customer, session) == ("accepted", "")
        media = await whole(responder, session)
        assert await sent(responder, session) == ("accepted", "")
        items = (await customer.attach(session))["items"]
        assert items[-1]["item"]["body"]["name"] == "Rin"
        assert "name" not in items[-2]["item"]["body"]
        assert (items[-1]["item"]["body"]["mime"], items[-1]["item"]["body"]["width"]) == (
            "image/png",
            160,
        )

    play(script)


def test_so_many_pictures_are_on_their_way_to_one_reader(play: Callable[..., None]) -> None:
    async def script(world: World) -> None:
        customer, _, session = await world.pair()
        shown = [await whole(customer, session) for _ in range(17)]
        for media in shown[:16]:
            got = await customer.ask(type="media_get", session=session, media=media, offset=0)
            assert (got["complete"], got["received"]) == (True, len(PICTURE))
        told = await customer.ask(type="media_get", session=session, media=shown[16], offset=0)
        assert (told["code"], told["detail"], told["retry_ms"]) == ("too_many", "media", 1000)
        again = await customer.ask(type="media_get", session=session, media=shown[0], offset=0)
        assert again["complete"]

    play(script)
