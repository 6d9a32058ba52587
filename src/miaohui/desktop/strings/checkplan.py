"""The editor of plans: sections, fields, probes, sample size and cost."""

from miaohui.desktop.look.language import Phrase, say


def section(key: str) -> str:
    lines = {
        "plan": say("计划", "The plan"),
        "claim": say("宣称与标准", "Claim and standard"),
        "scope": say("查谁、查多少", "Whom and how much"),
        "strata": say("时段", "Times of day"),
        "probes": say("探针", "Probes"),
        "banks": say("问法库", "Banks of paraphrases"),
        "coding": say("评分与告知", "Coding and courtesy"),
    }
    return lines[key]


def section_about(key: str) -> str:
    lines = {
        "plan": "",
        "claim": say(
            "合格线两边各留一段说不清的地带：真有“好”那么好，应判成立；真有“差”那么差，应判不成立。",
            "Between good and poor lies a stretch that cannot be told apart: truly good should be found met, "
            "truly poor not met.",
        ),
        "scope": say(
            "店按名字找；每个对象单独下结论。",
            "Shops are found by name; each gets its own verdict.",
        ),
        "strata": say(
            "每个对象在每个时段各做几场。场次由此相加得出。",
            "How many sessions each target gets in each part of the day; together they are its sessions.",
        ),
        "probes": say(
            "每场会话里做什么。按计划的时刻发出，不等回复。",
            "What is done in each session, at its planned time, never waiting for the reply.",
        ),
        "banks": say(
            "同一个问题的不同说法，每次抽一句。",
            "One question in different words; one is drawn each time.",
        ),
        "coding": "",
    }
    return lines[key]


def field(key: str) -> str:
    lines = {
        "name": say("名称", "Name"),
        "about": say("说明", "About"),
        "seed": say("随机种子", "Seed"),
        "text": say("宣称的原话", "The claim, word for word"),
        "unit": say("按什么算", "What is counted"),
        "threshold": say("合格线", "Threshold"),
        "late_most": say("迟到时间至多占（100%：不限）", "Late time at most (100%: any)"),
        "p0": say("好：真有这么高应判成立", "Good: should be found met"),
        "p1": say("差：真有这么低应判不成立", "Poor: should be found not met"),
        "alpha": say("误判上限 α", "Wrong at most (α)"),
        "power": say("把握 1−β", "Power (1−β)"),
        "icc": say("同场相似度 ICC", "Likeness within a session (ICC)"),
        "looks": say("中途看几次", "Planned looks"),
        "shops": say("店铺", "Shops"),
        "responders": say("应答师（一行一个）", "Responders (one a line)"),
        "minutes": say("每场买", "Bought each time"),
        "stay_s": say("聊多久就走", "Leave after"),
        "budget_fen": say("预算", "Budget"),
        "parallel": say("同时几场", "At once"),
        "accounts": say("顾客账号数", "Accounts"),
        "days": say("分散在几天内", "Spread over"),
        "within_min": say("最长跨度", "Within"),
        "stratum": say("名称", "Name"),
        "from": say("从", "From"),
        "to": say("到", "To"),
        "quota": say("每个对象几场", "Sessions per target"),
        "day": say("哪些天", "Days"),
        "festival": say("节日", "Festival"),
        "kind": say("做什么", "What"),
        "at_s": say("第几秒", "At second"),
        "at_s_before": say("结束前几秒", "Seconds before the end"),
        "at_s_after": say("结束后几秒", "Seconds after the end"),
        "every_s": say("每隔几秒再来（0 不重复）", "Again every (0: once)"),
        "count": say("几条", "How many"),
        "seconds": say("几秒", "Seconds"),
        "jitter_s": say("随机偏移", "Random shift"),
        "texts": say("说什么（一行一种，⏎ 表示换行）", "Texts (one a line; ⏎ breaks a line)"),
        "bank": say("从问法库抽", "From a bank"),
        "bank_name": say("库名", "Name"),
        "raters": say("评分人数", "Raters"),
        "share": say("抽多少条来评", "Share of replies rated"),
        "notify_after_days": say("几天后告知店铺", "Tell the shop after"),
        "contact": say("店铺可以联系谁", "Whom the shop may contact"),
    }
    return lines.get(key, key)


def claim_unit(code: str) -> str:
    """A claim's unit, in a menu."""
    lines = {
        "turns": say("轮：一次答复算一轮", "turns: what one reply answers"),
        "messages": say("每条消息", "every message"),
        "late_share": say("没有迟到的时间", "paid time without lateness"),
    }
    return lines[code]


def unit(key: str) -> str:
    lines = {
        "minutes": say(" 分钟", " min"),
        "stay_s": say(" 秒（0 到点为止）", " s (0: to the end)"),
        "at_s": say(" 秒", " s"),
        "every_s": say(" 秒", " s"),
        "seconds": say(" 秒", " s"),
        "jitter_s": say(" 秒以内", " s at most"),
        "notify_after_days": say(" 天", " days"),
        "days": say(" 天", " days"),
        "within_min": say(" 分钟", " min"),
        "parallel": say(" 场", ""),
        "quota": say(" 场", ""),
        "count": say(" 条", ""),
    }
    return lines.get(key, "")


def day(code: str) -> str:
    lines = {
        "any": say("每天", "any day"),
        "weekday": say("工作日", "weekdays"),
        "weekend": say("周末", "weekends"),
        "festival": say("节日", "a festival"),
    }
    return lines.get(code, code)


