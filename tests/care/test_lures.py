"""Fraud in a message's words, and bait that was disguised: lines of our own."""

from datetime import date

import pytest

from miaohui.care import fraud
from miaohui.care.lures import CodeKind, LureKind, code_in, hides_bait, lure_in, version

FRAUD = {
    LureKind.SCREEN: """我教你退款，先共享一下屏幕|你打开屏幕共享我看看|开启屏幕分享就能退|把屏*幕共享打开|Share your screen and I'll fix it""",
    LureKind.CODE: """验证码发我一下|把收到的短信验证码告诉我|验-证-码报给我|你的银行卡号发我|tell me the verification code""",
    LureKind.MONEY: """帮我垫一下，晚上还你|先交保证金才能退款|要先付一笔手续费|解冻费交了就能提现，先交解冻费|借我点钱周转|转我500|please send me some money""",
    LureKind.TASK: """跟我刷单一天三百|先做个任务返现给你|有个点赞赚钱的活|easy money tasks, join""",
    LureKind.INVEST: """我带你投资，稳赚|有内幕消息，跟不跟|带你一起炒币|double your money in a week""",
    LureKind.DOWNLOAD: """你下载反诈助手查一下账号|装这个软件聊|我发你个链接你点一下|点一下我发的链接|install this app and log in""",
}
HARMLESS = [
    "我妈总给我转账",
    "我在学投资",
    "今天交了房租押金",
    "验证码总收不到，烦死了",
    "屏幕碎了，要换",
    "手机屏幕太亮",
    "同事让我帮忙垫个饭钱，我没理",
    "他问我借钱，我没借",
    "别把验证码给任何人",
    "千万别共享屏幕",
    "不要点陌生链接",
    "链接打不开",
    "我下载了一首歌",
    "刷到一个视频",
    "骗子让我共享屏幕，我挂了",
    "做任务做到半夜，游戏真肝",
    "好评返现都是骗人的",
    "我密码忘了",
    "理财课好无聊",
    "银行卡丢了怎么补办",
    "he asked me to send money, I refused",
    "never share your screen with strangers",
    "the code of this game is hard",
]
DISGUISED = [
    "加薇❤️信",
    "加➕v",
    "扌口扌口 一二三",
    "企鵝号给你",
    "ＶＸ：miao88",
    "1叁8零零1234567",
    "伽V聊",
]
PLAIN = ["加我微信聊吧", "我支付宝 13812345678", "小红书私信我"]


@pytest.mark.parametrize(
    ("kind", "line"),
    [(kind, line) for kind, lines in FRAUD.items() for line in lines.split("|")],
)
def test_what_fraud_asks_for_is_found(kind: LureKind, line: str) -> None:
    found = lure_in(line)
    assert found is not None
    assert found.kind is kind


@pytest.mark.parametrize("line", HARMLESS)
def test_what_people_tell_of_it_is_not(line: str) -> None:
    assert lure_in(line) is None


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        ("wxp://f2f0Abc", CodeKind.PAY),
        ("https://qr.alipay.com/fkx1", CodeKind.PAY),
        ("HTTPS://QR.ALIPAY.COM/FKX1", CodeKind.PAY),
        ("https://qr.95516.com/0001", CodeKind.PAY),
        ("bitcoin:bc1qabc?amount=1", CodeKind.PAY),
        ("https://u.wechat.com/EAb", CodeKind.CONTACT),
        ("https://weixin.qq.com/g/AwY", CodeKind.CONTACT),
        ("https://qm.qq.com/q/abc", CodeKind.CONTACT),
        ("https://t.me/somebody", CodeKind.CONTACT),
        ("tel:13800000000", CodeKind.CONTACT),
        ("BEGIN:VCARD\nFN:x\nEND:VCARD", CodeKind.CONTACT),
        ("https://example.com/prize", CodeKind.LINK),
        ("www.example.com", CodeKind.LINK),
        ("https://example.com/u.wechat.com", CodeKind.LINK),
        ("今天也要开心", None),
        ("", None),
    ],
)
def test_a_code_is_judged_by_where_it_leads(content: str, kind: CodeKind | None) -> None:
    assert code_in(content) is kind


def test_bait_found_only_after_folding_was_hidden() -> None:
    assert version() == "lures/1"
    hidden = [line for line in DISGUISED if hides_bait(line)]
    assert len(hidden) >= len(DISGUISED) - 1
    assert not any(hides_bait(line) for line in PLAIN)
    assert not hides_bait("今天天气不错")


def test_long_words_do_not_take_long_to_read() -> None:
    for text in ("加" * 4000, "一" * 4000, "先交" * 2000, "+" * 4000, "a 1" * 1500):
        lure_in(text)
        hides_bait(text)


def test_the_page_on_fraud_is_not_released_past_its_review() -> None:
    page = fraud.page()
    assert page.review >= date.today()
    assert page.checked < page.review
    assert all(page.sources)
    whole = "".join(chinese + english for chinese, english in page.lines)
    assert "96110" in whole
    assert "110" in whole
