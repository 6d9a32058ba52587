"""The promise panel's words."""

from miaohui.desktop.look.language import Phrase, say
from miaohui.desktop.strings.shell import milliseconds

remaining = Phrase("剩余时间", "Time left")
unused = Phrase("未用时间", "Time not used")


def given_back(clock: str) -> str:
    return say(f"补时 +{clock}", f"+{clock} given back")


def of_paid(clock: str) -> str:
    return say(f"/ {clock}", f"of {clock}")


def ends_at(clock: str) -> str:
    return say(f"到期 {clock}", f"ends {clock}")


current_wait = Phrase("当前等待", "Waiting now")


def promise(seconds: int) -> str:
    return say(f"承诺 {seconds} 秒", f"promise {seconds} s")


seconds_unit = Phrase("秒", "s")
nothing_open = Phrase("没有未答的消息", "Nothing unanswered")
not_started = Phrase(
    "对方发出第一条消息后才开始计时", "Paid time starts with the responder's first message"
)
about_to_breach = Phrase("约 10 秒，等中继确认", "About 10 s, the relay has yet to confirm")
wait_unheard = Phrase(
    "连接断了，以中继记录为准", "The link is down; what the relay recorded counts"
)
breached_now = Phrase("已超过承诺，正在补时", "Past the promise: time is being given back")
kept_title = Phrase("本次守约", "Promise kept")


def kept_of(kept: int, turns: int) -> str:
    return say(f"{kept} / {turns} 轮在 10 秒内", f"{kept} of {turns} turns within 10 s")


def within() -> str:
    """Beside "1 / 2"."""
    return say("轮在 10 秒内", "turns within 10 s")


no_turns = Phrase("还没有完成的一轮", "No finished turn yet")
median = Phrase("中位", "Median")


def p95() -> str:
    return "P95"


worst = Phrase("最长", "Longest")


def besides(asks: str, late: str) -> str:
    """``asks``: messages kept; ``late``: the share of used time that was late."""
    return say(f"按消息 {asks} · 迟到占用时 {late}", f"Messages kept {asks} · late share {late}")


bars_hint = Phrase("每轮等待（点按跳到该消息）", "Each turn's wait (click to jump there)")


def bars_name(count: int) -> str:
    return say(f"{count} 轮等待的柱图", f"Bars of {count} waits")


def network(ms: int) -> str:
    shown = milliseconds(ms)
    return say(f"你的线路（等待之外）：中位 {shown}", f"Your line (outside waits): median {shown}")


def silences(longest: str, broken: int, count: int) -> str:
    if count == 0:
        return say(f"最长冷场 {longest}", f"Longest silence {longest}")
    return say(
        f"最长冷场 {longest} · 主动开口 {count} 次中 {broken} 次",
        f"Longest silence {longest} · broke {broken} of {count}",
    )


def extend(minutes: int, price: str) -> str:
    return say(f"续 {minutes} 分钟　{price}", f"Add {minutes} min for {price}")


def extend_short(minutes: int, price: str) -> str:
    return say(f"+{minutes} 分 {price}", f"+{minutes} min {price}")


other_lengths = Phrase("其他时长", "Other lengths")
extending = Phrase("正在续时…", "Adding time…")
show_ring = Phrase("显示计时", "Show the counter")


def paused(reason: str | None, left: str | None) -> str:
    words = {
        "asked": say("已暂停", "Paused"),
        "break": say("对方短休中", "Short break"),
        "distress": say("已暂停，慢慢来", "Paused. Take your time"),
        "customer_offline": say("你掉线期间已暂停", "Paused while you were offline"),
    }
    text = words.get(reason or "", words["asked"])
    return f"{text} · {left}" if left else text


closing_last = Phrase(
    "正在收尾，最后一问仍会得到答复", "Ending; your last question is still owed an answer"
)
closed = Phrase("会话已结束", "The session has ended")


def refund(price: str) -> str:
    return say(f"退款 {price}", f"Refund {price}")


see_receipt = Phrase("查看回执", "See the receipt")
