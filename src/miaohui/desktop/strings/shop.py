"""One shop: its figures, people, offers and reviews."""

from miaohui.desktop.look.amounts import DASH, rough, seconds
from miaohui.desktop.look.language import Phrase, say
from miaohui.wire.catalogue import HourFigure

ALL_DAY = "00:00-24:00"
DOT = "\u00a0· "  # no line begins with it


def summary(served: int, people: int, on_duty: int) -> str:
    return say(
        f"服务 {served:,} 位顾客{DOT}{people} 位应答师{DOT}{on_duty} 位在班",
        f"{served:,} customers served{DOT}{people} responders{DOT}{on_duty} on duty",
    )


def summary_person(served: int) -> str:
    return say(
        f"个人应答师{DOT}服务 {served:,} 位顾客", f"Freelancer{DOT}{served:,} customers served"
    )


def hours_open(hours: str, zone: str | None = None) -> str:
    """``zone``: named where it is not the reader's."""
    if hours == ALL_DAY:
        return say("全天营业", "Open all\u00a0day")
    where = "" if zone is None else say(f"（{zone} 时间）", f" ({zone})")
    return say(f"营业\u00a0{hours}{where}", f"Open\u00a0{hours}{where}")


def measured_title(days: int, turns: int) -> str:
    return say(
        f"实测回复（近 {days} 天，{turns:,} 轮，由中继计时）",
        f"Measured replies (last {days} days, {turns:,} turns, timed by the relay)",
    )


def interval(kept: str) -> str:
    """``kept``: the rate with its interval."""
    return say(f"10 秒内 {kept} · 95% 区间", f"within 10 s: {kept}, 95% interval")


def besides(asks: str, late: str, customers: int, turns: int) -> str:
    """The figures beside kept %: messages, late share, and of how many people."""
    known = say(f"{customers:,} 位顾客", f"{customers:,} customer{'s' * (customers != 1)}")
    if turns and not customers:
        known = say("导入的记录，不知几位顾客", "imported records, customers not known")
    return say(
        f"按消息 {asks}{DOT}迟到占用时 {late}{DOT}{known}",
        f"messages kept {asks}{DOT}late share {late}{DOT}{known}",
    )


def offers_taken(accepted: str, no_shows: str) -> str:
    return say(
        f"接单 {accepted}{DOT}接了没出现 {no_shows}",
        f"orders accepted {accepted}{DOT}no-shows {no_shows}",
    )


def logged(origin: str, sessions: int, kept: int, breached: int, late: str, paid: str) -> str:
    """The sums of the log of receipts, over all that is in it."""
    return say(
        f"回执日志 {origin}：共 {sessions:,} 场，守约 {kept:,}，超时 {breached:,}，迟到 {late} / 购买 {paid}。任何人都能重算。",
        f"Log of receipts {origin}: {sessions:,} sessions, {kept:,} kept, {breached:,} breached, late {late} of {paid} paid. Anybody can count it anew.",
    )


too_few_about = Phrase("满 20 轮才显示百分比", "a percentage is shown from 20 turns on")
median = Phrase("中位", "Median")


def p95() -> str:
    return "P95"


worst = Phrase("最长", "Longest")
hours_name = Phrase("一天各时段的等待", "Waits by hour of the day")


def hour(at: int) -> str:
    return say(f"{at} 时", f"{at}:00")


def hour_tip(one: HourFigure) -> str:
    n = one.kept + one.breached
    if not n:
        return say(f"{one.hour} 时：没有数据", f"{one.hour}:00: no data")
    p95 = seconds(one.p95_ms) if one.p95_ms is not None else DASH
    return say(
        f"{one.hour} 时：{one.kept} / {n} 轮守约，中位 {seconds(one.p50_ms)}，P95 {p95}",
        f"{one.hour}:00: {one.kept} of {n} kept, median {seconds(one.p50_ms)}, P95 {p95}",
    )


claims = Phrase("店铺与顾客自述（不参与排序）", "Claimed, not measured (never sorts the list)")


def claim_line(praise: str, stars: str, reviews: int) -> str:
    return say(
        f"好评 {praise} · 评分 {stars} · {reviews} 条评价",
        f"{praise} praise · {stars} stars · {reviews} reviews",
    )


people = Phrase("应答师", "Responders")


def on_since(ms: int) -> str:
    if ms < 60_000:
        return say("刚上班", "just came on")
    return say(f"在班 {rough(ms)}", f"on duty {rough(ms)}")


free = Phrase("空闲", "free")


def serving(now: int, capacity: int) -> str:
    sessions = f"{now} session{'s' * (now != 1)}"
    if now >= capacity:
        return say(f"服务 {now} 人 · 满", f"{sessions}, full")
    return say(f"服务 {now} 人", sessions)


resting = Phrase("小憩中", "on a break")
off = Phrase("休息中", "off duty")


def now_wait(wait: str) -> str:
    return say(f"此刻 {wait}", f"now {wait}")


def choose_person(name: str) -> str:
    return say(f"指定{name}下单", f"Order from {name}")


offers = Phrase("时长与价格", "Time and price")


def offer_line(minutes: int, *, trial: bool) -> str:
    mark = say("（首单）", " (first order)") if trial else ""
    return say(f"文字 {minutes} 分钟{mark}", f"Text, {minutes} min{mark}")


def from_price(minutes: int) -> str:
    return say(f"/ {minutes} 分钟 · 文字", f"/ {minutes} min · text")


buy = Phrase("选时长并下单", "Choose and order")
reviews = Phrase("评价（旁边是那次的实测）", "Reviews (beside what was measured then)")


def review_measured(kept: int, turns: int, name: str) -> str:
    return say(f"{name} · 实测 {kept}/{turns}", f"{name} · measured {kept}/{turns}")


def review_stars(stars: int) -> str:
    return "★" * stars + "☆" * (5 - stars)


no_reviews = Phrase("还没有评价", "No reviews yet")
loading = Phrase("正在读取…", "Reading…")


def tag(code: str) -> str:
    """A review's tag in words; one from a later relay stands as it is."""
    lines = {
        "prompt": say("回得快", "prompt"),
        "slow": say("慢", "slow"),
        "listened": say("会倾听", "listened"),
        "hollow": say("敷衍", "hollow"),
        "recycled": say("套话", "recycled"),
        "silent": say("冷场", "silent"),
        "took_initiative": say("会主动聊", "took the initiative"),
        "warm": say("温暖", "warm"),
        "rude": say("没礼貌", "rude"),
        "begged_stars": say("讨好评", "begged for stars"),
        "off_platform": say("引我站外", "lured elsewhere"),
        "handed_over_well": say("转单顺畅", "handed over well"),
        "vanished": say("中途消失", "vanished"),
    }
    return lines.get(code, code)


def shop_reply(text: str) -> str:
    return say(f"店铺回复：{text}", f"The shop's reply: {text}")
