"""Paying by a code: what to do, how it stands, where the money goes."""

from miaohui.desktop.look.language import Phrase, say


def provider(code: str) -> str:
    lines = {
        "practice": say("练习余额", "practice balance"),
        "wechat": say("微信支付", "WeChat Pay"),
        "alipay": say("支付宝", "Alipay"),
        "stripe": say("Stripe", "Stripe"),
        "byhand": say("店铺自行收款", "the shop, by hand"),
    }
    return lines.get(code, code)


def app(code: str) -> str:
    """The app that a code is scanned with."""
    lines = {"wechat": say("微信", "WeChat"), "alipay": say("支付宝", "Alipay")}
    return lines.get(code, say("手机相机", "the phone's camera"))


def title(shop: str) -> str:
    return say(f"付款给 {shop}", f"Pay {shop}")


def order_line(minutes: int, who: str | None) -> str:
    if who is None:
        return say(f"文字 {minutes} 分钟", f"Text, {minutes} min")
    return say(f"文字 {minutes} 分钟 · 应答师 {who}", f"Text, {minutes} min · with {who}")


def left(clock: str) -> str:
    return say(f"二维码还有效 {clock}", f"This code is good for {clock}")


code_over = Phrase("二维码已到期", "This code has ended")


def scan(code: str) -> str:
    return say(f"用{app(code)}扫一扫", f"Scan with {app(code)}")


def code_name(code: str, sum_: str, shop: str) -> str:
    return say(
        f"{provider(code)}付款码，{sum_}，付给 {shop}",
        f"{provider(code)} code to pay {sum_} to {shop}",
    )


code_about = Phrase(
    "看不到或扫不了，可以复制付款链接。", "If you cannot see or scan it, copy the payment link."
)
making = Phrase("正在取付款码…", "Getting the code…")
waiting = Phrase("正在等待付款", "Waiting for your payment")
waiting_about = Phrase(
    "钱直接进入店铺自己的商户号，中继不经手。付完这里会自己变，不用点任何按钮；关掉窗口、断网都不会丢。",
    "The money goes straight to the shop's own account; the relay never holds it. This page changes"
    " by itself once you have paid; closing the window or losing the line loses nothing.",
)
asking = Phrase("正在确认，请不要再付", "We are asking; don't pay again")


def asking_about(code: str) -> str:
    return say(
        f"{provider(code)}现在没有回答。如果你已经付了，钱不会丢：问到为止。",
        f"{provider(code)} does not answer just now. If you have paid, nothing is lost: we go on"
        " asking.",
    )


last_look = Phrase("二维码到期了，正在最后问一次", "The code has ended; asking one last time")
last_look_about = Phrase(
    "如果你已经付了，这一单照常进行；没有付就作废，不扣钱。",
    "If you have paid, the order goes on; if not, it is dropped and costs nothing.",
)
copy_link = Phrase("复制付款链接", "Copy the payment link")
copied = Phrase("已复制", "Copied")
once = Phrase(
    "只付一次就好：万一付了两次，第二笔会原路退回并告诉你。没付成不扣钱。",
    "Paying once is enough: a second payment is sent back the way it came, and you are told. What"
    " fails costs nothing.",
)


def instead(code: str) -> str:
    return say(f"改用{provider(code)}", f"Pay with {provider(code)} instead")


switching = Phrase("先关掉前一个码…", "Ending the first code…")
cancel = Phrase("取消订单", "Cancel the order")
cancelling = Phrase("正在最后问一次…", "Asking one last time…")
no_way = Phrase("这家店现在不能付款。", "This shop cannot be paid just now.")

paid_with = Phrase("支付方式", "Paid with")
trade = Phrase("商户单号", "Merchant's number")
transaction = Phrase("支付平台单号", "Provider's number")


def refund_line(code: str, when: str) -> str:
    return say(f"退款 · {provider(code)} · {when}", f"Refund · {provider(code)} · {when}")


def refund_state(state: str, code: str) -> str:
    lines = {
        "pending": say("退款中", "on its way"),
        "processing": say(f"退款中 · {arrives(code)}", f"on its way · {arrives(code)}"),
        "done": say("已退回", "given back"),
        "abnormal": say("退款受阻，店铺需处理", "held up: the shop has to help"),
        "closed": say("已另行重退", "sent again"),
    }
    return lines.get(state, state)


def arrives(code: str) -> str:
    if code in ("wechat", "alipay"):
        return say(
            "零钱几分钟，银行卡 1–3 个工作日", "minutes to a balance, 1–3 working days to a card"
        )
    if code == "stripe":
        return say("5–10 个工作日", "5–10 working days")
    return say("马上到账", "at once")
