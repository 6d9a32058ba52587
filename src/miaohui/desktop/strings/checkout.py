"""Checkout: what is bought, what is promised, what it costs."""

from miaohui.desktop.look.language import Phrase, say


def title(shop: str) -> str:
    return say(f"购买会话 · {shop}", f"Buy a session · {shop}")


whoever = Phrase("谁空闲谁来", "whoever is free")


def person(name: str, state: str) -> str:
    return say(f"{name}（{state}）", f"{name} ({state})")


asked_for = Phrase("应答师：", "Responder: ")
trial = Phrase("首单", "first order")


def promise_title(seconds: int) -> str:
    return say(
        f"承诺：每轮消息 {seconds} 秒内回复",
        f"The promise: an answer to every message within {seconds} s",
    )


def give_back(seconds: int) -> str:
    return say(
        f"超过 {seconds} 秒的部分自动补时", f"time beyond {seconds} s is given back by itself"
    )


def refund(below: int, percent: int) -> str:
    if percent >= 100:
        return say(f"守约率低于 {below}% 全退", f"kept below {below}%: all of it back")
    return say(f"守约率低于 {below}% 退 {percent}%", f"kept below {below}%: {percent}% back")


def refunds(listed: list[str], turns: int) -> str:
    """The refunds in a row, with what they ask for: nothing but so many turns."""
    return say(
        f"{'，'.join(listed)}（满 {turns} 轮起算，无需申请）",
        f"{', '.join(listed)} (from {turns} turns on, no form to fill in)",
    )


signed = Phrase(
    "计时由中继记录并签名，结束后可导出核验。",
    "Waits are recorded and signed by the relay and can be exported and verified.",
)
last_question = Phrase(
    "时间到了也会先答完最后一个问题。", "The last question is answered even when time is up."
)


def sentence(parts: list[str]) -> str:
    joined = say("；".join(parts) + "。", "; ".join(parts) + ".")
    return joined[0].upper() + joined[1:]


def text(sentences: list[str]) -> str:
    return say("".join(sentences), " ".join(sentences))


def item(minutes: int) -> str:
    return say(f"文字 {minutes} 分钟", f"Text, {minutes} min")


def trial_item(minutes: int) -> str:
    return say(f"首单试聊 {minutes} 分钟", f"First-order trial, {minutes} min")


def odds(percent: int, sessions: int) -> str:
    return say(
        f"这次会话每轮都守约的机会约 {percent}%（按这个时段、现在的忙闲和应答师，由最近 {sessions} 次会话估计）",
        f"The chance that every turn of this session is kept: about {percent}% (by the hour, the load"
        f" and the responder, from the last {sessions} sessions)",
    )


full = Phrase(
    "店里的人手现在接不过来，先不卖了。可以晚点再来，或换一家。",
    "The shop has more orders than its people can serve in time, and sells nothing now. Come back"
    " later, or choose another shop.",
)
due = Phrase("应付", "To pay")
provider = Phrase("支付方式", "Pay with")
practice_balance = Phrase("练习余额", "Practice balance")


def balance(sum_: str) -> str:
    return say(f"余额 {sum_}", f"balance {sum_}")


def spending(spent: str, limit: str | None) -> str:
    if limit is None:
        return say(f"本月已用 {spent}，未设限额", f"{spent} spent this month, no limit set")
    return say(
        f"本月已用 {spent} / 自设限额 {limit}", f"{spent} spent this month of your limit {limit}"
    )


over_limit = Phrase(
    "这一单会超过你自己设的本月限额。可以选短一点的，或在设置里调整。",
    "This would pass your own limit for the month. Choose a shorter time, or change it in Settings.",
)


def quiet_hours(start: int, end: int, zone: str | None) -> str:
    """``zone``: named where it is not this machine's."""
    where = "" if zone is None else say(f"，按 {zone} 的时间", f" in {zone}")
    return say(
        f"现在是你自己设的不下单时段（{start} 时到 {end} 时{where}）。",
        f"You set {start}:00 to {end}:00{where} as hours without orders.",
    )


low_balance = Phrase("余额不够这一单。", "The balance does not cover this.")
cancel = Phrase("取消", "Cancel")


def pay(sum_: str) -> str:
    return say(f"支付 {sum_}", f"Pay {sum_}")


paying = Phrase("正在支付…", "Paying…")


def price_now(sum_: str) -> str:
    return say(
        f"价格现在是 {sum_}，还没有扣款。同意的话请再按一次。",
        f"The price is {sum_} now; nothing was paid. Press again if you agree.",
    )


length_name = Phrase("时长", "Length")
