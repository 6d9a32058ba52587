"""`miaohui log`: anyone audits a relay's log of receipts, or fetches a bundle's proof from it.

Exit status as `verify`: 0 holds, 1 does not, 2 unreadable or asked wrongly, 3 holds in itself under
a key that nobody here knows; one sentence on stderr.
"""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import msgspec

from miaohui.cli_promise import (
    DOES_NOT_HOLD,
    MAX_KEY_BYTES,
    SOUND,
    UNKNOWN_SIGNER,
    UNREADABLE,
    fail_log,
    read_file,
)
from miaohui.promise import words
from miaohui.promise.bundle import MAX_BUNDLE_BYTES, with_log_proof
from miaohui.promise.errors import JournalError
from miaohui.promise.heads import relay_key_from
from miaohui.receiptlog.audit import Audit, AuditDifference, audit
from miaohui.receiptlog.faults import LogFault
from miaohui.receiptlog.note import VerifierKey
from miaohui.receiptlog.receipts import checked, leaf_data, signers_in
from miaohui.receiptlog.seen import keep_fork, own_folder, place_of, read_seen, write_seen
from miaohui.receiptlog.sums import Sum
from miaohui.receiptlog.visit import Parted, prove
from miaohui.receiptlog.web import HttpLog
from miaohui.runtime.arguments import Parser, complain
from miaohui.runtime.terminal import Say, speaker, tell

SHOWN: Final = 20  # differences told in words; --json tells all


def main(argv: Sequence[str] | None = None) -> int:
    """`miaohui log audit …` or `miaohui log prove …`."""
    parser = Parser(prog="miaohui log")
    commands = parser.add_subparsers(dest="command", required=True, parser_class=Parser)
    one = commands.add_parser("audit", help="recount everybody's sums from the leaves")
    one.add_argument("url", metavar="URL")
    one.add_argument("--relay-key", metavar="FILE", type=Path)
    one.add_argument(
        "--checkpoint", metavar="FILE", type=Path, help="the checkpoint that was seen last"
    )
    one.add_argument("--shop", metavar="ID", help="tell this shop's sums, to compare with its page")
    one.add_argument("--json", action="store_true")
    two = commands.add_parser("prove", help="put a receipt's proof from the log into its bundle")
    two.add_argument("file", metavar="BUNDLE", type=Path)
    two.add_argument("url", metavar="URL")
    two.add_argument("--out", metavar="FILE", type=Path, required=True)
    for each in (one, two):
        each.add_argument("--lang", choices=("zh_CN", "en"))
    try:
        args = parser.parse_args(argv)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else UNREADABLE
    say = speaker(args.lang)
    try:
        return _audit(args, say) if args.command == "audit" else _prove(args, say)
    except LogFault as error:
        return fail_log(error, say)
    except JournalError as error:
        return _unreadable(str(error), say)
    except OSError as error:
        return _unreadable(f"{error.filename}: {error.strerror}", say)


def _unreadable(reason: str, say: Say) -> int:
    complain("miaohui", say("读不了：", "unreadable: ") + reason)
    return UNREADABLE


def _audit(args: argparse.Namespace, say: Say) -> int:
    log = HttpLog(args.url)
    file = args.checkpoint or place_of(own_folder(), log.url)
    seen = read_seen(file)
    known: VerifierKey | bytes | None = None if seen is None else seen.key
    if args.relay_key is not None:
        known = relay_key_from(read_file(args.relay_key, MAX_KEY_BYTES))
    try:
        found, note, key = audit(
            log, known, lambda key: None if seen is None else checked(seen, key, log), args.shop
        )
    except Parted as error:
        keep_fork(file, error.note, error.key)
        raise
    write_seen(file, note, key)
    if args.json:
        print(json.dumps(msgspec.to_builtins(found), indent=1))
    else:
        _tell(found, say)
        if found.shop is not None:
            tell(_shop(args.shop, found.shop, say))
    if found.differences:
        count = len(found.differences)
        complain(
            "miaohui",
            say(
                f"不成立：{count} 个合计与叶子算出的不同",
                f"does not hold: {count} sums differ from what the leaves make",
            ),
        )
        return DOES_NOT_HOLD
    return SOUND if found.key_known else UNKNOWN_SIGNER


def _tell(found: Audit, say: Say) -> None:
    known = (
        say("（已知的密钥）", " (a known key)")
        if found.key_known
        else say("（未证明就是那家中继）", " (not shown to be that relay)")
    )
    tell(
        say(
            f"日志 {found.origin}：{found.size} 张回执，{found.shops} 家店，{found.people} 人",
            f"log {found.origin}: {found.size} receipts, {found.shops} shops, "
            f"{found.people} people",
        )
    )
    tell(say("签名密钥 ", "signed by ") + found.vkey + known)
    for each in found.differences[:SHOWN]:
        tell(_difference(each, say))
    if not found.differences:
        tell(
            say(
                "每家店、每个人的合计都与叶子相符",
                "the sums of every shop and person fit the leaves",
            )
        )


def _shop(name: str, sums: Sum, say: Say) -> str:
    late, paid = words.seconds(sums.late_ms), words.seconds(sums.paid_ms)
    return say(
        f"店 {name}：{sums.sessions} 场，守约 {sums.kept}，超时 {sums.breached}，"
        f"按消息 {sums.asks_kept}/{sums.asks}，迟到 {late}，购买 {paid}",
        f"shop {name}: {sums.sessions} sessions, {sums.kept} kept, {sums.breached} breached, "
        f"messages {sums.asks_kept}/{sums.asks}, late {late}, paid {paid}",
    )


def _difference(each: AuditDifference, say: Say) -> str:
    side = say("店", "shop") if each.side == "shop" else say("人", "person")
    return say(
        f"{side} {each.subject} 的 {each.field}：显示 {each.shown}，叶子算出 {each.counted}",
        f"{side} {each.subject}, {each.field}: shown {each.shown}, counted {each.counted}",
    )


def _prove(args: argparse.Namespace, say: Say) -> int:
    log = HttpLog(args.url)
    bundle = read_file(args.file, MAX_BUNDLE_BYTES)
    (leaf, _), key = leaf_data(bundle), signers_in(bundle, log)
    proof, found = prove(log, leaf, key)
    args.out.write_bytes(with_log_proof(bundle, proof.text()))
    tell(
        say(
            f"已入日志 {found.origin}：第 {proof.index} 片叶子，共 {found.size} 片；写入 {args.out}",
            f"in the log {found.origin}: leaf {proof.index} of {found.size}; wrote {args.out}",
        )
    )
    return SOUND
