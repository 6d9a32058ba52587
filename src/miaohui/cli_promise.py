"""`miaohui figures` and `miaohui verify`: anyone recomputes a session from its own journal.

Exit status: 0 sound, 1 does not hold, 2 unreadable or asked wrongly, 3 sound in itself and signed by
a key that nobody here knows; one sentence on stderr.
"""

import argparse
import importlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from miaohui.promise import words
from miaohui.promise.bundle import MAX_BUNDLE_BYTES
from miaohui.promise.errors import JournalBroken, JournalUnreadable
from miaohui.promise.figures import Sample
from miaohui.promise.reader import MAX_JOURNAL_BYTES, read_journal
from miaohui.promise.report import Figures
from miaohui.promise.succession import known_keys_from
from miaohui.promise.verdict import Outcome, Verdict, verify_bundle
from miaohui.receiptlog.faults import LogFault, LogUnreadable
from miaohui.receiptlog.receipts import check_bundle
from miaohui.receiptlog.seen import own_folder, place_of, read_seen
from miaohui.receiptlog.visit import Logged
from miaohui.receiptlog.web import HttpLog
from miaohui.receiptlog.wording import sentence
from miaohui.runtime.arguments import Parser, complain
from miaohui.runtime.terminal import Say, speaker, tell
from miaohui.wire.limits import MAX_INTEGER

__all__ = [
    "DOES_NOT_HOLD",
    "MAX_KEY_BYTES",
    "SOUND",
    "UNKNOWN_SIGNER",
    "UNREADABLE",
    "add_parsers",
    "fail_log",
    "figures",
    "main",
    "read_file",
    "run",
    "verify",
]

SOUND: Final = 0
DOES_NOT_HOLD: Final = 1
UNREADABLE: Final = 2
UNKNOWN_SIGNER: Final = 3
MAX_KEY_BYTES: Final = 1024 * 1024
_MAX_PLANS_BYTES: Final = 1024 * 1024 * 1024
_SETTINGS: Final = "settings.json"
_MANIFEST: Final = b"manifest.json"


def add_parsers(subparsers: "argparse._SubParsersAction[Any]") -> None:
    """Add `figures` and `verify` to a command line."""
    one = subparsers.add_parser("figures", help="work out the figures of a journal")
    one.add_argument("file", metavar="JOURNAL.jsonl", type=Path)
    one.add_argument("--now", metavar="MS", type=_moment, help="default: the last entry's t")
    two = subparsers.add_parser("verify", help="check a session's or a whole check's bundle")
    two.add_argument("file", metavar="BUNDLE", type=Path)
    two.add_argument("other", metavar="OTHER", type=Path, nargs="?")
    two.add_argument("--relay-key", metavar="FILE", type=Path)
    two.add_argument("--log", metavar="URL", help="look the receipt up in the relay's log")
    two.add_argument(
        "--checkpoint", metavar="FILE", type=Path, help="the log's checkpoint that was seen last"
    )
    two.add_argument("--data", metavar="DIR", type=Path, help="the app's own folder")
    for parser in (one, two):
        parser.add_argument("--json", action="store_true")
        parser.add_argument("--lang", choices=("zh_CN", "en"))


def run(args: argparse.Namespace) -> int:
    """Run a parsed command line."""
    say = speaker(args.lang)
    try:
        if args.command == "figures":
            return _figures(args, say)
        return _verify(args, say)
    except JournalUnreadable as error:
        return _fail(UNREADABLE, say("读不了", "unreadable"), error.entry, error.reason, say)
    except JournalBroken as error:
        return _fail(DOES_NOT_HOLD, say("不成立", "does not hold"), error.entry, error.reason, say)
    except OSError as error:
        reason = f"{args.file if error.filename is None else error.filename}: {error.strerror}"
        return _fail(UNREADABLE, say("读不了", "unreadable"), None, reason, say)


