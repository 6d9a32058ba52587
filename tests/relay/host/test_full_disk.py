"""A relay on a disk that ends: what it refuses, what goes on, and that it comes back by itself."""

import asyncio
import os
import subprocess
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.relay.conftest import World, world_in

from miaohui.relay.session.picture_quota import UNFINISHED_KEPT_MS, PictureQuota
from miaohui.relay.storage.disk import MIB, DiskSpace, DiskState, Floors

SHA = "0" * 64


class Plays:
    def __init__(self) -> None:
        self.free = 1 << 40

    def __call__(self, _folder: Path) -> DiskSpace:
        return DiskSpace(1 << 40, self.free)


def picture(session: str, size: int = 1000) -> dict[str, Any]:
    return {
        "type": "media_begin",
        "id": str(uuid.uuid4()),
        "session": session,
        "bytes": size,
        "mime": "image/png",
        "sha256": SHA,
        "width": 1,
        "height": 1,
    }


def test_pictures_then_sign_ups_then_orders_and_chats_go_on(tmp_path: Path) -> None:
    async def script() -> None:
        plays, floors = Plays(), Floors(reserve=MIB)
        async with world_in(tmp_path, floors=floors, space=plays) as world:
            customer, _, session = await world.pair()
            disk = world.relay.disk

            async def refused() -> tuple[str, ...]:
                accounts = world.relay.services.accounts
                quote = await customer.ask(type="quote", shop="shop", offer="half")
                begun = await customer.ask(**picture(session))
                up = ""
                try:
                    await accounts.sign_up(_sign_up(), "new", "::1")
                except Exception as error:
                    up = str(error)
                return tuple(
                    name
                    for name, is_refused in (
                        ("pictures", begun.get("detail") == "pictures"),
                        ("sign_up", "no_room sign_up" in up),
                        ("orders", quote.get("detail") == "orders"),
                    )
                    if is_refused
                )

            assert await refused() == ()
            for free, wanted in (
                (floors.pictures - 1, ("pictures",)),
                (floors.sign_ups - 1, ("pictures", "sign_up")),
                (floors.orders - 1, ("pictures", "sign_up", "orders")),
                (0, ("pictures", "sign_up", "orders")),
            ):
                plays.free = free
                disk.look()
                assert await refused() == wanted
                assert (await customer.send(session, "还在吗"))["type"] == "accepted"
            plays.free = 1 << 40
            disk.look()
            assert await refused() == ()

    asyncio.run(script())


def _sign_up() -> Any:
    from miaohui.wire.accounts import SignUp

    return SignUp(id="1", name=f"n-{uuid.uuid4().hex[:8]}", password="a long enough one 7")


def test_pictures_have_quotas_and_unfinished_ones_expire(tmp_path: Path) -> None:
    async def script() -> None:
        quota = PictureQuota(account=5_000, session=8_000, relay=9_000, unfinished=2)
        async with world_in(tmp_path, pictures=quota) as world:
            customer, responder, session = await world.pair()
            assert (await customer.ask(**picture(session, 6_000)))["detail"] == "account"
            assert (await customer.ask(**picture(session, 4_500)))["type"] == "media_have"
            assert (await responder.ask(**picture(session, 4_500)))["detail"] == "session"
            assert (await customer.ask(**picture(session, 100)))["type"] == "media_have"
            third = await customer.ask(**picture(session, 100))
            assert (third["code"], third["detail"]) == ("too_many", "media")
            pictures = world.relay.pictures
            (tmp_path / "relay" / "media" / "stray.part").write_bytes(b"x")
            assert await pictures.forget_strays() == 1
            assert await pictures.forget_unfinished(10) == 0
            world.clock.utc += UNFINISHED_KEPT_MS + 1
            assert await pictures.forget_unfinished(10) == 2
            total = await world.relay.store.read(
                lambda conn: conn.execute("SELECT bytes FROM media_total").fetchone()
            )
            assert total == (0,)

    asyncio.run(script())


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A disk of 24 MiB."""
    place = tmp_path / "small"
    place.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m", "tmpfs", str(place)], capture_output=True
    )
    if made.returncode:
        pytest.skip("no small disk can be made here")
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def fill(place: Path) -> Path:
    """Somebody else's file takes what is left."""
    filler = place / "filler"
    with open(filler, "ab") as file:
        for size in (MIB, 4096, 1):
            try:
                while True:
                    os.write(file.fileno(), bytes(size))
            except OSError:
                continue
    return filler


@asynccontextmanager
async def again(place: Path) -> AsyncIterator[World]:
    async with world_in(place) as world:
        yield world


def test_a_relay_lives_through_a_full_disk_and_starts_on_one(small: Path) -> None:
    async def script() -> None:
        async with again(small) as world:
            customer, _, session = await world.pair()
            assert world.relay.disk.look() is DiskState.ROOMY
            filler = fill(small)
            assert world.relay.disk.look() >= DiskState.NO_ORDERS
            # The reserve was given up: the conversation goes on.
            assert (await customer.send(session, "还在吗"))["type"] == "accepted"
            fill(small)
            said = [await customer.send(session, "满" * 3000) for _ in range(12)]
            assert {each.get("code", "ok") for each in said} <= {"ok", "relay_fault"}
        fill(small)
        async with again(small) as world:
            assert world.relay.disk.state >= DiskState.NO_ORDERS
            filler.unlink()
            assert world.relay.disk.look() is DiskState.ROOMY
            await world.person("newcomer")

    asyncio.run(script())
