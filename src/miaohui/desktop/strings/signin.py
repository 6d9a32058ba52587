"""Signing in and up."""

from miaohui.desktop.look.language import say


def title(relay: str) -> str:
    return say(f"登录 · {relay}", f"Sign in · {relay}") if relay else say("登录", "Sign in")


def responder_title() -> str:
    return say("应答师登录", "Responders' sign-in")


def sign_in() -> str:
    return say("登录", "Sign in")


def sign_up() -> str:
    return say("注册", "Sign up")


def name() -> str:
    return say("账号", "Account name")


def name_hint() -> str:
    return say("字母、数字、短横线，最多 32 个", "letters, digits, hyphens, at most 32")


def password() -> str:
    return say("密码", "Password")


def password_hint() -> str:
    return say("至少 8 位", "at least 8 characters")


def display() -> str:
    return say("别人怎么称呼你", "What others call you")


def display_hint() -> str:
    return say("可以不填，显示账号", "optional; else the account name")


def invite() -> str:
    return say("邀请码", "Invitation")


def invite_hint() -> str:
    return say(
        "店铺给应答师的邀请码；顾客留空", "from a shop, for responders; customers leave it empty"
    )


def show_password() -> str:
    return say("显示密码", "Show the password")


def cancel() -> str:
    return say("取消", "Cancel")


def missing() -> str:
    return say("请填写账号和密码。", "Please give a name and a password.")


def working() -> str:
    return say("正在登录…", "Signing in…")


def privacy() -> str:
    return say(
        "密码只在注册和登录时发送，不保存在本机；这台设备的令牌放在系统钥匙串里。",
        "Your password is sent once and never stored here; this device's token lies in the system's keyring.",
    )
