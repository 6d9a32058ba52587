"""The conversation's words: head, bars above the composer, system lines, states."""

from miaohui.desktop.language import say


def subtitle(shop: str, minutes: int) -> str:
    return say(f"{shop} · 文字 {minutes} 分钟", f"{shop} · text, {minutes} min")


def customer_subtitle(minutes: int, left: str, network: str) -> str:
    return say(
        f"文字 {minutes} 分钟 · 剩 {left}{network}", f"text, {minutes} min · {left} left{network}"
    )


def customer(name: str) -> str:
    return say(f"顾客 {name}", f"Customer {name}")


def typing() -> str:
    return say("正在输入…", "typing…")


def online() -> str:
    return say("在线", "online")


def reading(percent: int) -> str:
    return say(f"正在读取记录 {percent}%", f"reading the history, {percent} %")


def offline() -> str:
    return say("对方暂时掉线，计时照常", "their link is down; the clock runs")


def customer_offline() -> str:
    return say("顾客暂时掉线", "the customer is offline")


def practice() -> str:
    return say("练习", "Practice")


def network(ms: int) -> str:
    return say(f"网络 {ms} ms", f"Network {ms} ms")


def network_unknown() -> str:
    return say("网络 —", "Network —")


def network_lost() -> str:
    return say("未连接", "Offline")


def hand_over() -> str:
    return say("转单", "Hand over")


def hand_over_to() -> str:
    return say("转单…", "Hand over…")


def to_whoever() -> str:
    return say("转给空闲的人", "To whoever is free")


def more() -> str:
    return say("更多", "More")


def pause() -> str:
    return say("暂停计时", "Pause the clock")


def resume() -> str:
    return say("继续", "Go on")


def end() -> str:
    return say("结束会话", "End the session")


def end_now() -> str:
    return say("立即结束，不等最后一问", "End now, without the last answer")


def export_text() -> str:
    return say("导出对话…", "Export the conversation…")


def ask_break(minutes: int) -> str:
    return say(f"请求短休 {minutes} 分钟", f"Ask for a {minutes}-minute break")


def refuse_handover() -> str:
    return say("我愿意等，不转", "I would rather wait")


def handover_offered() -> str:
    return say(
        "已经等了半分钟。要换一位应答师接着聊吗？对话会一起带过去。",
        "Half a minute without an answer. Shall somebody else take over? They get the conversation.",
    )


def triple_miss() -> str:
    return say(
        "三条消息都超过了 10 秒没有答复。可以转单，也可以结束并按条款退款。",
        "Three messages have waited past 10 s. You can ask for somebody else, or end with the refund that the terms give.",
    )


def break_asked(length: str) -> str:
    return say(
        f"对方想短休 {length}，计时会停。同意吗？",
        f"They would like a break of {length}; the clock would stop. Is that all right?",
    )


def agree() -> str:
    return say("同意", "Yes")


def refuse() -> str:
    return say("不同意", "No")


def ends_soon(length: str) -> str:
    return say(
        f"还有 {length} 结束。不会自动续费。",
        f"{length} left. Nothing is bought automatically.",
    )


def last_question() -> str:
    return say(
        "会话在收尾：最后一问还欠你一个答复，最多再等 2 分钟。",
        "The session is ending. You are still owed an answer: at most 2 more minutes.",
    )


def link_lost() -> str:
    return say(
        "连接断了，正在重连。你写的都在，连上后会自动发出。",
        "The link is down, reconnecting. What you wrote is safe and will be sent by itself.",
    )


def paused_bar() -> str:
    return say("计时已暂停。", "The clock stands still.")


def closed_bar() -> str:
    return say(
        "会话已结束。再发的消息会标明“非服务时间”，不计时。",
        "The session has ended. Messages from now on are marked as outside service time.",
    )


def queued_hint() -> str:
    return say(
        "现在写的会在开始时一起送达。",
        "What you write now is delivered when the session starts.",
    )


def day(year: int, month: int, day_: int) -> str:
    return say(f"{year} 年 {month} 月 {day_} 日", f"{year}-{month:02d}-{day_:02d}")


def unread() -> str:
    return say("以下是新消息", "New messages")


def started(clock: str) -> str:
    return say(
        f"{clock} 会话开始 · 计时由中继记录", f"{clock} Session started · timed by the relay"
    )


def joined(name: str) -> str:
    return say(f"已转给{name}，你的等待继续计算", f"{name} takes over; your wait goes on counting")


def past_promise() -> str:
    return say(
        "已超过 10 秒承诺：时间正在还给你，可随时要求转单。",
        "Past the 10 s promise: the time is being given back, and you can ask for somebody else.",
    )


def wait_kept(seconds: str) -> str:
    return f"{seconds} ✓"


def wait_breached(seconds: str, given: str) -> str:
    if not given:
        return f"{seconds} ✗"
    return say(f"{seconds} ✗ 补时 {given}", f"{seconds} ✗ +{given} back")


def waiting(seconds: str) -> str:
    return say(f"等待中 {seconds}", f"waiting {seconds}")


def waiting_over(seconds: str) -> str:
    return say(f"等待中 {seconds} ✗", f"waiting {seconds} ✗")


def censored() -> str:
    return say("未计（结束时不足 10 秒）", "not counted (under 10 s at the end)")


def void() -> str:
    return say("不计（中继故障）", "void (the relay's fault)")


def of_network(ms: int) -> str:
    return say(
        f"这次等待里约有 {ms} 毫秒是网络，其余是对方的时间",
        f"About {ms} ms of this wait was the network; the rest was theirs",
    )


