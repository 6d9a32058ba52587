"""Settings: every choice in words."""

from miaohui.desktop.look.language import Phrase, say

title = Phrase("设置", "Settings")
look = Phrase("外观", "Appearance")
language = Phrase("语言", "Language")
appearance = Phrase("主题", "Theme")
scale = Phrase("界面大小", "Interface size")
message_size = Phrase("消息字号", "Message text size")


def message_sample(points: int) -> str:
    return say(f"{points} pt　嗯，我在听。", f"{points} pt  I am listening.")


input_method = Phrase("输入法", "Input method")


def input_method_line(state: str) -> str:
    """``state``: a value of ``InputMethod``."""
    lines = {
        "system": say("由系统提供", "the system's own"),
        "fcitx": say("fcitx（经 ibus 协议）", "fcitx (by ibus's protocol)"),
        "ibus": say("ibus", "ibus"),
    }
    return lines.get(state, say("没有找到", "none was found"))


no_input_method = Phrase(
    "这里打不出中文：请安装并启动 fcitx5（fcitx5-chinese-addons）或 ibus（ibus-libpinyin），再重开本应用。",
    "Chinese cannot be typed here: install and start fcitx5 (fcitx5-chinese-addons) or ibus (ibus-libpinyin), then start this app again.",
)
calm = Phrase("安静模式：不显示倒数圆环和红色", "Calm mode: no counting ring, no red")
calm_about = Phrase(
    "数字仍在面板里，点一下就看得到；补时和退款照常。",
    "The figures stay one click away; time and money come back all the same.",
)
motion = Phrase("倒数圆环连续转动", "The counting ring turns smoothly")


def of_the_system(percent: int, *, less_motion: bool, more_contrast: bool) -> str:
    """The sentence on what the machine's settings add to the app's; "" for nothing."""
    found = []
    if percent != 100:
        found.append(say(f"文字 {percent}%", f"text {percent}%"))
    if less_motion:
        found.append(say("减少动画", "less motion"))
    if more_contrast:
        found.append(say("高对比度", "more contrast"))
    if not found:
        return ""
    return say(
        f"系统设置已算在内：{'、'.join(found)}。",
        f"Counted in from the system's settings: {', '.join(found)}.",
    )


telling = Phrase("通知", "Notifications")
notifications = Phrase(
    "不看窗口时用系统通知提醒", "Notify by the system while the window is not looked at"
)
ends_notice = Phrase("结束前 5 分钟和 1 分钟提醒", "Tell 5 minutes and 1 minute before the end")
sounds = Phrase("通知带声音", "Notifications with a sound")
hushed = Phrase("这几个小时不通知", "No notifications in these hours")
speak_words = Phrase("读屏时连消息的内容一起读", "A screen reader also says what messages say")
send_seen = Phrase("让对方知道我看过了", "Let the other side know that I have read")
limits = Phrase("给自己的限额", "My own limits")
yuan_unit = Phrase(" 元", " yuan")
quiet_hours = Phrase("这段时间不下单", "No orders in these hours")
hour_unit = Phrase(" 时", ":00")
to = Phrase("到", "to")
save = Phrase("保存限额", "Save the limits")
saved = Phrase("限额已保存。", "Limits saved.")
no_wallet = Phrase("登录后可以设置。", "Sign in to set them.")
account = Phrase("账号与中继", "Account and relay")


def relay_line(name: str, url: str) -> str:
    return f"{name} · {url}" if name else url


def key_line(key: str) -> str:
    return say(f"中继的钥匙 {key}", f"The relay's key {key}")


def new_key(old: str, new: str) -> str:
    return say(
        f"这个地址上的中继换了钥匙：以前是 {old}，现在是 {new}。可能是主机丢了钥匙，也可能是别人冒充。先用别的方式问一问；在你认可之前，什么都不会发出去，写的东西都留着。",
        f"The relay at this address has another key: it was {old}, now it is {new}. The host may have lost the old one, or somebody may be posing as it. Ask by another way first; until you accept it nothing is sent, and what you write is kept.",
    )


def signed_in_as(display: str, name: str) -> str:
    return say(f"{display}（账号 {name}）", f"{display} (account {name})")


display = Phrase("别人看到的称呼", "What others call me")
change = Phrase("更改", "Change")
changed = Phrase("已更改。", "Changed.")
sign_out = Phrase("退出登录", "Sign out")
leave_relay = Phrase("换一个中继", "Use another relay")
leave_practice = Phrase("结束练习", "End practice")
password = Phrase("密码", "Password")
old_password = Phrase("现在的密码", "The present password")
new_password = Phrase("新密码（至少 8 位）", "A new one (8 characters or more)")
change_password = Phrase("改密码", "Change the password")
password_changed = Phrase(
    "密码已改。其他设备都已退出登录。",
    "The password was changed. All other devices were signed out.",
)
make_recovery = Phrase("做一个恢复码", "Make a recovery code")
recovery_about = Phrase(
    "忘了密码时，恢复码可以设新密码，只能用一次。做新的，旧的就作废。",
    "A recovery code sets a new password when you forget yours, once. A new code replaces the old one.",
)


