"""A relay and its people's apps on simulated machines: made from a template, killed, started anew."""

import functools
import hashlib
import logging
import os
import random
import shutil
import sqlite3
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import msgspec
from tests.torture.sim import disks
from tests.torture.sim.clockwork import EPOCH_MS, Host, World
from tests.torture.sim.wires import Net, Witness
from tests.torture.split import ROOM

from miaohui.client.facade import Client
from miaohui.client.settings import Settings
from miaohui.client.store import history
from miaohui.client.store.secrets import KeyringState
from miaohui.client.store.store import connect as open_app_store
from miaohui.client.store.vault import Vault, VaultOpening
from miaohui.client.use.identity import KeptToken
from miaohui.relay.accounts import accounts
from miaohui.relay.host import loading
from miaohui.relay.host.server import Options, Relay
from miaohui.relay.money import ledger
from miaohui.relay.net.admission import AdmissionLimits
from miaohui.relay.net.limits import Rate
from miaohui.relay.storage import store as relay_store
from miaohui.relay.storage.keys import load_key
from miaohui.relay.storage.schema import connect as open_relay_store
from miaohui.relay.storage.schema import prepare
from miaohui.runtime.randomness import Randomness
from miaohui.wire.accounts import Account, Role

URL = "ws://127.0.0.1:7777"
KEY = hashlib.sha256(b"an app's key").digest()
FREE = Rate(burst=1_000_000, per_second=1_000_000)
CUSTOMERS = ("anna", "bea")
RESPONDERS = ("rin", "sui", "tao")
SHOP = {
    "shops": [
        {
            "shop": "lanting",
            "name": "兰亭陪聊",
            "offers": [
                {"offer": "five", "minutes": 5, "price_fen": 500},
                {"offer": "half", "minutes": 30, "price_fen": 3000},
                {"offer": "one", "minutes": 1, "price_fen": 100},
            ],
            "people": [
                {"responder": each, "name": each.title(), "capacity": 3} for each in RESPONDERS
            ],
        }
    ]
}


def device_of(name: str) -> str:
    return str(uuid.UUID(bytes=hashlib.md5(name.encode()).digest()))


def fast_folder() -> str | None:
    """Memory, where the system has a folder in it; within the run's own, where it has one."""
    room = os.environ.get(ROOM)
    if room is not None:
        return room
    return "/dev/shm" if os.path.isdir("/dev/shm") else None


@functools.cache
def template() -> Path:
    """A relay with a shop and its people, and an app for each of them, signed in; the apps' files
    encrypted, and as plain ones."""
    folder = Path(tempfile.mkdtemp(prefix="miaohui-template-", dir=fast_folder()))
    import atexit

    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    database = folder / "relay.db"
    prepare(database)
    load_key(folder / "relay.key")
    conn = open_relay_store(database)
    tokens: dict[str, tuple[str, Any]] = {}
    conn.execute("BEGIN")
    loading.load_catalogue_in(conn, SHOP, EPOCH_MS, seal=lambda password: "")
    for name in (*CUSTOMERS, *RESPONDERS):
        if name in CUSTOMERS:
            accounts.make_account_in(
                conn,
                account=name,
                name=name,
                display=name.title(),
                role=Role.CUSTOMER,
                shop=None,
                sealed="",
                now_ms=EPOCH_MS,
            )
            ledger.grant_in(conn, name, EPOCH_MS)
        identity, token = accounts.Accounts._token_in(
            None,
            conn,
            name,
            device_of(name),
            "",
            EPOCH_MS,  # type: ignore[arg-type]
        )
        tokens[name] = (token, identity)
    conn.execute("COMMIT")
    conn.close()
    for name, (token, who) in tokens.items():
        account = Account(
            account=who.account,
            name=who.name,
            display=who.display,
            role=who.role,
            shop=who.shop,
            shop_name=who.shop_name,
        )
        for file, key in ((f"app-{name}.db", KEY), (f"plain-{name}.db", None)):
            app = open_app_store(folder / file, key)
            history.put_fact(app, f"token:{URL}", msgspec.json.encode(KeptToken(token, account)))
            app.close()
    return folder


