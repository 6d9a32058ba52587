"""The examples under docs/examples, tried with the programs that they are for, where installed."""

import asyncio
import contextlib
import shutil
import socket
import ssl
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.client.link.test_dialling import DAY, NOW, certificate
from tests.client.world import RelayProcess
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from miaohui.relay.host import settings
from miaohui.wire.codec import decode_down, encode
from miaohui.wire.limits import PROTOCOL
from miaohui.wire.link import Hello, Welcome

EXAMPLES = Path(__file__).parents[2] / "docs" / "examples"
HELLO = Hello(protocol=PROTOCOL, client="example", device="here", generation=1)
TRIES = 200


def free_port() -> int:
    with socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        return int(door.getsockname()[1])


@contextlib.contextmanager
def running(words: list[str]) -> Iterator[None]:
    process = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(timeout=20)


def nginx(folder: Path, text: str, port: int, relay: int) -> list[str]:
    text = text.replace("listen 443 ssl", f"listen 127.0.0.1:{port} ssl")
    text = text.replace("127.0.0.1:8443", f"127.0.0.1:{relay}")
    text = text.replace(
        "/etc/letsencrypt/live/chat.example.com/fullchain.pem", f"{folder}/cert.pem"
    )
    text = text.replace("/etc/letsencrypt/live/chat.example.com/privkey.pem", f"{folder}/key.pem")
    places = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "".join(f"{each}_temp_path {folder}/{each};\n" for each in places)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log {folder}/error.log;\nevents {{}}\n"
        f"http {{ access_log off;\n{temporary}{text} }}\n"
    )
    return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]


def haproxy(folder: Path, text: str, port: int, relay: int) -> list[str]:
    pem = (folder / "cert.pem").read_bytes() + (folder / "key.pem").read_bytes()
    (folder / "chat.pem").write_bytes(pem)
    text = text.replace("bind :443", f"bind 127.0.0.1:{port}")
    text = text.replace("/etc/haproxy/chat.pem", f"{folder}/chat.pem")
    (folder / "haproxy.cfg").write_text(text.replace("127.0.0.1:8443", f"127.0.0.1:{relay}"))
    return ["haproxy", "-db", "-f", str(folder / "haproxy.cfg")]


def caddy(folder: Path, text: str, port: int, relay: int) -> list[str]:
    text = text.replace("chat.example.com {", f"https://localhost:{port} {{")
    text = text.replace("reverse_proxy", f"tls {folder}/cert.pem {folder}/key.pem\n\treverse_proxy")
    text = text.replace("127.0.0.1:8443", f"127.0.0.1:{relay}")
    (folder / "Caddyfile").write_text(f"{{\n\tadmin off\n\tauto_https off\n}}\n{text}")
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


Configure = Callable[[Path, str, int, int], list[str]]


@pytest.mark.parametrize(
    ("program", "file", "configure"),
    [
        ("nginx", "nginx.conf", nginx),
        ("haproxy", "haproxy.cfg", haproxy),
        ("caddy", "Caddyfile", caddy),
    ],
)
def test_a_relay_is_reached_behind_a_proxy(
    program: str, file: str, configure: Configure, tmp_path: Path
) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    tmp_path.chmod(0o755)
    certificate(tmp_path, NOW - DAY, NOW + DAY)
    trusting = ssl.create_default_context(cafile=str(tmp_path / "cert.pem"))
    relay = RelayProcess(tmp_path / "relay", "--trusted-proxy", "127.0.0.1")
    port, behind = free_port(), int(relay.url.rpartition(":")[2])

    async def greeted() -> Welcome:
        for _ in range(TRIES):  # until the proxy listens
            try:
                async with connect(
                    f"wss://localhost:{port}", ssl=trusting, proxy=None, host="127.0.0.1", port=port
                ) as link:
                    await link.send(encode(HELLO), text=True)
                    welcome = decode_down(await link.recv(decode=False))
                    assert isinstance(welcome, Welcome)
                    return welcome
            except (OSError, WebSocketException):
                await asyncio.sleep(0.05)
        raise AssertionError(f"never reached through {program}")

    try:
        with running(configure(tmp_path, (EXAMPLES / file).read_text(), port, behind)):
            assert asyncio.run(greeted()).practice
    finally:
        relay.stop()


def test_the_settings_are_sound() -> None:
    told = settings.read(EXAMPLES / "relay.toml")
    assert set(tomllib.loads((EXAMPLES / "relay.toml").read_text())) <= {
        *settings.FLAGS,
        "trusted_proxy",
        "log_level",
    }
    assert told.log_level == "info"


def test_the_unit_is_sound(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    unit = tmp_path / "miaohui-relay.service"
    text = (EXAMPLES / unit.name).read_text()
    unit.write_text(text.replace("/opt/miaohui/bin/miaohui", sys.executable))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_unit_is_hardened() -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not installed")
    done = subprocess.run(
        [
            *("systemd-analyze", "security", "--offline=yes", "--threshold=15", "--no-pager"),
            str(EXAMPLES / "miaohui-relay.service"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-300:] + done.stderr
