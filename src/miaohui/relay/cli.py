"""``miaohui relay``: serve, or look after, a relay."""

import argparse
import asyncio
import json
import logging
import os
import signal
import sqlite3
import ssl
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from miaohui.care.lines import LinesError, read
from miaohui.receiptlog.checkpoint import is_origin
from miaohui.relay.directory.statistics import FLOOR_PERCENT
from miaohui.relay.host.retention import KEEP_WORDS_DAYS
from miaohui.relay.host.server import REVIEW_AFTER_MS, Options, Relay
from miaohui.relay.host.settings import LEVELS, SettingsFault
from miaohui.relay.host.settings import read as read_settings
from miaohui.relay.net.origin import Network, network
from miaohui.relay.net.tls import ServerTls
from miaohui.relay.net.tuning import descriptors, settle, tune
from miaohui.relay.storage.data_dir import database
from miaohui.relay.storage.keys import KeyFault
from miaohui.relay.storage.receipt_log import NameTaken
from miaohui.relay.storage.schema import SchemaError
from miaohui.runtime import lifeline, memoryimage
from miaohui.runtime.arguments import ASKED_WRONGLY, Parser, complain, reason
from miaohui.runtime.lock import HeldElsewhere, Lock
from miaohui.runtime.logs import JsonLines, RepeatLimit, TextLines
from miaohui.runtime.loopback import is_loopback
from miaohui.wire.link import HelpLine

LOCK = "relay.lock"
TRIES, AGAIN_S = 30, 0.1  # of a folder whose relay may be stopping
FORMATS = {"text": TextLines, "json": JsonLines}
ELSEWHERE = ("admin", "backup", "restore")


class _RelayUsageError(Exception):
    """Asked wrongly; the text is the sentence."""


def main(argv: Sequence[str]) -> int:
    """Runs ``relay`` with its arguments and answers with the exit status."""
    arguments = list(argv)
    if arguments and arguments[0] in ELSEWHERE:
        from miaohui.relay.host import admin

        return admin.main(arguments[1:] if arguments[0] == "admin" else arguments)
    try:
        return _serve(_read(arguments))
    except (_RelayUsageError, KeyFault, NameTaken, SchemaError, SettingsFault) as error:
        complain("miaohui relay", str(error))
        return ASKED_WRONGLY


def _read(arguments: list[str]) -> argparse.Namespace:
    """The command line over the settings' file over what is usual."""
    parser, serve = _parser()
    first = parser.parse_args(arguments)
    if first.settings is not None:
        paths = ("data", "tls_cert", "tls_key", "help_lines")
        told = read_settings(first.settings).flags
        serve.set_defaults(
            **{name: Path(str(value)) if name in paths else value for name, value in told.items()}
        )
        first = parser.parse_args(arguments)
    if first.data is None:
        serve.error("--data is needed, here or in the settings")
    return first


