"""The conversation's words: head, bars above the composer, questions."""

from miaohui.desktop.look.language import Phrase, say
from miaohui.desktop.strings.shell import milliseconds


def subtitle(shop: str, minutes: int) -> str:
    return say(f"{shop} · 文字 {minutes} 分钟", f"{shop} · text, {minutes} min")


def customer_subtitle(minutes: int, left: str | None) -> str:
    """``left`` None: the session is over."""
    if left is None:
        return say(f"文字 {minutes} 分钟 · 已结束", f"text, {minutes} min · ended")
    return say(f"文字 {minutes} 分钟 · 剩 {left}", f"text, {minutes} min · {left} left")


def customer(name: str) -> str:
    return say(f"顾客 {name}", f"Customer {name}")


typing = Phrase("正在输入…", "typing…")
online = Phrase("在线", "online")


def reading(percent: int) -> str:
    return say(f"正在读取记录 {percent}%", f"reading the history, {percent}%")


offline = Phrase("对方暂时掉线，计时照常", "their link is down; the clock runs")
peer_unknown = Phrase("连上之前看不到对方的状态", "their state is unknown until the link is back")
customer_offline = Phrase("顾客暂时掉线", "the customer is offline")


def network(ms: int) -> str:
    return say(f"网络 {milliseconds(ms)}", f"Network {milliseconds(ms)}")


network_unknown = Phrase("网络 —", "Network —")
network_lost = Phrase("未连接", "Offline")
hand_over = Phrase("转单", "Hand over")
hand_over_to = Phrase("转单…", "Hand over…")
to_whoever = Phrase("转给空闲的人", "To whoever is free")
more = Phrase("更多", "More")
pause = Phrase("暂停计时", "Pause the clock")
resume = Phrase("继续", "Go on")
end = Phrase("结束会话", "End the session")
end_now = Phrase("立即结束，不等最后一问", "End now, without the last answer")
export_text = Phrase("导出对话…", "Export the conversation…")


def ask_break(minutes: int) -> str:
    return say(f"请求短休 {minutes} 分钟", f"Ask for a {minutes}-minute break")


refuse_handover = Phrase("我愿意等，不转", "I would rather wait")
handover_offered = Phrase(
    "已经等了半分钟。要换一位应答师接着聊吗？对话会一起带过去。",
    "Half a minute without an answer. Shall somebody else take over? They get the conversation.",
)
triple_miss = Phrase(
    "三条消息都超过了 10 秒没有答复。可以转单，也可以结束并按条款退款。",
    "Three messages have waited past 10 s. You can ask for somebody else, or end with the refund that the terms give.",
)


def break_asked(length: str) -> str:
    return say(
        f"对方想短休 {length}，计时会停。同意吗？",
        f"They would like a break of {length}; the clock would stop. Is that all right?",
    )


agree = Phrase("同意", "Yes")
refuse = Phrase("不同意", "No")


def ends_soon(length: str) -> str:
    return say(
        f"还有 {length} 结束。不会自动续时。",
        f"{length} left. Nothing is bought automatically.",
    )


last_question = Phrase(
    "会话在收尾：最后一问还欠你一个答复，最多再等 2 分钟。",
    "The session is ending. You are still owed an answer: at most 2 more minutes.",
)
link_lost = Phrase(
    "连接断了，正在重连。你写的都在，连上后会自动发出。",
    "The link is down, reconnecting. What you wrote is safe and will be sent by itself.",
)
paused_bar = Phrase("计时已暂停。", "The clock stands still.")
closed_bar = Phrase(
    "会话已结束。24 小时内再发的消息照样送到，标明“非服务时间”，不计时；回执在右边，要接着聊可以再约。",
    "The session has ended. For 24 hours messages still arrive, marked as outside service time, without a clock; the receipt is on the right, and more time is a new order.",
)
closed_bar_desk = Phrase(
    "会话已结束。24 小时内的消息照样送到，标明“非服务时间”，不计时，也不用立刻回。",
    "The session has ended. For 24 hours messages still arrive, marked as outside service time; none needs an answer at once.",
)
past_promise = Phrase(
    "已超过 10 秒承诺：正在补时，可随时要求转单。",
    "Past the 10 s promise: the time comes back, and somebody else can take over.",
)
link_title = Phrase("打开链接？", "Open this link?")
link_question = Phrase(
    "这个地址来自对方的消息。只在你认识它时打开：",
    "This address came in a message. Open it only if you know it:",
)
link_refused = Phrase("只打开 https 链接。", "Only https links are opened.")
open_link = Phrase("在浏览器打开", "Open in the browser")
cancel = Phrase("取消", "Cancel")
end_question = Phrase(
    "未用完的时间只退“对方迟到”的部分；要等未答的最后一问吗？",
    "Of the unused time only what they were late is refunded. Wait for the unanswered question?",
)
end_question_plain = Phrase(
    "未用完的时间里，只有对方迟到的部分会退款。确定结束吗？",
    "Of the unused time only what they were late is refunded. End the session?",
)