no_festival = Phrase("选一个节日", "choose one")
own_texts = Phrase("直接写在下面", "the texts below")
find_shop = Phrase("按名字找店…", "Find a shop by name…")
find_shop_name = Phrase("找店", "Find a shop")
found_nothing = Phrase("没有找到。按回车照写加入。", "Nothing found. Enter adds it as written.")
offline = Phrase(
    "没有连上中继，搜不了；按回车照写加入。", "Not connected: Enter adds the name as written."
)


def remove(name: str) -> str:
    return say(f"去掉 {name}", f"Remove {name}")


add_stratum = Phrase("加一个时段", "Add a time of day")
add_probe = Phrase("加一个探针", "Add a probe")
add_bank = Phrase("加一个问法库", "Add a bank")


def new_stratum(number: int) -> str:
    return say(f"时段 {number}", f"time {number}")


def new_bank(number: int) -> str:
    return say(f"库{number}", f"bank{number}")


def bank_lines() -> tuple[str, str]:
    return (
        say("今天过得怎么样？", "How was your day?"),
        say("你今天都做了些什么呀？", "What have you been doing today?"),
    )


first_claim = Phrase(
    "付费时间里，每条消息十秒内有人回",
    "While paid time runs, every message is answered within ten seconds",
)
first_stratum = Phrase("晚上", "evening")


def first_texts() -> tuple[str, ...]:
    return (
        say("今天下班好晚，刚到家", "Got home late from work today"),
        say("在听一首老歌，突然有点想聊天", "Listening to an old song and felt like talking"),
        say("晚饭随便吃了点，你呢", "Just had something quick for dinner, and you?"),
    )


# --- lint and power ----------------------------------------------------------------------------
form_view = Phrase("表单", "Form")
text_view = Phrase("文本", "Text")
text_name = Phrase("计划的 TOML 文本", "The plan as TOML text")
duplicate = Phrase("复制一份", "Duplicate")
delete = Phrase("删除", "Delete")
delete_sure = Phrase("再按一次就删除", "Press again to delete")


def read_only(*, shipped: bool) -> str:
    if shipped:
        return say(
            "这份计划随应用附带，只能看和用。想改，就复制一份。",
            "This plan comes with the app: look and use. To change it, duplicate it.",
        )
    return say(
        "已经用这份计划做过检验，它的指纹写在记录里，所以不能再改。想改，就复制一份。",
        "A check was made by this plan and its hash stands in the record, so it cannot be changed. "
        "To change it, duplicate it.",
    )


lint_fine = Phrase("没有发现错误 ✓", "No mistakes found ✓")


def lint_found(count: int) -> str:
    if count == 1:
        return say("1 处要改：", "1 mistake:")
    return say(f"{count} 处要改：", f"{count} mistakes:")


def more_mistakes(count: int) -> str:
    return say(f"还有 {count} 处，标在各栏下面。", f"{count} more, each below its field.")


def at_line(line: int, words: str) -> str:
    return say(f"第 {line} 行：{words}", f"line {line}: {words}")


not_toml = Phrase(
    "文本还不是合法的 TOML，先改好再回到表单。",
    "The text is not TOML yet: mend it before the form.",
)
counting = Phrase("没有发现错误 ✓ 正在算样本量…", "No mistakes found ✓ Counting the sample …")
need_title = Phrase("样本量与花费", "Sample and cost")


def need_sessions(sessions: int | None, turns: int) -> str:
    if sessions is None:
        return say(
            "这样的标准，再多场次也不够", "No number of sessions suffices for such a standard"
        )
    return say(
        f"每个对象需要 {sessions} 场（约 {turns} 轮）",
        f"Each target takes {sessions} sessions (about {turns} turns)",
    )


def have_sessions(sessions: int, enough: str) -> str:
    return say(f"计划里有 {sessions} 场，{enough}", f"The plan has {sessions}: {enough}")


enough = Phrase("够", "enough")
too_few = Phrase("不够，结论可能是“证据不足”", 'too few, the verdict may be "not enough"')


def chance(met: str, not_met: str) -> str:
    return say(
        f"真好时判“成立”的把握 {met}，真差时判“不成立”的把握 {not_met}",
        f"Found met where good: {met}; found not met where poor: {not_met}",
    )


def turns_each(turns: float) -> str:
    return say(
        f"按探针估计每场约 {turns:.0f} 轮", f"About {turns:.0f} turns a session by the probes"
    )


def cost(sum_: str, budget: str) -> str:
    return say(
        f"全部买齐约 {sum_}，预算 {budget}", f"All of it costs about {sum_}; budget {budget}"
    )


def cost_unknown(each: str) -> str:
    return say(
        f"预算合每场至多 {each}；连上中继后按标价算",
        f"The budget allows {each} a session; prices come from the relay",
    )


curve_name = Phrase("场次与把握", "Sessions and power")
curve_axis = Phrase("每个对象的场次", "sessions per target")
curve_met = Phrase("判“成立”", "found met")
curve_not_met = Phrase("判“不成立”", "found not met")


def curve_reading(sessions: int, met: str, not_met: str) -> str:
    return say(
        f"{sessions} 场：判“成立” {met}，判“不成立” {not_met}",
        f"{sessions} sessions: met {met}, not met {not_met}",
    )


curve_here = Phrase("计划", "plan")
bad_clock = Phrase("应是 00:00 到 24:00", "00:00 to 24:00")
