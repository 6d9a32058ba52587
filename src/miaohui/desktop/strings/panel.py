"""The promise panel's words."""

from miaohui.desktop.look.language import say
from miaohui.desktop.strings.shell import milliseconds


def remaining() -> str:
    return say("剩余时间", "Time left")


def unused() -> str:
    return say("未用时间", "Time not used")


def given_back(clock: str) -> str:
    return say(f"补时 +{clock}", f"+{clock} given back")


def of_paid(clock: str) -> str:
    return say(f"/ {clock}", f"of {clock}")


def ends_at(clock: str) -> str:
    return say(f"到期 {clock}", f"ends {clock}")


def current_wait() -> str:
    return say("当前等待", "Waiting now")


def promise(seconds: int) -> str:
    return say(f"承诺 {seconds} 秒", f"promise {seconds} s")


def seconds_unit() -> str:
    return say("秒", "s")


def nothing_open() -> str:
    return say("没有未答的消息", "Nothing unanswered")


def not_started() -> str:
    return say(
        "对方发出第一条消息后才开始计时",
        "Paid time starts with the responder's first message",
    )


def about_to_breach() -> str:
    return say("约 10 秒，等中继确认", "About 10 s, the relay has yet to confirm")


def wait_unheard() -> str:
    return say("连接断了，以中继记录为准", "The link is down; what the relay recorded counts")


def breached_now() -> str:
    return say(
        "已超过承诺，正在补时",
        "Past the promise: time is being given back",
    )


def kept_title() -> str:
    return say("本次守约", "Promise kept")


def kept_of(kept: int, turns: int) -> str:
    return say(f"{kept} / {turns} 轮在 10 秒内", f"{kept} of {turns} turns within 10 s")


def within() -> str:
    """Beside "1 / 2"."""
    return say("轮在 10 秒内", "turns within 10 s")


def no_turns() -> str:
    return say("还没有完成的一轮", "No finished turn yet")


def median() -> str:
    return say("中位", "Median")


def p95() -> str:
    return "P95"


def worst() -> str:
    return say("最长", "Longest")


def bars_hint() -> str:
    return say("每轮等待（点按跳到该消息）", "Each turn's wait (click to jump there)")


def bars_name(count: int) -> str:
    return say(f"{count} 轮等待的柱图", f"Bars of {count} waits")


def network(ms: int) -> str:
    shown = milliseconds(ms)
    return say(f"其中网络：中位 {shown}", f"Of that, network: median {shown}")


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


def other_lengths() -> str:
    return say("其他时长", "Other lengths")


def extending() -> str:
    return say("正在续时…", "Adding time…")


def show_ring() -> str:
    return say("显示计时", "Show the counter")


def paused(reason: str | None, left: str | None) -> str:
    words = {
        "asked": say("已暂停", "Paused"),
        "break": say("对方短休中", "Short break"),
        "distress": say("已暂停，慢慢来", "Paused. Take your time"),
        "customer_offline": say("你掉线期间已暂停", "Paused while you were offline"),
    }
    text = words.get(reason or "", words["asked"])
    return f"{text} · {left}" if left else text


def closing_last() -> str:
    return say(
        "正在收尾，最后一问仍会得到答复", "Ending; your last question is still owed an answer"
    )


def closed() -> str:
    return say("会话已结束", "The session has ended")


def refund(price: str) -> str:
    return say(f"退款 {price}", f"Refund {price}")


def see_receipt() -> str:
    return say("查看回执", "See the receipt")
