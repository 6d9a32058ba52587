"""The page of checks: plans and runs, starting, pausing, exporting, and what may go wrong."""

from miaohui.desktop.look.amounts import hour_minute, rough
from miaohui.desktop.look.language import Phrase, say

title = Phrase("检验", "Check")
about = Phrase(
    "按写定的计划，像普通顾客一样买会话、发探针，量出一家店守不守约。",
    "By a plan fixed beforehand: buy sessions like anybody, probe, and measure who keeps the promise.",
)


# --- the shelf ---------------------------------------------------------------------------------
plans = Phrase("计划", "Plans")
runs = Phrase("检验记录", "Runs")
new_plan = Phrase("新建计划", "New plan")
import_plan = Phrase("导入 TOML…", "Import TOML…")
import_title = Phrase("选一份计划（TOML）", "Choose a plan (TOML)")
drop_here = Phrase("也可以把 TOML 文件拖到这里。", "A TOML file may be dropped here, too.")
plan_name = Phrase("新计划", "New plan")


def copy_of(name: str) -> str:
    return say(f"{name} 副本", f"{name} copy")


def plan_line(targets: int, sessions: int, minutes: int, budget: str) -> str:
    return say(
        f"{targets} 个对象 · 各 {sessions} 场 · 每场 {minutes} 分钟 · 预算 {budget}",
        f"{_targets(targets)} · {sessions} sessions each · {minutes} min · budget {budget}",
    )


def mistakes(count: int) -> str:
    if count == 1:
        return say("有 1 处要改", "1 mistake")
    return say(f"有 {count} 处要改", f"{count} mistakes")


shipped = Phrase("随应用附带", "comes with the app")
used = Phrase("已用过，只读", "used, read only")
ready = Phrase("可以开始", "ready")


def run_state(code: str) -> str:
    lines = {
        "running": say("进行中", "running"),
        "starting": say("正在启动", "starting"),
        "pausing": say("正在暂停", "pausing"),
        "paused": say("已暂停", "paused"),
        "resuming": say("正在继续", "resuming"),
        "stopping": say("正在停下", "stopping"),
        "stopped": say("已停下", "stopped"),
        "going": say("中断了，可以继续", "broken off, can go on"),
        "finished": say("已完成", "finished"),
        "unread": say("读不出", "unreadable"),
    }
    return lines.get(code, code)


def run_line(done: int, planned: int, when: str) -> str:
    return say(f"{done} / {planned} 场 · {when}", f"{done} of {planned} sessions · {when}")


no_runs_title = Phrase("还没有检验过", "Nothing checked yet")
no_runs = Phrase(
    "打开一份计划，按“开始检验”。练习计划不花真钱，几分钟就有结果。",
    'Open a plan and press "Start the check". The practice plan costs no real money and has '
    "results in minutes.",
)


def row_spoken(title_: str, line: str, state: str) -> str:
    return say(f"{title_}，{state}，{line}", f"{title_}, {state}, {line}")


back = Phrase("返回", "Back")


# --- starting ----------------------------------------------------------------------------------
start = Phrase("开始检验…", "Start the check…")


def start_title(name: str) -> str:
    return say(f"开始“{name}”", f'Start "{name}"')


def start_words(sessions: int, budget: str) -> str:
    return say(
        f"会买 {sessions} 场会话，无论如何不超过 {budget}。开始前先把计划的指纹写下来，之后这份计划不能再改。",
        f"{sessions} sessions will be bought, never for more than {budget}. The plan's hash is written "
        "down first; from then on this plan cannot be changed.",
    )


def plan_hash(digest: str) -> str:
    return say(f"计划指纹 SHA-256\n{digest}", f"The plan's SHA-256\n{digest}")


lives_with_window = Phrase(
    "检验在自己的进程里跑。窗口关掉时它会先停好：进行中的会话结束，该退的退，记录完整，之后可以从这里继续。",
    "It runs in a process of its own. When the window closes it is stopped in order: open sessions end, "
    "what is due is refunded, the record stays whole, and it can go on from here.",
)


def start_now(budget: str) -> str:
    return say(f"开始，最多花 {budget}", f"Start, {budget} at most")


where = Phrase("在哪里", "Where")


def here(relay: str) -> str:
    return say(f"当前中继 {relay}", f"this relay {relay}")


in_practice = Phrase("本机练习（假钱，脚本应答师）", "practice on this machine (no real money)")
cancel = Phrase("取消", "Cancel")


# --- a run -------------------------------------------------------------------------------------
def subtitle(targets: int, sessions: int, minutes: int, budget: str, times: str, file: str) -> str:
    parts = [
        say(f"{targets} 个对象", _targets(targets)),
        say(f"每个 {sessions} 场", f"{sessions} sessions each"),
        say(f"每场 {minutes} 分钟", f"{minutes} min"),
        say(f"预算 {budget}", f"budget {budget}"),
        times,
        file,
    ]
    return " · ".join(part for part in parts if part)


def times(first: str) -> str:
    return say(f"随机时段 {first}", f"random times {first}")


def progress(done: int, planned: int) -> str:
    return say(f"进度 {done} / {planned} 场", f"{done} of {planned} sessions")


def spent(sum_: str, left: str) -> str:
    return say(f"已用 {sum_}，还剩 {left}", f"{sum_} spent, {left} left")


def ends(utc_ms: int, left_ms: int) -> str:
    return say(
        f"预计 {hour_minute(utc_ms)} 完成，剩 {rough(left_ms)}",
        f"expected to end {hour_minute(utc_ms)}, {rough(left_ms)} left",
    )


