"""The words of care: the crisis card, stopped time, and what a responder is told of both."""

from miaohui.desktop.look.language import Phrase, say

card = Phrase("求助卡", "Help card")
noticed = Phrase("你刚才的话里有很难受的地方", "Some of what you just wrote sounds very hard")
by_hand = Phrase("有人可以听你说", "There is somebody who will listen")
someone = Phrase("如果你担心身边的人", "If you are worried about somebody")
about = Phrase(
    "如果愿意，现在就有人可以听你说。没有人会被通知，除非你自己点。",
    "If you like, somebody can listen now. Nobody is told, unless you tap.",
)
about_someone = Phrase(
    "危险就在眼前，先替他们打 110 或 120；陪在旁边，把话听完。没有人会被通知。",
    "In danger now, call 110 or 120 for them first; stay, and hear them out. Nobody is told.",
)
night = Phrase(
    "夜里有的热线没人接：有危险先打 110 / 120，也可以先告诉身边一个人。",
    "At night some lines may be shut: in danger call 110 / 120, or tell somebody near you.",
)
# Said aloud by a screen reader: whoever is in the room hears no more than that there is something.
came = Phrase(
    "输入框上方有一张卡片，按 Shift+Tab 走过去；不理它也可以继续写。",
    "There is a card above the text field: Shift+Tab goes there. You can go on writing.",
)
put_away = Phrase("收起", "Put away")
call = Phrase("拨打", "Call")
copy = Phrase("复制", "Copy")


def call_number(number: str) -> str:
    return say(f"拨打 {number}", f"Call {number}")


def copy_number(number: str) -> str:
    return say(f"复制 {number}", f"Copy {number}")


def copied(number: str) -> str:
    return say(f"{number} 已复制", f"{number} is copied")


def line_name(number: str, name: str, hours: str) -> str:
    return say(f"{name} {number}，{hours}", f"{name} {number}, {hours}")


danger = Phrase("正在危险中，先打这里", "In danger now: here first")
young = Phrase("年轻人", "for the young")
stop = Phrase("停下时间和计费，继续聊", "Stop the clock and the bill, keep talking")


def tell(name: str) -> str:
    return say(f"告诉{name}：我现在很难受", f"Tell {name}: I am not well")


told = Phrase("我现在很难受", "I am not well right now")


def dated(day: str) -> str:
    return say(
        f"资料更新于 {day} · 随时可从“⋯”打开",
        f"Checked {day} · always in the ⋯ menu",
    )


quiet_line = Phrase(
    "听起来很累。需要的时候，这里有人可以听你说。",
    "That sounds exhausting. When you need it, there is somebody to listen.",
)
show = Phrase("看看", "Show me")
stopped = Phrase("时间停着", "The clock stands still")
running = Phrase("时间又在走了", "The clock runs again")


def remaining(left: str) -> str:
    return say(f"剩余 {left}，一秒也不会少。", f"{left} left; not a second of it goes.")


quiet_day = Phrase(
    "24 小时内不会有促销、催评和红色提示。",
    "For 24 hours: no offers, no request for stars, nothing in red.",
)


def peer_sees(name: str) -> str:
    return say(
        f"{name}看到的是：“对方停下了时间，想先缓一缓”。{name}不是医生，可以陪你说话，也可以请同事接手。",
        f'{name} sees: "They stopped the clock to take a moment." {name} is no doctor; they can '
        "talk with you, or ask a colleague to take over.",
    )


go_on = Phrase("继续计时", "Let the clock run again")
end = Phrase("结束，退回没用完的时间", "End and refund the rest")
end_question = Phrase(
    "没用完的时间全部退款，不用说原因。要结束吗？",
    "All of the unused time is refunded, no reason needed. End the session?",
)
status = Phrase("时间和计费都停着，慢慢来", "Clock and bill stand still")
anything = Phrase("想说什么都可以…", "Say whatever you like…")
no_sale = Phrase(
    "今天先不卖时间，缓一缓。想找人说话，求助卡在会话的“⋯”里，12356 也在。",
    "Nothing is sold today; take a moment. The help card is in a session's ⋯ menu, and 12356 is there.",
)

# --- the responder's own card ------------------------------------------------------------------
peer_title = Phrase("对方停下了时间，想先缓一缓", "They stopped the clock to take a moment")
peer_about = Phrase(
    "没有计时，没有超时。你不是医生，也不用是：听着就好。",
    "Nothing is counted, nothing is late. You are no doctor and need not be one: listen.",
)
peer_say = Phrase(
    "可以说：我在，不着急。你现在安全吗？身边有人吗？要不要一起打 12356？",
    "Say: I am here, no hurry. Are you safe right now? Is somebody with you? Shall we call 12356?",
)
peer_not = Phrase(
    "别说：冷静一下、想开点、别傻了；别问方法，别承诺保密，别讲道理。",
    "Do not say: calm down, cheer up, don't be silly. Ask no methods, promise no secrecy, argue not.",
)
peer_danger = Phrase(
    "对方说到眼前的危险：请他们打 110 或 120，告诉店里；撑不住就转单，你自己也可以打 12356。",
    "In danger now: ask them to call 110 or 120, and tell your shop. Too much for you? Hand over; "
    "12356 is there for you, too.",
)
peer_end = Phrase("出于安全结束", "End for safety")
peer_end_about = Phrase(
    "已服务的时间照付，没用完的退给对方；不算你超时。",
    "What was served is paid in full, the rest goes back to them; it counts against nobody.",
)

# --- the boundary --------------------------------------------------------------------------------
boundary_title = Phrase("应答师是谁，不是谁", "Who answers, and who does not")
boundary = Phrase(
    "应答师陪人聊天，不是医生，也不是心理咨询师：不诊断，不治疗，不开药。难受的时候可以打开求助卡，"
    "12356 有受过训练的人。",
    "Responders keep people company. They are no doctors and no counsellors: no diagnosis, no "
    "treatment, no medicine. When it gets hard, the help card has 12356, where trained people answer.",
)
boundary_short = Phrase(
    "应答师不是医生，也不是心理咨询师：陪聊，不诊断、不治疗。",
    "Responders are no doctors and no counsellors: company, no diagnosis, no treatment.",
)
