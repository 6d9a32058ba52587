"""People, figures, money and reviews before the owner: their words."""

from miaohui.desktop.look.amounts import yuan_exact
from miaohui.desktop.look.language import Phrase, say
from miaohui.desktop.strings import pay as pay_words
from miaohui.wire.reports import ReportCategory

# --- people ---
invitations = Phrase("待用的邀请码", "Invitations that are open")
no_invitations = Phrase("没有待用的邀请码。", "No invitation is open.")
withdraw = Phrase("作废", "Withdraw")
let_go = Phrase("离店…", "Let go…")
let_go_sure = Phrase("确认离店", "Yes, let go")
keep = Phrase("先不", "Not now")
let_go_about = Phrase(
    "会在所有设备上登出，之后是普通顾客；做过的会话和数字都在。手上有订单时不能离店。",
    "Signed out everywhere, a customer from then on; sessions and figures stay. "
    "Not while an order of theirs is open.",
)


def about_person(act: str, name: str) -> str:
    return say(f"{act}：{name}", f"{act}: {name}")


def invitation_line(role: str, *, by_host: bool, until: str) -> str:
    who = {"responder": say("应答师", "responder"), "owner": say("店主", "owner")}.get(role, role)
    by = say("主机发的", "by the host") if by_host else say("你发的", "by you")
    return say(f"{who} · {by} · 到 {until}", f"{who} · {by} · until {until}")


# --- figures ---


def last_days(days: int) -> str:
    if days == 1:
        return say("近 24 小时", "Last 24 hours")
    return say(f"近 {days} 天", f"Last {days} days")


by_person = Phrase("按人", "By person")
by_hour = Phrase("按时段（店铺时间）", "By hour (the shop's clock)")
by_mode = Phrase("按方式", "By mode")
column_who = Phrase("", "")
column_kept = Phrase("守约（95% 区间）", "Kept (95% interval)")
column_p50 = Phrase("中位", "Median")
column_p95 = Phrase("P95", "P95")
column_worst = Phrase("最长", "Longest")
column_customers = Phrase("顾客", "Customers")
no_figures = Phrase("这段时间还没有测到。", "Nothing was measured in this time.")
few = Phrase(
    "不满 20 轮只写几轮里守了几轮；区间按顾客算，同一个人的很多轮只算一份证据。",
    "Below 20 turns it says how many of how many; intervals go by customers, "
    "so that many turns of one person are one person's evidence.",
)


def turns_of(turns: int, interval: str) -> str:
    said = say(f"{turns:,} 轮", f"{turns:,} turn{'s' * (turns != 1)}")
    return say(f"{said} · 区间 {interval}", f"{said} · interval {interval}") if interval else said


def customers(count: int, turns: int) -> str:
    """Turns without a customer are of an imported history, which names none."""
    if turns and not count:
        return say("导入的记录，不知几位顾客", "imported records, customers not known")
    return say(f"{count:,} 位顾客", f"{count:,} customer{'s' * (count != 1)}")


def asks(figure: str) -> str:
    return say(f"按消息守约 {figure}", f"messages kept {figure}")


def late_share(figure: str) -> str:
    return say(f"迟到占用时 {figure}", f"late share {figure}")


def hour_span(hour: int) -> str:
    return say(f"{hour}–{hour + 1} 时", f"{hour:02d}:00–{hour + 1:02d}:00")


def mode(name: str) -> str:
    return {"text": say("文字", "Text"), "voice": say("语音", "Voice")}.get(name, name)


# --- money ---
this_month = Phrase("这个月", "This month")
last_month = Phrase("上个月", "Last month")
earned = Phrase("收入", "Earned")
held = Phrase("未了结", "Not over yet")
paid_in = Phrase("收到", "Paid in")
given_out = Phrase("退回", "Refunded")
fees = Phrase("服务商收费", "Fees")
no_fee = Phrase("服务商没有报", "not told by the provider")
held_about = Phrase("会话还没结束的钱", "of orders that are not over")


def sessions(count: int) -> str:
    return say(f"{count:,} 场结束的会话", f"{count:,} session{'s' * (count != 1)} that ended")


def payments(count: int) -> str:
    return say(f"{count:,} 笔付款", f"{count:,} payment{'s' * (count != 1)}")


def refunds(count: int) -> str:
    return say(f"{count:,} 笔退款", f"{count:,} refund{'s' * (count != 1)}")


providers = Phrase("在哪里，什么时候到账", "Where it is, and when it settles")


def provider_line(name: str, paid: int, back: int) -> str:
    provider = pay_words.provider(name)
    return say(
        f"{provider}：收 {yuan_exact(paid)}，退 {yuan_exact(back)}，净 {yuan_exact(paid - back)}",
        f"{provider}: in {yuan_exact(paid)}, back {yuan_exact(back)}, net {yuan_exact(paid - back)}",
    )


def on_the_way(fen: int) -> str:
    return say(f"退款在路上 {yuan_exact(fen)}", f"{yuan_exact(fen)} of refunds on the way")