def _parser() -> tuple[Parser, argparse.ArgumentParser]:
    """With the one of ``serve``."""
    parser = Parser(prog="miaohui relay")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ELSEWHERE:
        commands.add_parser(name, add_help=False, help=f"miaohui relay {name} --help tells more")
    serve = commands.add_parser("serve", help="run a relay")
    serve.add_argument("--data", type=Path, metavar="DIR", help="the relay's folder")
    serve.add_argument(
        "--new", action="store_true", help="make a relay in DIR where there is none yet"
    )
    serve.add_argument("--listen", default="127.0.0.1:8443", metavar="HOST:PORT")
    serve.add_argument("--tls-cert", type=Path, metavar="FILE")
    serve.add_argument("--tls-key", type=Path, metavar="FILE")
    serve.add_argument(
        "--trusted-proxy",
        action="append",
        default=[],
        metavar="CIDR",
        help="a proxy whose X-Forwarded-For is believed, such as 10.0.0.0/8; may be given again",
    )
    serve.add_argument("--practice", action="store_true", help="practice money only")
    serve.add_argument(
        "--review-after", type=float, default=REVIEW_AFTER_MS / 1000, metavar="SECONDS"
    )
    serve.add_argument(
        "--settings",
        type=Path,
        metavar="FILE",
        help="TOML: every option here, and [limits]; what may change is read anew on SIGHUP",
    )
    serve.add_argument("--log-level", choices=LEVELS, help="warning, where nothing is said")
    serve.add_argument("--log-format", default="text", help="text, or json: one object a line")
    serve.add_argument(
        "--ops",
        metavar="HOST:PORT",
        help="serve /health/live, /health/ready and /metrics here, on loopback only",
    )
    serve.add_argument(
        "--notices",
        metavar="HOST:PORT",
        help="hear payment providers' notices here, on loopback only, behind your proxy",
    )
    serve.add_argument(
        "--log-listen", metavar="HOST:PORT", help="serve the log of receipts here, over HTTP"
    )
    serve.add_argument(
        "--log-origin", metavar="NAME", help="the log's name, such as chat.example.com/log"
    )
    serve.add_argument(
        "--price-floor",
        type=int,
        default=FLOOR_PERCENT,
        metavar="PERCENT",
        help="of a shop's median price a minute; a cheaper session counts for nobody",
    )
    serve.add_argument(
        "--help-lines",
        type=Path,
        metavar="FILE",
        help="numbers to call, beside the national ones",
    )
    serve.add_argument(
        "--keep-words",
        type=int,
        default=KEEP_WORDS_DAYS,
        metavar="DAYS",
        help="after a session's end; then its messages and pictures are erased",
    )
    serve.add_argument("--name", default="miaohui", help="what the relay calls itself")
    serve.add_argument(
        "--until-stdin-closes", action="store_true", help="stop when whoever started it goes"
    )
    return parser, serve


def _address(text: str, option: str = "--listen") -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    host = host.removeprefix("[").removesuffix("]")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise _RelayUsageError(f"{option} takes HOST:PORT, not {text}")
    return host, int(port)


def _network(text: str) -> Network:
    try:
        return network(text)
    except ValueError:
        raise _RelayUsageError(f"--trusted-proxy takes an address or a net, not {text}") from None


def _unusable(given: argparse.Namespace) -> str:
    """Which of the two files, as far as it can be told."""
    for path in (given.tls_cert, given.tls_key):
        try:
            path.open("rb").close()
        except OSError as unread:
            return f"the certificate cannot be used: {reason(unread)}"
    return f"{given.tls_cert} and {given.tls_key} are no certificate with its key"


def _options(given: argparse.Namespace) -> Options:
    host, port = _address(given.listen)
    tls: ServerTls | None = None
    if (given.tls_cert is None) is not (given.tls_key is None):
        raise _RelayUsageError("--tls-cert and --tls-key go together")
    if given.tls_cert is not None:
        try:
            tls = ServerTls(given.tls_cert, given.tls_key)
        except (OSError, ssl.SSLError):
            raise _RelayUsageError(_unusable(given)) from None
    log = None if given.log_listen is None else _address(given.log_listen, "--log-listen")
    ops = None if given.ops is None else _address(given.ops, "--ops")
    if ops is not None and not is_loopback(ops[0]):
        raise _RelayUsageError(f"--ops takes a loopback address, not {ops[0]}")
    notices = None if given.notices is None else _address(given.notices, "--notices")
    if notices is not None and not is_loopback(notices[0]):
        raise _RelayUsageError(f"--notices takes a loopback address, not {notices[0]}")
    proxies = tuple(_network(each) for each in given.trusted_proxy)
    told = None if given.settings is None else read_settings(given.settings)
    behind = bool(proxies) or (told is not None and bool(told.proxies))
    if tls is None and not behind:
        for each in (host, *(() if log is None else log[:1])):
            if not is_loopback(each):
                raise _RelayUsageError(
                    f"{each} is no loopback address: give --tls-cert, or --trusted-proxy"
                )
    if given.log_origin is not None and not is_origin(given.log_origin):
        raise _RelayUsageError(
            "--log-origin takes a name like chat.example.com/log, without blank or plus"
        )
    if given.log_format not in FORMATS:
        raise _RelayUsageError(f"--log-format is one of {', '.join(FORMATS)}")
    if not 0 <= given.review_after <= 10**7:
        raise _RelayUsageError("--review-after takes seconds")
    if not 0 <= given.keep_words <= 36_500:
        raise _RelayUsageError("--keep-words takes days")
    if not 0 <= given.price_floor <= 100:
        raise _RelayUsageError("--price-floor takes 0 to 100")
    return Options(
        data=given.data,
        host=host,
        port=port,
        tls=tls,
        proxies=proxies,
        practice=given.practice,
        review_after_ms=round(given.review_after * 1000),
        floor_percent=given.price_floor,
        keep_words_days=given.keep_words,
        name=given.name[:64],
        help_lines=() if given.help_lines is None else _help_lines(given.help_lines),
        log=log,
        ops=ops,
        notices=notices,
        settings=given.settings,
        log_level=given.log_level,
        log_origin=given.log_origin,
        own_machine=given.practice and is_loopback(host) and not behind,
        descriptors=descriptors(),
        until_stdin_closes=given.until_stdin_closes,
    )


