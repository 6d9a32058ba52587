"""Doubts about a relay's record, in plain words."""

from miaohui.client.doubts import Doubt, DoubtKind
from miaohui.desktop.look.language import Phrase, say
from miaohui.promise import words


def notice(kind: str, who: str) -> str:
    """Said once, when it is found."""
    what = {
        DoubtKind.CHAIN: say(
            "一条记录接不上前一条", "an entry does not follow from the one before"
        ),
        DoubtKind.OWN_WORDS: say("你发的话被写成了别的", "your words were written as others"),
        DoubtKind.THEIR_WORDS: say(
            "对方的话与它的指纹对不上", "the other side's words do not fit their fingerprint"
        ),
        DoubtKind.PLACE: say(
            "你的一条消息记在了别的位置", "a message of yours stands in another place than was told"
        ),
        DoubtKind.MISSING: say(
            "中继收下的一条消息一直没有入账", "a message that the relay accepted was never written"
        ),
        DoubtKind.ORDER: say(
            "开场写的和你付的订单不一样", "it opened on other terms than you paid"
        ),
        DoubtKind.SEEN: say(
            "“看到第几条”被改高了", "what was on your screen was written higher than you sent"
        ),
        DoubtKind.REFUND: say("退款和按规则应退的不一样", "the refund is not what the rules give"),
        DoubtKind.NAMED: say("写了你没有做过的事", "it names you for what was not done here"),
        DoubtKind.SHORTER: say("记的等待比你等的还长", "a wait was written longer than you waited"),
        DoubtKind.LONGER: say("回复的时间被记早了", "a reply was written earlier than it came"),
        DoubtKind.FORK: say("中继签了两份不同的记录", "the relay signed two different records"),
        DoubtKind.SIGNATURE: say(
            "一份声明不是这家中继签的", "a statement was not signed by this relay"
        ),
    }[DoubtKind(kind)]
    return say(
        f"和{who}的会话对不上：{what}。证据已保存。",
        f"The session with {who} does not fit: {what}. The evidence is kept.",
    )


def _fen(text: str) -> str:
    return words.yuan(int(text))


_FIELDS = {
    "shop": ("店铺", "shop"),
    "paid_ms": ("时长", "time"),
    "price_fen": ("价格", "price"),
    "promise_ms": ("承诺", "promise"),
    "terms": ("退款条件", "terms"),
}
_DEEDS = {
    "pause": ("暂停", "a pause"),
    "break": ("同意对方休息", "agreeing to a break"),
    "offline": ("掉线", "being offline"),
    "handover": ("要求换人", "asking for somebody else"),
    "extended": ("续时", "buying more time"),
    "extended_price": ("按另一个价格续时", "buying more time at another price"),
    "closed": ("结束会话", "ending the session"),
}


def _field_value(field: str, text: str) -> str:
    if field == "price_fen":
        return _fen(text)
    return words.seconds(int(text)) if field in ("paid_ms", "promise_ms") else text[:60]


def headline(doubt: Doubt) -> str:
    """The difference, in one line."""
    n = doubt.seq
    match doubt.kind:
        case DoubtKind.CHAIN:
            return say(f"第 {n} 条接不上前一条", f"Entry {n} does not follow from the one before")
        case DoubtKind.OWN_WORDS:
            return say(
                f"你发的第 {n} 条，中继写成了别的字", f"Your entry {n} was written as other words"
            )
        case DoubtKind.THEIR_WORDS:
            return say(
                f"对方的第 {n} 条与它的指纹对不上",
                f"Their entry {n} does not fit its own fingerprint",
            )
        case DoubtKind.PLACE:
            return say(f"第 {n} 条换了位置或时间", f"Entry {n} changed its place or its time")
        case DoubtKind.MISSING:
            return say("收下的消息一直没有入账", "A message was accepted and never written")
        case DoubtKind.ORDER:
            zh, en = _FIELDS[doubt.field]
            return say(f"开场的{zh}与付款的订单不同", f"It opened with another {en} than was paid")
        case DoubtKind.SEEN:
            return say(
                f"你的第 {n} 条写成看过更多", f"Your entry {n} was written as having seen more"
            )
        case DoubtKind.REFUND:
            return say("退款与规则算出的不同", "The refund is not what the rules give")
        case DoubtKind.NAMED:
            zh, en = _DEEDS[doubt.field]
            return say(f"第 {n} 条说你{zh}，本机没有", f"Entry {n} says {en}: not from here")
        case DoubtKind.SHORTER:
            over = words.seconds(int(doubt.theirs) - int(doubt.mine))
            return say(f"等待多记了 {over}", f"A wait was written {over} longer")
        case DoubtKind.LONGER:
            early = words.seconds(int(doubt.mine) - int(doubt.theirs) - (doubt.rtt_ms or 0))
            return say(f"回复记早了 {early}", f"A reply was written {early} early")
        case DoubtKind.FORK:
            return say(
                f"中继对第 {n} 条签了另一份记录", f"The relay signed another record at entry {n}"
            )
        case DoubtKind.SIGNATURE:
            return say(
                f"第 {n} 条的声明不是这家中继签的",
                f"The statement about entry {n} is not by this relay's key",
            )


