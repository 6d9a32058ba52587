"""The frame around the pages: navigation, the strip on top, notices."""

from typing import assert_never

from miaohui.client.snapshots import NoticeCode
from miaohui.desktop.look import amounts, sanitize
from miaohui.desktop.look.language import Phrase, say
from miaohui.desktop.strings import doubts, errors
from miaohui.runtime.clock import told_utc_ms

app_name = Phrase("秒回", "Miaohui")
discover = Phrase("发现", "Discover")
sessions = Phrase("会话", "Sessions")
check = Phrase("检验", "Check")
orders = Phrase("账单", "Orders")
settings = Phrase("设置", "Settings")
desk = Phrase("应答台", "Desk")
practice = Phrase("练习", "Practice")
practice_banner = Phrase(
    "练习 · 中继、应答师和钱都在本机，都不是真的",
    "Practice · all of it is on this machine; people and money are not real",
)


def window_title(page: str, *, practice: bool) -> str:
    mark = say("（练习）", " (practice)") if practice else ""
    return say(f"{page} — 秒回{mark}", f"{page} — Miaohui{mark}")


back = Phrase("返回", "Back")
close = Phrase("关闭", "Close")
understood = Phrase("知道了", "Close")


def connected(ms: int | None) -> str:
    if ms is None:
        return say("已连接", "Connected")
    return say(f"已连接 {milliseconds(ms)}", f"Connected {milliseconds(ms)}")


connecting = Phrase("正在连接…", "Connecting…")
offline = Phrase("未连接", "Offline")


def link_lost(seconds: int | None, why: str = "") -> str:
    """``why``: what stands in between, where that is known."""
    again = "" if seconds is None else say(f"，{seconds} 秒后再试", f"; next try in {seconds} s")
    if why:
        return say(
            f"连不上中继：{why}。正在自动重连{again}。写好的消息都存在本机，连上就发。",
            f"The relay cannot be reached: {why}. Reconnecting by itself{again}. What you wrote is stored here and goes out then.",
        )
    return say(
        f"连不上中继，正在自动重连{again}。写好的消息都存在本机，连上就发。",
        f"The relay cannot be reached; reconnecting by itself{again}. What you wrote is stored here and goes out then.",
    )


def link_refused(reason: str) -> str:
    return say(f"没有连上中继：{reason}", f"Not connected: {reason}")


def no_chinese_font() -> str:
    """In both languages at once: in Chinese alone nobody could read it here."""
    return (
        "No font here shows Simplified Chinese; install Noto Sans CJK SC (fonts-noto-cjk). "
        "没有简体中文字体，请安装 Noto Sans CJK SC。"
    )


def said_by(who: str, words: str) -> str:
    return say(f"{who}：{words}", f"{who}: {words}")


def handed_over(before: str, now: str) -> str:
    return say(f"{before}把会话转给了{now}", f"{before} handed the session over to {now}")


handover_offered = Phrase(
    "可以转给别的应答师，也可以继续等", "Somebody else could take over, or you go on waiting"
)


def seconds_left(seconds: int) -> str:
    return say(f"还剩 {seconds} 秒", f"{seconds} seconds left")


def promise_over(seconds: int) -> str:
    return say(f"{seconds} 秒到了", f"{seconds} seconds are over")


the_other = Phrase("对方", "the other side")


words_back = Phrase("你写的字放回了输入框。", "What you wrote is back in the composer.")