def stuck(fen: int) -> str:
    return say(
        f"退款卡住 {yuan_exact(fen)}：付款方收不到，要店铺联系顾客",
        f"{yuan_exact(fen)} of refunds held up: the payer cannot be reached, the shop has to help",
    )


def settles(name: str) -> str:
    """The moment at which money is the shop's to spend; the contract has the last word."""
    said = {
        "wechat": say(
            "钱在店铺自己的微信商户号里；到银行卡按签约的结算周期，常见是次日。",
            "In the shop's own WeChat Pay account; to the bank by its contract, often the next day.",
        ),
        "alipay": say(
            "付款就进店铺自己的支付宝；转到银行卡按签约。",
            "In the shop's own Alipay account at once; to the bank by its contract.",
        ),
        "stripe": say(
            "在店铺自己的 Stripe 里；按它的打款周期到银行。",
            "In the shop's own Stripe account; to the bank by the account's payout schedule.",
        ),
        "practice": say("练习的钱，不到账。", "Practice money: it settles nowhere."),
    }
    return said.get(
        name, say("按店铺与服务商的签约。", "By the shop's contract with the provider.")
    )


earned_about = Phrase(
    "会话结束、该退的退了，剩下的才算收入。中继不经手钱。",
    "What is left when a session has ended and what is due went back. The relay holds no money.",
)
movements = Phrase("每一笔", "Every movement")
no_movements = Phrase("这段时间没有收付。", "No movement in this time.")
more = Phrase("再看一些", "More")
export = Phrase("导出 CSV（给会计）", "Export CSV (for the accountant)")
csv_kinds = Phrase("CSV 文件 (*.csv)", "CSV files (*.csv)")


def exported(count: int, name: str) -> str:
    return say(f"已写 {count:,} 笔到 {name}", f"{count:,} movements written to {name}")


def export_failed(reason: str) -> str:
    return say(f"没有写成：{reason}", f"Not written: {reason}")


def kind(name: str) -> str:
    return {
        "payment": say("付款", "payment"),
        "extension": say("续时", "extension"),
        "refund": say("退款", "refund"),
    }[name]


def movement_line(name: str, provider: str, at: str, order: str) -> str:
    """``order``: its first characters."""
    return f"{kind(name)} · {pay_words.provider(provider)} · {at} · {order}"


def csv_head() -> list[str]:
    return [
        say("时间", "time"),
        say("类型", "kind"),
        say("服务商", "provider"),
        say("商户单号", "merchant number"),
        say("服务商单号", "provider number"),
        say("订单", "order"),
        say("金额（元）", "sum (yuan)"),
        say("服务商收费（元）", "fee (yuan)"),
        say("状态", "state"),
        say("完成时间", "done"),
    ]


# --- reviews ---
reviews = Phrase("评价", "Reviews")
reviews_tab = Phrase("评价", "Reviews")
money_tab = Phrase("钱", "Money")
no_reviews = Phrase("还没有评价。", "No reviews yet.")
reply = Phrase("回复", "Reply")
reply_hint = Phrase("回复会公开显示在评价下面", "Your reply stands below the review, for everybody")
send_reply = Phrase("发出回复", "Publish the reply")
change_reply = Phrase("改回复", "Change the reply")
your_reply = Phrase("你的回复", "Your reply")
replied = Phrase("已更新，评价下面现在是这样。", "Done; this is what stands below the review now.")


def measured_line(kept: str, p95: str, worst: str, late: str) -> str:
    return say(
        f"这一场实测：守约 {kept} · P95 {p95} · 最长 {worst} · 迟到占 {late}",
        f"this session, measured: kept {kept} · P95 {p95} · longest {worst} · late share {late}",
    )


complaints = Phrase("举报的结果", "Complaints, decided")
complaints_about = Phrase(
    "由主机裁定之后才显示；看不到举报的内容和举报的人。",
    "Shown once the host has decided; neither their words nor who wrote them.",
)
no_complaints = Phrase("没有裁定过的举报。", "No complaint has been decided.")


def complaint_line(category: ReportCategory, verdict: str, name: str, when: str) -> str:
    what = {
        ReportCategory.DANGER: say("危及生命", "danger to a life"),
        ReportCategory.THREAT: say("威胁", "threat"),
        ReportCategory.MINORS: say("涉及未成年人", "minors"),
        ReportCategory.EXTORTION: say("敲诈", "extortion"),
        ReportCategory.FRAUD: say("诈骗", "fraud"),
        ReportCategory.ABUSE: say("辱骂", "abuse"),
        ReportCategory.OFF_PLATFORM: say("拉到站外", "leading off the platform"),
        ReportCategory.OTHER: say("其他", "other"),
    }[category]
    held = say("成立", "upheld") if verdict == "upheld" else say("不成立", "dismissed")
    return f"{what} · {held} · {name} · {when}"


appealed = Phrase("申诉过", "appealed")
