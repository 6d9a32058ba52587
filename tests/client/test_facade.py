"""The facade without a relay: a light import, a start with nothing, states of the key."""

import asyncio
import subprocess
import sys
from pathlib import Path

import keyring
import pytest
from keyring.backends.fail import Keyring as NoKeyring
from tests.client.world import Person

from miaohui.client.facade import Client
from miaohui.client.port import ClientPort, Refused
from miaohui.client.settings import Settings
from miaohui.client.snapshots import Delivery, LinkState
from miaohui.client.unsent import MessageDraft
from miaohui.runtime.tasks import Tasks
from miaohui.wire.accounts import GetWallet


def test_it_is_the_port() -> None:
    port: ClientPort = Client(Settings(None))
    assert port.view.link.state is LinkState.NONE


def test_importing_it_is_light() -> None:
    heavy = [
        "websockets",
        "keyring",
        "cryptography",
        "sqlcipher3",
        "truststore",
        "argon2",
        "uuid_utils",
    ]
    asked = f"import sys, miaohui.client.facade; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


async def _running(client: Client, tasks: Tasks) -> Person:
    someone = Person(client)
    tasks.start(client.run(), "client")
    await someone.until(lambda: client.view.keyring != "")
    return someone


def test_without_a_relay_questions_are_refused_at_once() -> None:
    async def job() -> None:
        client, tasks = Client(Settings(None)), Tasks()
        await _running(client, tasks)
        with pytest.raises(Refused, match="offline"):
            await client.ask(GetWallet(id=client.new_id()))
        with pytest.raises(Refused, match="insecure"):
            client.choose_relay("ws://relay.example")
        assert (await client.check_relay("ws://relay.example")).reason == "insecure"
        assert (await client.check_relay("127.0.0.1:1")).reason == "refused"
        assert client.session("nothing") is None
        assert list(client.messages("nothing")) == []
        with pytest.raises(Refused, match="text_empty"):
            client.send_text("s", "  ")
        with pytest.raises(Refused, match="text_too_long"):
            client.send_text("s", "长" * 4001)
        client.stop()
        await tasks.close()

    asyncio.run(job())


def test_a_relay_that_is_not_there_is_tried_again() -> None:
    async def job() -> None:
        settings, tasks = Settings(None), Tasks()
        settings.set(relay_url="ws://127.0.0.1:1")
        client = Client(settings, draw=lambda: 0.0)
        someone = Person(client)
        tasks.start(client.run(), "client")
        await someone.until(lambda: client.view.link.state is LinkState.OFFLINE)
        assert client.view.link.reason == "refused"
        client.forget_relay()
        await someone.until(lambda: client.view.link.state is LinkState.NONE)
        client.stop()
        await tasks.close()

    asyncio.run(job())


def test_no_keyring_then_a_passphrase_then_again(tmp_path: Path) -> None:
    async def job() -> None:
        client, tasks = Client(Settings(None), tmp_path), Tasks()
        await _running(client, tasks)
        assert client.view.keyring == "none"
        client.set_draft("s1", MessageDraft("半句话"))
        assert await client.unlock("correct horse")
        assert client.view.keyring == "passphrase"
        client.stop()
        await tasks.close()

        client, tasks = Client(Settings(None), tmp_path), Tasks()
        await _running(client, tasks)
        assert client.view.keyring == "locked"
        assert not await client.unlock("wrong")
        assert client.view.keyring == "locked"
        assert await client.unlock("correct horse")
        client.stop()
        await tasks.close()

        client, tasks = Client(Settings(None), tmp_path), Tasks()
        await _running(client, tasks)
        assert await client.unlock(None)
        assert client.view.keyring == "memory"
        client.stop()
        await tasks.close()

    before = keyring.get_keyring()
    keyring.set_keyring(NoKeyring())
    try:
        asyncio.run(job())
    finally:
        keyring.set_keyring(before)


def test_a_refused_message_goes_again_as_one_of_its_own() -> None:
    async def job() -> None:
        client, tasks = Client(Settings(None)), Tasks()
        someone = await _running(client, tasks)
        key = client.send_text("s1", "晚了")
        client.set_draft("s1", MessageDraft("半句"))
        client._context.outbox.refused(key, Refused("not_allowed"))
        await someone.until(lambda: client.messages("s1")[0].delivery is Delivery.FAILED)
        client.retry("s1", key)
        (again,) = client.messages("s1")
        assert (again.text, again.key != key) == ("晚了", True)
        assert client._context.outbox.get(key) is None
        assert (await client.read_draft("s1")).text == "半句"
        client.retry("s1", again.key)  # on its way: nothing to be done
        assert [each.key for each in client.messages("s1")] == [again.key]
        client.stop()
        await tasks.close()

    asyncio.run(job())
