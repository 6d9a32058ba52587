"""Discover: search, filters, the list of shops."""

from miaohui.desktop.look.language import Phrase, say

title = Phrase("发现", "Discover")
search_hint = Phrase("搜索店铺、应答师、标签　　Ctrl+K", "Search shops, people, tags    Ctrl+K")
search_name = Phrase("搜索", "Search")
free_now = Phrase("现在可接", "Free now")


def kept_at_least(percent: int) -> str:
    return say(f"实测守约 ≥ {percent}%", f"Measured ≥ {percent}%")


def price_below(yuan: int) -> str:
    return say(f"≤ ¥{yuan} / 30 分钟", f"≤ ¥{yuan} / 30 min")


night = Phrase("深夜", "Night")
freelancer = Phrase("个人", "Freelancers")
trial = Phrase("首单试聊", "Trial")
sort = Phrase("排序", "Sort")


def sort_of(key: str) -> str:
    lines = {
        "measured": say("实测守约率（下限）", "Measured promise (lower bound)"),
        "price": say("价格", "Price"),
        "fastest": say("回复最快", "Fastest replies"),
        "wait": say("排队最短", "Shortest queue"),
    }
    return lines[key]


def count(total: int) -> str:
    return say(f"{total} 家店铺", f"{total} shops")


loading = Phrase("正在读取店铺…", "Reading shops…")
empty_title = Phrase("没有符合条件的店铺", "No shop fits")
empty_hint = Phrase(
    "去掉一两个筛选，或者换个词试试。", "Drop a filter or two, or try another word."
)
none_title = Phrase("这个中继还没有店铺", "This relay has no shops yet")
none_hint = Phrase("店铺开张后会自动出现在这里。", "They appear here by themselves once they open.")
clear_filters = Phrase("清除筛选", "Clear the filters")
failed_title = Phrase("没有读到店铺", "The shops could not be read")
retry = Phrase("再试一次", "Try again")


def on_duty(now: int, people: int) -> str:
    return say(f"{now}/{people} 在班", f"{now} of {people} on duty")


available = Phrase("现在可接", "free now")


def queue(minutes: int) -> str:
    return say(f"排队约 {minutes} 分钟", f"about {minutes} min of queue")


nobody = Phrase("无人在班", "nobody on duty")
online_person = Phrase("在线", "online")


def praise(permille: int) -> str:
    value = f"{permille // 10}.{permille % 10}%"
    return say(f"好评 {value}", f"{value} praise")


no_praise = Phrase("好评 —", "no praise yet")


def at_least(percent: str) -> str:
    """The lower bound of the interval."""
    return say(f"下限 {percent}", f"at least {percent}")


def late(share: str) -> str:
    return say(f"迟到 {share}", f"late {share}")


def quantiles(median: str, p95: str) -> str:
    return say(f"中位 {median} · P95 {p95}", f"median {median} · P95 {p95}")


def median(wait: str) -> str:
    return say(f"中位 {wait}", f"median {wait}")


def trial_from(price: str, minutes: int) -> str:
    return say(f"首单 {price} / {minutes} 分钟", f"first {minutes} min {price}")


# What shops of one call themselves among their tags, whichever language they write.
PERSONAL_TAGS = frozenset({"个人应答师", "个人", "freelancer", "Freelancer"})


personal = Phrase("个人应答师", "freelancer")


def row_spoken(name: str, figure: str, price: str, minutes: int, state: str) -> str:
    """The sentence a screen reader says of a shop."""
    return say(
        f"{name}，实测守约 {figure}，{minutes} 分钟 {price}，{state}",
        f"{name}, measured {figure}, {price} for {minutes} minutes, {state}",
    )


list_name = Phrase("店铺列表", "Shops")
choose = Phrase("选一家店，看它的实测数据", "Choose a shop to see its measured figures")
