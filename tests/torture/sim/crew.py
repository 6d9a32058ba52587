"""Real processes to be killed: a relay, and apps whose people write as fast as they may."""

import asyncio
import os
import shutil
import time
from pathlib import Path
from unittest import mock

import msgspec
from tests.torture.sim import disks
from tests.torture.sim.house import FREE, KEY, URL, OpenVault, template

from miaohui.client.facade import Client
from miaohui.client.feed.command_states import CommandState
from miaohui.client.feed.outbox import Outbox
from miaohui.client.port import Refused
from miaohui.client.settings import Settings
from miaohui.client.store import history
from miaohui.client.store.store import connect as open_app_store
from miaohui.client.use.identity import KeptToken
from miaohui.relay.accounts import passwords
from miaohui.relay.host.server import Options, Relay
from miaohui.relay.money.orderstates import ENDS
from miaohui.relay.net.admission import AdmissionLimits
from miaohui.relay.net.limits import ENDLESS
from miaohui.relay.storage import store as relay_store
from miaohui.relay.storage.schema import connect as open_relay_store
from miaohui.wire.desk import AcceptOrder, SetPresence
from miaohui.wire.orders import Pay, Quote

REST = "rest"  # a file of this name in the folder: nobody writes any more
PACE_S = 0.005


def prepare(folder: Path, url: str, names: tuple[str, ...]) -> None:
    """A relay's folder and an app's for each name, all signed in at ``url``."""
    for name in ("relay.db", "relay.key"):
        shutil.copyfile(template() / name, folder / name)
    os.chmod(folder / "relay.key", 0o600)
    conn = open_relay_store(folder / "relay.db")
    conn.execute(
        "INSERT INTO offers (offer, shop, minutes, mode, price_fen, trial)"
        " VALUES ('long', 'lanting', 600, 'text', 1000, 0)"
    )
    # Signed in by the simulator's clock, which stands months ago: unused tokens expire.
    conn.execute("UPDATE tokens SET seen_ms = ?", (round(time.time() * 1000),))
    conn.close()
    for name in names:
        (folder / name).mkdir()
        shutil.copyfile(template() / f"app-{name}.db", folder / name / "history.db")
        app = open_app_store(folder / name / "history.db", KEY)
        kept = history.fact(app, f"token:{URL}")
        assert kept is not None
        msgspec.json.decode(kept, type=KeptToken)
        history.put_fact(app, f"token:{url}", kept)
        app.close()


def relay(folder: str, port: int, *, hasty: bool) -> None:
    """Serves until it is killed. ``hasty``, planted: answers before it has written down."""
    if hasty:
        real_put, real_commit = relay_store.Store.put, relay_store.Store._commit

        def put(self, work):  # type: ignore[no-untyped-def]
            if work.job is None:
                self._loop.call_soon(work.done)
                work = disks.Untold(work)
            real_put(self, work)

        def commit(self, batch):  # type: ignore[no-untyped-def]
            time.sleep(0.1)
            real_commit(self, batch)

        relay_store.Store.put = put  # type: ignore[method-assign]
        relay_store.Store._commit = commit  # type: ignore[method-assign]

    async def serve() -> None:
        options = Options(
            data=Path(folder),
            port=port,
            practice=True,
            requests=FREE,
            admission=AdmissionLimits.free(),
            member=ENDLESS,
            review_after_ms=0,
        )
        _kept = await Relay.start(options)
        await asyncio.Event().wait()

    with mock.patch.object(passwords, "seal", return_value=""):
        asyncio.run(serve())


def app(folder: str, name: str, url: str, device: str, life: int, answers: bool) -> None:
    """Somebody at an app: buys or accepts, then writes and writes. Every message is noted in a
    file once the app has it on its own disk."""
    home = Path(folder) / name
    settings = Settings(home / "settings.json")
    if settings.values.device != device:
        settings.set(device=device)
    if settings.values.relay_url != url:
        settings.set(relay_url=url)
    client = Client(settings, home)
    client._identity._vault = OpenVault(home)
    asyncio.run(_live(client, Path(folder), name, life, answers=answers))


async def _live(client: Client, folder: Path, name: str, life: int, *, answers: bool) -> None:
    running = client._context.tasks.start(client.run(), "client")
    await client._context.entered.wait()
    note = os.open(folder / f"said-{name}", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    number = 0
    while not running.done():
        try:
            session = await (_answer(client) if answers else _buy(client))
        except Refused:
            session = None
        if session is None or (folder / REST).exists():
            await asyncio.sleep(0.1)
            continue
        kept = client._context.outbox.lane(session)
        if len(kept) < 60:
            number += 1
            id = client.send_text(session, f"{life}.{number}")
            outbox = client._context.outbox

            def written(id: str = id, outbox: Outbox = outbox) -> bool:
                mine = outbox.get(id)
                return mine is None or mine.state is not CommandState.WRITING

            while not written():  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            os.write(note, f"{id} {life} {number}\n".encode())
        if answers:
            view = client.messages(session)
            if view:
                client.focus(session)
                client.seen(session, view[-1].key)
        await asyncio.sleep(PACE_S)


async def _buy(client: Client) -> str | None:
    orders = [each for each in client.view.orders if each.state not in ENDS]
    if not orders:
        await client.ask(Quote(id=client.new_id(), shop="lanting", offer="long"))
    elif orders[0].state == "quoted":
        pay = Pay(id=client.new_id(), order=orders[0].order, provider="practice", price_fen=1000)
        await client.ask(pay)
    else:
        return orders[0].session
    return None


async def _answer(client: Client) -> str | None:
    desk = client.view.desk
    if desk is None:
        client.refresh()
        return None
    if desk.presence != "on":
        await client.ask(SetPresence(id=client.new_id(), state="on"))
    for each in desk.incoming:
        await client.ask(AcceptOrder(id=client.new_id(), order=each.order))
    live = [card.session for card in client.view.sessions if card.state != "closed"]
    return live[0] if live else None
