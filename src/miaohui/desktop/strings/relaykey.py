"""Words for a relay's key: what it is, how to compare it, and what to do when it is another one."""

from collections.abc import Sequence

from miaohui.desktop.look.language import Phrase, say

compare = Phrase(
    "向主机核对：主机运行 miaohui relay admin key 会看到同样的钥匙和编号；扫码得到的也是这一行。",
    "To compare with the host: miaohui relay admin key prints the same key and id there, and the code holds that line.",
)


def code_name(key_id: str) -> str:
    return say(f"中继钥匙 {key_id} 的二维码", f"QR code of the relay's key {key_id}")


def past(ids: Sequence[str]) -> str:
    way = " → ".join(ids)
    return say(
        f"按规矩换过：{way}。每把旧钥匙都签名指定了下一把。",
        f"Changed in order: {way}. Each key signed the one after it.",
    )


changed_title = Phrase("中继的钥匙变了", "The relay's key is another one")
changed = Phrase(
    "这个地址上的中继出示了另一把钥匙，而你认识的那把没有签名指定它。可能是主机丢了旧钥匙，也可能是别人在冒充这家中继。",
    "The relay at this address shows another key, and the one you know did not sign it. The host may have lost the old one, or somebody may be posing as this relay.",
)
known_key = Phrase("你认识的", "Known to you")
shown_key = Phrase("现在出示的", "Shown now")
until_then = Phrase(
    "先用别的方式问一问主机（电话、网站），把编号对一遍。在你认可之前，什么都不会发出去；写的东西都留着，已有的回执仍按旧钥匙核对。",
    "Ask the host by another way first, by telephone or on its site, and compare the ids. Until you accept it nothing is sent; what you write is kept, and the receipts you have stay checked by the old key.",
)
accept = Phrase("我问过了，认可新钥匙", "I asked: accept the new key")
not_now = Phrase("先不认可", "Not now")