def end_cost(back: str, given_up: str, unused: str) -> str:
    return say(
        f"现在结束：退回 {back}；没用完的 {unused} 里，放弃 {given_up}。",
        f"Ending now: {back} comes back; of the unused {unused}, {given_up} is given up.",
    )


extend_title = Phrase("续时", "Extension")


def extend_question(minutes: int, price: str) -> str:
    return say(
        f"续 {minutes} 分钟，{price}，只付一次。会话接着走，没用完的时间不变。",
        f"Adds {minutes} min for {price}, paid once. The session goes on; unused time stays.",
    )


def extend_buy(price: str) -> str:
    return say(f"付 {price} 续时", f"Extend for {price}")


end_after_answer = Phrase("等到答复再结束", "End after the answer")


def no_sound(reason: str) -> str:
    """The cause of silence in one sentence."""
    lines = {
        "library": say(
            "这台电脑缺少录音和播放要用的系统库（Debian、Ubuntu：libportaudio2）。其他功能照常。",
            "A system library for sound is missing (Debian, Ubuntu: libportaudio2). "
            "Everything else works.",
        ),
        "no_microphone": say(
            "没有找到麦克风，不能录语音。其他功能照常。",
            "No microphone was found, so no voice note can be recorded. Everything else works.",
        ),
        "no_loudspeaker": say(
            "没有找到扬声器或耳机，现在听不了语音。",
            "No loudspeaker or headphones were found, so voice notes can't be heard now.",
        ),
        "refused": say(
            "声音设备打不开：别的程序正在用，或系统没有允许。",
            "The sound device does not open: another program has it, or the system forbids it.",
        ),
    }
    return lines.get(reason, lines["refused"])


note_too_short = Phrase("不到一秒，没有保留。", "Less than a second, so it was not kept.")
note_unplayable = Phrase("这条语音放不出来。", "This voice note can't be played.")
note_not_here = Phrase("语音还没有传到这台电脑上。", "The voice note is not on this machine yet.")


def picture_refused(reason: str) -> str:
    lines = {
        "type": say(
            "只能发送 PNG、JPEG、GIF、WebP 图片。",
            "Only PNG, JPEG, GIF and WebP pictures can be sent.",
        ),
        "bytes": say(
            "图片超过 32 MB（原图 8 MB），没有发送。",
            "The picture is above 32 MB (an original: 8 MB) and was not sent.",
        ),
        "too_complex": say(
            "图片的内部结构过于复杂，没有发送。",
            "The picture is too complex inside and was not sent.",
        ),
        "time": say(
            "图片处理时间过长，没有发送。",
            "The picture took too long to prepare and was not sent.",
        ),
        "pixels": say(
            "图片尺寸过大，没有发送。", "The picture has too many pixels and was not sent."
        ),
        "unreadable": say(
            "读不了这个文件，没有发送。", "That file cannot be read and was not sent."
        ),
    }
    return lines.get(reason, lines["unreadable"])


save_conversation = Phrase("导出对话", "Export the conversation")
text_files = Phrase("文本文件 (*.txt)", "Text files (*.txt)")


def exported(path: str) -> str:
    return say(f"已导出：{path}", f"Exported: {path}")


last_question_owed = Phrase(
    "会话在收尾：顾客的最后一问还欠一个答复。",
    "The session is ending. The customer's last question is still owed an answer.",
)
