"""The relay under load, in a process of its own: sample accounts and sessions made straight in
its database, no rate limits. Prints the URL and the plan's path; ends with its stdin.

    python -m tests.benchmarks.serve_relay DIR PAIRS    the relay
    python -m tests.benchmarks.serve_relay DIR PAIRS unsigned   … that signs no heads
    python -m tests.benchmarks.serve_relay DIR live N   N live sessions with a question each, all
                                                        asked within a second: how late is breach?
    python -m tests.benchmarks.serve_relay DIR echo     a bare ``websockets`` server that echoes
    python -m tests.benchmarks.serve_relay DIR memory   a bare picows server that echoes
"""

import asyncio
import contextlib
import json
import sys
import uuid
from pathlib import Path
from typing import Any

import uvloop

from miaohui.relay.accounts import accounts
from miaohui.relay.host.server import Options, Relay
from miaohui.relay.money import orderbook
from miaohui.relay.net.admission import AdmissionLimits, LinkRefusal
from miaohui.relay.net.limits import ENDLESS, Rate
from miaohui.relay.net.socket import Socket, listen
from miaohui.relay.net.tuning import settle, tune
from miaohui.relay.ports import Caller
from miaohui.relay.session import registry
from miaohui.relay.session.live import Inbound
from miaohui.relay.session.opening import SessionOpening
from miaohui.relay.storage.ids import new_secret, stored
from miaohui.runtime.clock import stamp_ns
from miaohui.wire.accounts import Role
from miaohui.wire.sessions import Body, Breach, Send

FREE = Rate(burst=1e9, per_second=1e9)


def people_in(conn: Any, number: int, utc: int) -> list[dict[str, str]]:
    """``number`` accounts with a token each."""
    made = []
    for index in range(number):
        account = accounts.make_account_in(
            conn,
            name=f"load-{utc}-{index}",
            display=f"Load {index}",
            role=Role.CUSTOMER,
            shop=None,
            sealed="",
            now_ms=utc,
        )
        device, token = str(uuid.uuid4()), new_secret()
        conn.execute(
            "INSERT INTO tokens (token_id, hash, account, device, device_name, created_ms, seen_ms)"
            " VALUES (?, ?, ?, ?, 'bench', ?, ?)",
            (str(uuid.uuid4()), stored(token), account, device, utc, utc),
        )
        made.append({"account": account, "device": device, "token": token})
    return made


def pair_in(
    conn: Any,
    relay: Relay,
    customer: str,
    responder: str,
    queued: tuple[Any, ...] = (),
    minutes: int = 60,
) -> str:
    return relay.sessions.open_in(
        conn,
        SessionOpening(
            order=str(uuid.uuid4()),
            customer=customer,
            customer_name="C",
            shop="shop",
            shop_name="Shop",
            responder=responder,
            responder_name="R",
            minutes=minutes,
            mode="text",
            price_fen=1000,
            terms=orderbook.USUAL_TERMS,
            utc_offset_min=480,
            queued=queued,
        ),
    )


async def start(folder: Path) -> Relay:
    return await Relay.start(
        Options(
            data=folder,
            practice=True,
            requests=FREE,
            sign_ins=FREE,
            admission=AdmissionLimits.free(),
            member=ENDLESS,
        )
    )


