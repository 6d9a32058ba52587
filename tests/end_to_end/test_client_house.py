"""Two starts of one app, queued words, pictures, sign-out: real clients on a real relay."""

import asyncio
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import keyring
import pytest
from tests.client.keys import Box
from tests.client.world import (
    LIMIT_S,
    PASSWORD,
    Mirror,
    Person,
    RelayProcess,
    bought,
    invitation,
    opened,
    person,
    session_of,
)
from tests.voice.notes import note

from miaohui.client.port import Refused
from miaohui.client.settings import Settings
from miaohui.client.snapshots import (
    Change,
    Delivery,
    MessagesChanged,
    Notice,
    Updated,
    Voice,
)
from miaohui.client.unsent import MessageDraft
from miaohui.voice.writing import RecordedNote
from miaohui.wire.accounts import Devices, ListDevices, RevokeDevice
from miaohui.wire.catalogue import Search, ShopPage
from miaohui.wire.desk import AcceptOrder
from miaohui.wire.sessions import AskBreak, End, Extend, Pause, Resume


@pytest.fixture(autouse=True)
def box() -> Iterator[Box]:
    before, mine = keyring.get_keyring(), Box()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    rows = b"".join(b"\0" + bytes((x * y) % 251 for x in range(width * 3)) for y in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(rows, 0)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


async def signed_up(relay: RelayProcess, anna: Person, bo: Person, suffix: str) -> None:
    for each in (anna, bo):
        await each.until(lambda e=each: e.client.view.link.state == "live")  # type: ignore[misc]
    await anna.client.sign_up(f"anna-{suffix}", PASSWORD, "安娜")
    await bo.client.sign_up(f"xiaobo-{suffix}", PASSWORD, "小波", await invitation(relay))


def test_history_is_there_before_the_link(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "relay")
    folder = tmp_path / "app"

    async def job() -> None:
        settings = Settings(None)
        async with (
            person(relay.url, folder, settings=settings) as anna,
            person(relay.url) as bo,
        ):
            await signed_up(relay, anna, bo, "start")
            session = await opened(anna, bo)
            key = anna.client.send_text(session, "记得我吗")
            await anna.until(
                lambda: anna.client.panel_of_message(session, key).seq is not None  # type: ignore[union-attr]
            )
            anna.client.set_draft(session, MessageDraft("半句"))
            page = await anna.client.ask(Search(id=anna.client.new_id()))
            assert isinstance(page, ShopPage)
        # The second start finds no relay at that address: everything comes from this machine.
        settings.set(relay_url=relay.url)
        relay.kill()
        async with person(relay.url, folder, settings=settings) as anna:
            await anna.until(lambda: anna.client.view.account is not None)
            assert anna.client.view.keyring == "working"
            assert [card.session for card in anna.client.view.sessions] == [session]
            anna.client.focus(session)
            await anna.until(lambda: anna.texts(session) == ["记得我吗"])
            assert (await anna.client.read_draft(session)).text == "半句"
            await anna.until(lambda: anna.client.view.link.state == "offline")
            assert await anna.client.ask(Search(id=anna.client.new_id())) == page
            late = anna.client.send_text(session, "还在写")
            await anna.until(
                lambda: anna.client.messages(session)[-1].delivery is Delivery.NOT_DELIVERED
            )
        async with person(relay.url, folder, settings=settings) as anna:
            await anna.until(
                lambda: anna.texts(session) == ["记得我吗", "还在写"] or _focus(anna, session)
            )
            relay.again()
            await anna.until(
                lambda: anna.client.panel_of_message(session, late).seq is not None  # type: ignore[union-attr]
            )
            assert anna.texts(session) == ["记得我吗", "还在写"]
            # What the relay accepted can be found once its item of the feed is stored.
            async with asyncio.timeout(LIMIT_S):
                while [hit.key for hit in await anna.client.search("写")] != [late]:
                    pass

    try:
        asyncio.run(job())
    finally:
        relay.stop()


def _focus(someone: Person, session: str) -> bool:
    someone.client.focus(session)
    return False


def test_what_is_said_in_the_queue_opens_the_session(relay: RelayProcess) -> None:
    async def job() -> None:
        async with person(relay.url) as anna, person(relay.url) as bo:
            await signed_up(relay, anna, bo, "queue")
            order = await bought(anna, bo)
            anna.client.focus(order)
            key = anna.client.send_text(order, "我先说一句")
            assert anna.texts(order) == ["我先说一句"]
            await anna.until(lambda: anna.client.messages(order)[-1].delivery is Delivery.ACCEPTED)
            panel = anna.client.panel(order)
            assert panel is not None
            assert panel.phase == "queued"
            me = bo.client
            await bo.until(lambda: bool(me.view.desk and me.view.desk.incoming))
            await me.ask(AcceptOrder(id=me.new_id(), order=order))
            await anna.until(lambda: bool(session_of(anna, order)))
            session = session_of(anna, order)
            await anna.until(
                lambda: getattr(anna.client.panel_of_message(session, key), "seq", None) is not None
            )
            assert anna.texts(session) == anna.texts(order) == ["我先说一句"]
            await bo.until(lambda: bo.texts(session) == ["我先说一句"])

    asyncio.run(job())


def test_a_picture_goes_over_and_is_checked(relay: RelayProcess) -> None:
    async def job() -> None:
        async with person(relay.url) as anna, person(relay.url) as bo:
            await signed_up(relay, anna, bo, "picture")
            session = await opened(anna, bo)
            data = png(300, 200)
            assert len(data) > 5 * 32 * 1024
            key = await anna.client.send_picture(session, data, original=True)
            shown = anna.client.panel_of_message(session, key)
            assert shown is not None
            assert shown.picture is not None
            assert shown.picture.here

            def here() -> bool:
                found = [v for v in bo.client.messages(session) if v.picture is not None]
                return bool(found) and found[0].picture.here  # type: ignore[union-attr]

            await bo.until(here)
            view = next(v for v in bo.client.messages(session) if v.picture is not None)
            assert view.picture is not None
            assert (view.picture.width, view.picture.height) == (300, 200)
            pixels = await bo.client.picture(view.picture.media, 150, 150)
            assert pixels is not None
            assert (pixels.width, pixels.height) == (150, 100)
            mine = await anna.client.picture(view.picture.media, 150, 150)
            assert mine == pixels

    asyncio.run(job())


def test_a_voice_note_goes_over_is_checked_and_heard(relay: RelayProcess) -> None:
    async def job() -> None:
        async with person(relay.url) as anna, person(relay.url) as bo:
            await signed_up(relay, anna, bo, "voice")
            session = await opened(anna, bo)
            made = note(2.0)
            assert (await anna.client.hear_own(made)).ms == 2000
            key = await anna.client.send_voice(session, made)
            mine = anna.client.panel_of_message(session, key)
            assert mine is not None
            assert mine.voice is not None
            assert (mine.voice.ms, mine.voice.here, mine.picture) == (2000, True, None)

            def theirs() -> Voice | None:
                found = [v.voice for v in bo.client.messages(session) if v.voice is not None]
                return found[0] if found and found[0].here else None

            await bo.until(lambda: theirs() is not None)
            voice = theirs()
            assert voice is not None
            assert (voice.ms, voice.levels, voice.bytes) == (2000, made.levels, len(made.data))
            view = next(v for v in bo.client.messages(session) if v.voice is not None)
            # Its clock runs like any message's, from when it was received.
            assert view.verdict == "open"
            whole = await bo.client.hear(voice.media)
            quick = await bo.client.hear(voice.media, 2.0)
            assert whole is not None
            assert quick is not None
            assert (whole.ms, abs(quick.ms - 1000) < 60) == (2000, True)
            with pytest.raises(Refused) as refused:
                await anna.client.send_voice(session, RecordedNote(b"words", 2000, made.levels))
            assert refused.value.code == "media_refused"
            bo.client.send_text(session, "听到了")
            await anna.until(
                lambda: anna.client.panel_of_message(session, key).verdict == "kept"  # type: ignore[union-attr]
            )

    asyncio.run(job())


def test_pause_edit_recall_extend(relay: RelayProcess) -> None:
    async def job() -> None:
        async with person(relay.url) as anna, person(relay.url) as bo:
            await signed_up(relay, anna, bo, "rules")
            session = await opened(anna, bo)
            client = anna.client
            key = client.send_text(session, "错字")
            gone = client.send_text(session, "不说了")
            await bo.until(lambda: bo.texts(session) == ["错字", "不说了"])
            await anna.until(
                lambda: client.panel_of_message(session, gone).seq is not None  # type: ignore[union-attr]
            )
            client.edit_text(session, key, "改了")
            client.recall(session, gone)
            await bo.until(lambda: bo.texts(session) == ["改了", ""])
            bo.client.send_text(session, "你好")
            await anna.until(lambda: len(anna.texts(session)) == 3)
            await client.ask(Pause(id=client.new_id(), session=session))
            await anna.until(lambda: client.panel(session).paused_reason == "asked")  # type: ignore[union-attr]
            await client.ask(Resume(id=client.new_id(), session=session))
            await anna.until(lambda: client.panel(session).paused_reason is None)  # type: ignore[union-attr]
            before = client.panel(session)
            assert before is not None
            order = client.view.orders[0]
            await client.ask(
                Extend(
                    id=client.new_id(),
                    session=session,
                    offer=order.offer,
                    price_fen=order.price_fen,
                    provider="practice",
                )
            )
            await anna.until(lambda: client.panel(session).paid_ms > before.paid_ms)  # type: ignore[union-attr]
            failed = AskBreak(id=client.new_id(), session=session, ms=1_000)
            client.submit(failed)
            await anna.until(lambda: any(getattr(c, "id", "") == failed.id for c in anna.heard))

    asyncio.run(job())


def test_a_device_that_is_turned_out_hears_it(relay: RelayProcess, box: Box) -> None:
    async def job() -> None:
        async with person(relay.url) as first, person(relay.url) as second:
            for each in (first, second):
                await each.until(lambda e=each: e.client.view.link.state == "live")  # type: ignore[misc]
            await first.client.sign_up("anna-devices", PASSWORD, "安娜")
            await second.client.sign_in("anna-devices", PASSWORD)
            listed = await second.client.ask(ListDevices(id=second.client.new_id()))
            assert isinstance(listed, Devices)
            other = next(each for each in listed.devices if not each.here)
            await second.client.ask(
                RevokeDevice(id=second.client.new_id(), token_id=other.token_id)
            )
            await first.until(lambda: Notice("signed_out") in first.heard)
            assert first.client.view.account is None
            await second.client.sign_out()
            assert second.client.view.account is None
            await second.until(lambda: second.client.view.link.state == "live")

    asyncio.run(job())


def test_an_upload_is_cancelled_and_the_next_words_go(relay: RelayProcess) -> None:
    async def job() -> None:
        async with person(relay.url) as anna, person(relay.url) as bo:
            await signed_up(relay, anna, bo, "cancelled")
            session = await opened(anna, bo)
            mirror = Mirror(anna.client, session)
            shares: list[float] = []

            def cancel(change: Change) -> None:
                if not isinstance(change, MessagesChanged):
                    return
                for each in change.differences:
                    view = each.message if isinstance(each, Updated) else None
                    share = 0.0 if view is None or view.picture is None else view.picture.progress
                    if view is not None and share and not shares:  # its first bytes are gone
                        shares.append(share)
                        anna.client.cancel_picture(session, view.key)

            anna.client.subscribe(cancel)
            key = await anna.client.send_picture(session, png(300, 200), original=True)
            await anna.until(lambda: anna.client.panel_of_message(session, key) is None)
            assert shares[0] < 0.99
            anna.client.send_text(session, "还是不发了")
            await bo.until(lambda: "还是不发了" in bo.texts(session))
            assert not [view for view in bo.client.messages(session) if view.picture is not None]
            assert key not in mirror.keys
            assert mirror.keys == [view.key for view in anna.client.messages(session)]

    asyncio.run(job())


def test_what_is_recalled_goes_from_both_machines_and_an_account_with_its_words(
    relay: RelayProcess,
) -> None:
    async def job() -> None:
        async with person(relay.url) as anna, person(relay.url) as bo:
            await signed_up(relay, anna, bo, "gone")
            session = await opened(anna, bo)
            client = anna.client
            key = await client.send_picture(session, png(30, 20), original=True)
            await bo.until(
                lambda: any(v.picture and v.picture.here for v in bo.client.messages(session))
            )
            shown = client.panel_of_message(session, key)
            assert shown is not None
            assert shown.picture is not None
            media = shown.picture.media
            client.recall(session, key)
            await bo.until(
                lambda: all(v.recalled for v in bo.client.messages(session) if v.picture)
            )
            await bo.until(lambda: bo.client.messages(session)[-1].recalled)
            assert await bo.client.picture(media, 9, 9) is None
            assert await client.picture(media, 9, 9) is None
            with pytest.raises(Refused) as told:
                await client.delete_account(PASSWORD)
            assert (told.value.code, told.value.detail) == ("wrong_state", "open_orders")
            client.send_text(session, "再见")
            await bo.until(lambda: "再见" in bo.texts(session))
            await client.ask(End(id=client.new_id(), session=session, now=True))
            await anna.until(lambda: client.session(session).card.state == "closed")  # type: ignore[union-attr]
            with pytest.raises(Refused) as told:
                await client.delete_account("not the password 1")
            assert told.value.code == "wrong_credentials"
            await client.delete_account(PASSWORD)
            assert client.view.account is None
            client.choose_relay(relay.url)
            await anna.until(lambda: client.view.link.state == "live")
            with pytest.raises(Refused) as told:
                await client.sign_in("anna-gone", PASSWORD)
            assert told.value.code == "wrong_credentials"

    asyncio.run(job())