def detail(doubt: Doubt) -> str:
    """Both values, small."""
    mine, theirs = doubt.mine, doubt.theirs
    match doubt.kind:
        case DoubtKind.CHAIN:
            return say("从这一条起不再计入数字", "Nothing from there on is in the figures")
        case DoubtKind.OWN_WORDS if mine:
            return say(
                f"指纹对不上：本机 {mine}…，中继 {theirs}…",
                f"fingerprints: {mine}… here, {theirs}… at the relay",
            )
        case DoubtKind.OWN_WORDS | DoubtKind.THEIR_WORDS if not theirs:
            return say("中继没有交出这句话", "the relay did not hand the words over")
        case DoubtKind.OWN_WORDS | DoubtKind.THEIR_WORDS:
            return say(f"中继写的指纹 {theirs}…", f"fingerprint written by the relay: {theirs}…")
        case DoubtKind.FORK if doubt.field == "gone":
            return say(
                "这台电脑收到过的记录，中继现在说没有",
                "this computer was sent it; the relay denies it",
            )
        case DoubtKind.FORK:
            return say(f"本机 {mine}…，签名 {theirs}…", f"here {mine}…, signed {theirs}…")
        case DoubtKind.ORDER:
            paid, wrote = _field_value(doubt.field, mine), _field_value(doubt.field, theirs)
            return say(f"付款时 {paid}，中继写 {wrote}", f"paid {paid}, written {wrote}")
        case DoubtKind.REFUND:
            return say(
                f"应退 {_fen(mine)}，中继说 {_fen(theirs)}",
                f"owed {_fen(mine)}, the relay says {_fen(theirs)}",
            )
        case DoubtKind.PLACE:
            return say(
                f"当时说 {mine} 毫秒，写成 {theirs} 毫秒", f"told {mine} ms, written {theirs} ms"
            )
        case DoubtKind.SEEN:
            return say(f"发出 {mine}，写成 {theirs}", f"sent {mine}, written {theirs}")
        case DoubtKind.SHORTER | DoubtKind.LONGER:
            felt, wrote = words.seconds(int(mine)), words.seconds(int(theirs))
            line = say("没有测到", "not measured")
            if doubt.rtt_ms is not None:
                line = say(f"最多 {doubt.rtt_ms} 毫秒", f"at most {doubt.rtt_ms} ms")
            return say(
                f"你这里等了 {felt}，线路 {line}；中继记 {wrote}",
                f"you waited {felt}, the line {line}; the relay wrote {wrote}",
            )
        case DoubtKind.SIGNATURE:
            return say(f"钥匙 {theirs}", f"key {theirs}")
        case DoubtKind.MISSING:
            return say("收下 30 秒后仍没有出现", "not there 30 s after it was accepted")
        case DoubtKind.NAMED:
            return say("若你在另一台设备上做过，请忽略", "unless you did it on another device")


def seal(count: int) -> str:
    return say(f"对不上 · {count} 处 ✗", f"does not fit · {count} ✗")


box_title = Phrase(
    "中继的记录与这台电脑看到的不一致", "The relay's record is not what this computer saw"
)
box_text = Phrase(
    "这不一定是故意的，但请先不要相信下面的数字。证据已经封存在回执里，删不掉，也改不了。",
    "It need not be on purpose, but do not trust the figures below yet. The evidence is in the receipt's seal for good.",
)
see_entry = Phrase("看那一条", "See it")
by_the_record = Phrase("照中继的记录：承诺内", "by the relay's record: kept")
by_this_computer = Phrase("照这台电脑等的", "as this computer waited")


def refunds(theirs: str, mine: str) -> str:
    return f"{theirs} / {mine}"


refunds_about = Phrase("中继的退款 / 按规则应退", "the relay's refund / owed by the rules")
export_evidence = Phrase("导出证据", "Export the evidence")
exported_too = Phrase(
    "对不上的原因写在它旁边的 .txt 里。", " What does not fit stands in the .txt beside it."
)
who_signed = Phrase("谁签的名", "Who signed")


def relay_key(key: str) -> str:
    return say(f"钥匙 {key}", f"key {key}")


def heads(count: int) -> str:
    return say(
        f"签名的中间点 {count} 个", f"{count} signed statement{'s' * (count != 1)} on the way"
    )


for_good = Phrase("对不上的回执会一直这样显示。", "A receipt that does not fit reads so for good.")
