"""The receipt of a session, and its review."""

from miaohui.desktop.look.language import Phrase, say

title = Phrase("会话回执", "Receipt")


def subtitle(who: str, shop: str, minutes: int, when: str) -> str:
    return say(
        f"{who} · {shop} · 文字 {minutes} 分钟 · {when}",
        f"{who} · {shop} · text, {minutes} min · {when}",
    )


signed = Phrase("已签名，本机核验 ✓", "signed, verified here ✓")
not_sound = Phrase("核验不通过 ✗", "does not hold ✗")
not_checked = Phrase("等待回执", "receipt not here yet")
asks_kept = Phrase("按消息守约", "Messages kept")
late_share = Phrase("迟到占用时", "Late share")


def kept_line(interval: str | None) -> str:
    if interval is None:
        return say(
            "轮在 10 秒内（不足 20 轮，不给百分比）",
            "turns within 10 s (fewer than 20: no percentage)",
        )
    return say(
        f"轮在 10 秒内：{interval}",
        f"turns within 10 s: {interval}",
    )


no_turns = Phrase("没有完成的一轮", "no finished turn")


def bars_name(count: int) -> str:
    return say(
        f"{count} 轮等待；左右键走动，回车打开那条消息",
        f"{count} waits; arrow keys move, Enter opens the message",
    )


bought = Phrase("购买时长", "Time bought")


def given_back(turns: int) -> str:
    return say(f"补时（{turns} 轮）", f"Given back ({turns} late turn{'' if turns == 1 else 's'})")


last_question = Phrase("最后一问", "Last question")


def last_answered(wait: str, *, kept: bool) -> str:
    mark = "✓" if kept else "✗"
    return say(f"{wait} 答复 {mark}", f"answered in {wait} {mark}")


last_unanswered = Phrase("没有得到答复 ✗", "never answered ✗")
last_none = Phrase("没有提问", "none asked")
silence = Phrase("最长冷场 / 主动开口", "Longest silence / broken")


def silence_value(longest: str, count: int, broken: int) -> str:
    if not count:
        return say(f"{longest} / 没有超过 1 分钟的", f"{longest} / none over a minute")
    return say(f"{longest} / {count} 次中 {broken} 次", f"{longest} / {broken} of {count}")


hollow = Phrase("敷衍回复", "Hollow replies")


def hollow_value(count: int, replies: int) -> str:
    return say(f"{count} / {replies} 条", f"{count} of {replies}")


flags = Phrase("标记", "Flags")


def flag(code: str) -> str:
    lines = {
        "begging": say("索要好评", "asked for stars"),
        "off_platform": say("引导站外交易或联系", "bait to deal elsewhere"),
        "triple_miss": say("连续三问超时", "three questions late at once"),
        "unanswered_at_end": say("最后一问未答", "last question unanswered"),
    }
    return lines.get(code, code)


network = Phrase("你的线路（等待之外）", "Your line (outside waits)")


def network_value(median: int, worst: int) -> str:
    return say(f"中位 {median} ms，最大 {worst} ms", f"median {median} ms, most {worst} ms")


network_none = Phrase("没有测到", "not measured")


def paid(sum_: str) -> str:
    return say(f"支付 {sum_} · 退款", f"Paid {sum_} · refunded")


export = Phrase("导出回执包", "Export the receipt")
export_with_text = Phrase("连同文字导出", "Export with the text")
export_title = Phrase("导出回执包", "Export the receipt")
export_filter = Phrase("回执包 (*.zip)", "Receipt bundle (*.zip)")


def exported(path: str) -> str:
    return say(
        f"已导出：{path}。用 miaohui verify 可以在任何电脑上核验。",
        f"Exported to {path}. `miaohui verify` checks it on any machine.",
    )


verify = Phrase("核验", "Verify")


def signing_key(key: str) -> str:
    return say(f"签名的钥匙 {key}", f"The key that signed: {key}")


def verified(entries: int, key: str, *, known: bool) -> str:
    trust = (
        "" if known else say("；这把钥匙不是本机认识的那把", "; that key is not the one known here")
    )
    return say(
        f"核验通过：{entries} 条记录首尾相连，签名有效（钥匙 {key}），数字重新算过一致{trust}。",
        f"It holds: {entries} entries are one chain, the signature is good (key {key}), the figures come out the same{trust}.",
    )


def broken(reason: str, seq: int | None) -> str:
    where = "" if seq is None else say(f"，第 {seq} 条", f" at entry {seq}")
    return say(
        f"核验不通过（{reason}{where}）。本机保存的证据没有丢，请导出回执包留存。",
        f"It does not hold ({reason}{where}). The evidence here is kept: export the receipt.",
    )


def rebook(name: str) -> str:
    return say(f"再约{name}", f"Order from {name} again")


to_session = Phrase("看对话", "See the conversation")
review = Phrase("评价", "Review")
review_about = Phrase(
    "会话结束一会儿后可写。你的评价与实测数据并排展示，店铺不能索要好评。",
    "Opens a while after the end. It stands beside the measured figures; shops may not ask for praise.",
)


def review_opens(length: str) -> str:
    return say(
        f"{length} 后可以评价，先歇一歇。", f"You can review in {length}. Take a breath first."
    )


stars = Phrase("星级", "Stars")
answered = Phrase("我的问题得到回答了吗？", "Was my question answered?")


def answer(code: str) -> str:
    return {"yes": say("是", "yes"), "partly": say("部分", "partly"), "no": say("没有", "no")}[code]


def answered_as(code: str) -> str:
    """The answer to whether the question was answered, on its own."""
    return {
        "yes": say("问题得到了回答", "question answered"),
        "partly": say("问题部分得到了回答", "question partly answered"),
        "no": say("问题没有得到回答", "question not answered"),
    }[code]


tags = Phrase("这次是……（可不选）", "It was… (optional)")
text_hint = Phrase("想说点什么……（可不写）", "Anything to say… (optional)")


def text_too_long(over: int, limit: int) -> str:
    return say(
        f"超出 {over} 字，最多 {limit} 字；没有发送，内容都还在。",
        f"{over} characters over the limit of {limit}; nothing was sent, and nothing is lost.",
    )


outside = Phrase(
    "不在服务时间内的消息会标明“非服务时间”，不会被悄悄吞掉。",
    "Messages outside service time are marked as such and never swallowed.",
)
later = Phrase("稍后", "Later")
submit = Phrase("提交评价", "Send the review")
need_stars = Phrase(
    "请先点星级；其余都可以不填。", "Please choose stars first; the rest is optional."
)
sent = Phrase(
    "评价已提交，谢谢。它会和这次的实测数据一起显示。",
    "Your review was sent. It is shown beside this session's figures.",
)
not_yet = Phrase(
    "会话还没有结束，回执在结束时由中继签名。",
    "The session is still running; the relay signs the receipt at its end.",
)