def notice(code: str, ms_words: str, name: str) -> str:
    """A notice item's line; an unknown code from a later relay is shown as itself."""
    lines = {
        "break_asked": say(f"对方请求短休 {ms_words}", f"A break of {ms_words} was asked for"),
        "break_refused": say("短休未获同意", "The break was refused"),
        "break_agreed": say(
            f"短休 {ms_words}，计时停止", f"A break of {ms_words}; the clock stands"
        ),
        "handover_offered": say("已提供转单", "A handover was offered"),
        "handover_refused": say("你选择继续等待", "You chose to wait"),
        "handover_asked": say("已要求转单", "A handover was asked for"),
        "handover_none": say("店里现在没有空闲的人", "Nobody in the shop is free right now"),
        "peer_offline": say("对方掉线，计时照常", "Their link dropped; the clock runs"),
        "peer_back": say("对方回来了", "They are back"),
        "customer_offline": say("顾客掉线", "The customer dropped"),
        "customer_back": say("顾客回来了", "The customer is back"),
    }
    return lines.get(code, name or code)


def paused_line(reason: str, *, responder: bool = False) -> str:
    lines = {
        "asked": say("顾客暂停了计时", "The customer paused the clock")
        if responder
        else say("你暂停了计时", "You paused the clock"),
        "break": say("短休开始，计时停止", "Break: the clock stands still"),
        "distress": say("计时已暂停，慢慢来", "The clock stands still. Take your time"),
        "customer_offline": say(
            "顾客掉线超过 30 秒，计时已暂停",
            "The customer was offline for 30 s: the clock was paused",
        )
        if responder
        else say("掉线超过 30 秒，计时已暂停", "Offline for 30 s: the clock was paused"),
    }
    return lines.get(reason, lines["asked"])


def resumed_line() -> str:
    return say("计时继续", "The clock runs again")


def fault_line() -> str:
    return say(
        "中继中断过一会儿：这段时间不计，已全部还给你",
        "The relay was interrupted: that stretch does not count and was given back",
    )


def extended_line(minutes: int) -> str:
    return say(f"续了 {minutes} 分钟", f"{minutes} minutes added")


def closing_line() -> str:
    return say("会话开始收尾", "The session is ending")


def closed_line(reason: str, *, responder: bool = False) -> str:
    """``responder``: the reader is the one who answers."""
    lines = {
        "time": say("会话结束：时间用完", "Ended: time used up"),
        "customer": say("会话结束：顾客结束的", "Ended by the customer")
        if responder
        else say("会话结束：你结束的", "Ended by you"),
        "responder": say("会话结束：你结束的", "Ended by you")
        if responder
        else say("会话结束：对方离开", "Ended: the responder left"),
        "safety": say("会话结束：出于安全", "Ended for safety"),
        "no_show": say("没有及时开口：全额退给顾客", "No word in time: the customer is paid back")
        if responder
        else say("对方没有出现：全额退款", "Nobody came: the whole sum comes back"),
        "relay": say("会话结束：中继原因", "Ended by the relay"),
    }
    return lines.get(reason, lines["relay"])


def recalled(*, mine: bool) -> str:
    if mine:
        return say("你撤回了一条消息", "You recalled a message")
    return say("对方撤回了一条消息", "A message was recalled")


def recall_failed() -> str:
    return say("这条消息已不能撤回。", "This message can no longer be recalled.")


def label(code: str) -> str:
    names = {
        "hollow": say("敷衍", "hollow"),
        "recycled": say("套话", "recycled"),
        "begging": say("索要好评", "asks for stars"),
        "off_platform": say("引导站外", "off-platform"),
        "closing_phrase": say("结束语", "closing phrase"),
    }
    return names.get(code, code)


def auto_reply() -> str:
    return say("自动回复，不算答复", "automatic, does not count")


def outside() -> str:
    return say("非服务时间", "outside service time")


def link_title() -> str:
    return say("打开链接？", "Open this link?")


def link_question() -> str:
    return say(
        "这个地址来自对方的消息。只在你认识它时打开：",
        "This address came in a message. Open it only if you know it:",
    )


def link_refused() -> str:
    return say("只打开 https 链接。", "Only https links are opened.")


def open_link() -> str:
    return say("在浏览器打开", "Open in the browser")


def cancel() -> str:
    return say("取消", "Cancel")


def end_question() -> str:
    return say(
        "未用完的时间只退“对方迟到”的部分；要等未答的最后一问吗？",
        "Of the unused time only what they were late is refunded. Wait for the unanswered question?",
    )


def end_question_plain() -> str:
    return say(
        "未用完的时间里，只有对方迟到的部分会退款。确定结束吗？",
        "Of the unused time only what they were late is refunded. End the session?",
    )


def end_after_answer() -> str:
    return say("等到答复再结束", "End after the answer")


def picture_refused(reason: str) -> str:
    lines = {
        "type": say(
            "只能发送 PNG、JPEG、GIF、WebP 图片。",
            "Only PNG, JPEG, GIF and WebP pictures can be sent.",
        ),
        "bytes": say("图片超过 8 MB，没有发送。", "The picture is above 8 MB and was not sent."),
        "pixels": say(
            "图片尺寸过大，没有发送。", "The picture has too many pixels and was not sent."
        ),
        "unreadable": say(
            "读不了这个文件，没有发送。", "That file cannot be read and was not sent."
        ),
    }
    return lines.get(reason, lines["unreadable"])


def save_conversation() -> str:
    return say("导出对话", "Export the conversation")


def text_files() -> str:
    return say("文本文件 (*.txt)", "Text files (*.txt)")


def exported(path: str) -> str:
    return say(f"已导出：{path}", f"Exported: {path}")


def nobody_to_write() -> str:
    return say("选择左边的一个会话", "Choose a session on the left")


def last_question_owed() -> str:
    return say(
        "会话在收尾：顾客的最后一问还欠一个答复。",
        "The session is ending. The customer's last question is still owed an answer.",
    )
