"""What strangers and free accounts do to a relay, in a process of its own: ``NAME PORT SECONDS WORDS``.

``WORDS`` is JSON for those attacks that need an account. Prints one line of JSON when it is over:
how many links were opened, and how they ended.
"""

import asyncio
import contextlib
import json
import re
import ssl
import sys
import time
import uuid
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any

from tests.torture.rawsocket import CLOSE, CONTINUED, GONE, PING, TEXT, Raw, frame, handshake

from miaohui.runtime.tasks import Tasks
from miaohui.wire.limits import PROTOCOL

HELLO = {"type": "hello", "protocol": PROTOCOL, "client": "foe"}
LATER_S = 0.2  # until an ended attacker is back
PIECE = 64 * 1024
GOODBYE = re.compile(rb'"goodbye","code":"(\w+)"')
CLOSED = re.compile(rb"\x88.(..)", re.DOTALL)


class Attack:
    """One attack's links and their ends."""

    def __init__(self, port: int, seconds: float, words: dict[str, Any]) -> None:
        self.port = port
        self.words = words
        self.opened = 0
        self.tasks = Tasks()
        self.ended: Counter[str] = Counter()
        self.heard: Counter[str] = Counter()
        self.until = asyncio.get_running_loop().time() + seconds

    @property
    def on(self) -> bool:
        return asyncio.get_running_loop().time() < self.until

    async def plain(self, source: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter] | None:
        try:
            reader, writer = await asyncio.open_connection(
                "127.0.0.1", self.port, local_addr=(source, 0)
            )
        except OSError:
            self.ended["no connection"] += 1
            return None
        self.opened += 1
        return reader, writer

    async def raw(self, source: str, *extra: str) -> Raw | None:
        made = await self.plain(source)
        if made is None:
            return None
        reader, writer = made
        try:
            writer.write(handshake(extra=extra))
            async with asyncio.timeout(5):
                await reader.readuntil(b"\r\n\r\n")
        except (OSError, TimeoutError, asyncio.IncompleteReadError):
            self.ended["cut"] += 1
            writer.close()
            return None
        return Raw(reader, writer)

    async def end_of(self, raw: Raw, *, reads: bool = True) -> None:
        """Hears a link out, and notes how it ends: its close code with the reason said before."""
        said = "cut"
        while self.on:
            if not reads:
                await asyncio.sleep(0.05)
                if raw.writer.is_closing():
                    self.ended["cut, unread"] += 1
                    break
                continue
            try:
                opcode, payload = await raw.next()
            except TimeoutError:
                continue
            except OSError:
                break
            if opcode == TEXT:
                frame_said = json.loads(payload)
                kind = frame_said["type"]
                self.heard[frame_said.get("code") or kind] += 1
                if kind == "goodbye":
                    said = str(frame_said["code"])
            elif opcode == CLOSE:
                self.ended[f"{int.from_bytes(payload[:2], 'big')} {said}"] += 1
                break
            elif opcode == GONE:
                self.ended[said] += 1
                break
        else:
            self.ended["never"] += 1
        raw.close()

    async def drained(self, raw: Raw) -> None:
        """Hears a link out without reading what it says, as fast as it comes; only its end counts."""
        tail = b""
        with contextlib.suppress(OSError):
            while data := await raw.reader.read(1 << 18):
                tail = (tail + data)[-500:]
        said = GOODBYE.findall(tail)
        closed = CLOSED.findall(tail)
        if not self.on:
            self.ended["never"] += 1
        else:
            code = str(int.from_bytes(closed[-1], "big")) if closed else ""
            self.ended[f"{code} {said[-1].decode() if said else ''}".strip() or "cut"] += 1
        raw.close()

    async def floods(
        self, source: str, piece: bytes, rate: float, token: str | None = None, device: str = ""
    ) -> None:
        """Sends ``piece`` at ``rate`` bytes a second; back again whenever it is ended."""
        while self.on:
            raw = await self.raw(source)
            if raw is None:
                await asyncio.sleep(LATER_S)
                continue
            hello = {**HELLO, "device": device or str(uuid.uuid4()), "token": token}
            hello["generation"] = self.opened
            raw.send(frame(TEXT, json.dumps(hello).encode()))
            with contextlib.suppress(OSError, TimeoutError):
                # What comes before the welcome only fills the backlog of a check.
                opcode, payload = await raw.next()
                if opcode == TEXT and b'"goodbye"' in payload:
                    self.ended[f"1008 {json.loads(payload)['code']} at hello"] += 1
                    raw.close()
                    await asyncio.sleep(LATER_S)
                    continue
            hearing = self.tasks.start(self.drained(raw), "hearing")
            with contextlib.suppress(OSError):
                while self.on and not hearing.done():
                    raw.send(piece)
                    await asyncio.sleep(len(piece) / rate)
                    await raw.writer.drain()
            if not self.on:
                raw.close()
            await hearing
            await asyncio.sleep(LATER_S)


