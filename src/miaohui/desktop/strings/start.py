"""The first start: two doors."""

from miaohui.desktop.look.language import Phrase, say

promise = Phrase(
    "十秒之内有回音。等过的每一秒，都看得见、还得回。",
    "An answer within ten seconds. Every second you waited is seen, and given back.",
)
connect = Phrase("连接中继", "Connect to a relay")
connect_about = Phrase(
    "填入店铺或平台给你的地址，登录后就能下单。",
    "Enter the address that a shop or platform gave you, sign in, and you can order.",
)
address = Phrase("中继地址", "Relay address")


def address_hint() -> str:
    return "wss://relay.example"


checking = Phrase("正在看这个地址…", "Looking at this address…")


def usable(relay: str, rtt: int | None, rule: str, *, encrypted: bool) -> str:
    parts = [
        say("✓ 证书有效", "✓ certificate valid")
        if encrypted
        else say("✓ 本机中继", "✓ relay on this machine")
    ]
    if rtt is not None:
        parts.append(say(f"往返 {rtt} ms", f"round trip {rtt} ms"))
    parts.append(say(f"规则 {rule}", f"rule {rule}"))
    if relay:
        parts.append(relay)
    return " · ".join(parts)


def unusable(reason: str) -> str:
    """A code of the link's in one sentence: what it means and what to do."""
    lines = {
        "address": say(
            "这不像一个地址，应以 wss:// 开头", "This is no address; it begins with wss://"
        ),
        "dns": say(
            "找不到这个名字，请核对拼写或网络", "No such name; check the spelling or your network"
        ),
        "refused": say("那里没有中继在听，请核对端口", "No relay listens there; check the port"),
        "tls": say(
            "证书不可信，没有连接；请向店铺核实地址",
            "Its certificate is not trusted, so nothing was sent; ask the shop for the right address",
        ),
        "certificate_time": say(
            "证书过期了，或者还没生效。请先核对这台电脑的日期和时间；时间没错就告诉店铺",
            "Its certificate is expired or not yet valid. Check this computer's date and time first; if they are right, tell the shop",
        ),
        "proxy": say(
            "代理没有连上中继，请检查系统的代理设置",
            "The proxy did not reach the relay; check the system's proxy settings",
        ),
        "proxy_auth": say(
            "代理要求登录（407），请在系统的代理设置里填账号",
            "The proxy wants a sign-in (407); enter it in the system's proxy settings",
        ),
        "busy": say(
            "中继那边正忙，稍后自动再试", "The relay's side is busy; trying again by itself"
        ),
        "gateway": say(
            "地址后面的中继暂时没有应答，正在自动再试",
            "The relay behind that address does not answer for now; trying again by itself",
        ),
        "timeout": say("没有回应，请检查网络后再试", "No answer; check your network and try again"),
        "protocol": say(
            "它说的协议版本不同：请更新本应用；若已是最新，请主机更新中继",
            "It speaks another version: update this app, or if it is the newest, the relay",
        ),
        "insecure": say(
            "没有加密的地址只能用于本机，请改用 wss://",
            "An address without encryption is for this machine only; use wss://",
        ),
        "not_a_relay": say(
            "那里有服务，但不是秒回中继", "Something answers there, but it is not a relay"
        ),
        "dead": say("连接断了，正在重试", "The link is dead; trying again"),
        "offline": say("这台电脑没有网络", "This machine has no network"),
    }
    return lines.get(reason, say(f"连不上（{reason}）", f"Cannot connect ({reason})"))


def in_between(reason: str) -> str:
    """The fault that stands between here and a relay that was met before; "" where nothing does."""
    if reason in ("tls", "not_a_relay"):
        return say(
            "另一个服务在应答，可能是这个网络的登录页，请先在浏览器里登录网络",
            "something else answers, perhaps this network's sign-in page: sign in to the network in a browser",
        )
    if reason in ("certificate_time", "proxy", "proxy_auth", "busy", "gateway"):
        return unusable(reason)
    return ""


sign_in_or_up = Phrase("登录或注册", "Sign in or sign up")
practise_title = Phrase("在本机练习", "Practise on this machine")
practise_about = Phrase(
    "启动一个本机中继和几位脚本应答师：有人秒回，有人敷衍，有人三分钟不见人影。看看秒回怎么替你计时、补时、退款。",
    "Starts a relay here with scripted responders: one is prompt, one is hollow, one is gone for three minutes. See how waits are timed, given back and refunded.",
)
practise_free = Phrase(
    "不联网，不花钱；全程标明“练习”。", "No network, no money; marked as practice throughout."
)
practise = Phrase("开始练习", "Start practising")
practise_starting = Phrase("正在启动练习中继…", "Starting the practice relay…")
practise_failed = Phrase(
    "练习中继没有启动，本机没有改动。请再试；还不行就用命令 miaohui practice 看原因。",
    "The practice relay did not start; nothing was changed. Try again, or run `miaohui practice` to see why.",
)
practice_name = Phrase("练习顾客", "Practice customer")


def practise_stage(code: str) -> str:
    lines = {
        "set_aside": say(
            "以前的练习按旧规则记录，已另存一处，练习从头开始…",
            "Earlier practice was recorded by an older rule; it is set aside, and practice begins anew…",
        ),
        "catalogue": say("正在写样例店铺…", "Writing the sample shops…"),
        "past": say("正在跑出过去的会话…", "Playing out past sessions…"),
        "figures": say("正在算出实测数据…", "Working out their figures…"),
        "relay": say("正在启动中继…", "Starting the relay…"),
        "responders": say("应答师正在上班…", "The responders are coming on duty…"),
    }
    return lines.get(code, practise_starting())


responder_door = Phrase("应答师入口", "For responders")
language = Phrase("语言", "Language")


def language_of(code: str) -> str:
    return {"zh_CN": "简体中文", "en": "English"}.get(code, say("跟随系统", "Like the system"))


appearance = Phrase("外观：", "Appearance: ")


def appearance_of(code: str) -> str:
    lines = {
        "system": say("跟随系统", "like the system"),
        "light": say("浅色", "light"),
        "dark": say("深色", "dark"),
    }
    return lines[code]