def skipped_count(count: int) -> str:
    return say(f"跳过 {count} 场", f"{count} skipped")


def refunded(sum_: str) -> str:
    return say(f"退回 {sum_}", f"{sum_} refunded")


def claim(text: str) -> str:
    return say(f"宣称：{text}", f"Claim: {text}")


pause = Phrase("暂停", "Pause")
resume = Phrase("继续", "Resume")
stop = Phrase("停下…", "Stop…")
stop_title = Phrase("停下这次检验？", "Stop this check?")
stop_words = Phrase(
    "进行中的会话会提前结束，没用完的按规则退款。已有的数据都留着，之后还能从这里继续。",
    "Sessions under way end early and unused time is refunded by the rules. All data are kept, and the "
    "check can go on from here later.",
)
stop_now = Phrase("停下", "Stop")
reading = Phrase("正在读取…", "Reading…")
not_begun = Phrase("正在准备第一场…", "Preparing the first session…")
no_data_title = Phrase("还没有结果", "No results yet")
no_data_hint = Phrase(
    "第一场结束后，这里会出现守约率、等待分布和每一场的细节。",
    "After the first session: kept shares, the waits' distribution, each session in detail.",
)


def deviations(count: int) -> str:
    return say(f"与计划不同的 {count} 处", f"{count} deviations from the plan")


def more_deviations(count: int) -> str:
    return say(f"还有 {count} 处，见报告。", f"{count} more are in the report.")


close = Phrase("关闭", "Close")


def kappa(value: str, items: int) -> str:
    return say(
        f"两位评分人一致性 κ = {value}（{items} 条）",
        f"two raters agree: κ = {value} ({items} items)",
    )


# --- exports -----------------------------------------------------------------------------------
export_report = Phrase("导出报告", "Export report")
export_evidence = Phrase("导出证据包", "Export evidence")
rate_replies = Phrase("盲评回复", "Rate replies")
report_where = Phrase("报告放到哪个文件夹", "A folder for the report")
evidence_where = Phrase("证据包存成", "Save the evidence as")
report_writing = Phrase("正在写报告…", "Writing the report…")


def report_written(file: str) -> str:
    return say(f"报告写好了：{file}", f"The report is written: {file}")


evidence_writing = Phrase("正在打包证据…", "Bundling the evidence…")


def evidence_written(file: str) -> str:
    return say(
        f"证据包写好了：{file}。任何人都可以用 miaohui verify 核对。",
        f"The evidence is written: {file}. Anybody can check it with miaohui verify.",
    )


evidence_title = Phrase("证据包", "Evidence")
evidence_about = Phrase(
    "每一场的签名回执都会放进去。应答师的话默认一条也不放；要公开哪几条，在下面一条条勾选。检验员的话是计划里写好的，随计划一起在包里。",
    "It holds the signed receipt of every session. Nothing that a responder said goes in unless you tick it, bubble by bubble. What the tester said is the plan's own, and the plan is in it.",
)


def chosen_bubbles(count: int) -> str:
    if not count:
        return say("不公开任何文字", "no text is disclosed")
    return say(f"公开 {count} 条文字", f"{count} bubbles are disclosed")


show_texts = Phrase("挑选要公开的文字…", "Choose texts to disclose…")


def bubble(where: str, text: str, *, mine: bool) -> str:
    who = say("检验员", "tester") if mine else say("应答师", "responder")
    return f"{where} · {who}: {text}"


no_texts = Phrase(
    "这次检验没有留下可公开的文字。", "This check kept no text that could be disclosed."
)


# --- what went wrong ---------------------------------------------------------------------------
def trouble(code: str, detail: str = "") -> str:
    lines = {
        "budget": say(
            "预算用完了。已买的会话和数据都在，可以看结果、导出，或换一份预算更大的计划。",
            "The budget is spent. Sessions and data are kept: look, export, or begin a plan with more.",
        ),
        "relay_gone": say(
            "连不上中继。已有的记录都在，连上后点“继续”就接着做，不会重复购买。",
            "The relay cannot be reached. The record is whole; once it is back press Resume, nothing is bought twice.",
        ),
        "relay_away": say(
            "现在连不上中继。记录都在，也不会再买；连上后自动接着做。不想等就按“停下”，之后还能继续。",
            "The relay cannot be reached now. The record is whole and nothing more is bought; it goes on by "
            "itself once the relay is back. Or press Stop, and go on later.",
        ),
        "banned": say(
            "检验用的账号被中继停用了。已有的记录都在，可以导出；要继续，请先联系平台。",
            "The relay suspended an account of this check. The record is kept and can be exported; to go on, "
            "contact the platform first.",
        ),
        "practice_gone": say(
            "本机的练习中继没有在运行。已有的记录都在；回到开始页再进练习，然后点“继续”。",
            "The practice relay of this machine is not running. The record is kept; enter practice again, "
            "then press Resume.",
        ),
        "broke_off": say(
            f"检验进程意外结束了。记录完整，可以继续。{detail}",
            f"The check's process ended unexpectedly. The record is whole and can go on. {detail}",
        ),
        "unreadable": say(f"这个文件夹读不出来：{detail}", f"This folder cannot be read: {detail}"),
        "too_large": say("这个文件太大，不会是计划。", "That file is too large to be a plan."),
        "disk": say(
            f"写不进去：{detail}。你改的内容还在窗口里。",
            f"It could not be written: {detail}. What you changed is still here.",
        ),
    }
    return lines.get(code, say(f"没有成：{detail or code}", f"It did not work: {detail or code}"))


saved = Phrase("已保存", "Saved")


def _targets(count: int) -> str:
    return "1 target" if count == 1 else f"{count} targets"
