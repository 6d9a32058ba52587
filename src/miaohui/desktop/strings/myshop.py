"""The owner's page: the shop's text, what it sells, who answers, what was measured."""

from datetime import datetime

from miaohui.desktop.look.language import Phrase, say

title = Phrase("我的店铺", "My shop")
short = Phrase("店铺", "Shop")
loading = Phrase("正在读取店铺…", "Reading your shop…")
seen_by = Phrase("顾客看到的", "What customers see")
about = Phrase("介绍", "About")
about_hint = Phrase(
    "一两句话：陪聊什么，适合谁", "A sentence or two: what you talk about, and for whom"
)
tags = Phrase("标签", "Tags")
tags_hint = Phrase("用逗号隔开，最多 12 个", "Separated by commas, 12 at most")
hours = Phrase("营业时间", "Open hours")
hours_hint = Phrase("如 09:00-24:00", "Such as 09:00-24:00")
save = Phrase("保存", "Save")
saved = Phrase("已保存，顾客现在看到的就是这些。", "Saved. This is what customers see now.")
offers = Phrase("价目", "Offers")
offers_about = Phrase(
    "已经报出的价格不会变；改价只影响之后的订单。",
    "A price that was quoted stays; a change counts for later orders.",
)
no_offers = Phrase("还没有价目：顾客现在买不了。", "No offers yet: nobody can buy.")
minutes = Phrase("时长", "Length")
minutes_unit = Phrase(" 分钟", " min")
price = Phrase("价格", "Price")
trial = Phrase("只限首单", "First order only")
add = Phrase("上架", "Add")
replace = Phrase("替换", "Replace")
change = Phrase("修改", "Change")
withdraw = Phrase("下架", "Withdraw")


def of_offer(act: str, offer: str) -> str:
    """For screen readers: what a row's button does, and to which offer."""
    return say(f"{act}：{offer}", f"{act}: {offer}")


close = Phrase("关店", "Close the shop")
close_sure = Phrase("再按一次就关店", "Press again to close the shop")
close_about = Phrase(
    "关店后，价目和待用的邀请码都会撤下，所有人下班，顾客找不到也买不了。正在进行的聊天照常聊完；付了款还没人接的，一分钟后全额退回。再上架一个价目就重新开门。",
    "Every offer and unused invitation is withdrawn, everybody goes off duty, and nobody finds the shop or buys. Sessions that run go on to their end; what is paid and not taken goes back whole after a minute. A new offer opens the shop again.",
)
closed = Phrase("已关店。", "The shop is closed.")
keep = Phrase("不改了", "Leave as it is")
people = Phrase("应答师", "Responders")
no_people = Phrase("还没有应答师。", "No responders yet.")
invite = Phrase("邀请应答师", "Invite a responder")
invited = Phrase(
    "邀请码，7 天内用一次，注册应答师账号时填：",
    "An invitation, good once within 7 days, for signing up as a responder:",
)
copy = Phrase("复制", "Copy")
copied = Phrase("已复制", "Copied")
figures = Phrase("本店实测", "Measured here")


def served(count: int) -> str:
    return say(f"服务过 {count:,} 位顾客", f"{count:,} customers served")


today = Phrase("今天", "Today")
trade = Phrase("商品与条款", "Offers and terms")
people_tab = Phrase("人", "People")
figures_tab = Phrase("数字", "Figures")


def open_today(hours: str) -> str:
    """``营业 10:00-02:00``; empty where it is closed."""
    if not hours:
        return say("今天休息", "closed today")
    return say(f"今天营业 {hours}", f"open today {hours}")


_DAYS = (
    ("星期一", "Monday"),
    ("星期二", "Tuesday"),
    ("星期三", "Wednesday"),
    ("星期四", "Thursday"),
    ("星期五", "Friday"),
    ("星期六", "Saturday"),
    ("星期日", "Sunday"),
)


def date_line(now: datetime) -> str:
    """``11 月 30 日 星期一 20:14``."""
    zh, en = _DAYS[now.weekday()]
    return say(
        f"{now.month} 月 {now.day} 日 {zh} {now:%H:%M}",
        f"{en}, {now.year}-{now.month:02d}-{now.day:02d} {now:%H:%M}",
    )
