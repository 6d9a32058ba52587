"""The words between the messages: system lines, and the marks of waits."""

from miaohui.desktop.look import sanitize
from miaohui.desktop.look.language import Phrase, say


def day(year: int, month: int, day_: int) -> str:
    return say(f"{year} 年 {month} 月 {day_} 日", f"{year}-{month:02d}-{day_:02d}")


words_gone = Phrase("这条消息的文字已经删除", "The words of this message were erased")
unknown_kind = Phrase(
    "这个版本还不能显示这种消息。更新应用后就能看到。",
    "This version cannot show this kind of message. Update the app to see it.",
)
unread = Phrase("以下是新消息", "New messages")


def started(clock: str) -> str:
    return say(
        f"{clock} 会话开始 · 计时由中继记录", f"{clock} Session started · timed by the relay"
    )


def joined(name: str) -> str:
    """``name``: of who takes over; "" until it is known."""
    if not name:
        return say("已转单，等过的都算数", "Handed over; what has been waited still counts")
    who = sanitize.quoted(name)
    return say(f"已转给{who}，等过的都算数", f"{who} takes over; what you have waited still counts")


quoted_elsewhere = Phrase(
    "引用的消息不在这台电脑上", "The message it answers is not on this machine"
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


censored = Phrase("未计（结束时不足 10 秒）", "not counted (under 10 s at the end)")
void = Phrase("不计（中继故障）", "void (the relay's fault)")


def _span(ms: int) -> str:
    """A short time, cut to what is shown."""
    if ms < 1_000:
        return say(f"{ms} 毫秒", f"{ms} ms")
    return say(f"{ms // 100 / 10} 秒", f"{ms // 100 / 10} s")


def way_alone(way: int) -> str:
    """The words of a wait without the relay's own: one's own way, which is outside it."""
    return say(
        f"等待从中继收到时起算；你与中继之间的路上约 {_span(way)}，不在其内",
        f"The wait counts at the relay; your own way there and back, about {_span(way)},"
        " is outside it",
    )


def parts_of_wait(way: int, relay: int, line: int, person: int) -> str:
    """A wait in its parts: each says only as much as is known."""
    return say(
        f"{way_alone(way)}。其中：中继 {_span(relay)}，对方线路最多 {_span(line)}，"
        f"其余 {_span(person)}是对方本人（回答路上若有停顿也在其内）",
        f"{way_alone(way)}. Of it: the relay {_span(relay)}, their line at most {_span(line)},"
        f" the rest, {_span(person)}, they themselves (with any stall on their answer's way)",
    )


def parts_signed(way: int, relay: int, line: int, person: int) -> str:
    """A wait in its parts, where their device signed how long the person took."""
    return say(
        f"{way_alone(way)}。其中：中继 {_span(relay)}，对方线路来回 {_span(line)}，"
        f"对方本人从看到问题到按下发送 {_span(person)}（由其设备签名，与测得的线路相符）",
        f"{way_alone(way)}. Of it: the relay {_span(relay)}, their line there and back {_span(line)},"
        f" they themselves, from seeing the question to Send, {_span(person)} (signed by their"
        " device, and it fits the line as measured)",
    )


def notice(code: str, ms_words: str, name: str) -> str:
    """A notice item's line; of one from a later relay its code is shown, and never its words."""
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
    return lines.get(code, say(f"通知 {code[:32]}", f"notice {code[:32]}"))


def paused_line(reason: str, *, responder: bool = False) -> str:
    lines = {
        "asked": say("顾客暂停了计时", "The customer paused the clock")
        if responder
        else say("你暂停了计时", "You paused the clock"),
        "break": say("短休开始，计时停止", "Break: the clock stands still"),
        "distress": say("对方停下了时间，想先缓一缓", "They stopped the clock to take a moment")
        if responder
        else say(
            "你停下了时间：没有计时、没有扣费、没有提醒；想继续时点“继续计时”",
            "You stopped the clock: nothing is counted, charged or announced until it runs again",
        ),
        "customer_offline": say(
            "顾客掉线超过 30 秒，计时已暂停",
            "The customer was offline for 30 s: the clock was paused",
        )
        if responder
        else say("掉线超过 30 秒，计时已暂停", "Offline for 30 s: the clock was paused"),
    }
    return lines.get(reason, lines["asked"])


resumed_line = Phrase("计时继续", "The clock runs again")
fault_line = Phrase(
    "中继中断过一会儿：这段时间不计，已全部补时",
    "The relay was interrupted: that stretch does not count and was given back",
)


def extended_line(minutes: int) -> str:
    return say(f"续了 {minutes} 分钟", f"{minutes} minutes added")


closing_line = Phrase("会话开始收尾", "The session is ending")


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


def label(code: str) -> str:
    names = {
        "hollow": say("敷衍", "hollow"),
        "recycled": say("套话", "recycled"),
        "begging": say("索要好评", "asks for stars"),
        "off_platform": say("引导站外", "off-platform"),
        "closing_phrase": say("结束语", "closing phrase"),
    }
    return names.get(code, code)


auto_reply = Phrase("自动回复，不算答复", "automatic, does not count")
