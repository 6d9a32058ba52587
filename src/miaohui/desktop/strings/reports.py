"""The words of reports and blocks: what is sent, what was decided, and what can be done about it."""

from miaohui.desktop.look.language import Phrase, say

menu = Phrase("举报或屏蔽…", "Report or block…")
row_menu = Phrase("举报这条…", "Report this…")
title = Phrase("举报或屏蔽", "Report or block")
about = Phrase(
    "举报交给主机的人处理，对方不会知道是谁举报的。屏蔽之后，你们不再收到对方的消息和订单；"
    "会话、退款、评价和回执都还在。",
    "A report goes to the people who run this host; the other side is not told who made it. A block "
    "ends messages and orders between you; conversation, refund, review and receipt all stay.",
)
about_desk = Phrase(
    "举报交给主机的人处理，对方不会知道是谁举报的。被威胁时可以马上屏蔽：会话立刻结束，"
    "已服务的时间照付；你举报了对方，对方就不能评价你，除非举报被驳回。",
    "A report goes to the people who run this host; the other side is not told who made it. When "
    "threatened, block: the session ends at once, what was served is paid, and somebody you report "
    "cannot rate you unless the report is dismissed.",
)
what = Phrase("这是什么情况", "What is it about")
which = Phrase("哪些消息", "Which messages")
words_hint = Phrase("想补充的话（可以不写）", "Anything to add (may stay empty)")
preview = Phrase(
    "会发给主机的，就是下面这些，一个字不多", "Exactly this is sent to the host, no more"
)
preview_name = Phrase("会发出去的内容", "What is sent")
nothing = Phrase("先选至少一条消息", "Choose at least one message first")
too_much = Phrase("太长了，一次发不完：少选几条", "Too long for one report: choose fewer messages")
send = Phrase("发给主机", "Send to the host")
block = Phrase("屏蔽对方", "Block them")
block_live = Phrase("屏蔽并立刻结束会话", "Block, and end the session now")
send_and_block = Phrase("同时屏蔽对方", "Block them as well")
blocked = Phrase(
    "已屏蔽：你们不再收到对方的消息和订单", "Blocked: no more messages or orders between you"
)
all_reports = Phrase("我的举报和屏蔽…", "My reports and blocks…")
list_title = Phrase("举报和屏蔽", "Reports and blocks")
none = Phrase("没有举报，也没有屏蔽谁。", "No reports, and nobody is blocked.")
mine = Phrase("我举报的", "Reported by me")
about_me = Phrase("关于我的", "About me")
blocks = Phrase("我屏蔽的人", "People I blocked")
unblock = Phrase("取消屏蔽", "Unblock")
appeal = Phrase("申诉", "Appeal")
appeal_hint = Phrase("为什么不同意这个决定", "Why you disagree with this decision")
appeal_about = Phrase(
    "可以申诉一次，由另一个人重新看。", "You may appeal once; somebody else looks at it anew."
)
appealed = Phrase("申诉已收到", "Your appeal was received")


def unblock_name(name: str) -> str:
    return say(f"取消屏蔽{name}", f"Unblock {name}")


def category(code: str) -> str:
    return {
        "danger": say("有人有生命危险", "A life is in danger"),
        "threat": say("威胁", "Threats"),
        "minors": say("涉及未成年人", "About a minor"),
        "extortion": say("勒索", "Extortion"),
        "fraud": say("诈骗", "Fraud"),
        "abuse": say("辱骂、骚扰", "Abuse, harassment"),
        "off_platform": say("拉人到平台外", "Leading people off the platform"),
        "other": say("其他", "Something else"),
    }.get(code, code)


def due(code: str) -> str:
    """By when the host owes a decision."""
    if code in ("danger", "threat"):
        return say(
            "1 小时内处理。眼前有危险，先打 110 或 120。",
            "Decided within 1 hour. In danger now, call 110 or 120 first.",
        )
    if code in ("minors", "extortion"):
        return say("24 小时内处理。", "Decided within 24 hours.")
    if code == "fraud":
        return say(
            "7 天内处理。已经转了钱，先打 110。",
            "Decided within 7 days. If money is gone, call 110 first.",
        )
    return say("7 天内处理。", "Decided within 7 days.")


def author(*, mine: bool) -> str:
    return say("我", "Me") if mine else say("对方", "Them")


def picture() -> str:
    return say("[图片或语音]", "[picture or voice note]")


def line(*, mine: bool, text: str) -> str:
    """A message in the list of what can be chosen."""
    return say(f"{author(mine=mine)}：{text}", f"{author(mine=mine)}: {text}")


def told(session: str, code: str, words: str) -> str:
    """The head of the preview."""
    lines = [
        say(f"会话：{session}", f"Session: {session}"),
        say(f"类别：{category(code)}", f"Category: {category(code)}"),
    ]
    if words:
        lines.append(say(f"你写的：{words}", f"Your words: {words}"))
    return "\n".join(lines)


def told_message(
    *, mine: bool, seq: int | None, text: str, salt: str, commit: str, media: str | None
) -> str:
    """A message in the preview, with what the host checks it by."""
    who = author(mine=mine)
    where = (
        say("结束后的消息", "after the end")
        if seq is None
        else say(f"流水第 {seq} 条", f"entry {seq}")
    )
    body = say(f"{who}（{where}）：{text}", f"{who} ({where}): {text}")
    if media is not None:
        return body + "\n" + say(f"图片或语音编号 {media}", f"picture or voice note {media}")
    proof = say(f"盐 {salt}", f"salt {salt}")
    if commit:
        proof += say(f" · 流水里的承诺值 {commit}", f" · the journal's commitment {commit}")
    return f"{body}\n{proof}"


def filed(number: str, by: str) -> str:
    return say(
        f"主机收到了，编号 {number[:8]}，最晚 {by} 有决定；决定和理由会写在“举报和屏蔽”里。",
        f"The host has it, number {number[:8]}; a decision comes by {by}, with its reason, in Reports "
        "and blocks.",
    )


def state(code: str) -> str:
    return {
        "received": say("已收到", "received"),
        "read": say("正在看", "being read"),
        "decided": say("已决定", "decided"),
        "appealed": say("申诉中", "under appeal"),
        "final": say("已结案", "final"),
    }.get(code, code)


def verdict(code: str) -> str:
    return (
        say("举报成立", "The report was upheld")
        if code == "upheld"
        else say("举报没有成立", "The report was dismissed")
    )


def reason(text: str) -> str:
    return say(f"理由：{text}", f"Reason: {text}")


def on_appeal(code: str) -> str:
    return say(f"申诉之后：{verdict(code)}", f"After the appeal: {verdict(code).lower()}")


def wait_until(by: str) -> str:
    return say(f"最晚 {by} 有决定", f"A decision comes by {by}")


def original(count: int, all_: int) -> str:
    return say(
        f"{all_} 条消息，其中 {count} 条和流水的承诺值一致",
        f"{all_} messages, {count} of them fit the journal's commitments",
    )
