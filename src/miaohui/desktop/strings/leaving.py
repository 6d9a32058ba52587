"""The words at closing the window while a session runs: each way, and what it costs."""

from collections.abc import Sequence

from miaohui.desktop.look.language import Phrase, say

title = Phrase("会话还在进行", "A session is still running")


def sessions(names: Sequence[str]) -> str:
    if len(names) == 1:
        return say(f"和{names[0]}的会话还没结束。", f"The session with {names[0]} has not ended.")
    return say(
        f"和{'、'.join(names)}的 {len(names)} 个会话还没结束。",
        f"{len(names)} sessions have not ended: {', '.join(names)}.",
    )


about_stay = Phrase(
    "留在后台：窗口缩小，计时和消息照常，不另外花钱。",
    "Keep running: the window is minimised, the clock and messages go on; it costs nothing more.",
)
about_pause = Phrase(
    "暂停并关闭：计时停住，一次会话总共最多 30 分钟，过后照常走时间。",
    "Pause and close: the clock stands still for at most 30 minutes in all, then runs on.",
)
about_paused = Phrase(
    "关闭：计时已经停住，最多停满 30 分钟，过后照常走时间。",
    "Close: the clock stands still already, at most until 30 minutes are used, then it runs on.",
)
about_offline = Phrase(
    "关闭：现在连不上中继。它发现你掉线 30 秒后会替你暂停，总共最多 30 分钟，过后照常走时间。",
    "Close: the relay cannot be reached. Half a minute after you are gone it pauses by itself, for at most 30 minutes in all; then time runs on.",
)
about_desk = Phrase(
    "关闭：顾客还在等你，计时照走，超时会补给顾客；请先转单或请求短休。",
    "Close: customers wait for you and the clock runs; what is late goes back to them. Better hand over or ask for a break first.",
)


def about_end(cost: str) -> str:
    return say(f"结束会话。{cost}", f"End the session. {cost}")


stay = Phrase("留在后台", "Keep running")
pause = Phrase("暂停并关闭", "Pause and close")
end = Phrase("结束并关闭", "End and close")
back = Phrase("不关了", "Don't close")
