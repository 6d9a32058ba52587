"""A line of one's own: two network namespaces joined by a process that really delays, loses and
throttles the packets between them. ``python -m tests.torture.line SEED DELAY_MS LOSS RATE`` is that
process: it makes the two TUN devices, says so, and carries packets until its input ends.

Every address on the people's side has a line of its own, in each direction. ``away MS`` on the input
takes the whole network away for so long.
"""

import contextlib
import fcntl
import heapq
import itertools
import json
import os
import random
import select
import struct
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from miaohui.runtime.clock import stamp_ns

TUN, TUNSETIFF, IFF_TUN, IFF_NO_PI = "/dev/net/tun", 0x400454CA, 0x1, 0x1000
PEOPLE, RELAY = "10.77.0", "10.77.1.1"
QUEUE_S = 1.0  # what a line keeps waiting; more is lost
QUEUE_BYTES = 16_000  # … but at least this
MTU = 1400


_numbers = itertools.count()


@dataclass(frozen=True, slots=True)
class Line:
    """``delay_ms`` one way, ``loss`` of each packet, ``rate`` in bits a second."""

    delay_ms: float
    loss: float
    rate: float


def possible() -> str:
    """Why it is not possible here; "" where it is."""
    if sys.platform != "linux" or os.geteuid() != 0:
        return "namespaces and a TUN device take root on Linux"
    if not os.path.exists(TUN):
        return "no TUN device here"
    if subprocess.run(["ip", "netns", "list"], capture_output=True, check=False).returncode:
        return "no network namespaces here"
    return ""


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)


class Namespaces:
    """The two namespaces, and the process between them. ``people``, ``relay``: their names."""

    def __init__(self, seed: int, line: Line, addresses: int) -> None:
        self.people, self.relay = (f"mh{os.getpid()}{side}{next(_numbers)}" for side in "pr")
        for name in (self.people, self.relay):
            _ip("netns", "add", name)
            _ip("-n", name, "link", "set", "lo", "up")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.torture.line", self.people, self.relay, str(seed),
             str(line.delay_ms), str(line.loss), str(line.rate)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self._process.stdout is not None
        assert json.loads(self._process.stdout.readline())
        for number in range(1, addresses + 1):
            _ip("-n", self.people, "addr", "add", f"{PEOPLE}.{number}/32", "dev", self.people)
        _ip("-n", self.relay, "addr", "add", f"{RELAY}/32", "dev", self.relay)
        _ip("-n", self.people, "route", "add", f"{RELAY}/32", "dev", self.people)
        _ip("-n", self.relay, "route", "add", f"{PEOPLE}.0/24", "dev", self.relay)

    def away(self, ms: int) -> None:
        """Takes the whole network away."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"away {ms}\n")
        self._process.stdin.flush()

    @staticmethod
    def inside(name: str, *command: str) -> list[str]:
        """A command that runs there."""
        return ["ip", "netns", "exec", name, *command]

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(timeout=60)
        if self._process.stdout is not None:
            self._process.stdout.close()
        for name in (self.people, self.relay):
            subprocess.run(["ip", "netns", "del", name], check=False, capture_output=True)


@contextlib.contextmanager
def between(seed: int, line: Line, addresses: int) -> Iterator[Namespaces]:
    spaces = Namespaces(seed, line, addresses)
    try:
        yield spaces
    finally:
        spaces.close()


def device(name: str) -> int:
    """A TUN device in the namespace of that name; its descriptor stays here."""
    fd = os.open(TUN, os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack("16sH22x", name.encode(), IFF_TUN | IFF_NO_PI))
    _ip("link", "set", name, "netns", name)
    _ip("-n", name, "link", "set", name, "mtu", str(MTU), "up")
    return fd


class Carrier:
    """What is on its way. Packets are read from one device and written to the other when due."""

    def __init__(self, source: random.Random, line: Line, people: int, relay: int) -> None:
        self._source, self._line = source, line
        self._people, self._relay = people, relay
        self._free: dict[tuple[int, int], float] = {}
        self._due: list[tuple[float, int, int, bytes]] = []
        self._numbers = itertools.count()
        self._away_until = 0.0
        self._room_s = max(QUEUE_S, QUEUE_BYTES * 8 / line.rate)

    def away(self, now: float, ms: int) -> None:
        self._away_until = now + ms / 1000
        self._due.clear()

    def take(self, fd: int, now: float) -> None:
        """Everything that waits at one device."""
        up = fd == self._people
        line, out = self._line, self._relay if up else self._people
        while True:
            try:
                packet = os.read(fd, 2048)
            except BlockingIOError:
                return
            if packet[0] >> 4 != 4 or now < self._away_until:
                continue
            if line.loss and self._source.random() < line.loss:
                continue
            key = (packet[15] if up else packet[19], out)  # the people's address
            free = max(now, self._free.get(key, 0.0))
            if free - now > self._room_s:
                continue
            self._free[key] = free = free + len(packet) * 8 / line.rate
            due = (free + line.delay_ms / 1000, next(self._numbers), out, packet)
            heapq.heappush(self._due, due)

    def give(self, now: float) -> float:
        """What is due; how long until the next."""
        while self._due and self._due[0][0] <= now:
            _, _, out, packet = heapq.heappop(self._due)
            with contextlib.suppress(OSError):
                os.write(out, packet)
        return min(0.5, self._due[0][0] - now) if self._due else 0.5


def main(argv: list[str]) -> int:
    people_space, relay_space, seed, delay, loss, rate = argv
    people, relay = device(people_space), device(relay_space)
    line = Line(float(delay), float(loss), float(rate))
    carrier = Carrier(random.Random(int(seed)), line, people, relay)
    print(json.dumps({"ready": True}), flush=True)
    while True:
        wait = carrier.give(stamp_ns() / 1e9)
        ready, _, _ = select.select([people, relay, sys.stdin], [], [], max(0.0, wait))
        now = stamp_ns() / 1e9
        for fd in (people, relay):
            if fd in ready:
                carrier.take(fd, now)
        if sys.stdin in ready:
            said = sys.stdin.readline()
            if not said:
                return 0
            carrier.away(now, int(said.split()[1]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
