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


def version_line(version: str, python: str, qt: str) -> str:
    return say(
        f"版本 {version}（Python {python}，Qt {qt}）",
        f"Version {version} (Python {python}, Qt {qt})",
    )