def notice(
    code: NoticeCode, name: str, length: str, *, kind: str = "", responder: bool = False
) -> str:
    """A notice from the client in words; "" for what is said elsewhere. ``responder``: the reader
    is the one who answers; ``kind``: of a doubt."""
    who = sanitize.quoted(name) if name else the_other()
    match code:
        case NoticeCode.BREACH if responder:
            return say(
                f"{who}等你超过 10 秒了，正在给 TA 补时",
                f"{who} has waited for more than 10 s: time is being given back to them",
            )
        case NoticeCode.BREACH:
            return say(
                f"{who}超过 10 秒没有回复，正在给你补时",
                f"{who} passed 10 s: time is being given back",
            )
        case NoticeCode.ENDS_SOON:
            return say(f"和{who}的会话还有 {length}", f"The session with {who} ends in {length}")
        case NoticeCode.CLOSED:
            return say(
                f"和{who}的会话结束了，回执已生成",
                f"The session with {who} ended; the receipt is there",
            )
        case NoticeCode.RECEIPT_BROKEN:
            return say(
                f"和{who}的会话的回执核验不通过：中继给的记录前后不一致。证据已保存，可以导出。",
                f"The receipt of the session with {who} does not hold: the relay's records contradict each other. The evidence is kept and can be exported.",
            )
        case NoticeCode.SIGNED_OUT:
            return say(
                "这台设备已退出登录，历史消息仍在本机",
                "This device was signed out; its history is still here",
            )
        case NoticeCode.DEVICE_ADDED:
            return say(
                f"刚有一台设备（{name or '未命名'}）登录了你的账号。不是你的话，请到设置里撤销它并改密码。",
                f"A device ({name or 'unnamed'}) has just signed in to your account. If it was not you, revoke it in Settings and change the password.",
            )
        case NoticeCode.REPORT_CHANGED:
            return say(
                "主机处理了一条举报：结果和理由在设置的“举报和屏蔽”里",
                "The host has dealt with a report; outcome and reason are in Settings, Reports and blocks",
            )
        case NoticeCode.ROTA_CHANGED:
            return say("排班有变动", "The rota has changed")
        case NoticeCode.SWAP_ASKED:
            return say(
                "有同事想和你换班：在“排班”里回复",
                "A colleague asks for a swap: answer it under Rota",
            )
        case NoticeCode.SHIFT_OVER:
            return say(
                "下班了，不再派新单；还开着的会话聊完，或者转给空闲的同事",
                "Your shift is over: nothing new is offered; what is open is finished, or handed to a colleague who is free",
            )
        case NoticeCode.REST_DUE:
            return say(
                "到了工时上限，不再派新单：该歇一会儿了",
                "You have worked as long as the limits allow: nothing new is offered, take a rest",
            )
        case NoticeCode.ROTA_HOLE:
            since = amounts.hour_minute(told_utc_ms(name))
            return say(f"{since} 起没有人排班", f"From {since} on nobody has a shift")
        case NoticeCode.STORE_RECOVERED:
            return say(
                f"本机的消息库损坏，已另存为 {name} 并重新建立；会话正在从中继取回",
                f"The local history was damaged. It was set aside as {name} and begun anew; sessions are being read again from the relay",
            )
        case NoticeCode.NOT_COVERED:
            return say(
                f"你的回复发出时，{who}最新的问题刚到这里，不能算看过。它还在等：请再回一句。",
                f"Your reply left just as {who}'s newest question came in, so it does not count as seen. It still waits: please answer once more.",
            )
        case NoticeCode.RESTORED:
            return say(
                f"中继曾从备份恢复：和{who}的会话在那里结束并已结算。这台电脑比它多知道的部分仍在本机。",
                f"The relay was restored from a copy: the session with {who} ended there and was settled. What this computer knows beyond it stays here.",
            )
        case NoticeCode.SENT_AGAIN:
            return say(
                f"你的回复发出时，{who}最新的问题刚到这里，不能算看过。已替你把这句再发一次。",
                f"Your reply left just as {who}'s newest question came in, so it did not count as seen. It was sent once more for you.",
            )
        case NoticeCode.RELAY_KEY_CHANGED:
            return say(
                f"这个地址上的中继换了钥匙（现在是 {name}）。在你认可之前，什么都不会发出去。",
                f"The relay at this address has another key now ({name}). Nothing is sent until you accept it.",
            )
        case NoticeCode.RELAY_KEY_FOLLOWED:
            return say(
                f"中继按规矩换了钥匙：旧钥匙 {name} 签名指定了新的，已照它更换。详情在设置里。",
                f"The relay changed its key in order: the old one, {name}, signed the new one, which is known here now. See Settings.",
            )
        case NoticeCode.SET_ASIDE:
            return say(
                "旧规则 promise/1 的会话、回执和草稿已原样另存在本机，不会按新规则显示。",
                "Sessions, receipts and drafts of the old rules promise/1 were set aside on this machine as they are; they are not shown by the new rules.",
            )
        case NoticeCode.MESSAGE:
            return say(f"{who}发来新消息", f"{who} wrote")
        case NoticeCode.STARTED:
            return say(
                f"轮到你了：{who}接了单，会话开始了",
                f"It is your turn: {who} took the order, and the session has begun",
            )
        case NoticeCode.HANDOVER_WAITS:
            return say(
                f"{who}想把一个会话转给你，请在应答台回答",
                f"{who} would like to hand a session over to you; answer at the desk",
            )
        case NoticeCode.HANDOVER_UNTAKEN:
            return say(
                f"没有人接手和{who}的会话，仍由你应答",
                f"Nobody took the session with {who} over; it stays with you",
            )
        case NoticeCode.INCOMING:
            return say(f"新订单：{who}", f"New order: {who}")
        case NoticeCode.SETTINGS_RECOVERED:
            return say(
                "设置文件读不出来，已另存为 .bad，现在用的是默认设置",
                "The settings could not be read; they were set aside as .bad and the defaults are in use",
            )
        case NoticeCode.DOUBT:
            return doubts.notice(kind, name or the_other())
        case NoticeCode.HISTORY_MISSING:
            return say(
                f"本机的消息库（{name}）不见了，已重新建立；会话正在从中继取回",
                f"The local history ({name}) is gone. It was begun anew; sessions are being read again from the relay",
            )
        case NoticeCode.STORE_FAILED:
            return say(
                "本机的消息库写不进去（磁盘可能满了或只读）。还没写下的会再试，先不要关掉应用。",
                "The local history cannot be written (the disk may be full or read-only). What is not written is tried again; keep the app open.",
            )
        case NoticeCode.TOKEN_NOT_KEPT:
            return say(
                "系统钥匙串没有收下登录凭据，已改存在加密的消息库里。",
                "The keyring did not take the sign-in; it is kept in the encrypted history instead.",
            )
        case NoticeCode.REPLACED | NoticeCode.BANNED:
            return errors.sentence(code.value)
        case NoticeCode.BREAK_ASKED | NoticeCode.HANDOVER_OFFERED:
            return ""  # the conversation asks, with its buttons
        case _:
            assert_never(code)


