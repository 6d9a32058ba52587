"""The words beside bait and fraud: one sentence why, and the standing page's frame."""

from miaohui.desktop.look.language import Phrase, say

menu = Phrase("防骗提示", "About fraud")
title = Phrase("防骗提示", "About fraud")
more = Phrase("防骗提示", "About fraud")
put_away = Phrase("收起", "Put away")
disguised = Phrase("换了写法", "It is written in disguise.")


def dated(day: str) -> str:
    return say(f"资料更新于 {day}", f"Checked {day}")


def received(kind: str, *, hidden: bool = False) -> str:
    """The reason for which a message that came deserves a second look."""
    found = {
        "off_platform": say(
            "对方想换到平台外：那里没有计时、退款和回执，出了事也没法查。",
            "They want to go elsewhere: no clock, no refund, no receipt there, and nothing to look into.",
        ),
        "screen": say(
            "对方要看你的屏幕：这里没有人需要看它，退款也不用。",
            "They want to see your screen: nobody here needs it, not for a refund either.",
        ),
        "code": say(
            "对方要验证码、密码或卡号：给了，钱就可能没了。这里没有人需要它。",
            "They ask for a code, password or card: with it money can go. Nobody here needs it.",
        ),
        "money": say(
            "对方要你先出钱：这里不收押金，退款会自己回来，不用先交什么。",
            "They want money first: there are no deposits or fees here, and refunds come by themselves.",
        ),
        "task": say(
            "像刷单返利：先给甜头，再让你垫钱，是最常见的骗局。",
            "This looks like paid clicks with cashback, the most common fraud: first a treat, then your money.",
        ),
        "invest": say(
            "像“带你投资”：损失最大的骗局就是这么开始的。",
            "This looks like an offer to invest: the costliest frauds begin so.",
        ),
        "download": say(
            "对方要你下载或点链接：可能是木马，也可能是假的反诈软件。",
            "They want you to download or click: it may be malware, or a false anti-fraud app.",
        ),
        "code_pay": say(
            "图里的二维码是收款码：这里只在订单里付钱，图里付的钱没有退款和回执。",
            "The QR code in this picture asks for a payment: money is only ever paid in an order here. "
            "What is paid by a picture has no refund and no receipt.",
        ),
        "code_contact": say(
            "图里的二维码是平台外的联系方式：那里没有计时、退款和回执，出了事也没法查。",
            "The QR code in this picture is a contact elsewhere: no clock, no refund, no receipt there.",
        ),
        "code_link": say(
            "图里的二维码是链接：扫之前先想想是谁发的，别在打开的网页里填密码、验证码或卡号。",
            "The QR code in this picture is a link: think of who sent it before you scan it, and enter "
            "no password, code or card there.",
        ),
    }.get(kind, "")
    if hidden and found:
        return say(f"{found}对方{disguised.zh}。", f"{found} {disguised.en}")
    return found


def writing(kind: str) -> str:
    """A word beforehand on what the other side will be told of words that are being written."""
    if kind in ("code_pay", "code_contact"):
        return say(
            "这张图里的二维码会把人带到平台外付钱或联系：对方会看到提示。想好再发。",
            "The QR code in this picture leads to payment or contact elsewhere: they will see a hint. "
            "Think before you send it.",
        )
    if kind == "code_link":
        return say(
            "这张图里的二维码是链接：对方会看到提示。",
            "The QR code in this picture is a link: they will see a hint.",
        )
    if kind == "off_platform":
        return say(
            "这句像要换到平台外联系或付钱：对方会看到提示，主机也会计数。想好再发。",
            "This reads like contact or money elsewhere: they will see a hint, and the host counts it.",
        )
    return say(
        "这句像骗局里常说的话：对方会看到提示。是你的本意就照发，也可以换个说法。",
        "This reads like what frauds say: they will see a hint. Send it if you mean it, or put it "
        "another way.",
    )


def writing_as_customer(kind: str) -> str:
    if kind == "off_platform":
        return say(
            "换到平台外，就没有计时、退款和回执了。想好再发。",
            "Elsewhere there is no clock, no refund and no receipt. Think before you send.",
        )
    return writing(kind)
