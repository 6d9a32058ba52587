"""The rota: who works when, swaps, the most that anybody works, and who is tired."""

from miaohui.desktop.look.language import Phrase, say

short = Phrase("排班", "Rota")
loading = Phrase("正在读取排班…", "Reading the rota…")
before = Phrase("上一周", "Week before")
this_week = Phrase("本周", "This week")
after = Phrase("下一周", "Week after")
chart_name = Phrase("一周排班", "The week's rota")
empty_owner = Phrase(
    "这一周还没有班次。在下面添加，发布后大家才看得到。",
    "No shifts this week yet. Add them below; the others see them once they are published.",
)
empty_responder = Phrase(
    "这一周还没有发布的班次。没有排班的店铺照常营业。",
    "No shifts are published for this week. A shop without a rota works as ever.",
)
_DAYS_ZH = ("星期一", "星期二", "星期三", "星期四", "星期五", "星期六", "星期日")
_DAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def title(first: tuple[int, int], last: tuple[int, int]) -> str:
    """``first``, ``last``: month and day."""
    return say(
        f"排班 · {first[0]} 月 {first[1]} 日 – {last[0]} 月 {last[1]} 日",
        f"Rota · {first[0]}-{first[1]} – {last[0]}-{last[1]}",
    )


def day(weekday: int, number: int) -> str:
    """``weekday``: 0 is Monday; ``number``: the day of the month."""
    return f"{weekday_of(weekday)} {number}"


def weekday_of(weekday: int) -> str:
    return say(_DAYS_ZH[weekday], _DAYS_EN[weekday])


def when(weekday: int, hours: str) -> str:
    return f"{weekday_of(weekday)} {hours}"


def shift_words(name: str, at: str, *, draft: bool) -> str:
    mark = say("（未发布）", " (not published)") if draft else ""
    return say(f"{name} {at}{mark}", f"{name}, {at}{mark}")


needed = Phrase("预计", "Needed")
there = Phrase("人手", "People")


def crowd(at: str, need: str, have: int) -> str:
    return say(f"{at}：预计要 {need} 人，排了 {have} 人", f"{at}: {need} needed, {have} there")


# --- limits ----------------------------------------------------------------------------------
limits_title = Phrase("工时上限", "Limits of work")
limits_about = Phrase(
    "到了上限，中继就不再派单，并让人休息；正在进行的会话会聊完，或者转给空闲的同事。",
    "At a limit the relay offers nothing more and sends people to rest; a running session is"
    " finished, or handed to a colleague who is free.",
)
everybody = Phrase("所有人", "Everybody")
whose = Phrase("对象", "For")
day_hours = Phrase("每天最多", "A day at most")
stretch_hours = Phrase("连续最多", "On end at most")
break_minutes = Phrase("至少歇", "A break takes")
at_once = Phrase("同时会话", "Sessions at once")
nights = Phrase("七天内夜班", "Nights in seven days")
hours_unit = Phrase(" 小时", " h")
minutes_unit = Phrase(" 分钟", " min")
none = Phrase("不限", "No limit")
save_limits = Phrase("保存上限", "Save the limits")
saved_limits = Phrase("上限已生效。", "The limits hold now.")


def limits_line(day_h: str, stretch_h: str, at_once_n: str, nights_n: str) -> str:
    """Each empty where there is no such limit."""
    parts = [
        say(f"每人每天最多 {day_h} 小时", f"{day_h} h a day") if day_h else "",
        say(f"连续 {stretch_h} 小时", f"{stretch_h} h on end") if stretch_h else "",
        say(f"同时 {at_once_n} 个会话", f"{at_once_n} sessions at once") if at_once_n else "",
        say(f"七天 {nights_n} 个夜班", f"{nights_n} nights in seven days") if nights_n else "",
    ]
    shown = [part for part in parts if part]
    night = say("深夜 23–06", "night is 23–06")
    if not shown:
        return say(f"{night}；没有设工时上限", f"{night}; no limits of work are set")
    return say(f"{night}；{'、'.join(shown)}", f"{night}; at most {', '.join(shown)}")


