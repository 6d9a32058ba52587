"""Bad lines: what is not a person's silence is not booked as it.

Real clients and a real relay process, each side in a network namespace of its own, and between them
a line that really delays, loses and throttles packets (``line.py``); nginx and haproxy where they are
installed. Every question is answered 1.5 s after it was shown, one in twenty too late on purpose. A
false breach is one that would not be there on an ideal line; a cut of one person's link beyond 8 s is
left out, since the rules book it. A true one must be booked whatever the line does.
"""

import contextlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from tests.torture.line import RELAY, Line, Namespaces, between, possible
from tests.torture.outcome import Outcome

ABOUT = "false breaches and hidden ones, on lines that delay, lose, throttle, stop and go away"
PLANTED = "pictures as fast as a socket takes them, and a relay that feels no lag and no outage"
COUNT = 1_000  # questions on every line
SHORT = 4
AT_ONCE = 3  # lines at a time: most of it is waiting
CUT_MS = 8_000
LATE_S = 12.0
LATE_BESIDE_STOPS_S = 36.0  # longer than the promise with a stop and a return within it
PORT, DOOR = 8_400, 8_401
FALSE, HIDDEN = "false breaches", "true ones hidden"

Trouble = Callable[["Stage"], None]


@dataclass(slots=True)
class Stage:
    """What a trouble may lay hands on."""

    spaces: Namespaces
    relay: subprocess.Popen[str]
    proxy: subprocess.Popen[bytes] | None


@dataclass(frozen=True, slots=True)
class Row:
    """One kind of line. ``every_s``: from one trouble to the next."""

    what: str
    line: Line
    pairs: int = 8
    picture_bytes: int = 0
    proxy: str = ""
    trouble: Trouble | None = None
    every_s: float = 45.0
    first_s: float = 5.0