def main(argv: Sequence[str] | None = None) -> int:
    """The two commands on their own: `figures …` or `verify …`."""
    parser = Parser(prog="miaohui")
    subparsers = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    add_parsers(subparsers)
    try:
        args = parser.parse_args(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else UNREADABLE
    return run(args)


def figures(arguments: Sequence[str]) -> int:
    """`miaohui figures`."""
    return main(["figures", *arguments])


def verify(arguments: Sequence[str]) -> int:
    """`miaohui verify`."""
    return main(["verify", *arguments])


def _figures(args: argparse.Namespace, say: Say) -> int:
    journal = read_journal(read_file(args.file, MAX_JOURNAL_BYTES))
    last = journal.fold.last_t
    now = last if args.now is None else args.now
    if now < last:
        reason = f"--now is before the last entry, whose t is {last}"
        return _fail(UNREADABLE, say("问错了", "asked wrongly"), None, reason, say)
    told = journal.fold.figures(now)
    if args.json:
        _print_json(told)
    else:
        _tell(told, say)
    return SOUND


def _verify(args: argparse.Namespace, say: Say) -> int:
    relay_key: bytes | None = None
    former: list[bytes] = []
    if args.relay_key is not None:
        relay_key, *former = known_keys_from(read_file(args.relay_key, MAX_KEY_BYTES)).keys
    if _is_plans_bundle(args.file):
        # By name, as the command line does: who only checks a session needs nothing of a tester's.
        tester = importlib.import_module("miaohui.checks.commands.verify")
        data = read_file(args.file, _MAX_PLANS_BYTES)
        found: int = tester.verify(data, relay_key, former, args.lang, as_json=args.json)
        return found
    other = None if args.other is None else read_file(args.other, MAX_BUNDLE_BYTES)
    data = read_file(args.file, MAX_BUNDLE_BYTES)
    verdict = verify_bundle(data, relay_key, former=former, met=_met(args.data), other=other)
    logged: Logged | LogFault | None = None
    if verdict.sound:
        try:
            logged = _look_up(data, args)
        except LogFault as error:
            logged = error
    if args.json:
        _print_json(verdict, log=_log_json(logged))
    if verdict.outcome is Outcome.RESTORED:
        what = say("中继曾从备份恢复", "the relay was restored from a copy")
        return _fail(DOES_NOT_HOLD, what, verdict.entry, verdict.reason, say)
    if not verdict.sound:
        what = say("不成立", "does not hold")
        return _fail(DOES_NOT_HOLD, what, verdict.entry, verdict.reason, say)
    if isinstance(logged, LogFault):
        return fail_log(logged, say)
    if not args.json:
        _tell_verdict(verdict, say)
        if logged is not None:
            _tell_logged(logged, say)
    return SOUND if verdict.key_known else UNKNOWN_SIGNER


def _look_up(data: bytes, args: argparse.Namespace) -> Logged | None:
    """The receipt's place in the log: by the proof in the bundle, and by the log where one is
    named."""
    if args.log is None:
        return check_bundle(data, None, None, None)
    log = HttpLog(args.log)
    folder = own_folder() if args.data is None else args.data
    file = place_of(folder, log.url) if args.checkpoint is None else args.checkpoint
    return check_bundle(data, log, read_seen(file), file)


def _log_json(logged: Logged | LogFault | None) -> dict[str, str | int] | None:
    if logged is None:
        return None
    if isinstance(logged, LogFault):
        return {"fault": logged.fault.value, "detail": logged.detail}
    return {"origin": logged.origin, "index": logged.index, "size": logged.size}


def _tell_logged(logged: Logged, say: Say) -> None:
    tell(
        say(
            f"已入日志 {logged.origin}：第 {logged.index} 片叶子，共 {logged.size} 片",
            f"in the log {logged.origin}: leaf {logged.index} of {logged.size}",
        )
    )


def _met(folder: Path | None) -> frozenset[bytes]:
    """The relays' keys that this machine's app has met: in its settings, which hold no secret."""
    folder = own_folder() if folder is None else folder
    try:
        raw = json.loads((folder / _SETTINGS).read_bytes())
        return frozenset(bytes.fromhex(key) for key in raw.get("met_keys", ()))
    except (OSError, ValueError, AttributeError, TypeError):
        return frozenset()


def _is_plans_bundle(file: Path) -> bool:
    """A whole check's bundle begins with its manifest, a session's with its journal."""
    with file.open("rb") as source:
        head = source.read(30 + len(_MANIFEST))
    return head.startswith(b"PK\x03\x04") and head[30:] == _MANIFEST


def _tell_verdict(verdict: Verdict, say: Say) -> None:
    tell(
        say(
            f"成立：会话 {verdict.session}，{verdict.entries} 条，规则 {verdict.rule}",
            f"sound: session {verdict.session}, {verdict.entries} entries, rule {verdict.rule}",
        )
    )
    tell(
        say(f"签名密钥 {verdict.key_id}", f"signed by key {verdict.key_id}")
        + (
            say("（已知的密钥）", " (a known key)")
            if verdict.key_known
            else say(
                "（有人签了名：未证明就是那家中继）",
                " (signed by somebody: not shown to be that relay)",
            )
        )
    )
    if verdict.bodies_proved or verdict.bodies_unproved:
        tell(
            say(
                f"披露的内容：{verdict.bodies_proved} 条相符，{verdict.bodies_unproved} 条无法核对",
                f"disclosed bodies: {verdict.bodies_proved} fit, "
                f"{verdict.bodies_unproved} cannot be checked",
            )
        )
    if verdict.contradicted:
        listed = ", ".join(map(str, verdict.contradicted[:20]))
        tell(
            say(
                f"客户端感受到的等待与中继记的对不上：第 {listed} 条",
                f"felt waits that the relay's own do not fit: entries {listed}",
            )
        )
    if verdict.figures is not None:
        _tell(verdict.figures, say)


def _tell(told: Figures, say: Say) -> None:
    sample = Sample.of(told)
    kept, asks = words.kept(sample.kept_rate()), words.kept(sample.asks_rate())
    tell(say(f"守约 {kept} · 按消息 {asks}", f"kept {kept} · messages kept {asks}"))
    counts = (told.kept, told.breached, told.censored, told.open, told.void)
    tell(
        say(
            "守约 {} · 超时 {} · 截断 {} · 未答 {} · 作废 {}",
            "kept {} · breached {} · censored {} · open {} · void {}",
        ).format(*counts)
    )
    if told.longest_wait_ms is not None:
        quantiles = (sample.quantile(50), sample.quantile(95), sample.longest())
        tell(
            say("中位 {} · p95 {} · 最长 {}", "p50 {} · p95 {} · worst {}").format(
                *map(words.quantile, quantiles)
            )
        )
    spans = (told.elapsed_ms, told.late_ms, told.remaining_ms)
    late = words.share(told.late_ms, told.elapsed_ms)
    tell(
        say("已用 {} · 迟到 {}（{}）· 剩余 {}", "used {} · late {} ({}) · left {}").format(
            *map(words.seconds, spans[:2]), late, words.seconds(spans[2])
        )
    )
    for name, own in told.by_responder.items():
        tell(
            say(
                "{}：守约 {} · 超时 {} · 截断 {}", "{}: kept {} · breached {} · censored {}"
            ).format(name, own.kept, own.breached, own.censored)
        )
    if told.refund_fen is not None:
        yuan = words.yuan(told.refund_fen)
        tell(say(f"退款 {yuan}", f"refund {yuan}"))
    if told.flags:
        tell(say("标记：", "flags: ") + ", ".join(told.flags))


def _fail(status: int, what: str, entry: int | None, reason: str, say: Say) -> int:
    place = "" if entry is None else say(f"第 {entry} 条（entry {entry}）：", f"entry {entry}: ")
    complain("miaohui", what + say("：", ": ") + place + reason)
    return status


def fail_log(error: LogFault, say: Say) -> int:
    """One sentence about a log: 2 where it could not be read, else 1."""
    if isinstance(error, LogUnreadable):
        return _fail(UNREADABLE, say("读不了", "unreadable"), None, say(*sentence(error)), say)
    return _fail(DOES_NOT_HOLD, say("不成立", "does not hold"), None, say(*sentence(error)), say)


def _moment(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 16 and int(text) <= MAX_INTEGER):
        raise argparse.ArgumentTypeError(f"{text[:40]!r} is not a number of milliseconds")
    return int(text)


def read_file(file: Path, limit: int) -> bytes:
    with file.open("rb") as source:
        data = source.read(limit + 1)
    if len(data) > limit:
        raise JournalUnreadable(f"{file.name} is larger than {limit} bytes")
    return data


def _print_json(value: Figures | Verdict, **more: dict[str, str | int] | None) -> None:
    told = {name: each for name, each in more.items() if each is not None}
    print(json.dumps({**msgspec.to_builtins(value), **told}, indent=1))
