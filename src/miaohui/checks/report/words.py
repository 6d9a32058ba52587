"""Names of things in a report, Chinese and English side by side, found by their codes.

A code that is not known here is shown as it stands: it is never left out.
"""

import math
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from miaohui.checks.language import Say
from miaohui.checks.results import ClaimVerdict, TargetResult

Pair: TypeAlias = tuple[str, str]

_LABELS: Final[Mapping[str, Pair]] = {
    "substantive": ("有内容", "substantive"),
    "hollow": ("敷衍", "hollow"),
    "recycled": ("套话", "recycled"),
    "closing": ("结束语", "closing phrase"),
    "begging": ("讨好评", "begging for stars"),
    "bait": ("引流站外", "bait to go elsewhere"),
}
_FLAGS: Final[Mapping[str, Pair]] = {
    "begging": ("讨要好评", "begged for stars"),
    "off_platform": ("引到站外", "baited to go elsewhere"),
    "triple_miss": ("连问三次都超时", "three asks missed at once"),
    "unanswered_at_end": ("结束前的提问没有答", "left unanswered at the end"),
    "no_show": ("无人应接", "nobody came"),
}
_PROBES: Final[Mapping[str, Pair]] = {
    "plain": ("闲聊一句", "small talk"),
    "burst": ("连发几句", "burst"),
    "question": ("具体问题", "question"),
    "gap": ("刻意停顿", "deliberate silence"),
    "nudge": ("催问", "nudge"),
    "reply_check": ("敷衍后追问", "asked again"),
    "last_question": ("结束前提问", "last question"),
    "after_end": ("结束后发话", "after the end"),
    "": ("–", "–"),
}
_SEVERITIES: Final[Mapping[str, Pair]] = {
    "late": ("迟", "late"),
    "long": ("久（满 30 秒）", "long (30 s or more)"),
    "gone": ("走开（满 3 分钟）", "gone (3 min or more)"),
    "never": ("始终没回", "never answered"),
}
_STATES: Final[Mapping[str, Pair]] = {
    "planned": ("待购", "planned"),
    "buying": ("购买中", "buying"),
    "queued": ("排队中", "queued"),
    "running": ("进行中", "running"),
    "done": ("完成", "done"),
    "skipped": ("跳过", "skipped"),
    "failed": ("未成", "failed"),
}
_REASONS: Final[Mapping[str, Pair]] = {
    "time": ("时间用完", "time over"),
    "customer": ("检验者结束", "tester ended it"),
    "responder": ("应答师结束", "responder ended it"),
    "safety": ("安全原因", "for safety"),
    "no_show": ("无人应接", "nobody came"),
    "relay": ("中继结束", "relay ended it"),
    "declined": ("店铺谢绝", "declined by the shop"),
    "refunded": ("已退款", "refunded"),
    "void": ("作废", "void"),
    "unknown": ("看不到结果", "end not seen"),
    "decided": ("结论已定，按计划不再买", "decided already, as planned"),
    "budget": ("预算用完", "budget used up"),
    "nobody_on_duty": ("当时无人值守", "nobody on duty"),
    "late": ("错过时段", "its time had passed"),
    "banned": ("账号被禁", "account banned"),
    "stopped": ("检验已停止", "check was stopped"),
    "price_changed": ("价格变了", "price changed"),
    "no_offer": ("没有这种服务", "no such offer"),
    "relay_gone": ("连不上中继", "relay gone"),
    "balance_low": ("余额不够", "balance too low"),
    "payment_failed": ("付款没有成功", "payment failed"),
}
_LAST: Final[Mapping[str, Pair]] = {
    "answered": ("答了", "answered"),
    "unanswered": ("没答", "unanswered"),
    "closing_phrase": ("只有结束语", "closing phrase only"),
}
_NOTES: Final[Mapping[str, Pair]] = {
    "record_missing": ("还没有运行记录", "there is no record of a run yet"),
    "record_unreadable": ("运行记录读不了", "the record of the run cannot be read"),
    "record_too_large": (
        "运行记录太大，只读到上限",
        "the record is too large; it was read up to the limit",
    ),
    "record_torn": ("运行记录的末行没写完", "the record's last line is unfinished"),
    "record_without_beginning": (
        "运行记录没有开头：计划的哈希无从核对",
        "the record has no beginning: the plan's hash cannot be held against it",
    ),
    "record_line_unreadable": ("运行记录里有一行读不了", "a line of the record cannot be read"),
    "record_chain_broken": (
        "运行记录的哈希链在此断开：这一行或前一行被改动过",
        "the record's chain is broken here: this line or the one before was changed",
    ),
    "record_second_beginning": (
        "运行记录里有第二个开头，未采用",
        "the record begins a second time; that was left out",
    ),
    "record_second_slot": ("同一场次登记了两次", "a slot is entered twice"),
    "record_unknown_slot": ("有一行说的场次没有登记过", "a line speaks of a slot never entered"),
    "bought_twice": ("同一场次买了两次", "a slot was bought twice"),
    "plan_changed": (
        "计划在第一次购买之后改过：哈希不符",
        "the plan was changed after the first purchase: its hash differs",
    ),
    "target_not_in_plan": (
        "检验了计划之外的对象",
        "a target that the plan does not name was tried",
    ),
    "sums_differ": (
        "记录的总额与逐笔相加不符",
        "the recorded sums differ from the payments added up",
    ),
    "budget_exceeded": ("花费超过预算", "more than the budget was spent"),
    "verdict_differs": (
        "检验结束时报的结论与原始数据现在算出的不同",
        "the verdict told at the end of the run is not what the raw data now give",
    ),
    "bundle_missing": (
        "回执包不见了：这一场不计入",
        "the receipt bundle is gone: the session is left out",
    ),
    "bundle_unreadable": (
        "回执包读不了：这一场不计入",
        "the receipt bundle cannot be read: the session is left out",
    ),
    "bundle_unsound": (
        "回执包不成立：这一场不计入",
        "the receipt bundle does not hold: the session is left out",
    ),
    "bundle_of_another_session": (
        "回执包属于另一场会话：这一场不计入",
        "the receipt bundle is of another session: the session is left out",
    ),
    "bundle_of_no_slot": ("回执包不属于任何场次", "a receipt bundle belongs to no slot"),
    "session_counted_twice": (
        "同一会话出现在两个场次：只计一次",
        "one session stands in two slots: it was counted once",
    ),
    "slot_name_invalid": ("场次的名字不能作文件名", "a slot's name cannot be a file's"),
    "relay_key_invalid": ("记录的中继公钥无效", "the recorded relay key is not one"),
    "probe_not_in_journal": (
        "发出的消息不在会话流水里（条数）",
        "messages that were sent are not in the journal (how many)",
    ),
    "run_crashed": ("检验中断过，之后接着跑", "the run broke off and was taken up again"),
    "run_paused": ("检验暂停过", "the run was paused"),
    "run_stopped": ("检验被提前停止", "the run was stopped early"),
    "begun_late": ("比计划的时刻晚了才买", "bought later than planned"),
    "taken_up_again": (
        "中断之后接着聊：这期间没有按计划发话",
        "taken up again after a break, in which nothing was sent as planned",
    ),
    "left_queue": ("没等到就离开了队伍", "left the queue before being served"),
    "stopped": ("检验停止，会话提前结束", "ended early, since the run was stopped"),
    "refund_missing": ("应退的钱没有全退", "not all of the refund came"),
    "account_banned": ("检验用的账号被封", "the tester's account was banned"),
    "relay_gone": ("连不上中继", "the relay could not be reached"),
    "relay_back": ("重新连上中继", "the relay was reached again"),
    "orders_unlisted": (
        "中继没有列出按这份计划买下的订单",
        "the relay did not list the orders bought under this plan",
    ),
    "relay_moved": ("续跑时中继换了地址", "the relay had another address when the run went on"),
    "stratum_never_comes": (
        "有的时段在期限内排不下全部场次",
        "a stratum had no room for all of its sessions in the time given",
    ),
    "runner_fault": (
        "检验程序出了意外，停下过",
        "the runner came upon something unforeseen and stopped",
    ),
    "trial_offer": (
        "只有首单试聊符合计划的时长",
        "only a newcomer's trial had the plan's length",
    ),
    "coding_unreadable": ("评定文件读不了", "a rater's file cannot be read"),
    "coding_line_unreadable": ("评定文件有一行读不了", "a line of a rater's file cannot be read"),
    "private_bundle_unusable": (
        "带内容的回执包不成立或不符，其中的回复没法评",
        "the bundle with texts does not hold or does not fit, so its replies cannot be rated",
    ),
    "text_not_kept": ("有一条回复没有留下内容", "a reply's text was not kept"),
}
_VERDICTS: Final[Mapping[ClaimVerdict, Pair]] = {
    ClaimVerdict.MET: ("成立", "met"),
    ClaimVerdict.NOT_MET: ("不成立", "not met"),
    ClaimVerdict.NOT_ENOUGH: ("证据不足", "not enough evidence"),
}
_UNITS: Final[Mapping[str, Pair]] = {
    "turns": ("轮提问", "turns"),
    "messages": ("条消息", "messages"),
    "late_share": ("秒付费时间", "seconds of paid time"),
}
_SHARES: Final[Mapping[str, Pair]] = {
    "turns": ("按轮算", "by turns"),
    "messages": ("按消息算", "by messages"),
    "late_share": ("按付费时间算", "by paid time"),
}
_DAYS: Final[Mapping[str, Pair]] = {
    "any": ("每天", "any day"),
    "weekday": ("工作日", "weekdays"),
    "weekend": ("周末", "weekends"),
    "festival": ("节日", "festivals"),
}
# The words of Landis and Koch 1977, each for kappas below its limit.
_AGREEMENTS: Final[tuple[tuple[float, Pair], ...]] = (
    (0.0, ("比碰巧还差", "worse than chance")),
    (0.2, ("几乎不一致", "slight")),
    (0.4, ("一致性较差", "fair")),
    (0.6, ("一致性中等", "moderate")),
    (0.8, ("一致性较好", "substantial")),
    (math.inf, ("一致性很好", "almost perfect")),
)
# A sign for each verdict, so that no one needs the colour.
MARKS: Final[Mapping[ClaimVerdict, str]] = {
    ClaimVerdict.MET: "✓",
    ClaimVerdict.NOT_MET: "✗",
    ClaimVerdict.NOT_ENOUGH: "?",
}