def _help_lines(file: Path) -> tuple[HelpLine, ...]:
    try:
        return tuple(
            HelpLine(
                number=each.number,
                audience=each.audience.value,
                chinese=each.chinese,
                english=each.english,
                hours_zh=each.hours_zh,
                hours_en=each.hours_en,
                always=each.always,
                source=each.source,
                checked=each.checked.isoformat(),
                review=each.review.isoformat(),
            )
            for each in read(file.read_bytes())
        )
    except OSError as error:
        raise _RelayUsageError(f"--help-lines: {reason(error)}") from None
    except LinesError as error:
        raise _RelayUsageError(f"--help-lines: {file}: {error}") from None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory


def _there_is_one(data: Path, *, new: bool) -> None:
    """A typing error in the folder's name makes no new relay beside the old one."""
    if new or database(data).exists():
        return
    if not data.is_dir():
        raise _RelayUsageError(
            f"{data} is not there: check the path, or make a new relay there with --new"
        )
    if any(each.name not in (LOCK, "lost+found") for each in data.iterdir()):
        raise _RelayUsageError(
            f"{data} holds no relay: check the path, or make a new one there with --new"
        )


def _serve(given: argparse.Namespace) -> int:
    options = _options(given)
    _there_is_one(options.data, new=given.new)
    memoryimage.leave_none()
    logging.basicConfig(level=logging.WARNING)
    if given.log_level is not None:
        logging.getLogger("miaohui").setLevel(given.log_level.upper())
    for handler in logging.getLogger().handlers:
        handler.setFormatter(FORMATS[given.log_format]())
        handler.addFilter(RepeatLimit())
    # Frames that break the protocol are the peer's fault, and anybody can send them.
    logging.getLogger("picows").setLevel(logging.CRITICAL)
    tune()
    lock = Lock(options.data / LOCK)
    try:
        options.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(_alone(options, lock))
    except HeldElsewhere:
        raise _RelayUsageError(f"another relay serves {options.data}") from None
    except (OSError, sqlite3.Error) as error:
        raise _RelayUsageError(f"it cannot serve: {reason(error)}") from error
    finally:
        lock.free()


async def _alone(options: Options, lock: Lock) -> int:
    """Serves once the folder is ours, before anything in it is read: a second writer would take
    the first one's sessions for lost. HeldElsewhere where a relay stays in it."""
    for _ in range(TRIES - 1):
        try:
            lock.take()
            break
        except HeldElsewhere:
            await asyncio.sleep(AGAIN_S)
    else:
        lock.take()
    return await serve(options)


async def serve(options: Options) -> int:
    """Serves until SIGTERM, SIGINT or, where asked, the end of stdin; one JSON line when ready."""
    stop = lifeline.until_asked(follow_stdin=options.until_stdin_closes)
    loop = asyncio.get_running_loop()
    relay = await Relay.start(options)
    if sys.platform != "win32":
        loop.add_signal_handler(signal.SIGHUP, relay.reload)
    settle()
    ready = {
        "ready": True,
        "url": relay.url,
        "key_id": relay.key.key_id,
        "pid": os.getpid(),
    }
    if relay.log_url is not None:
        ready["log"] = relay.log_url
    if relay.ops_url is not None:
        ready["ops"] = relay.ops_url
    if relay.notices_url is not None:
        ready["notices"] = relay.notices_url
    print(json.dumps(ready), flush=True)
    await stop.wait()
    await relay.stop()
    return 0
