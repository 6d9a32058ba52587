"""The list of sessions, the queue, and orders on their way."""

from miaohui.desktop.look.language import say


def title() -> str:
    return say("会话", "Sessions")


def search_hint() -> str:
    return say("搜索消息", "Search messages")


def list_name() -> str:
    return say("会话列表", "Sessions")


def choose() -> str:
    return say("选择一个会话", "Choose a session")


def choose_hint() -> str:
    return say(
        "左边是你的会话；还在排队的订单也在那里。",
        "They are on the left, with orders that still wait.",
    )


def empty_title() -> str:
    return say("还没有会话", "No sessions yet")


def empty_hint() -> str:
    return say(
        "在“发现”里挑一家店，按实测的守约率选人，付款后会话会出现在这里。",
        "Find a shop in Discover by its measured figures; once paid, the session appears here.",
    )


def to_discover() -> str:
    return say("去发现", "Go to Discover")


def no_hits() -> str:
    return say("没有找到消息", "No message found")


def typing() -> str:
    return say("正在输入…", "typing…")


def running() -> str:
    return say("进行中", "running")


def waiting_start() -> str:
    return say("等待对方开口", "waiting for their first message")


def paused() -> str:
    return say("已暂停", "paused")


def last_question() -> str:
    return say("等最后一问的答复", "the last answer is owed")


def ended() -> str:
    return say("已结束", "ended")


def to_review() -> str:
    return say("已结束 · 待评价", "ended · not reviewed")


def refunded(sum_: str) -> str:
    return say(f"已退款 {sum_}", f"refunded {sum_}")


def unread(count: int) -> str:
    return say(f"{count} 条新消息", f"{count} new")


def order_waits() -> str:
    return say("排队中", "in the queue")


def order_paying() -> str:
    return say("等待支付结果", "payment under way")


def queue_title(shop: str) -> str:
    return say(f"正在排队 · {shop}", f"In the queue · {shop}")


def paying_title(shop: str) -> str:
    return say(f"正在支付 · {shop}", f"Paying · {shop}")


def outcome_awaited() -> str:
    return say("等待支付结果", "Waiting for the payment")


def ahead(count: int) -> str:
    if count <= 0:
        return say("下一个就是你", "You are next")
    return say(f"前面还有 {count} 人", f"{count} ahead of you")


def estimate(minutes: int) -> str:
    return say(
        f"估计还要约 {minutes} 分钟（按现在各会话的剩余时间算）",
        f"About {minutes} min, from what is left of the sessions now running",
    )


def estimate_soon() -> str:
    return say("估计不到 1 分钟", "Less than a minute by estimate")


def no_estimate() -> str:
    return say("现在估不出时间：没有人在班", "No estimate: nobody is on duty now")


def asking(name: str | None, seconds: int | None) -> str:
    who = name or say("空闲的应答师", "a free responder")
    if seconds is None:
        return say(f"正在等{who}接单", f"Waiting for {who} to accept")
    return say(
        f"正在等{who}接单，最多 {seconds} 秒；没人接就全额退回",
        f"Waiting for {who} to accept, at most {seconds} s; otherwise the whole sum comes back",
    )


def payment_pending() -> str:
    return say(
        "支付结果还没到，到了会自动继续。",
        "The payment's outcome is on its way; it goes on by itself.",
    )


def paid_line(minutes: int, sum_: str) -> str:
    return say(f"文字 {minutes} 分钟 · 已付 {sum_}", f"Text, {minutes} min · {sum_} paid")


def unpaid_line(minutes: int, sum_: str) -> str:
    return say(f"文字 {minutes} 分钟 · {sum_}", f"Text, {minutes} min · {sum_}")


def not_started() -> str:
    return say(
        "付费时间从应答师的第一条消息才开始，排队不计时。",
        "Paid time begins with the responder's first message; the queue costs nothing.",
    )


def leave(sum_: str) -> str:
    return say(f"离开队列，退回 {sum_}", f"Leave the queue, get {sum_} back")


def cancel_order() -> str:
    return say("取消订单", "Cancel the order")


def leaving() -> str:
    return say("正在退回…", "Giving it back…")


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


def nothing_paid() -> str:
    return say("没有扣款。", "Nothing was paid.")


def look_elsewhere() -> str:
    return say("再找一家", "Find another shop")