class Lots(Randomness):
    """Ids and random bytes of a world: the same ones each time it is played."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)
        self._made = EPOCH_MS  # ids sort by when they were made

    def new_id(self) -> str:
        self._made += 1
        number = (self._made << 80) | (7 << 76) | (2 << 62) | self._source.getrandbits(60)
        return str(uuid.UUID(int=number))

    def token(self, size: int) -> str:
        return self._source.randbytes(size).hex()


class OpenVault(Vault):
    """A vault whose key is at hand."""

    may_prompt = False  # type: ignore[assignment]

    def open(self) -> VaultOpening:
        return VaultOpening(KeyringState.PASSPHRASE, KEY)


class Server:
    """What ``listen`` gives."""

    def __init__(self, net: Net, host: Host) -> None:
        self._net = net
        self.sockets = [SimpleNamespace(getsockname=lambda: ("127.0.0.1", 7777))]

    def close(self) -> None:
        self._net.make_ears = None


class RelayHost(Host):
    """The machine that the relay runs on."""

    def __init__(self, house: "House") -> None:
        super().__init__(house.world, "relay")
        self.house = house
        self.relay: Relay | None = None
        self.runs = 0

    def up(self) -> None:
        self.start()
        self.runs += 1
        self.spawn(self._serve(), "relay")

    async def _serve(self) -> None:
        options = Options(
            data=self.house.folder,
            practice=True,
            requests=FREE,
            admission=AdmissionLimits.free(),
            review_after_ms=0,
            # Real time passes beside the virtual one, and is nobody's delay here.
            watch_lag=False,
        )
        try:
            self.relay = await Relay.start(
                options,
                self,
                store=disks.RelayStore,
                listen=self._listen,
                randomness=self.house.randomness,
            )
        except Exception as error:
            if not isinstance(error, relay_store.StoreFault | sqlite3.Error):
                self.world.complaints.append(f"the relay does not start: {error!r}")
            # As the service manager would.
            self.world.after(1.0, self._again)

    async def _listen(self, make_ears: Any, *args: object, **options: object) -> Server:
        self.house.net.make_ears = make_ears
        return Server(self.house.net, self)

    def _again(self) -> None:
        if self.loop is not None and self.relay is None:
            self.down(silent=False)
            self.up()

    def down(self, *, silent: bool) -> None:
        """Killed: ``silent`` where its machine went, so that nobody hears."""
        self.house.net.make_ears = None
        relay, self.relay = self.relay, None
        self.house.net.killed(self, silent=silent)
        self.kill()
        if relay is not None:
            store = relay.store
            assert isinstance(store, disks.RelayStore)
            self.house.unbalanced += store.unbalanced
            store.shut()


class AppHost(Host):
    """The machine that somebody's app runs on."""

    def __init__(self, house: "House", name: str) -> None:
        super().__init__(house.world, name)
        self.house = house
        self.settings = Settings(None)
        self.settings.set(relay_url=URL, device=device_of(name))
        self.client: Client | None = None
        self.stores: list[disks.AppStore] = []
        self.database = house.folder / name / "history.db"
        self.again: dict[str, str] = {}  # what the app sent once more by itself → its text
        self.person: Any = None  # what somebody does with it, started with every run

    def up(self) -> None:
        self.start()
        self.stores.clear()
        self.spawn(self._run(), f"app of {self.name}")

    async def _run(self) -> None:
        draw = random.Random(self.world.random.getrandbits(32)).random
        client = Client(
            self.settings,
            self.database.parent,
            clock=self,
            draw=draw,
            store=disks.AppStore(),
            dial=self._dial,
            randomness=self.house.randomness,
        )
        client._identity._vault = OpenVault(self.database.parent)
        self.client = client
        (again,) = client._syncs.again

        def send_again(sync: Any, command: Any) -> str:
            id = again(sync, command)
            self.again[id] = command.body.text
            return id

        client._syncs.again[:] = [send_again]
        if self.person is not None:
            client._context.tasks.start(self.person(self, client), f"{self.name} in person")
        await client.run()

    async def _dial(self, url: str) -> Any:
        return await self.house.net.dial(self)

    def down(self, *, silent: bool = False) -> None:
        self.house.net.killed(self, silent=silent)
        self.client = None
        self.kill()
        for store in self.stores:
            store.shut()

    def suspend(self) -> None:
        self.asleep = True
        self._slept_at = self.world.now

    def wake(self, *, mono_stood: bool) -> None:
        """``mono_stood``: a machine that slept, not a process that was stopped."""
        if self.asleep:
            self.asleep = False
            if mono_stood:
                self.lag_us += self.world.now - self._slept_at