async def serve(folder: Path, pairs: int) -> None:
    relay = await start(folder)
    utc = relay.clock.utc_ms()

    def job(conn: Any) -> list[dict[str, str]]:
        plan = []
        people = people_in(conn, 2 * pairs, utc)
        for customer, responder in zip(people[::2], people[1::2], strict=True):
            session = pair_in(conn, relay, customer["account"], responder["account"])
            plan += [
                {**customer, "session": session, "side": "customer"},
                {**responder, "session": session, "side": "responder"},
            ]
        return plan

    plan = await relay.store.write(job)
    for each in plan[::2]:
        await relay.sessions.started(each["session"])
    settle()
    path = folder / "plan.json"
    path.write_text(json.dumps(plan))
    print(json.dumps({"url": relay.url, "plan": str(path)}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    await relay.stop()


class Clerk:
    """Hears of every breach through the relay's own way to people, and reads the clock."""

    def __init__(self, relay: Relay) -> None:
        self.relay = relay
        self.late_us: list[float] = []
        self.all_told = asyncio.Event()
        self.due: dict[str, int] = {}

    def push(self, account: str, frame: object) -> None:
        if isinstance(frame, Breach) and account in self.due:
            self.late_us.append((stamp_ns() - self.due[account]) / 1000)
            if len(self.late_us) == len(self.due):
                self.all_told.set()


async def live(folder: Path, number: int) -> None:
    """Live sessions, each with one question; prints how late after 10 s each breach was told."""
    relay = await start(folder)
    utc = relay.clock.utc_ms()
    people = await relay.store.write(lambda conn: people_in(conn, 200, utc))
    responders = [each["account"] for each in people]
    clerk = Clerk(relay)
    relay.gateway.push = clerk.push  # type: ignore[method-assign]

    def open_some(conn: Any, first: int) -> list[str]:
        return [
            pair_in(conn, relay, f"customer-{each}", responders[each % 200])
            for each in range(first, min(first + 500, number))
        ]

    sessions: list[str] = []
    for first in range(0, number, 500):
        sessions += await relay.store.write(lambda conn, first=first: open_some(conn, first))
    for session in sessions:
        await relay.sessions.started(session)
    settle()
    body = Body(salt="00112233445566778899aabbccddeeff", text="在吗")
    gap = len(sessions) // 50 or 1
    for index, session in enumerate(sessions):
        talk = relay.sessions.live[session]
        talk.actor.offline_since = None
        account = talk.actor.state.facts.customer
        caller = Caller(account, Role.CUSTOMER, None, "C", "", "", 0)
        now = relay.clock.mono()
        # The promise has passed at the first millisecond after ten seconds.
        clerk.due[account] = stamp_ns() + 10_001_000_000
        frame = Send(session=session, id=str(uuid.uuid4()), body=body)
        talk.take(Inbound(Nobody(), caller, frame, now))
        if index % gap == gap - 1:
            await asyncio.sleep(0.02)
    async with asyncio.timeout(60):
        await clerk.all_told.wait()
    late = sorted(clerk.late_us)
    report = {
        "sessions": number,
        "p50_ms": late[number // 2] / 1000,
        "p99_ms": late[number * 99 // 100] / 1000,
        "max_ms": late[-1] / 1000,
    }
    print(json.dumps(report), flush=True)
    await relay.stop()


class Nobody:
    """A line that nobody listens on."""

    def __init__(self) -> None:
        self.caller: Caller | None = None
        self.attached: dict[str, Any] = {}

    def send(self, data: bytes) -> None:
        return

    def answer(self, id: str, outcome: object) -> None:
        return

    def taken(self, id: str, result: bytes) -> None:
        return


async def echo() -> None:
    """A bare ``websockets`` server."""
    from websockets.asyncio.server import ServerConnection
    from websockets.asyncio.server import serve as listen
    from websockets.exceptions import ConnectionClosed

    async def handle(connection: ServerConnection) -> None:
        with contextlib.suppress(ConnectionClosed):
            async for message in connection:
                await connection.send(message)

    async with listen(handle, "127.0.0.1", 0, compression=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        print(json.dumps({"url": f"ws://127.0.0.1:{port}"}), flush=True)
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


class Echo:
    """Ears that answer with what they heard."""

    socket: Socket

    def opened(self, socket: Socket) -> None:
        self.socket = socket

    def text(self, data: bytes) -> None:
        self.socket.send(data)

    def binary(self, data: bytes) -> None:
        return

    def overspent(self, what: LinkRefusal) -> None:
        return

    def too_large(self) -> None:
        return

    def closed(self) -> None:
        return


async def memory() -> None:
    """The relay's own socket without a relay behind it."""
    server = await listen(Echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    print(json.dumps({"url": f"ws://127.0.0.1:{port}"}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


def main() -> None:
    folder, what = Path(sys.argv[1]), sys.argv[2]
    work = {"echo": echo, "memory": memory}.get(what)
    tune()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        if work is not None:
            runner.run(work())
        elif what == "live":
            runner.run(live(folder, int(sys.argv[3])))
        else:
            if sys.argv[3:] == ["unsigned"]:
                registry.SIGN_S = 1e6
            runner.run(serve(folder, int(what)))


if __name__ == "__main__":
    main()
