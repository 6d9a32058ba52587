"""The list of sessions, the queue, and orders on their way."""

from miaohui.desktop.look.language import Phrase, say

title = Phrase("会话", "Sessions")
search_hint = Phrase("搜索消息", "Search messages")
list_name = Phrase("会话列表", "Sessions")
choose = Phrase("选择一个会话", "Choose a session")
choose_hint = Phrase(
    "左边是你的会话；还在排队的订单也在那里。", "They are on the left, with orders that still wait."
)
empty_title = Phrase("还没有会话", "No sessions yet")
empty_hint = Phrase(
    "在“发现”里挑一家店，按实测的守约率选人，付款后会话会出现在这里。",
    "Find a shop in Discover by its measured figures; once paid, the session appears here.",
)
to_discover = Phrase("去发现", "Go to Discover")
no_hits = Phrase("没有找到消息", "No message found")
typing = Phrase("正在输入…", "typing…")
running = Phrase("进行中", "running")
waiting_start = Phrase("等待对方开口", "waiting for their first message")
paused = Phrase("已暂停", "paused")
last_question = Phrase("等最后一问的答复", "the last answer is owed")
ended = Phrase("已结束", "ended")
to_review = Phrase("已结束 · 待评价", "ended · not reviewed")


def refunded(sum_: str) -> str:
    return say(f"已退款 {sum_}", f"refunded {sum_}")


def unread(count: int) -> str:
    return say(f"{count} 条新消息", f"{count} new")


order_waits = Phrase("排队中", "in the queue")
order_paying = Phrase("等待支付结果", "payment under way")


def queue_title(shop: str) -> str:
    return say(f"正在排队 · {shop}", f"In the queue · {shop}")


def paying_title(shop: str) -> str:
    return say(f"正在支付 · {shop}", f"Paying · {shop}")


outcome_awaited = Phrase("等待支付结果", "Waiting for the payment")


def ahead(count: int) -> str:
    if count <= 0:
        return say("下一个就是你", "You are next")
    return say(f"前面还有 {count} 人", f"{count} ahead of you")


def estimate(minutes: int) -> str:
    return say(
        f"估计还要约 {minutes} 分钟（按现在各会话的剩余时间算）",
        f"About {minutes} min, from what is left of the sessions now running",
    )


def estimate_within(minutes: int, nine_in_ten: int) -> str:
    """``nine_in_ten``: the minutes within which nine in ten of the like are served."""
    return say(
        f"估计 {minutes} 分钟；十次有九次在 {nine_in_ten} 分钟之内",
        f"About {minutes} min by estimate; within {nine_in_ten} min nine times in ten",
    )


estimate_soon = Phrase("估计不到 1 分钟", "Less than a minute by estimate")
no_estimate = Phrase(
    "现在估不出时间：没有人在班，或者在班的人快下班了",
    "No estimate: nobody is on duty now, or whoever is will finish soon",
)


def asking(name: str | None, seconds: int | None) -> str:
    who = name or say("空闲的应答师", "a free responder")
    if seconds is None:
        return say(f"正在等{who}接单", f"Waiting for {who} to accept")
    return say(
        f"正在等{who}接单，最多 {seconds} 秒；没人接就全额退回",
        f"Waiting for {who} to accept, at most {seconds} s; otherwise the whole sum comes back",
    )


payment_pending = Phrase(
    "支付结果还没到，到了会自动继续。", "The payment's outcome is on its way; it goes on by itself."
)


def paid_line(minutes: int, sum_: str) -> str:
    return say(f"文字 {minutes} 分钟 · 已付 {sum_}", f"Text, {minutes} min · {sum_} paid")


def unpaid_line(minutes: int, sum_: str) -> str:
    return say(f"文字 {minutes} 分钟 · {sum_}", f"Text, {minutes} min · {sum_}")


not_started = Phrase(
    "付费时间从应答师的第一条消息才开始，排队不计时。",
    "Paid time begins with the responder's first message; the queue costs nothing.",
)


def leave(sum_: str) -> str:
    return say(f"离开队列，退回 {sum_}", f"Leave the queue, get {sum_} back")


cancel_order = Phrase("取消订单", "Cancel the order")
leaving = Phrase("正在退回…", "Giving it back…")


def ended_title(state: str) -> str:
    lines = {
        "declined": say("这一单没有被接", "The order was declined"),
        "no_show": say("没有人来", "Nobody came"),
        "void": say("这一单作废了", "The order is void"),
        "refunded": say("你离开了队列", "You left the queue"),
    }
    return lines.get(state, say("这一单结束了", "The order has ended"))


def ended_about(sum_: str) -> str:
    return say(
        f"{sum_} 已全额退回余额，不用申请。",
        f"{sum_} went back to your balance; nothing to fill in.",
    )


nothing_paid = Phrase("没有扣款。", "Nothing was paid.")
look_elsewhere = Phrase("再找一家", "Find another shop")
