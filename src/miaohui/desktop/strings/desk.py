"""The responder's desk: its words."""

from miaohui.desktop.look.amounts import rough
from miaohui.desktop.look.language import Phrase, say

title = Phrase("应答台", "Desk")


def on_duty(ms: int) -> str:
    if ms < 60_000:
        return say("在班", "On duty")
    return say(f"在班 {rough(ms)}", f"On duty {rough(ms)}")


on_break = Phrase("小憩中", "On a break")
off_duty = Phrase("未接单", "Off duty")


def new_order(minutes: int) -> str:
    return say(f"新订单 · 文字 {minutes} 分钟", f"New order · text, {minutes} min")


def order_about(name: str, *, first: bool, chosen: bool) -> str:
    parts = [
        say("首次顾客", "first-time customer") if first else say("老顾客", "has been here before"),
        say("指定你", "asked for you") if chosen else say("派给空闲的人", "for whoever is free"),
        say(f"称呼“{name}”", f'called "{name}"'),
    ]
    return " · ".join(parts)


def accept(clock: str) -> str:
    return say(f"接单 {clock}", f"Accept {clock}")


decline = Phrase("婉拒", "Decline")
oldest_first = Phrase("最久未答在最上", "Oldest unanswered first")
no_sessions = Phrase("现在没有进行中的会话", "No session right now")


def nothing_yet(presence: str) -> str:
    if presence == "on":
        return say("在班，等新订单", "On duty, waiting for an order")
    return say("还没开始接单", "Not taking orders yet")


def nothing_hint(presence: str) -> str:
    if presence == "on":
        return say(
            "新订单出现在左上，45 秒内接单或婉拒。Ctrl+↑↓ 切换会话。",
            "A new order appears at the top left; accept or decline it within 45 s. "
            "Ctrl+↑↓ moves between conversations.",
        )
    return say(
        "开始接单后，新订单会出现在左上。付费时间从你的第一条消息算起，每条消息请在 10 秒内回应。",
        "Once you are on duty, new orders appear at the top left. The paid time begins with your "
        "first message; each question should be answered within 10 s.",
    )


today = Phrase("今日", "Today")


def today_figures(kept: int, turns: int, median: str, worst: str) -> str:
    return say(
        f"{kept} / {turns} 轮 · 中位 {median} · 最长 {worst}",
        f"{kept} of {turns} turns · median {median} · longest {worst}",
    )


no_figures = Phrase("今天还没有结束的会话", "No session has ended today")
go_on = Phrase("开始接单", "Go on duty")
take_break = Phrase("小憩", "Break")
stop = Phrase("停止接单", "Off duty")


def left(seconds: str) -> str:
    return say(f"还剩 {seconds} s", f"{seconds} s left")


def over(seconds: str) -> str:
    return say(f"已超 {seconds} s", f"{seconds} s over")


def reply_to(name: str) -> str:
    return say(f"回复{name}……", f"Reply to {name}…")


picture = Phrase("[图片]", "[picture]")


def handover_title(giver: str) -> str:
    return say(f"{giver}想转给你", f"{giver} would like to hand over")


def handover_about(name: str, paid_left: str) -> str:
    return say(
        f"称呼“{name}” · 付费时间还剩 {paid_left}",
        f'called "{name}" · {paid_left} of paid time left',
    )


def open_question(wait: str) -> str:
    return say(f"还没有答的（已等 {wait} s）", f"Not answered yet (for {wait} s)")


nothing_open = Phrase("现在没有未答的消息", "No question is open right now")
no_card = Phrase("顾客没有给出卡片", "The customer has shown no card")
until_then = Phrase(
    "接手之前由对方继续应答；接手后你能看到整段对话。",
    "Until you take it over they go on answering; then you see the whole conversation.",
)


def take_over(clock: str) -> str:
    return say(f"接手 {clock}", f"Take over {clock}")


def waits_for(name: str, clock: str) -> str:
    return say(
        f"正在等{name}接手（{clock}）。在那之前仍由你应答，计时不变。",
        f"Waiting for {name} to take over ({clock}). Until then you answer, and the clock runs as before.",
    )


def nobody_took() -> str:
    return say("没有空闲的人接手，会话仍由你应答。", "Nobody free took it over; it stays with you.")


keep_it = Phrase("不转了", "Keep it")
