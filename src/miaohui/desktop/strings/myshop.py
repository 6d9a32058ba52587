"""The owner's page: the shop's text, what it sells, who answers, what was measured."""

from miaohui.desktop.look.language import say


def title() -> str:
    return say("我的店铺", "My shop")


def short() -> str:
    return say("店铺", "Shop")


def loading() -> str:
    return say("正在读取店铺…", "Reading your shop…")


def seen_by() -> str:
    return say("顾客看到的", "What customers see")


def about() -> str:
    return say("介绍", "About")


def about_hint() -> str:
    return say("一两句话：陪聊什么，适合谁", "A sentence or two: what you talk about, and for whom")


def tags() -> str:
    return say("标签", "Tags")


def tags_hint() -> str:
    return say("用逗号隔开，最多 12 个", "Separated by commas, 12 at most")


def hours() -> str:
    return say("营业时间", "Open hours")


def hours_hint() -> str:
    return say("如 09:00-24:00", "Such as 09:00-24:00")


def save() -> str:
    return say("保存", "Save")


def saved() -> str:
    return say("已保存，顾客现在看到的就是这些。", "Saved. This is what customers see now.")


def offers() -> str:
    return say("价目", "Offers")


def offers_about() -> str:
    return say(
        "已经报出的价格不会变；改价只影响之后的订单。",
        "A price that was quoted stays; a change counts for later orders.",
    )


def no_offers() -> str:
    return say("还没有价目：顾客现在买不了。", "No offers yet: nobody can buy.")


def minutes() -> str:
    return say("时长", "Length")


def minutes_unit() -> str:
    return say(" 分钟", " min")


def price() -> str:
    return say("价格", "Price")


def trial() -> str:
    return say("只限首单", "First order only")


def add() -> str:
    return say("上架", "Add")


def replace() -> str:
    return say("替换", "Replace")


def change() -> str:
    return say("修改", "Change")


def withdraw() -> str:
    return say("下架", "Withdraw")


def of_offer(act: str, offer: str) -> str:
    """For screen readers: what a row's button does, and to which offer."""
    return say(f"{act}：{offer}", f"{act}: {offer}")


def keep() -> str:
    return say("不改了", "Leave as it is")


def people() -> str:
    return say("应答师", "Responders")


def no_people() -> str:
    return say("还没有应答师。", "No responders yet.")


def invite() -> str:
    return say("邀请应答师", "Invite a responder")


def invited() -> str:
    return say(
        "邀请码，7 天内用一次，注册应答师账号时填：",
        "An invitation, good once within 7 days, for signing up as a responder:",
    )


def copy() -> str:
    return say("复制", "Copy")


def copied() -> str:
    return say("已复制", "Copied")


def figures() -> str:
    return say("本店实测", "Measured here")


def served(count: int) -> str:
    return say(f"服务过 {count:,} 位顾客", f"{count:,} customers served")
