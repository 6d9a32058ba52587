"""A real relay: an honest one raises no doubt, and one with another key waits for the person."""

import asyncio
from pathlib import Path

import keyring
import pytest
from tests.client.keys import Box
from tests.client.world import PASSWORD, RelayProcess, invitation, opened, person

from miaohui import cli_promise
from miaohui.client.facade import Client
from miaohui.client.settings import Settings
from miaohui.client.snapshots import Notice, WaitShare
from miaohui.promise.bundle import read_bundle
from miaohui.relay.storage.keys import load_key
from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.desk import SetPresence
from miaohui.wire.sessions import End


@pytest.fixture
def relay(tmp_path: Path) -> "RelayProcess":
    return RelayProcess(tmp_path / "relay")


def test_an_honest_relay_raises_no_doubt(relay: RelayProcess, tmp_path: Path) -> None:
    async def job() -> None:
        async with person(relay.url) as customer, person(relay.url) as responder:
            for someone in (customer, responder):
                await someone.until(lambda c=someone.client: c.view.link.state == "live")  # type: ignore[misc]
            await customer.client.sign_up("xiaomei", PASSWORD, "小美")
            invite = await invitation(relay)
            me = responder.client
            await me.sign_up("xiaobo", PASSWORD, "小波", invite)
            await me.ask(SetPresence(id=me.new_id(), state="on"))
            session = await opened(customer, responder)
            for number in range(3):
                customer.client.send_text(session, f"问{number}")
                await responder.until(lambda n=number: f"问{n}" in responder.texts(session))  # type: ignore[misc]
                await asyncio.sleep(0.35)
                me.send_text(session, f"答{number}")
                await customer.until(lambda n=number: f"答{n}" in customer.texts(session))  # type: ignore[misc]
            await customer.client.ask(End(id=customer.client.new_id(), session=session, now=True))
            for someone in (customer, responder):
                await someone.until(
                    lambda c=someone.client: c.session(session).receipt_sound is True  # type: ignore[misc, union-attr]
                )
                view = someone.client.session(session)
                assert view is not None
                assert view.doubts == ()
                bundle = tmp_path / "bundle.zip"
                await someone.client.export_bundle(session, bundle, with_text=True)
                assert cli_promise.main(["verify", str(bundle), "--data", str(tmp_path)]) == 3
            assert not bundle.with_suffix(".txt").exists()

    try:
        asyncio.run(job())
    finally:
        relay.stop()


def test_another_key_at_the_same_address_waits_for_the_person(
    relay: RelayProcess, tmp_path: Path
) -> None:
    async def job() -> None:
        settings = Settings(tmp_path / "settings.json")
        async with person(relay.url, settings=settings) as someone:
            client = someone.client
            await someone.until(lambda: client.view.key_id != "")
            first = client.view.key_id
            await asyncio.to_thread(relay.kill)
            (relay.data / "relay.key").unlink()
            await asyncio.to_thread(relay.again)
            await someone.until(lambda: client.view.new_key_id != "")
            second = client.view.new_key_id
            assert (client.view.key_id, second != first) == (first, True)
            told = [each for each in someone.heard if isinstance(each, Notice)]
            assert [each.name for each in told if each.code == "relay_key_changed"] == [second]
            with pytest.raises(Exception, match="relay_key_changed"):
                await client.sign_in("xiaomei", PASSWORD)
            client.accept_relay_key()
            assert (client.view.key_id, client.view.new_key_id) == (second, "")
            assert len(settings.values.met_keys) == 2

    try:
        asyncio.run(job())
    finally:
        relay.stop()


@pytest.mark.parametrize("signs_up", [False, True])
def test_a_key_met_without_the_history_does_not_become_the_known_one(
    relay: RelayProcess, tmp_path: Path, *, signs_up: bool
) -> None:
    before, box = keyring.get_keyring(), Box()
    keyring.set_keyring(box)

    async def job() -> None:
        settings, folder = Settings(None), tmp_path / "app"
        async with person(relay.url, folder, settings=settings) as someone:
            await someone.until(lambda: someone.client.view.key_id != "")
            first = someone.client.view.key_id
        await asyncio.to_thread(relay.kill)
        (relay.data / "relay.key").unlink()
        await asyncio.to_thread(relay.again)
        box.locked = True
        async with person(relay.url, folder, settings=settings) as someone:
            client = someone.client
            await someone.until(lambda: client.view.key_id != "")
            second = client.view.key_id
            assert (client.view.keyring, second != first) == ("locked", True)
            if signs_up:
                await someone.until(lambda: client.view.link.state == "live")
                await client.sign_up("xiaomei", PASSWORD, "小美")
            box.locked = False
            assert await client.unlock("")
            await someone.until(lambda: client.view.new_key_id != "")
            assert (client.view.key_id, client.view.new_key_id) == (first, second)
            told = [each for each in someone.heard if isinstance(each, Notice)]
            assert [each.name for each in told if each.code == "relay_key_changed"] == [second]

    try:
        asyncio.run(job())
    finally:
        keyring.set_keyring(before)
        relay.stop()


