"""The privacy page: what is kept where, how long, and who can read it."""

from miaohui.desktop.look.language import Phrase, say

title = Phrase("什么存在哪里，谁能看到", "What is kept where, and who can read it")
more = Phrase("什么存在哪里，谁能看到…", "What is kept where, and who can read it…")


def rows() -> list[tuple[str, str]]:
    """The things that are kept, each with its sentence."""
    return [
        (
            say("你的消息、图片和语音", "Your messages, pictures and voice notes"),
            say(
                "本机加密保存，直到你删除；中继也有一份，没有自动期限。能看到的人：你、为你应答的人、"
                "能读中继数据库的主机。撤回的文字两边都马上删掉。",
                "Encrypted on this machine until you delete them; the relay has a copy, without an "
                "automatic end. Read by you, by whoever answered you, and by a host who can open the "
                "relay's database. Recalled words go at once on both sides.",
            ),
        ),
        (
            say("还没有发送的语音", "A voice note that is not sent yet"),
            say(
                "只在本机内存里，不写进磁盘；关掉应用就没有了。不按录音，麦克风不会打开。",
                "In this machine's memory alone, on no disk; it is gone when the app closes. The "
                "microphone opens only when you press record.",
            ),
        ),
        (
            say("草稿、搜索、设置、我的卡片", "Drafts, search, settings, my card"),
            say(
                "只在本机；草稿和卡片加密。不发出去，直到你按发送，或下单时勾选卡片。",
                "On this machine alone; drafts and card are encrypted. Nothing leaves before you press Send, or tick the card while ordering.",
            ),
        ),
        (
            say("计时流水和回执", "Journals of waits, and receipts"),
            say(
                "本机和中继各一份，长期保存，好让谁都能核对。里面没有文字，只有时间和承诺值；"
                "回执交给谁由你决定。",
                "Here and at the relay, for good, so that anybody can check them. They hold times and "
                "commitments, no words; whom you give a receipt to is up to you.",
            ),
        ),
        (
            say("订单、余额、限额", "Orders, balance, limits"),
            say(
                "在中继，随账号保存。店铺看到自己的订单，看不到你的限额和余额。",
                "At the relay, as long as the account. A shop sees its own orders, never your limits "
                "or balance.",
            ),
        ),
        (
            say("读到哪里", "How far you have read"),
            say(
                "本机和中继各一份，好让你的另一台电脑不再报未读。对方只在“让对方知道我看过了”打开时知道。",
                "Here and at the relay, so that your other machine shows nothing as unread twice. The "
                "other side hears of it only where you let them.",
            ),
        ),
        (
            say("评价", "Reviews"),
            say(
                "在中继，公开；你的消息不会跟着公开。",
                "At the relay, in public; your messages do not go with them.",
            ),
        ),
        (
            say("求助卡", "The help card"),
            say(
                "只在本机读你发出的话，不记下看到了什么，不告诉任何人。本机只加密记下打开的时刻，"
                "好让一天里没有促销和红色。",
                "What you sent is read on this machine alone; what was seen is not noted, nobody is "
                "told. Only the moment of opening is kept, encrypted, for a day without offers or red.",
            ),
        ),
        (
            say("账号和密码", "Name and password"),
            say(
                "中继存账号名、称呼和密码的散列，不存密码本身。钥匙和令牌在系统钥匙串里。",
                "The relay keeps your name, what you are called, and a hash of the password, never the "
                "password. Key and token lie in the system's keyring.",
            ),
        ),
        (
            say("没有的", "What there is not"),
            say(
                "没有统计上报，没有广告，不拿你的话训练任何东西，不向店铺透露你打开过什么。",
                "No telemetry, no advertising, no training on your words; no shop learns what you "
                "opened.",
            ),
        ),
    ]


ways = Phrase(
    "导出和删除在“设置 → 隐私”的两个按钮里。",
    "To export or delete, use the two buttons in Settings → Privacy.",
)