# --- shifts ----------------------------------------------------------------------------------
add_title = Phrase("班次", "Shift")
person = Phrase("人", "Who")
day_field = Phrase("日期", "Day")
hours_field = Phrase("时间", "Hours")
hours_hint = Phrase("如 18:00-23:00", "Such as 18:00-23:00")
hours_wrong = Phrase(
    "时间要写成 18:00-23:00 这样；过了零点就写 20:00-02:00。",
    "Hours are written like 18:00-23:00; past midnight like 20:00-02:00.",
)
add = Phrase("添加", "Add")
change = Phrase("改好", "Change")
drop = Phrase("删掉", "Remove")
keep = Phrase("不改了", "Leave as it is")
publish = Phrase("发布这一周", "Publish this week")


def published(count: int) -> str:
    return say(f"已发布 {count} 个班次。", f"{count} shifts are published.")


nothing_to_publish = Phrase("这一周没有待发布的班次。", "There is nothing to publish this week.")

# --- swaps -----------------------------------------------------------------------------------
swaps_title = Phrase("换班", "Swap")
no_swaps = Phrase("没有换班。", "No swaps.")
swap_hint = Phrase(
    "点一下自己的班次，就能请同事来换；对方点头才算数。",
    "Choose a shift of your own to ask a colleague; it counts once they agree.",
)
ask_swap = Phrase("请对方换", "Ask")
nothing_back = Phrase("不用还班", "Nothing in return")
swap_to = Phrase("给", "To ")
swap_for = Phrase("换来", "For ")
agree = Phrase("同意", "Agree")
refuse = Phrase("不换", "Refuse")
take_back = Phrase("收回", "Take back")


def swap_line(giver: str, taker: str, at: str, back: str, state: str) -> str:
    """``back``: the shift in return, or empty."""
    what = say(f"{at}：{giver} → {taker}", f"{at}: {giver} → {taker}")
    if back:
        what += say(f"，换 {back}", f", for {back}")
    return f"{what} · {swap_state(state)}"


def swap_state(state: str) -> str:
    lines = {
        "asked": say("等对方点头", "waits for a yes"),
        "agreed": say("换好了", "agreed"),
        "refused": say("没换成", "refused"),
        "withdrawn": say("收回了", "taken back"),
    }
    return lines.get(state, state)


# --- holes -----------------------------------------------------------------------------------
holes_title = Phrase("空当", "Holes")
no_holes = Phrase("按最近四周的单量，人手够。", "By the last four weeks there are enough people.")


def hole_line(at: str, need: str, have: int) -> str:
    return say(f"{at} 预计要 {need} 人，只有 {have} 人", f"{at}: {need} needed, {have} there")


# --- people ----------------------------------------------------------------------------------
work_title = Phrase("今天的工作", "Work today")
no_people = Phrase("还没有应答师。", "No responders yet.")


def work_line(today: str, on_end: str, nights_n: int, left: str) -> str:
    """``left``: until the first limit, empty without one."""
    zh = f"今天 {today} · 连续 {on_end} · 七天夜班 {nights_n}"
    en = f"today {today} · on end {on_end} · nights {nights_n}"
    if left:
        return say(f"{zh} · 还能 {left}", f"{en} · {left} left")
    return say(zh, en)


def tired_line(turns: int, p95: str, *, break_due: bool) -> str:
    """The waits of the last hour; ``turns`` 0: nothing was waited for."""
    waits = say(f"上一小时 {turns} 轮，p95 {p95}", f"last hour {turns} turns, p95 {p95}")
    due = say("该歇一会儿了", "break due")
    if not turns:
        return due if break_due else ""
    return say(f"{waits}，{due}", f"{waits}, {due}") if break_due else waits


def resting(reason: str) -> str:
    lines = {
        "day": say("今天的工时用完了", "the day's hours are used up"),
        "stretch": say("在休息", "on a break that was due"),
        "nights": say("这周夜班够了", "enough nights this week"),
    }
    return lines.get(reason, reason)