def _named(names: Mapping[str, Pair], code: str, say: Say) -> str:
    return say(*names[code]) if code in names else code


def label_name(say: Say, code: str) -> str:
    return _named(_LABELS, code, say)


def flag_name(say: Say, code: str) -> str:
    return _named(_FLAGS, code, say)


def probe_name(say: Say, code: str) -> str:
    return _named(_PROBES, code, say)


def severity_name(say: Say, code: str) -> str:
    return _named(_SEVERITIES, code, say)


def state_name(say: Say, code: str) -> str:
    return _named(_STATES, code, say)


def reason_name(say: Say, code: str) -> str:
    return _named(_REASONS, code, say)


def last_name(say: Say, code: str) -> str:
    return _named(_LAST, code, say)


def note_name(say: Say, code: str) -> str:
    return _named(_NOTES, code, say)


def note_words(say: Say, code: str, detail: str, slot: str) -> str:
    """A deviation in one line: where, what, and the detail."""
    where = f"{slot}{say('：', ': ')}" if slot else ""
    what = f"{say('（', ' (')}{detail}{say('）', ')')}" if detail else ""
    return f"{where}{note_name(say, code)}{what}"


def verdict_name(say: Say, verdict: ClaimVerdict, *, pending: bool = False) -> str:
    """``pending``: the run is not over, and no look at it was planned that decided."""
    if pending and verdict is ClaimVerdict.NOT_ENOUGH:
        return say("检验没有做完，没有结论", "no verdict: the check is not over")
    return say(*_VERDICTS[verdict])


def differing(say: Say, target: TargetResult, percent: Callable[[float | None], str]) -> str:
    """Where a target's turns, messages and late share disagree by more than the sampling allows."""
    told = say("，", ", ").join(
        f"{share_name(say, code)} {percent(share)}"
        for code, share in target.shares.items()
        if share is not None
    )
    return say(
        f"{target.name}：几种算法差得比抽样误差更大，不能只看一个数：{told}。",
        f"{target.name}: the ways of counting differ by more than the sampling allows; no one of"
        f" them tells the whole: {told}.",
    )


def unit_name(say: Say, code: str) -> str:
    return _named(_UNITS, code, say)


def share_name(say: Say, code: str) -> str:
    return _named(_SHARES, code, say)


def day_name(say: Say, code: str) -> str:
    return _named(_DAYS, code, say)


def agreement_name(say: Say, kappa: float) -> str:
    return say(*next(pair for limit, pair in _AGREEMENTS if kappa < limit))
