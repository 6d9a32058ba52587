"""The owner's day: who is on duty, what runs and waits, what needs an eye."""

from miaohui.desktop.look.amounts import clock, rough, seconds, yuan_exact
from miaohui.desktop.look.language import Phrase, say

loading = Phrase("正在读取今天…", "Reading the day…")
on_duty = Phrase("在班", "On duty")
running = Phrase("进行中", "Running")
queue = Phrase("排队", "Queue")
kept_today = Phrase("今天守约（轮）", "Kept today (turns)")
earned_today = Phrase("今天收入", "Earned today")


def of_all(on: int, people: int) -> str:
    return f"{on} / {people}"


def places(count: int) -> str:
    return say(f"{count} 个位置", f"{count} place{'s' * (count != 1)}")


def on_break(count: int) -> str:
    return say(f"{count} 人小憩", f"{count} on a break")


def paused(count: int) -> str:
    return say(f"{count} 单暂停", f"{count} paused")


def queued_longest(ms: int) -> str:
    return say(f"最久已等 {clock(ms)}", f"longest waits {clock(ms)}")


def who_comes_now(ms: int | None) -> str:
    if ms is None:
        return say("没人在班", "nobody on duty")
    if ms == 0:
        return say("现在来不用等", "no wait for who comes now")
    return say(f"现在来约等 {rough(ms)}", f"who comes now waits {rough(ms)}")


def turns_of(turns: int, interval: str) -> str:
    if not turns:
        return say("今天还没有测到", "nothing measured yet")
    said = say(f"{turns:,} 轮", f"{turns:,} turn{'s' * (turns != 1)}")
    return f"{said} · {interval}" if interval else said


def interval(low_high: str) -> str:
    return say(f"区间 {low_high}", f"interval {low_high}")


def refunded(fen: int) -> str:
    return say(f"退款 {yuan_exact(fen)}", f"refunded {yuan_exact(fen)}")


def held(fen: int) -> str:
    return say(f"未了结 {yuan_exact(fen)}", f"not over yet {yuan_exact(fen)}")


now_running = Phrase("正在进行", "Running now")
by_wait = Phrase("按“等得最久”排", "The longest wait on top")
no_words = Phrase(
    "你看到的是时间和数字，看不到聊天内容。",
    "You see times and figures, never the words of a chat.",
)
nothing_runs = Phrase("现在没有进行中的会话。", "No session runs right now.")


def session_line(mark: str, left_ms: int) -> str:
    return say(f"顾客 {mark} · 剩 {clock(left_ms)}", f"customer {mark} · {clock(left_ms)} left")


def session_about(state: str, kept: int, breaches: int) -> str:
    stands = {
        "waiting": say("还没开口", "not begun yet"),
        "active": "",
        "paused": say("暂停中", "paused"),
        "closing": say("收尾中", "ending"),
    }[state]
    turns = kept + breaches
    told = say(f"守约 {kept} / {turns} 轮", f"kept {kept} / {turns} turns") if turns else ""
    return " · ".join(part for part in (stands, told) if part) or say("刚开始", "just begun")


def waits(ms: int) -> str:
    return say(f"等 {seconds(ms)}", f"waits {seconds(ms)}")


no_clock = Phrase("不计时", "no clock")
answered = Phrase("已答", "answered")


def running_spoken(name: str, line: str, about: str, wait: str) -> str:
    return f"{name}, {line}, {about}, {wait}"


waiting = Phrase("排队的订单", "Orders in the queue")


def queued_line(minutes: int, asked: str | None, before: str | None) -> str:
    what = say(f"文字 {minutes} 分钟", f"text, {minutes} min")
    parts = [what]
    if asked:
        parts.append(say(f"指定 {asked}", f"asked for {asked}"))
    if before:
        parts.append(say(f"在 {before} 面前", f"offered to {before}"))
    return " · ".join(parts)


def waited(ms: int) -> str:
    return say(f"已等 {clock(ms)}", f"waited {clock(ms)}")


breaches = Phrase("今天的超时", "Breaches today")
no_breaches = Phrase("今天还没有超时。", "No breach today.")


def breach_line(name: str, mark: str, at: str) -> str:
    return say(f"{name} · 顾客 {mark} · {at}", f"{name} · customer {mark} · {at}")


def over(ms: int, *, still: bool) -> str:
    if still:
        return say(f"{seconds(ms)} 还在等", f"{seconds(ms)}, still waiting")
    return seconds(ms)


needs = Phrase("需要你看一眼", "Needs your eye")
nothing_needed = Phrase("现在没有什么要你决定。", "Nothing needs a decision now.")


def overloaded(orders: int, places: int) -> tuple[str, str]:
    return (
        say(f"{orders} 单，只有 {places} 个位置", f"{orders} orders, {places} places"),
        say(
            "人手不够：等的人会久等。找人上班，或暂时下架。",
            "Too few people: who waits will wait long. Call somebody in, or take offers down.",
        ),
    )


def tired(name: str, p95: str, since_ms: int | None) -> tuple[str, str]:
    about = (
        say(f"连续 {rough(since_ms)}", f"{rough(since_ms)} on end") if since_ms is not None else ""
    )
    rest = say("该休息了", "a break is due")
    return (
        say(f"{name}上一小时 P95 {p95}", f"{name}: P95 {p95} in the last hour"),
        " · ".join(part for part in (about, rest) if part),
    )


def stuck(count: int) -> tuple[str, str]:
    return (
        say(f"{count} 笔退款卡住了", f"{count} refund{'s' * (count != 1)} held up"),
        say(
            "付款方收不到，见“钱”一栏。",
            "The payer cannot be reached; see Money.",
        ),
    )


def long_queue(ms: int) -> tuple[str, str]:
    return (
        say(f"有人排了 {rough(ms)}", f"Somebody has queued for {rough(ms)}"),
        say("还没有人接单。", "Nobody has taken the order yet."),
    )


nobody = Phrase("没有人在班", "Nobody is on duty")
nobody_about = Phrase("顾客现在买不了。", "Customers cannot buy now.")
duty = Phrase("谁在班", "Who is on duty")


def hour_line(kept: str, p95: str) -> str:
    return say(f"上一小时 {kept} · P95 {p95}", f"last hour {kept} · P95 {p95}")


no_hour = Phrase("上一小时没有测到", "nothing measured in the last hour")