def _stopped(process: "subprocess.Popen[str] | subprocess.Popen[bytes]", seconds: float) -> None:
    process.send_signal(signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        process.send_signal(signal.SIGCONT)


def _relay_stops(stage: Stage) -> None:
    _stopped(stage.relay, 15)


def _proxy_stops(stage: Stage) -> None:
    assert stage.proxy is not None
    _stopped(stage.proxy, 12)


def _network_goes(stage: Stage) -> None:
    stage.spaces.away(12_000)
    time.sleep(12)


BROAD = Line(delay_ms=20, loss=0.0, rate=2_000_000)
NARROW = Line(delay_ms=150, loss=0.05, rate=64_000)
ROWS = (
    Row("2 Mbit/s, pictures of 4 MB both ways", BROAD, pairs=8, picture_bytes=4_000_000),
    Row("300 ms, 5 % lost, 64 kbit/s", NARROW, pairs=12),
    Row("300 ms, 5 % lost, 64 kbit/s, pictures", NARROW, pairs=8, picture_bytes=100_000),
    Row("through nginx, pictures", BROAD, pairs=8, picture_bytes=1_000_000, proxy="nginx"),
    Row("through haproxy, pictures", BROAD, pairs=8, picture_bytes=1_000_000, proxy="haproxy"),
    Row("relay stopped for 15 s", BROAD, pairs=12, trouble=_relay_stops),
    Row("nginx stopped for 12 s", BROAD, pairs=12, proxy="nginx", trouble=_proxy_stops),
    Row("haproxy stopped for 12 s", BROAD, pairs=12, proxy="haproxy", trouble=_proxy_stops),
    Row("network away for 12 s", BROAD, pairs=12, trouble=_network_goes),
)
SHORT_ROWS = (
    Row("300 ms, 5 % lost, 64 kbit/s, pictures", NARROW, pairs=2, picture_bytes=60_000),
    Row("relay stopped for 15 s", BROAD, pairs=2, trouble=_relay_stops, first_s=2.0),
)

NGINX = """
pid {folder}/nginx.pid; error_log {folder}/error.log; events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{
    listen {host}:{door};
    location / {{
      proxy_pass http://127.0.0.1:{port}; proxy_http_version 1.1;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade";
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_read_timeout 1h; proxy_send_timeout 1h;
    }}
  }}
}}
"""
HAPROXY = """
defaults
  mode http
  timeout connect 5s
  timeout client 1h
  timeout server 1h
  timeout tunnel 1h
frontend door
  bind {host}:{door}
  option forwardfor
  default_backend relay
backend relay
  server one 127.0.0.1:{port}
"""


def _proxy(name: str, folder: Path, space: str) -> subprocess.Popen[bytes]:
    text = {"nginx": NGINX, "haproxy": HAPROXY}[name]
    config = folder / f"{name}.conf"
    config.write_text(text.format(folder=folder, host=RELAY, door=DOOR, port=PORT))
    command = {
        "nginx": ["nginx", "-c", str(config), "-g", "daemon off; master_process off;"],
        "haproxy": ["haproxy", "-db", "-f", str(config)],
    }[name]
    return subprocess.Popen(
        Namespaces.inside(space, *command), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def _admin(data: Path, *words: str) -> str:
    command = [sys.executable, "-m", "miaohui", "relay", "admin", "--data", str(data), *words]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def _end(process: "subprocess.Popen[str] | subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


@contextlib.contextmanager
def staged(row: Row, seed: int, folder: Path, *, planted: bool) -> Iterator[Stage]:
    """The relay, and a proxy before it, behind such a line."""
    with contextlib.ExitStack() as stack:
        spaces = stack.enter_context(between(seed, row.line, 2 * row.pairs))
        served = ["tests.torture.serve_lines"] if planted else ["miaohui"]
        relay = subprocess.Popen(
            Namespaces.inside(
                spaces.relay, sys.executable, "-m", *served, "relay", "serve", "--new", "--practice",
                "--data", str(folder / "relay"), "--listen", f"0.0.0.0:{PORT}",
                # The line stands for a proxy: plain links beyond loopback come by one alone.
                "--trusted-proxy", "10.0.0.0/8",
            ),
            stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        stack.callback(_end, relay)
        assert relay.stdout is not None
        assert json.loads(relay.stdout.readline())
        proxy = None
        if row.proxy:
            proxy = _proxy(row.proxy, folder, spaces.relay)
            stack.callback(_end, proxy)
        yield Stage(spaces, relay, proxy)


def _troubles(row: Row, stage: Stage, seed: int, over: threading.Event) -> None:
    """One after the other, until everything was asked."""
    source = random.Random(seed)
    assert row.trouble is not None
    wait = row.first_s
    while not over.wait(wait):
        row.trouble(stage)
        wait = row.every_s * (0.75 + source.random() / 2)


def _asked(row: Row, seed: int, count: int, *, planted: bool) -> list[dict[str, object]]:
    """What became of so many questions on such a line."""
    with tempfile.TemporaryDirectory(prefix="miaohui-lines-") as name:
        folder = Path(name)
        with staged(row, seed, folder, planted=planted) as stage:
            data = folder / "relay"
            _admin(data, "create-shop", "lanting", "兰亭陪聊")
            _admin(data, "put-offer", "lanting", "60", "3000")
            said = (_admin(data, "invite-responder", "lanting") for _ in range(row.pairs))
            invites = [each.split()[-1].strip('"}') for each in said]
            order = {
                "seed": seed,
                "host": RELAY,
                "port": DOOR if row.proxy else PORT,
                "pairs": row.pairs,
                "questions": -(-count // row.pairs),
                "invites": invites,
                "picture_bytes": row.picture_bytes,
                "late_s": LATE_S if row.trouble is None else LATE_BESIDE_STOPS_S,
            }
            served = (
                ["tests.torture.serve_lines", "people"] if planted else ["tests.torture.people"]
            )
            people = subprocess.Popen(
                Namespaces.inside(
                    stage.spaces.people, sys.executable, "-m", *served, json.dumps(order)
                ),
                stdout=subprocess.PIPE,
                text=True,
            )
            over = threading.Event()
            troubles = threading.Thread(target=_troubles, args=(row, stage, seed, over))
            found: list[dict[str, object]] = []
            try:
                assert people.stdout is not None
                for line in people.stdout:
                    each = json.loads(line)
                    if "begun" in each and row.trouble is not None:
                        troubles.start()
                    elif "asked" not in each:
                        found.append(each)
            finally:
                over.set()
                if troubles.ident is not None:
                    troubles.join()
                _end(people)
            return found


def run(seed: int, count: int, *, planted: bool) -> Outcome:
    outcome = Outcome()
    outcome.impossible = possible()
    if outcome.impossible:
        return outcome
    wanted = os.environ.get("MIAOHUI_LINES", "")
    rows: list[Row] = []
    wide = ROWS if count >= 100 else SHORT_ROWS[1:] if planted else SHORT_ROWS
    for row in wide:
        if row.proxy and shutil.which(row.proxy) is None:
            outcome.notes.append(f"{row.what}: not tried, {row.proxy} is not installed")
        elif wanted in row.what:
            rows.append(row)

    def ask(numbered: tuple[int, Row]) -> list[dict[str, object]]:
        return _asked(numbered[1], seed + numbered[0], count, planted=planted)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for row, found in zip(rows, pool.map(ask, enumerate(rows)), strict=True):
            _judge(row, found, outcome)
    return outcome


def _judge(row: Row, found: list[dict[str, object]], outcome: Outcome) -> None:
    answered = [each for each in found if "state" in each]
    in_time, hidden = f"{row.what}: {FALSE}", f"{row.what}: {HIDDEN}"
    outcome.expect(in_time, hidden)
    outcome.check(
        f"{row.what}: everything was answered",
        holds=bool(answered) and all(each["felt"] is not None for each in answered),
        example=str([each for each in answered if each["felt"] is None]),
    )
    left_out, waits, void = 0, [], 0
    for each in answered:
        breached = each["state"] == "breached"
        void += each["state"] == "void"
        if each["late"]:
            outcome.check(hidden, holds=breached, example=str(each))
        elif int(str(each["cut"])) > CUT_MS and row.trouble is None:
            left_out += 1
        else:
            outcome.check(in_time, holds=not breached, example=str(each))
            waits.append(int(str(each["wait"] or 0)))
    waits.sort()
    if waits:
        pictures = next((each["pictures"] for each in found if "pictures" in each), 0)
        outcome.row(in_time).note = (
            f"W {waits[len(waits) // 2]} ms, p99 {waits[len(waits) * 99 // 100]}, at most {waits[-1]};"
            f" {void} void, {left_out} left out, {pictures} pictures"
        )
