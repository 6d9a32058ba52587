"""The words of `miaohui verify` for a plan's bundle.

Exit status: 0 sound, 1 does not hold (one sentence says where).
"""

import json
from collections.abc import Collection

import msgspec

from miaohui.checks.desk import yuan
from miaohui.checks.evidence.examine import Examined, examine
from miaohui.checks.language import complain, speaker
from miaohui.checks.report.words import verdict_name
from miaohui.checks.results import ClaimVerdict


def verify(
    data: bytes,
    relay_key: bytes | None,
    former: Collection[bytes],
    lang: str | None,
    *,
    as_json: bool,
) -> int:
    """Examine the bytes of a plan's bundle and say what was found."""
    say = speaker(lang)
    found = examine(data, relay_key, former)
    if as_json:
        print(json.dumps(msgspec.to_builtins(found), indent=1, ensure_ascii=False))
    if not found.sound:
        where = f"{found.where}: " if found.where else ""
        complain(say("不成立：", "does not hold: ") + where + found.reason)
        return 1
    if not as_json:
        verdict = verdict_name(say, ClaimVerdict(found.verdict), pending=not found.finished)
        print(say(_chinese(found, verdict), _english(found, verdict)))
    return 0


def _chinese(found: Examined, verdict: str) -> str:
    known = "（与所给密钥一致）" if found.key_known else "（未与任何密钥核对）"
    return (
        f"成立：检验 {found.run}，计划“{found.plan}”（{found.plan_sha256[:16]}）\n"
        f"{found.sessions} 场会话都由中继签名，都是记录里买下的那一场；"
        f"计划 {found.slots} 场{'' if found.finished else '，尚未跑完'}\n"
        f"中继在 {found.countersigned_utc} 会签了计划，之后按它买下的每一场都在内"
        f"{f'；同一份计划此前登记过 {found.earlier} 次' if found.earlier else ''}\n"
        f"付了 {yuan(found.spent_fen)}，退回 {yuan(found.refunded_fen)}，"
        f"从未超出预算 {yuan(found.budget_fen)}\n"
        f"重新算出的结论：{verdict}，report.json 里的每个数字都与之相符\n"
        f"中继密钥 {found.relay_key[:16]}{known} · 检验者密钥 {found.tester_key[:16]}\n"
        f"披露的文字：{found.disclosed} 条，都与承诺值相符"
    )


def _earlier(times: int) -> str:
    if not times:
        return ""
    return f"; the same plan was registered {times} time{'s' * (times > 1)} before"


def _english(found: Examined, verdict: str) -> str:
    known = " (the key you gave)" if found.key_known else " (not compared with any key of yours)"
    return (
        f"sound: run {found.run}, plan {found.plan!r} ({found.plan_sha256[:16]})\n"
        f"{found.sessions} sessions, each signed by the relay and bought in the run's journal; "
        f"{found.slots} planned{'' if found.finished else ', not all of them over'}\n"
        f"the relay countersigned the plan at {found.countersigned_utc}; all that was bought under it"
        f" since is here{_earlier(found.earlier)}\n"
        f"paid {yuan(found.spent_fen)}, {yuan(found.refunded_fen)} came back, never above the "
        f"budget of {yuan(found.budget_fen)}\n"
        f"verdict, worked out anew: {verdict}; so was every figure of report.json\n"
        f"relay's key {found.relay_key[:16]}{known} · tester's key {found.tester_key[:16]}\n"
        f"text disclosed: {found.disclosed} bubbles, each of them proved"
    )