def many(one: bytes) -> bytes:
    return one * (PIECE // len(one))


async def silent(attack: Attack) -> None:
    """1,100 TCP links of one address that say nothing; another for each that is ended."""

    async def one() -> None:
        while attack.on:
            made = await attack.plain("127.3.0.1")
            if made is None:
                await asyncio.sleep(LATER_S)
                continue
            reader, writer = made
            try:
                async with asyncio.timeout(max(0.0, attack.until - attack_now())):
                    await reader.read(1)
                attack.ended["cut"] += 1
            except OSError:
                attack.ended["cut"] += 1
            except TimeoutError:
                attack.ended["never"] += 1
            writer.close()
            await asyncio.sleep(LATER_S)

    await asyncio.gather(*(one() for _ in range(1_100)))


def attack_now() -> float:
    return asyncio.get_running_loop().time()


async def guests(attack: Attack) -> None:
    """500 from 13 addresses that are welcomed and then only ping."""

    async def one(number: int) -> None:
        source = f"127.4.{number % 13}.1"
        while attack.on:
            raw = await attack.raw(source)
            if raw is None:
                await asyncio.sleep(LATER_S)
                continue
            raw.send(frame(TEXT, json.dumps({**HELLO, "device": f"g{number}"}).encode()))
            hearing = attack.tasks.start(attack.end_of(raw), "hearing")
            while attack.on and not hearing.done():
                await asyncio.sleep(2)
                raw.send(frame(TEXT, b'{"type":"ping","t1":1}'))
            await hearing
            await asyncio.sleep(1)

    await asyncio.gather(*map(one, range(500)))


async def nobody(attack: Attack) -> None:
    """Nothing: what the others are held against."""
    await asyncio.sleep(attack.until - attack_now())


async def pings(attack: Attack) -> None:
    await attack.floods("127.5.0.1", many(frame(PING, b"x" * 20)), 2e6)


async def fragments(attack: Attack) -> None:
    empty = many(frame(CONTINUED, b"", fin=False))
    await attack.floods("127.6.0.1", frame(TEXT, b"", fin=False) + empty, 2e6)


async def typing(attack: Attack) -> None:
    said = json.dumps({"type": "typing", "session": attack.words["session"]}).encode()
    await asyncio.gather(
        *(
            attack.floods(f"127.7.{number}.1", many(frame(TEXT, said)), 1e6, token, device)
            for number, (token, device) in enumerate(attack.words["tokens"][:4])
        )
    )


async def pinging(attack: Attack) -> None:
    said = many(frame(TEXT, b'{"type":"ping","t1":1,"acks":{}}'))
    await asyncio.gather(
        *(
            attack.floods(f"127.8.{number}.1", said, 5e5, token, device)
            for number, (token, device) in enumerate(attack.words["tokens"] * 3)
        )
    )


async def waiting(attack: Attack) -> None:
    """480 guests, each with up to 4 MiB behind a sign-in that is still checked."""
    sign_in = {"type": "sign_in", "id": "1", "name": "nobody", "password": "a long password 1"}
    behind = frame(TEXT, b'{"type":"get_wallet","id":"%s"}' % (b"x" * 60_000))

    async def one(number: int) -> None:
        raw = await attack.raw(f"127.9.{number % 13}.1")
        if raw is None:
            return
        raw.send(
            frame(TEXT, json.dumps({**HELLO, "device": f"w{number}"}).encode()),
            frame(TEXT, json.dumps(sign_in).encode()),
        )
        hearing = attack.tasks.start(attack.end_of(raw), "hearing")
        with contextlib.suppress(OSError):
            for _ in range(70):
                if hearing.done():
                    break
                raw.send(behind)
                await raw.writer.drain()
        await hearing

    await asyncio.gather(*map(one, range(480)))


async def unread(attack: Attack) -> None:
    """A reader that never reads and asks for a picture, again and again."""
    token, device = attack.words["reader"]
    asked = {"type": "media_get", "session": attack.words["theirs"], "media": attack.words["media"]}
    while attack.on:
        raw = await attack.raw("127.10.0.1")
        if raw is None:
            await asyncio.sleep(LATER_S)
            continue
        raw.writer.transport.pause_reading()  # type: ignore[attr-defined]
        hello = {**HELLO, "device": device, "token": token, "generation": attack.opened}
        raw.send(frame(TEXT, json.dumps(hello).encode()))
        hearing = attack.tasks.start(attack.end_of(raw, reads=False), "hearing")
        with contextlib.suppress(OSError):
            while attack.on and not hearing.done():
                await asyncio.sleep(0.03)
                raw.send(frame(TEXT, json.dumps({**asked, "id": str(uuid.uuid4())}).encode()))
        await hearing


async def knocks(attack: Attack) -> None:
    """300 strangers a second, each from a net of its own."""

    async def one(number: int) -> None:
        raw = await attack.raw(f"127.{20 + number // 250 % 200}.{number % 250}.1")
        if raw is None:
            return
        raw.send(frame(TEXT, json.dumps({**HELLO, "device": f"k{number}"}).encode()))
        await attack.end_of(raw)

    under_way: set[asyncio.Task[None]] = set()
    begun, number = attack_now(), 0
    while attack.on:
        while number < (attack_now() - begun) * 300:
            task = attack.tasks.start(one(number), "a knock")
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            number += 1
        await asyncio.sleep(0.01)
    await asyncio.gather(*under_way)


async def guesses(attack: Attack) -> None:
    """14 addresses of one IPv6 /64, told by the proxy, each with two passwords; and 40 claims of
    an address that no proxy made."""

    async def welcomed(source: str, forwarded: tuple[str, ...]) -> Raw | None:
        """A guest's link, once it is its turn."""
        for _ in range(20):
            raw = await attack.raw(source, *(f"X-Forwarded-For: {each}" for each in forwarded))
            if raw is None:
                return None
            raw.send(frame(TEXT, json.dumps({**HELLO, "device": "g"}).encode()))
            opcode, payload = await raw.next()
            heard = json.loads(payload) if opcode == TEXT else {"type": "gone"}
            if heard["type"] == "welcome":
                return raw
            raw.close()
            await asyncio.sleep(heard.get("retry_ms", 100) / 1000)
        return None

    async def guess(source: str, *forwarded: str) -> None:
        raw = await welcomed(source, forwarded)
        if raw is None:
            return
        with contextlib.suppress(OSError, TimeoutError):
            for number in range(2):
                said = {"type": "sign_in", "id": str(number), "name": str(uuid.uuid4())}
                raw.send(frame(TEXT, json.dumps({**said, "password": "a wrong one 1"}).encode()))
                while True:
                    opcode, payload = await raw.next()
                    if opcode != TEXT:
                        break
                    heard = json.loads(payload)
                    if heard["type"] == "failed":
                        attack.heard[f"{attack.words['key']} {heard['code']}"] += 1
                        break
        raw.close()

    attack.words["key"] = "net"
    began = time.monotonic()
    for host in range(14):
        await guess(attack.words["proxy"], f"10.9.9.9, 2001:db8:7:7::{host + 1:x}")
    attack.heard["net seconds"] = round(time.monotonic() - began)
    attack.words["key"] = "claims"
    began = time.monotonic()
    for host in range(20):
        await guess("127.11.0.1", f"203.0.113.{host + 1}")
        # haproxy adds a line of its own: what the client wrote stands in the first one.
        await guess(attack.words["proxy"], f"203.0.113.{host + 1}", "198.51.100.7")
    attack.heard["claims seconds"] = round(time.monotonic() - began)


async def probes(attack: Attack) -> None:
    """TLS links that are opened and closed, as a balancer's probe does, and half-spoken ones."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    for number in range(200):
        made = await attack.plain(f"127.12.{number % 10}.1")
        if made is None:
            continue
        if number % 2:
            made[1].write(b"\x16\x03\x01")
        made[1].close()
        with contextlib.suppress(OSError):
            _, writer = await asyncio.open_connection(
                "127.0.0.1", attack.port, ssl=context, local_addr=(f"127.13.{number % 10}.1", 0)
            )
            attack.opened += 1
            writer.close()


ATTACKS: dict[str, Callable[[Attack], Awaitable[None]]] = {
    each.__name__: each
    for each in (
        nobody,
        silent,
        guests,
        pings,
        fragments,
        typing,
        pinging,
        waiting,
        unread,
        knocks,
        guesses,
        probes,
    )
}


async def main(name: str, port: str, seconds: str, words: str) -> None:
    attack = Attack(int(port), float(seconds), json.loads(words))
    await ATTACKS[name](attack)
    said = {"opened": attack.opened, "ended": attack.ended, "heard": attack.heard}
    print(json.dumps(said), flush=True)


if __name__ == "__main__":
    if sys.platform != "win32":
        import resource

        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    asyncio.run(main(*sys.argv[1:]))