open_ = Phrase("查看", "Open")
unlock_title = Phrase("本机的聊天记录需要一把钥匙", "This machine's history needs a key")


def unlock_about(state: str) -> str:
    lines = {
        "none": say(
            "这台电脑没有可用的系统钥匙串。可以设一个口令来加密聊天记录，或者只把这次的内容放在内存里，关掉就没有。",
            "There is no usable keyring on this machine. Choose a passphrase that encrypts the history, or keep this run in memory only: it is gone when you quit.",
        ),
        "asking": say(
            "系统钥匙串的窗口正在等它的密码；输入以后，聊天记录会自己打开。不想等，这次可以只放在内存里；练习不需要钥匙串。",
            "The keyring's own window waits for its password; the history opens by itself once it is given. If you would rather not wait, keep this run in memory only; practice needs no keyring.",
        ),
        "cancelled": say(
            "钥匙串刚才要密码的窗口被关掉了，聊天记录的钥匙在里面。可以再问一次；也可以这次只放在内存里，或者用口令另开一份新记录。什么都没有动过。",
            "The keyring asked for its password and was put away; this history's key lies in it. Ask it again, or keep this run in memory only, or begin a new history with a passphrase. Nothing was changed.",
        ),
        "locked": say(
            "系统钥匙串锁着，聊天记录的钥匙在里面。解锁它再试一次；也可以这次只放在内存里，或者用口令另开一份新记录。这里不收钥匙串的密码。",
            "The keyring is locked, and this history's key lies in it. Unlock it and try again, or keep this run in memory only, or begin a new history with a passphrase. The keyring's own password is not asked for here.",
        ),
        "changed": say(
            "系统钥匙串换过了，里面没有本机记录的钥匙。旧记录原样保存着，没有删除。换回原来的钥匙串再试，或者这次只放在内存里，或者另开一份新记录。",
            "The keyring is another one and does not hold this history's key. The old history is untouched. Bring the keyring back and try again, or keep this run in memory only, or begin a new history.",
        ),
        "newer": say(
            "这里的聊天记录是更新版本的应用写的，没有动过。请更新本应用，或者这次只放在内存里。",
            "A newer version of this app wrote the history; it is untouched. Update this app, or keep this run in memory only.",
        ),
        "passphrase": say(
            "聊天记录用口令加密。请输入口令。",
            "The history is encrypted with a passphrase. Please give it.",
        ),
    }
    return lines.get(state, lines["none"])


passphrase = Phrase("口令", "Passphrase")
unlock = Phrase("用口令打开", "Open with the passphrase")


encrypt = Phrase("用这个口令加密", "Encrypt with this passphrase")
passphrase_again = Phrase("再输一遍口令", "The passphrase again")
passphrases_differ = Phrase("两遍口令不一样。", "The two passphrases differ.")
begin_anew = Phrase("另开新记录…", "Begin a new history…")
anew_title = Phrase("另开一份新记录？", "Begin a new history?")
anew_about = Phrase(
    "本机现有的记录会原样放到一边，不删除，以后可以在“设置”里换回来。新记录从空白开始，用下面的口令加密。",
    "The history on this machine is set aside as it is, not deleted; it can be brought back in the settings. The new one begins empty, encrypted with the passphrase below.",
)
fresh_key = Phrase("用现在的钥匙串", "By the present keyring")
back = Phrase("返回", "Back")
keyring_again = Phrase("再试钥匙串", "Try the keyring again")
still_locked = Phrase(
    "钥匙串还是打不开，记录没有动过。", "The keyring still does not open; nothing was changed."
)


def passphrase_rule(least: int) -> str:
    return say(
        f"口令至少 {least} 个字符，输两遍；忘了谁也打不开。",
        f"At least {least} characters, twice; nobody can open it without them.",
    )


def passphrase_short(least: int) -> str:
    return say(f"口令至少要 {least} 个字符。", f"A passphrase has at least {least} characters.")


memory_only = Phrase("这次只放内存", "Memory only, this time")
wrong_passphrase = Phrase(
    "口令不对，记录没有动过。请再试。",
    "That is not the passphrase; nothing was changed. Try again.",
)
look_in = Phrase("位置：", "Look in:")
file_name = Phrase("文件名：", "File name:")
file_type = Phrase("类型：", "Type:")
save = Phrase("保存", "Save")
open_file = Phrase("打开", "Open")
choose_folder = Phrase("选择", "Choose")
cancel = Phrase("取消", "Cancel")


def milliseconds(ms: int) -> str:
    """A network's time; nobody's is nothing at all."""
    return f"{ms} ms" if ms else "< 1 ms"
