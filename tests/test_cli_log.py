"""`log` and `verify --log` through their front door, against a relay's own listener on loopback."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.promise.test_verdict import ENTRIES, KEY, RECEIPT
from tests.receiptlog.logs import LEAVES, leaf

from miaohui import cli_log, cli_promise
from miaohui.promise.bundle import read_bundle, write_bundle
from miaohui.promise.heads import public_bytes
from miaohui.promise.succession import sign_step
from miaohui.receiptlog.leaf import Leaf, read_leaf
from miaohui.receiptlog.receipts import leaf_data
from miaohui.relay.net.log_listener import LogListener
from miaohui.relay.storage.keys import HeldKey, RelayKey
from miaohui.relay.storage.receipt_log import append_in
from miaohui.relay.storage.store import Store
from miaohui.runtime.tasks import Tasks

PUBLIC = public_bytes(KEY)
BUNDLE = write_bundle(ENTRIES, RECEIPT)
OWN = read_leaf(leaf_data(BUNDLE)[0])


async def grow(store: Store, *leaves: tuple[str, Leaf]) -> None:
    await store.write(lambda conn: [append_in(conn, name, each) for name, each in leaves])


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    found = Store(tmp_path / "relay.db")
    await grow(found, ("a", LEAVES[0]), ("own", OWN), ("b", LEAVES[1]))
    yield found
    await found.close()


@asynccontextmanager
async def served(store: Store, key: RelayKey | None = None) -> AsyncIterator[str]:
    """The address of a relay's log."""
    tasks = Tasks()
    key = key or RelayKey(KEY, PUBLIC.hex(), "0" * 16)
    log = await LogListener.start(store, tasks, HeldKey(key), "chat.example.com/log")
    await log.listen("127.0.0.1", 0)
    try:
        yield log.url
    finally:
        log.close()
        await tasks.close()


@pytest.fixture
async def url(store: Store) -> AsyncIterator[str]:
    async with served(store) as found:
        yield found