@pytest.mark.parametrize("running", [False, True])
def test_a_key_changed_in_order_is_followed(tmp_path: Path, *, running: bool) -> None:
    """Over a session that stands open meanwhile: the key that began it signs it to its end, and its
    receipt is proved from the log under the next key, by the bundle alone and by the log."""
    relay = RelayProcess(
        tmp_path / "relay",
        *("--log-listen", "127.0.0.1:0", "--log-origin", "chat.example.com/log"),
    )

    async def job() -> None:
        settings = Settings(tmp_path / "settings.json")
        async with person(relay.url, settings=settings) as customer, person(relay.url) as responder:
            for someone in (customer, responder):
                await someone.until(lambda c=someone.client: c.view.link.state == "live")  # type: ignore[misc]
            client, me = customer.client, responder.client
            await client.sign_up("xiaomei", PASSWORD, "小美")
            await me.sign_up("xiaobo", PASSWORD, "小波", await invitation(relay))
            session = await opened(customer, responder)
            first, before = client.view.key_id, client.welcome
            if not running:
                await asyncio.to_thread(relay.kill)
            printed = await asyncio.to_thread(relay.admin, "key", "rotate")
            second = printed.split()[1]
            await asyncio.to_thread(relay.reload if running else relay.again)
            for someone in (customer, responder):
                await someone.until(lambda c=someone.client: c.view.key_id == second)  # type: ignore[misc]
                view, told = (
                    someone.client.view,
                    [each for each in someone.heard if isinstance(each, Notice)],
                )
                assert (view.new_key_id, view.former_key_ids) == ("", (first,))
                codes = [(each.code, each.name) for each in told]
                assert codes.count(("relay_key_followed", first)) == 1
                assert "relay_key_changed" not in [each.code for each in told]
            assert before is not None
            assert client.welcome is not None
            assert (client.welcome.run == before.run) is running
            await customer.until(
                lambda: client.view.account is not None and client.view.link.state == "live"
            )
            await client.ask(End(id=client.new_id(), session=session, now=True))
            for someone in (customer, responder):
                await someone.until(
                    lambda c=someone.client: c.session(session).receipt_sound is True  # type: ignore[misc, union-attr]
                )
                view_ = someone.client.session(session)
                assert view_ is not None
                assert view_.receipt is not None
                assert (view_.doubts, view_.receipt["key_id"]) == ((), first)
            later = await opened(customer, responder)
            await client.ask(End(id=client.new_id(), session=later, now=True))
            await customer.until(lambda: client.session(later).receipt_sound is True)  # type: ignore[union-attr]
            view_ = client.session(later)
            assert view_ is not None
            assert view_.receipt is not None
            assert view_.receipt["key_id"] == second
            bundle, keys = tmp_path / "bundle.zip", tmp_path / "keys.txt"
            await client.export_bundle(session, bundle, with_text=False)
            # An older receipt: by the app's own folder, by what the host prints, and by neither.
            keys.write_text(printed + "\n")
            other = tmp_path / "nobody"
            for words, status in (
                (["--data", str(tmp_path)], 0),
                (["--data", str(other), "--relay-key", str(keys)], 0),
                (["--data", str(other)], 3),
            ):
                assert cli_promise.main(["verify", str(bundle), *words]) == status
            keys.write_text(printed.split()[0])
            told = ["verify", str(bundle), "--relay-key", str(keys)]
            assert cli_promise.main(told) == 0  # the bundle tells how it followed
            proof = read_bundle(bundle.read_bytes()).log_proof
            assert proof is not None
            assert b"chat.example.com/log" in proof
            visit = ["--log", relay.log_url, "--checkpoint", str(tmp_path / "seen")]
            assert await asyncio.to_thread(cli_promise.main, [*told, *visit]) == 0
            shop = await client.ask(GetShop(id=client.new_id(), shop="lanting"))
            assert isinstance(shop, Shop)
            assert shop.logged is not None
            assert (shop.logged.origin, shop.logged.sessions) == ("chat.example.com/log", 2)
            stranger = load_key(tmp_path / "stranger.key")
            keys.write_text(stranger.public_hex)
            assert cli_promise.main(told) == 1

    try:
        asyncio.run(job())
    finally:
        relay.stop()


def test_a_waits_parts_are_signed_and_stay(relay: RelayProcess, tmp_path: Path) -> None:

    before = keyring.get_keyring()
    keyring.set_keyring(Box())

    def share(client: Client, session: str) -> WaitShare | None:
        views = [each for each in client.messages(session) if each.text == "在吗"]
        return views[0].parts if views and views[0].verdict == "kept" else None

    async def job() -> None:
        folder = tmp_path / "home"
        settings = Settings(tmp_path / "settings.json")
        async with person(relay.url) as responder:
            async with person(relay.url, folder, settings=settings) as customer:
                for someone in (customer, responder):
                    await someone.until(lambda c=someone.client: c.view.link.state == "live")  # type: ignore[misc]
                client, me = customer.client, responder.client
                await client.sign_up("xiaomei", PASSWORD, "小美")
                await me.sign_up("xiaobo", PASSWORD, "小波", await invitation(relay))
                session = await opened(customer, responder)
                client.send_text(session, "在吗")
                await responder.until(lambda: "在吗" in responder.texts(session))
                await asyncio.sleep(0.6)  # the person thinks
                me.send_text(session, "在")
                await customer.until(lambda: share(client, session) is not None)
                told = share(client, session)
                assert told is not None
                assert told.person_ms is not None
                assert told.person_ms >= 500
            async with person(relay.url, folder, settings=settings) as again:
                await again.until(lambda: bool(again.client.view.sessions))
                again.client.focus(session)
                await again.until(lambda: share(again.client, session) is not None)
                assert share(again.client, session) == told

    try:
        asyncio.run(job())
    finally:
        keyring.set_keyring(before)
        relay.stop()
