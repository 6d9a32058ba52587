"""Orders: states, money, and what can be done."""

from miaohui.desktop.look.language import Phrase, say

title = Phrase("账单", "Orders")
list_name = Phrase("订单列表", "Orders")


def balance(sum_: str, *, practice: bool) -> str:
    if practice:
        return say(f"练习余额 {sum_}", f"Practice balance {sum_}")
    return say(f"余额 {sum_}", f"Balance {sum_}")


def spent(sum_: str, limit: str | None) -> str:
    if limit is None:
        return say(f"本月已用 {sum_}", f"{sum_} spent this month")
    return say(f"本月已用 {sum_} / 限额 {limit}", f"{sum_} of {limit} spent this month")


empty_title = Phrase("还没有订单", "No orders yet")
empty_hint = Phrase(
    "每一单都会列在这里：付了多少、还了多少时间、退了多少钱。",
    "Every order is listed here: what was paid, what time was given back, what was refunded.",
)
to_discover = Phrase("去发现", "Go to Discover")
choose = Phrase("选一单看明细", "Choose an order to see its details")


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


responder = Phrase("应答师", "Responder")
whoever = Phrase("谁空闲谁来", "whoever is free")
status = Phrase("状态", "State")
ordered = Phrase("下单", "Ordered")
started = Phrase("开始", "Started")
ended = Phrase("结束", "Ended")
why = Phrase("结束原因", "Why it ended")
given_back = Phrase("补时", "Time given back")
money = Phrase("钱的去向", "Where the money went")


def movement(what_: str) -> str:
    lines = {
        "payment": say("支付", "Payment"),
        "extension": say("续时", "Extension"),
        "refund": say("退款", "Refund"),
    }
    return lines.get(what_, what_)


total = Phrase("合计支出", "Spent in all")
number = Phrase("订单号", "Order number")
open_session = Phrase("打开会话", "Open the session")
open_queue = Phrase("查看排队", "See the queue")
open_receipt = Phrase("查看回执", "See the receipt")


def spoken(name: str, state_: str, sum_: str) -> str:
    return say(f"{name}，{state_}，{sum_}", f"{name}, {state_}, {sum_}")


invoice = Phrase("发票", "Invoice")
invoice_for = Phrase("单号与金额", "Number and sum")
copy_invoice = Phrase("复制单号和金额", "Copy number and sum")
invoice_copied = Phrase("已复制", "Copied")


def invoice_line(number: str, sum_: str) -> str:
    return f"{number} · {sum_}"