class House:
    """One simulated world: folders, machines, network. Use it as a context. ``plain``: the apps'
    files are not encrypted, which halves what a commit costs and changes nothing else."""

    def __init__(
        self,
        seed: int,
        witness: Witness,
        *,
        customers: int = 1,
        responders: int = 2,
        plain: bool = False,
    ) -> None:
        self.world = World(seed)
        self.randomness = Lots(seed)
        self.folder = Path(tempfile.mkdtemp(prefix="miaohui-sim-", dir=fast_folder()))
        self.net = Net(self.world, witness)
        self.unbalanced: list[str] = []
        source = template()
        for name in ("relay.db", "relay.key"):
            shutil.copyfile(source / name, self.folder / name)
        os.chmod(self.folder / "relay.key", 0o600)
        names = (*CUSTOMERS[:customers], *RESPONDERS[:responders])
        for name in names:
            (self.folder / name).mkdir()
            kept = f"plain-{name}.db" if plain else f"app-{name}.db"
            shutil.copyfile(source / kept, self.folder / name / "history.db")
        self.key = None if plain else KEY
        self.relay = RelayHost(self)
        self.net.relay = self.relay
        self.apps = {name: AppHost(self, name) for name in names}

    def __enter__(self) -> "House":
        return self

    def __exit__(self, *failure: object) -> None:
        self.close()

    def close(self) -> None:
        for app in self.apps.values():
            app.down()
        self.relay.down(silent=False)
        self.world.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def begin(self) -> None:
        self.relay.up()
        for app in self.apps.values():
            app.up()

    def live(self) -> bool:
        """Everybody has a link and is signed in."""
        return all(
            app.client is not None and app.client._context.entered.is_set()
            for app in self.apps.values()
        )


class Mourner(logging.Handler):
    """Hears of tasks that died by themselves: none ever may."""

    def __init__(self) -> None:
        super().__init__()
        self.deaths: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        self.deaths.append(f"{record.getMessage()}: {error!r}")


MOURNER = Mourner()
LOUD = False  # whether what the programs log of their troubles is shown


@contextmanager
def simulated() -> Iterator[None]:
    """Where programs of simulated machines run: what they say of their troubles is heard here."""
    with ExitStack() as stack:
        mourned = logging.getLogger("miaohui.runtime.tasks")
        mourned.addHandler(MOURNER)
        stack.callback(mourned.removeHandler, MOURNER)
        MOURNER.deaths.clear()
        quiet = logging.getLogger("miaohui")
        level, propagate = quiet.level, quiet.propagate
        quiet.setLevel(logging.ERROR)
        silence = logging.NullHandler()
        if not LOUD:
            quiet.propagate = False
            quiet.addHandler(silence)
            stack.callback(quiet.removeHandler, silence)
        stack.callback(quiet.setLevel, level)
        stack.callback(setattr, quiet, "propagate", propagate)
        yield
