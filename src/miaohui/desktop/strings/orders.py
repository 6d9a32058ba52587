"""Orders: states, money, and what can be done."""

from miaohui.desktop.look.language import say


def title() -> str:
    return say("账单", "Orders")


def list_name() -> str:
    return say("订单列表", "Orders")


def balance(sum_: str, *, practice: bool) -> str:
    if practice:
        return say(f"练习余额 {sum_}", f"Practice balance {sum_}")
    return say(f"余额 {sum_}", f"Balance {sum_}")


def spent(sum_: str, limit: str | None) -> str:
    if limit is None:
        return say(f"本月已用 {sum_}", f"{sum_} spent this month")
    return say(f"本月已用 {sum_} / 限额 {limit}", f"{sum_} of {limit} spent this month")


def empty_title() -> str:
    return say("还没有订单", "No orders yet")


def empty_hint() -> str:
    return say(
        "每一单都会列在这里：付了多少、还了多少时间、退了多少钱。",
        "Every order is listed here: what was paid, what time was given back, what was refunded.",
    )


def to_discover() -> str:
    return say("去发现", "Go to Discover")


def choose() -> str:
    return say("选一单看明细", "Choose an order to see its details")


def state(code: str) -> str:
    lines = {
        "quoted": say("已报价，未付款", "quoted, not paid"),
        "awaiting_payment": say("等待支付结果", "payment under way"),
        "paid": say("已付款", "paid"),
        "queued": say("排队中", "in the queue"),
        "open": say("进行中", "running"),
        "closing": say("收尾中", "closing"),
        "closed": say("已结束，结算中", "ended, being settled"),
        "settled": say("已结算", "settled"),
        "declined": say("未接单，已全额退回", "declined, all given back"),
        "no_show": say("无人到场，已全额退回", "nobody came, all given back"),
        "void": say("已作废", "void"),
        "refunded": say("已离开队列，全额退回", "left the queue, all given back"),
    }
    return lines.get(code, code)


def reason(code: str) -> str:
    lines = {
        "time": say("时间用完", "time used up"),
        "customer": say("你结束的", "ended by you"),
        "responder": say("应答师离开", "the responder left"),
        "safety": say("出于安全结束", "ended for safety"),
        "no_show": say("应答师没有出现", "the responder never came"),
        "relay": say("中继结束的", "ended by the relay"),
    }
    return lines.get(code, code)


def what(shop: str, minutes: int, extended: int) -> str:
    more = "" if not extended else say(f" + 续 {extended} 分钟", f" + {extended} min")
    return say(f"{shop} · 文字 {minutes} 分钟{more}", f"{shop} · text, {minutes} min{more}")


def responder() -> str:
    return say("应答师", "Responder")


def whoever() -> str:
    return say("谁空闲谁来", "whoever is free")


def status() -> str:
    return say("状态", "State")


def ordered() -> str:
    return say("下单", "Ordered")


def started() -> str:
    return say("开始", "Started")


def ended() -> str:
    return say("结束", "Ended")


def why() -> str:
    return say("结束原因", "Why it ended")


def given_back() -> str:
    return say("补时", "Time given back")


def money() -> str:
    return say("钱的去向", "Where the money went")


def movement(what_: str) -> str:
    lines = {
        "payment": say("支付", "Payment"),
        "extension": say("续时", "Extension"),
        "refund": say("退款", "Refund"),
    }
    return lines.get(what_, what_)


def total() -> str:
    return say("合计支出", "Spent in all")


def number() -> str:
    return say("订单号", "Order number")


def open_session() -> str:
    return say("打开会话", "Open the session")


def open_queue() -> str:
    return say("查看排队", "See the queue")


def open_receipt() -> str:
    return say("查看回执", "See the receipt")


def spoken(name: str, state_: str, sum_: str) -> str:
    return say(f"{name}，{state_}，{sum_}", f"{name}, {state_}, {sum_}")