class Door:
    """The two commands, run beside the loop that serves the log."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.seen = folder / "seen"
        self.bundle = folder / "b.zip"
        self.bundle.write_bytes(BUNDLE)
        self.key = folder / "key"
        self.key.write_bytes(PUBLIC)
        self._capsys = capsys

    async def log(self, *arguments: object) -> tuple[int, str, str]:
        return await self._run(cli_log.main, arguments)

    async def verify(self, *arguments: object) -> tuple[int, str, str]:
        own = (self.bundle, "--relay-key", self.key, *arguments)
        return await self._run(lambda each: cli_promise.main(["verify", *each]), own)

    async def _run(
        self, main: Callable[[Sequence[str]], int], arguments: Sequence[object]
    ) -> tuple[int, str, str]:
        status = await asyncio.to_thread(main, [*map(str, arguments), "--lang", "en"])
        out, err = self._capsys.readouterr()
        assert "Traceback" not in err
        assert err.count("\n") == (1 if status in (1, 2) else 0)
        return status, out, err


@pytest.fixture
def door(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Door:
    return Door(tmp_path, capsys)


async def test_a_receipt_in_the_log(door: Door, store: Store, url: str) -> None:
    status, out, _ = await door.verify("--log", url, "--checkpoint", door.seen)
    assert status == 0
    assert "in the log chat.example.com/log: leaf 1 of 3" in out
    await grow(store, ("c", LEAVES[2]))
    status, out, _ = await door.verify("--log", url, "--checkpoint", door.seen, "--json")
    assert status == 0
    assert json.loads(out)["log"] == {"origin": "chat.example.com/log", "index": 1, "size": 4}
    assert b"\n4\n" in door.seen.read_bytes()


async def test_a_bundle_that_carries_its_proof(door: Door, url: str) -> None:
    out = door.bundle.with_name("proved.zip")
    status, told, _ = await door.log("prove", door.bundle, url, "--out", out)
    assert status == 0
    assert "leaf 1 of 3" in told
    proof = read_bundle(out.read_bytes()).log_proof
    assert proof is not None
    assert proof.startswith(b"c2sp.org/tlog-proof@v1\nindex 1\n")
    door.bundle = out
    status, told, _ = await door.verify()
    assert (status, "leaf 1 of 3" in told) == (0, True)
    # Another receipt's proof is no proof of this one.
    door.bundle.write_bytes(
        write_bundle(ENTRIES, RECEIPT, log_proof=proof.replace(b"index 1", b"index 2"))
    )
    status, _, err = await door.verify()
    assert (status, "does not show this receipt" in err) == (1, True)
    door.bundle.write_bytes(write_bundle(ENTRIES, RECEIPT, log_proof=b"nonsense"))
    status, _, err = await door.verify()
    assert (status, "cannot be read" in err) == (2, True)


async def test_a_receipt_that_is_not_in_the_log(door: Door, tmp_path: Path, url: str) -> None:
    other = Store(tmp_path / "other.db")
    await grow(other, ("a", LEAVES[0]))
    async with served(other) as elsewhere:
        visit = ("--log", elsewhere, "--checkpoint", door.seen)
        status, _, err = await door.verify(*visit)
        assert (status, "does not have this receipt" in err) == (1, True)
        assert not door.seen.exists()
        # A log that was longer when it was seen last.
        assert (await door.verify("--log", url, "--checkpoint", door.seen))[0] == 0
        kept = door.seen.read_bytes()
        await grow(other, ("own", OWN))
        status, _, err = await door.verify(*visit)
        assert (status, "has become shorter" in err) == (1, True)
        # And one that has grown from another past: both checkpoints are kept, and prove it.
        await grow(other, ("x", leaf(50)), ("y", leaf(51)), ("z", leaf(52)))
        for attempt in (door.verify(*visit), door.log("audit", elsewhere, *visit[2:])):
            status, _, err = await attempt
            assert (status, "rewritten its past" in err) == (1, True)
            assert door.seen.read_bytes() == kept
            assert b"\n5\n" in door.seen.with_name("seen.fork").read_bytes()
    await other.close()


async def test_an_audit(door: Door, store: Store, url: str) -> None:
    # The first time nobody here knows the key; then it is one that this machine has met.
    status, out, _ = await door.log("audit", url, "--checkpoint", door.seen)
    assert (status, "not shown to be that relay" in out) == (3, True)
    status, out, _ = await door.log("audit", url, "--checkpoint", door.seen)
    assert (status, "3 receipts, 2 shops, 2 people" in out) == (0, True)
    status, out, _ = await door.log(
        "audit", url, "--checkpoint", door.seen, "--relay-key", door.key, "--json"
    )
    assert (status, json.loads(out)["differences"]) == (0, [])
    await store.write(
        lambda conn: (
            conn.execute(
                "UPDATE receipt_sum SET kept = kept + 7 WHERE subject = 'wan' AND person = 0"
            ).rowcount
        )
    )
    status, out, err = await door.log("audit", url, "--checkpoint", door.seen)
    assert (status, "1 sums differ" in err) == (1, True)
    assert "shop wan, kept: shown 15, counted 8" in out
    status, out, _ = await door.log("audit", url, "--checkpoint", door.seen, "--shop", "wan")
    assert "shop wan: 2 sessions, 8 kept" in out, out
    door.key.write_bytes(bytes(range(32)))
    status, _, err = await door.log(
        "audit", url, "--checkpoint", door.seen, "--relay-key", door.key
    )
    assert (status, "no valid signature" in err) == (1, True)


NEXT = Ed25519PrivateKey.from_private_bytes(bytes([7]) * 32)
STEP = sign_step(KEY, NEXT, "2026-11-30T12:00:00.000Z")


async def test_an_older_receipt_after_a_change_of_the_key(
    door: Door, store: Store, tmp_path: Path
) -> None:
    """The log keeps its name and goes on under the next key; what was seen under the first holds."""
    visit = ("--checkpoint", door.seen)
    async with served(store) as url:
        assert (await door.verify("--log", url, *visit))[0] == 0
        assert (await door.log("prove", door.bundle, url, "--out", door.bundle))[0] == 0
    await grow(store, ("c", LEAVES[2]))
    key = RelayKey(NEXT, STEP.next, "0" * 16, steps=(STEP,))
    async with served(store, key) as url:
        status, out, err = await door.verify("--log", url, *visit)
        assert (status, "leaf 1 of 4" in out) == (0, True), err
        status, _, err = await door.log("audit", url, *visit)
        assert status == 0, err
        # A proof made under the next key, in a bundle that tells how that key followed.
        told = read_bundle(BUNDLE)
        assert told.steps == ()
        fresh = door.bundle.with_name("fresh.zip")
        fresh.write_bytes(write_bundle(ENTRIES, RECEIPT, steps=[STEP]))
        assert (await door.log("prove", fresh, url, "--out", fresh))[0] == 0
    door.bundle = fresh
    status, out, err = await door.verify()
    assert (status, "leaf 1 of 4" in out) == (0, True), err
    door.key.write_text(STEP.next)  # who knows the newest key alone follows the bundle's steps back
    assert (await door.verify())[0] == 0
    bare = write_bundle(ENTRIES, RECEIPT, log_proof=read_bundle(fresh.read_bytes()).log_proof)
    door.bundle.write_bytes(bare)
    assert (await door.verify())[0] == 1


async def test_a_log_under_a_key_that_nothing_led_to(door: Door, store: Store) -> None:
    stranger = RelayKey(NEXT, STEP.next, "0" * 16)
    async with served(store, stranger) as url:
        status, _, err = await door.verify("--log", url, "--checkpoint", door.seen)
        assert (status, "no valid signature" in err) == (1, True)
        assert not door.seen.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["audit"],
        ["prove", "b.zip"],
        ["audit", "nonsense"],
        ["audit", "file:///etc/passwd"],
        ["audit", "http://"],
        ["audit", "http://127.0.0.1:x/log"],
        ["audit", "http://127.0.0.1:1/log"],
        ["audit", "https://日志.example/log"],
        ["prove", "no-such-file", "http://127.0.0.1:1/log", "--out", "x"],
        ["audit", "http://127.0.0.1:1/log", "--relay-key", "no-such-file"],
    ],
)
@pytest.mark.parametrize("lang", ["zh_CN", "en"])
def test_asked_wrongly(
    arguments: list[str], lang: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = ["--checkpoint", str(tmp_path / "seen")] if arguments[:1] == ["audit"] else []
    if arguments[:1] != ["audit"] or len(arguments) > 1:
        arguments = [*arguments, *own]
    assert cli_log.main([*arguments, *(["--lang", lang] if len(arguments) > 1 else [])]) == 2
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "Traceback" not in told
