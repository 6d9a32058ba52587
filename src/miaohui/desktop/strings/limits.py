"""The words of a customer's own limits, of the month that is over, and of a rest."""

from miaohui.desktop.look.language import Phrase, say

purchase = Phrase("每单最多", "Per purchase, at most")
day = Phrase("每天最多花", "Per day, at most")
month = Phrase("每月最多花", "Per month, at most")
minutes = Phrase("每天最多买", "Time per day, at most")
minute_unit = Phrase(" 分钟", " min")
about = Phrase(
    "由中继执行，续时也算；店家看不到。调低马上生效，调高 24 小时后生效。",
    "Kept by the relay, extensions included; no shop sees them. A lower limit holds at once, a higher "
    "one after 24 hours.",
)
stop = Phrase("7 天不买", "No purchases for 7 days")
stop_sure = Phrase("7 天内不能取消，再点一次确定", "It cannot be undone for 7 days: press again")
age = Phrase("我已满 18 岁", "I am 18 or older")
age_about = Phrase(
    "未满 18 岁不能购买；下单前请先确认。", "Nothing is sold to minors; please confirm first."
)
minor = Phrase(
    "未满 18 岁不能购买。已经付的钱，监护人可以带证明请主机退还。",
    "Nothing is sold to minors. What was paid is given back by the host to a guardian who proves it.",
)
rest = Phrase(
    "你们已经连着聊了两个多小时。想歇一会儿的话，可以暂停，时间不会走。",
    "You have been talking for more than two hours on end. If you like a rest, pause: no time is lost.",
)


def zone(name: str) -> str:
    return say(f"按 {name} 的时间算。", f"Reckoned by the time in {name}.")


def stopped(until: str) -> str:
    return say(f"到 {until} 为止不能购买。", f"No purchases until {until}.")


def raised(at: str) -> str:
    return say(
        f"放宽的部分 {at} 生效；在那之前还是原来的。",
        f"What is looser holds from {at}; until then the old limits do.",
    )


def today(spent: str, minutes_: int) -> str:
    return say(f"今天已用 {spent}，{minutes_} 分钟。", f"Today: {spent}, {minutes_} min.")


def last_month(spent: str, sessions: int, minutes_: int) -> str:
    """Plain sums: neither praise nor blame."""
    return say(
        f"上个月：{spent}，{sessions} 次会话，共 {minutes_} 分钟。",
        f"Last month: {spent}, {sessions} sessions, {minutes_} min in all.",
    )


def reached(detail: str) -> str:
    """The one of one's own limits that is in the way; empty where it is not known."""
    return {
        "purchase_fen": say(
            "超过你自己设的每单限额，没有扣款。",
            "This passes your own limit for a purchase; nothing was paid.",
        ),
        "day_fen": say(
            "今天的花费到了你自己设的限额，没有扣款。明天再来。",
            "You have reached your own limit for today; nothing was paid. Come back tomorrow.",
        ),
        "day_minutes": say(
            "今天买的时间到了你自己设的限额，没有扣款。明天再来。",
            "You have reached your own limit of time for today; nothing was paid. Come back tomorrow.",
        ),
        "stopped": say(
            "你选了 7 天不买，还没到期，没有扣款。",
            "You chose no purchases for 7 days, and they are not over; nothing was paid.",
        ),
    }.get(detail, "")