def recovery_code(code: str) -> str:
    return say(
        f"恢复码：{code}　请抄下来，放在别处；这里只显示这一次。",
        f"Recovery code: {code}  Write it down and keep it elsewhere; it is shown only this once.",
    )


devices = Phrase("已登录的设备", "Devices signed in")


def device_line(seen: str) -> str:
    return say(f"最近 {seen}", f"last {seen}")


this_device = Phrase("本机", "this one")
revoke = Phrase("撤销", "Revoke")


def revoke_name(device: str) -> str:
    return say(f"撤销 {device}", f"Revoke {device}")


devices_failed = Phrase("没有读到设备列表", "The devices could not be read")
privacy = Phrase("隐私与数据", "Privacy and data")


def kept_where(state: str) -> str:
    lines = {
        "working": say(
            "聊天记录加密存在本机，钥匙在系统钥匙串里。",
            "The history is encrypted on this machine; its key lies in the system's keyring.",
        ),
        "passphrase": say(
            "聊天记录加密存在本机，用你的口令打开。",
            "The history is encrypted on this machine and opens with your passphrase.",
        ),
        "memory": say(
            "这次的记录只在内存里，关掉就没有。",
            "This run is kept in memory only and is gone when you quit.",
        ),
    }
    return lines.get(state, lines["memory"])


aside = Phrase(
    "这个文件夹里还有一份放到一边的旧记录，没有删除。",
    "An earlier history lies aside in this folder, undeleted.",
)
aside_back = Phrase("下次启动换回旧记录", "Bring it back at the next start")
aside_wanted = Phrase(
    "下次启动会换回旧记录，现在这份会放到一边。",
    "At the next start the earlier history is back, and this one is set aside.",
)
aside_stay = Phrase("不换了", "Keep this one")
what_kept = Phrase(
    "本机保存：消息、图片、草稿、回执和中继的签名。中继保存：订单、计时流水、付费会话的消息。计时流水里没有文字，只有承诺值。",
    "Kept here: messages, pictures, drafts, receipts with the relay's signature. Kept by the relay: orders, the journals of waits, the messages of paid sessions. A journal holds no text, only commitments to it.",
)
export_all = Phrase("导出全部对话…", "Export all conversations…")
export_title = Phrase("导出到文件夹", "Export into a folder")


def exported(count: int, folder: str) -> str:
    return say(f"{count} 个会话已导出到 {folder}", f"{count} sessions exported to {folder}")


delete_all = Phrase("删除本机的一切…", "Delete everything here…")
delete_sure = Phrase("确定删除？再按一次", "Really delete? Press again")
delete_about = Phrase(
    "删除本机的消息、草稿、令牌和钥匙并退出登录；中继上的订单和余额不受影响。删了就找不回来。",
    "Deletes messages, drafts, token and key of this machine and signs out; orders and balance at the relay stay. It cannot be undone.",
)
deleted = Phrase("本机数据已删除。", "Everything on this machine was deleted.")
what_the_host_sees = Phrase(
    "中继的主人能读到保存在中继上的文字和图片；会话结束后保存一段时间（通常 180 天）就删除，回执和账目会留下。",
    "The host of the relay can read the words and pictures kept there. They are erased some time after a session's end (180 days, as a rule); receipts and the books stay.",
)
end_account = Phrase("注销账号", "Delete the account")
end_account_open = Phrase("注销账号…", "Delete the account…")
end_account_about = Phrase(
    "注销后，你的名字、消息和图片会从中继和以后恢复的备份里删除；对方电脑里已有的副本不受影响。回执和账目会留下，但不带你的名字。余额作废。这一步不能撤销：需要留底请先导出。",
    "Your name, messages and pictures are erased at the relay and from any backup that is restored later; copies on the other side's machine stay. Receipts and the books stay, without your name. The balance is lost. This cannot be undone: export first what you want to keep.",
)
end_account_owner = Phrase(
    "你是店主：如果店里没有别的店主，店铺会一起关掉，介绍和标签删除，店名留在回执和订单上。店里还有没结束的订单时不能注销：先在“我的店铺”里关店，等它们结束。",
    "You own a shop: where it has no other owner it closes with your account, its description and tags are erased, and its name stays on receipts and orders. Not while an order of the shop is open: close the shop under 'My shop' first, and let them end.",
)
end_account_password = Phrase("用密码确认", "Confirm with your password")
end_account_done = Phrase("账号已注销。", "The account was deleted.")
keep_account = Phrase("不注销", "Keep it")
shortcuts = Phrase("键盘", "Keyboard")


def shortcut_list() -> list[tuple[str, str]]:
    return [
        ("Ctrl+K", say("搜索", "search")),
        ("Ctrl+1 … 5", say("换页", "change page")),
        ("Esc", say("关闭、返回", "close, go back")),
        ("Enter", say("发送", "send")),
        ("Shift+Enter", say("换行", "new line")),
        ("Tab / Shift+Tab", say("在控件间走动", "move between controls")),
        (
            "← →",
            say(
                "在等待柱图里走动，Enter 跳到那条消息",
                "move along the bars, Enter jumps to the message",
            ),
        ),
    ]
