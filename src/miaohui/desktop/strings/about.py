"""About the app: its version, and whose work it is made of."""

from miaohui.desktop.look.language import Phrase, say

title = Phrase("关于秒回", "About Miaohui")
own = Phrase(
    "秒回是自由软件，按 Apache-2.0 许可。", "Miaohui is free software under the Apache-2.0 licence."
)
licences = Phrase("用到的软件与许可", "Software and licences")
licences_about = Phrase(
    "应用由下面这些做成；选一个看它的许可全文。",
    "The app is made of these; choose one to read its licence.",
)
text_name = Phrase("许可全文", "The licence's text")
done = Phrase("好", "Done")


news = Phrase("有新版本时告诉我", "Tell me of new versions")
news_about = Phrase(
    "每 12 小时至多问一次中继所在的地址，不带账号，也不说版本；只告诉你，不会自己下载或安装。",
    "The relay's address is asked once in 12 hours at most, without an account or a version; you are told, nothing is fetched or installed.",
)
see = Phrase("去看看", "See what is new")


def is_there(version: str) -> str:
    return say(
        f"有新版本 {version} 了：设置 → 关于秒回",
        f"Version {version} is there: Settings, About Miaohui",
    )


def needed(version: str) -> str:
    return say(
        f"这个版本太旧，有些中继会连不上：请换成 {version}（设置 → 关于秒回）",
        f"This version is too old for some relays: please change to {version} (Settings, About Miaohui)",
    )


def news_line(version: str, words_zh: str, words_en: str) -> str:
    """``words_zh``, ``words_en``: the publisher's."""
    return say(f"新版本 {version}：{words_zh}", f"New version {version}: {words_en}")


def version_line(version: str, python: str, qt: str) -> str:
    return say(
        f"版本 {version}（Python {python}，Qt {qt}）",
        f"Version {version} (Python {python}, Qt {qt})",
    )
