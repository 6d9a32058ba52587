"""The words of the trade: offers, special days and terms, for the owner."""

from collections.abc import Sequence
from datetime import date

from miaohui.desktop.look.amounts import yuan_exact
from miaohui.desktop.look.language import Phrase, current, say

name = Phrase("店名", "Name")
invoice = Phrase("怎样要发票", "How to ask for an invoice")
invoice_hint = Phrase(
    "发票由店铺开：写明加谁、报什么。订单页会给出可复制的单号和金额。",
    "The shop gives invoices: say whom to ask, and with what. "
    "The order's page has number and sum to copy.",
)
most = Phrase("每天最多卖出；0 为不限", "Most a day; 0 is no limit")
most_unit = Phrase(" 份/天", " a day")
no_most = Phrase("不限份数", "no limit")


def left(left_today: int, most_a_day: int) -> str:
    return say(
        f"每天 {most_a_day} 份，今天还剩 {left_today}", f"{most_a_day} a day, {left_today} left"
    )


sold_out = Phrase("今天已卖完", "sold out today")

days = Phrase("节日与特别的日子", "Festivals and other special days")
days_about = Phrase(
    "这些天用另外的营业时间；空着就是休息。有人在班时仍然能买。",
    "Other hours on these days; empty means closed. While somebody is on duty, people can still buy.",
)
no_days = Phrase("没有特别的日子。", "No special days.")
day = Phrase("日期", "Day")
day_hint = "2027-02-06"
day_hours = Phrase("时间，空着为休息", "Hours, if open")
add_day = Phrase("加上", "Add")
drop_day = Phrase("去掉", "Remove")
closed = Phrase("休息", "closed")
pick = Phrase("选一个节日", "Choose a festival")
bad_day = Phrase("日期要写成 2027-02-06 这样。", "Write the day like 2027-02-06.")


def of_day(act: str, named: str) -> str:
    return say(f"{act}：{named}", f"{act}: {named}")


def day_named(when: date, festival: str) -> str:
    written = when.isoformat()
    return f"{written} · {festival}" if festival else written


def festival(zh: str, en: str) -> str:
    return zh if current() == "zh_CN" else en


def special(hours: str) -> str:
    return hours or closed()


def special_line(when: date, hours: str) -> str:
    """For customers: ``2 月 6 日 休息``."""
    return say(
        f"{when.month} 月 {when.day} 日 {special(hours)}", f"{when.isoformat()}: {special(hours)}"
    )


def special_lines(lines: Sequence[str]) -> str:
    return say("；", "; ").join(lines)


terms = Phrase("条款", "Terms")
terms_about = Phrase(
    "付款前给顾客看，成交时写进会话，之后不变。改动只影响之后报价的订单。",
    "Shown before paying and written into the session, where they stay. "
    "A change counts for orders quoted later.",
)
give_back = Phrase("迟到的时间补时", "Late time is given back")
last_question = Phrase(
    "时间到了，最后一问仍然回答", "The last question is answered when time is up"
)
step = Phrase("守约低于", "Kept below")
turns_from = Phrase("至少几轮", "From so many turns")
pays_back = Phrase("退", "Pays back")


turns_unit = Phrase(" 轮起", " turns on")
prefix_below = Phrase("守约低于 ", "below ")
prefix_back = Phrase("退 ", "back ")
prefix_from = Phrase("", "from ")
add_step = Phrase("再加一档", "One step more")
drop_step = Phrase("去掉这一档", "Remove this step")
no_steps = Phrase("没有退款档。", "No steps: nothing is refunded by a percentage.")
price_terms = Phrase("上个月会怎样", "What last month would have cost")
use_terms = Phrase("用这些条款", "Use these terms")
pricing = Phrase("正在按日志重算…", "Folding the journals anew…")
terms_saved = Phrase(
    "条款已换，之后报价的订单按新条款。", "New terms: orders quoted from now on are under them."
)


def _sessions(count: int) -> str:
    return f"{count:,} session{'s' * (count != 1)}"


def priced(
    days: int,
    sessions: int,
    sold_fen: int,
    really: tuple[int, int],
    would: tuple[int, int],
    late: tuple[int, int],
) -> str:
    """``really``, ``would``: fen and sessions; ``late``: fen of time, then and now."""
    if not sessions:
        return say(f"近 {days} 天没有结束的会话。", f"No session ended in the last {days} days.")
    return say(
        f"近 {days} 天 {sessions:,} 场，共 {yuan_exact(sold_fen)}（按日志重算）："
        f"实际退了 {yuan_exact(really[0])}（{really[1]} 场），"
        f"按这里的条款会退 {yuan_exact(would[0])}（{would[1]} 场）。"
        f"补时折合 {yuan_exact(late[0])}，会是 {yuan_exact(late[1])}。",
        f"Last {days} days, {_sessions(sessions)} for {yuan_exact(sold_fen)}, folded anew: "
        f"{yuan_exact(really[0])} went back ({_sessions(really[1])}); under these terms "
        f"{yuan_exact(would[0])} would have ({_sessions(would[1])}). "
        f"Time given back was worth {yuan_exact(late[0])}, and would be {yuan_exact(late[1])}.",
    )


def not_all(of: int) -> str:
    return say(f"最近的这些，共 {of:,} 场。", f"The newest of {of:,} sessions.")
