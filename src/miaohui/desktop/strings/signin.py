"""Signing in and up."""

from miaohui.desktop.look.language import Phrase, say


def title(relay: str) -> str:
    return say(f"登录 · {relay}", f"Sign in · {relay}") if relay else say("登录", "Sign in")


responder_title = Phrase("应答师登录", "Responders' sign-in")
sign_in = Phrase("登录", "Sign in")
sign_up = Phrase("注册", "Sign up")
name = Phrase("账号", "Account name")
name_hint = Phrase("字母、数字、短横线，最多 32 个", "letters, digits, hyphens, at most 32")
password = Phrase("密码", "Password")
password_hint = Phrase("至少 8 位", "at least 8 characters")
display = Phrase("别人怎么称呼你", "What others call you")
display_hint = Phrase("可以不填，显示账号", "optional; else the account name")
invite = Phrase("邀请码", "Invitation")
invite_hint = Phrase(
    "店铺给应答师的邀请码；顾客留空", "from a shop, for responders; customers leave it empty"
)
forgot = Phrase("用恢复码", "By recovery code")
recovery = Phrase("恢复码", "Recovery code")
recovery_hint = Phrase("六组，每组五位", "six groups of five")
new_password = Phrase("新密码", "New password")
set_and_enter = Phrase("设新密码并登录", "Set it and sign in")
missing_code = Phrase("请填写恢复码。", "Please give the recovery code.")
show_password = Phrase("显示密码", "Show the password")
cancel = Phrase("取消", "Cancel")
missing = Phrase("请填写账号和密码。", "Please give a name and a password.")
working = Phrase("正在登录…", "Signing in…")
privacy = Phrase(
    "密码只在注册和登录时发送，不保存在本机；这台设备的令牌放在系统钥匙串里。",
    "Your password is sent once and never stored here; this device's token lies in the system's keyring.",
)
