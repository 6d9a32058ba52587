"""The results of a check in words: table, curves, bars, tags, verdicts."""

from miaohui.desktop.look.amounts import DASH, clock, hour_minute, minutes, percent, seconds
from miaohui.desktop.look.language import Phrase, say


# --- the table ---------------------------------------------------------------------------------
def column(key: str, promise_s: int = 10) -> str:
    lines = {
        "name": say("店铺", "Shop"),
        "sessions": say("场次", "Sessions"),
        "turns": say("轮数", "Turns"),
        "rate": say(f"{promise_s} 秒守约率与 95% 区间", f"Kept within {promise_s} s, 95% interval"),
        "p50": say("中位", "Median"),
        "p95": "P95",
        "worst": say("最长", "Longest"),
        "initiative": say("主动破冰", "Spoke first"),
        "verdict": say("结论", "Verdict"),
    }
    return lines[key]


table_name = Phrase("各店结果", "Results by shop")


def turns_only(kept: int, turns: int) -> str:
    return f"{kept} / {turns}"


no_turns = Phrase("还没有", "none yet")


def verdict(code: str) -> str:
    lines = {
        "met": say("成立", "met"),
        "not_met": say("不成立", "not met"),
        "not_enough": say("证据不足", "not enough"),
    }
    return lines.get(code, code)


def verdict_whole(code: str, *, running: bool) -> str:
    if running:
        return say("还在进行，下面是到现在为止的数", "Still running: the figures so far")
    lines = {
        "met": say("结论：成立", "Verdict: the claim was met"),
        "not_met": say("结论：不成立", "Verdict: the claim was not met"),
        "not_enough": say("结论：证据不足，还不能下判断", "Verdict: not enough evidence to say"),
    }
    return lines.get(code, code)


def threshold(share: float) -> str:
    return say(f"合格线 {percent(share, places=0)}", f"threshold {percent(share, places=0)}")


def interval(low: float, high: float) -> str:
    return say(
        f"95% 区间 {low * 100:.1f}–{high * 100:.1f}%",
        f"95% interval {low * 100:.1f}–{high * 100:.1f}%",
    )


def mark_needed(kept: int | None, turns: int) -> str:
    if kept is None:
        return say(
            f"{turns} 轮还太少，即使全部守约也不能说成立",
            f"{turns} turns are too few: even all kept would not show it met",
        )
    return say(f"{turns} 轮里至少守约 {kept} 轮才算成立", f"met takes {kept} kept of {turns} turns")


def design(effect: float) -> str:
    return say(f"设计效应 {effect:.2f}", f"design effect {effect:.2f}")


def small_line(sessions: str, turns: int, p50: str, p95: str, worst: str, first: str) -> str:
    """All the figures of a row in one line, where there is no room for columns."""
    return say(
        f"{sessions} 场 · {turns} 轮 · 中位 {p50} · P95 {p95} · 最长 {worst} · 主动破冰 {first}",
        f"{sessions} sessions · {turns} turns · median {p50} · P95 {p95} · longest {worst} · "
        f"spoke first {first}",
    )


def row_spoken(name: str, rate: str, verdict_: str, rest: str) -> str:
    return say(
        f"{name}，守约 {rate}，{verdict_}；{rest}", f"{name}: kept {rate}, {verdict_}; {rest}"
    )


def initiative(broken: int, silences: int) -> str:
    return f"{broken}/{silences}" if silences else DASH


# --- the distribution --------------------------------------------------------------------------
curve_title = Phrase(
    "等待时间分布（累计，含未回复的截尾）", "Answered within … (cumulative, unanswered counted)"
)
curve_name = Phrase("等待时间的累计分布", "Cumulative distribution of waits")


def promise_line(promise_s: int) -> str:
    return say(f"{promise_s} s 承诺", f"{promise_s} s promise")


def curve_at(ms: int) -> str:
    return say(f"{seconds(ms)} 内已回复", f"answered within {seconds(ms)}")


def curve_value(name: str, share: float, low: float, high: float, risk: int) -> str:
    return say(
        f"{name} {percent(share)}（{low * 100:.0f}–{high * 100:.0f}%，还在等 {risk} 轮）",
        f"{name} {percent(share)} ({low * 100:.0f}–{high * 100:.0f}%, {risk} still waiting)",
    )


def curve_hint(keys: str) -> str:
    return say(f"竖线 = 截尾（还没等到就结束）。{keys}", f"Ticks: ended while waiting. {keys}")


curve_keys = Phrase("← → 读数", "← → reads values")
curve_none = Phrase("还没有一轮可画", "No turn to draw yet")


# --- one session -------------------------------------------------------------------------------
def session_title(name: str, number: int, opened_utc_ms: int | None) -> str:
    time = "" if opened_utc_ms is None else "  " + hour_minute(opened_utc_ms)
    return say(f"{name} · 第 {number} 场{time}", f"{name} · session {number}{time}")


def session_chip(number: int) -> str:
    return str(number)


def session_chip_name(number: int, state: str) -> str:
    return say(f"第 {number} 场，{state}", f"session {number}, {state}")


def slot_state(code: str) -> str:
    lines = {
        "planned": say("还没到时间", "not yet due"),
        "buying": say("正在下单", "being bought"),
        "queued": say("排队中", "in the queue"),
        "running": say("进行中", "running"),
        "done": say("已结束", "done"),
        "skipped": say("跳过", "skipped"),
        "failed": say("没有成", "failed"),
    }
    return lines.get(code, code)


def skipped(code: str) -> str:
    lines = {
        "budget": say(
            "预算不够再买一场，所以没买；已买的都还在。",
            "The budget did not cover another session; what was bought is kept.",
        ),
        "nobody_on_duty": say("那时没有人在岗。", "Nobody was on duty then."),
        "late": say("错过了计划的时间，没有补买。", "Its time had passed; it was not bought late."),
        "banned": say(
            "顾客账号被中继停用了；之前的记录都在。",
            "The relay suspended the buying account; the record so far is kept.",
        ),
        "stopped": say("检验被停下了。", "The check was stopped."),
        "price_changed": say(
            "价格与计划时不同，没有买。", "The price had changed; it was not bought."
        ),
        "no_offer": say("这家店没有计划里的时长可买。", "The shop does not sell that length."),
        "relay_gone": say("那时连不上中继。", "The relay could not be reached then."),
    }
    return lines.get(code, say(f"原因：{code}", f"reason: {code}"))


def probe(kind: str) -> str:
    lines = {
        "plain": say("闲聊一句", "small talk"),
        "burst": say("连发几条", "a burst"),
        "question": say("具体提问", "a concrete question"),
        "gap": say("刻意停顿", "a deliberate gap"),
        "nudge": say("催一句", "a nudge"),
        "reply_check": say("追问敷衍", "a check on a hollow reply"),
        "last_question": say("临结束一问", "the last question"),
        "after_end": say("结束后一句", "after the end"),
        "": say("其他", "other"),
    }
    return lines.get(kind, kind)


def probe_short(kind: str) -> str:
    lines = {
        "plain": say("聊", "talk"),
        "burst": say("连", "burst"),
        "question": say("问", "ask"),
        "nudge": say("催", "nudge"),
        "reply_check": say("追", "recheck"),
        "last_question": say("末", "last"),
        "after_end": say("后", "after"),
    }
    return lines.get(kind, "·")


def turn_state(state: str, severity: str) -> str:
    if state == "breached":
        lines = {
            "late": say("超时 ✗", "late ✗"),
            "long": say("久等 ✗", "long ✗"),
            "gone": say("失联 ✗", "gone ✗"),
            "never": say("始终没回 ✗", "never answered ✗"),
        }
        return lines.get(severity, say("超时 ✗", "late ✗"))
    lines = {
        "kept": say("守约 ✓", "kept ✓"),
        "censored": say("截尾", "cut short"),
        "void": say("不计（中继故障）", "not counted (relay fault)"),
        "open": say("还在等", "still open"),
    }
    return lines.get(state, state)


def bar_tip(number: int, at_utc_ms: int, probe_: str, wait_ms: int, state: str) -> str:
    return say(
        f"第 {number} 轮 · {hour_minute(at_utc_ms)} · {probe_} · 等 {seconds(wait_ms)} · {state}",
        f"turn {number} · {hour_minute(at_utc_ms)} · {probe_} · {seconds(wait_ms)} · {state}",
    )


def gap(seconds_: float, broken_ms: int | None) -> str:
    length = _length(seconds_)
    if broken_ms is None:
        return say(
            f"探针：刻意停顿 {length} → 应答师未主动开口",
            f"Probe: a gap of {length} → the responder did not speak first",
        )
    return say(
        f"探针：刻意停顿 {length} → {seconds(broken_ms)} 后应答师先开口",
        f"Probe: a gap of {length} → the responder spoke after {seconds(broken_ms)}",
    )


def gap_short(seconds_: float) -> str:
    return say(f"停 {clock(int(seconds_ * 1000))}", f"gap {clock(int(seconds_ * 1000))}")


def probes_sent(sent: int, skipped_: int) -> str:
    if skipped_:
        return say(
            f"探针发了 {sent} 条，略过 {skipped_} 条", f"{sent} probes sent, {skipped_} left out"
        )
    return say(f"探针按计划发了 {sent} 条", f"{sent} probes sent as planned")


bars_name = Phrase("这一场每轮的等待", "Waits of this session")
bars_scale = Phrase("柱高按对数；虚线是 10 秒", "Heights are logarithmic; dashed: 10 s")


def bars_none(state: str) -> str:
    return say(f"这一场还没有轮次（{state}）", f"No turns in this session yet ({state})")


# --- tags --------------------------------------------------------------------------------------
def tag_longest(ms: int) -> str:
    if ms < 60_000:
        return say(f"最长等待 {seconds(ms)}", f"longest {seconds(ms)}")
    minutes, rest = divmod(-(-ms // 1000), 60)
    return say(f"最长等待 {minutes} 分 {rest} 秒", f"longest {minutes} min {rest} s")


def tag_label(label: str, count: int, of: int) -> str:
    return f"{coded(label)} {count}/{of}" if of else f"{coded(label)} {count}"


def tag_last(state: str) -> str:
    lines = {
        "answered": say("最后一问已答 ✓", "last question answered ✓"),
        "unanswered": say("最后一问未答 ✗", "last question unanswered ✗"),
        "closing_phrase": say("最后一问只回结束语 ✗", "last question met by a closing phrase ✗"),
    }
    return lines.get(state, "")


def tag_after(count: int) -> str:
    return say(f"结束后还回了 {count} 条", f"{count} replies after the end")


def tag_refund(sum_: str) -> str:
    return say(f"退回 {sum_}", f"{sum_} refunded")


def tag_given_back(ms: int) -> str:
    length = seconds(ms) if ms < 60_000 else clock(ms)
    return say(f"补时 {length}", f"{length} given back")


def tag_bundle(*, sound: bool) -> str:
    return (
        say("回执已核对 ✓", "receipt verified ✓")
        if sound
        else say("回执对不上 ✗", "receipt does not hold ✗")
    )


def flag(code: str) -> str:
    lines = {
        "triple_miss": say("连丢三问 ✗", "three asks missed ✗"),
        "unanswered_at_end": say("结束时有问未答 ✗", "ended with an ask unanswered ✗"),
        "begging": say("讨好评", "begged for stars"),
        "off_platform": say("引导线下", "bait off the platform"),
    }
    return lines.get(code, code)


def coded(label: str) -> str:
    lines = {
        "hollow": say("敷衍", "hollow"),
        "recycled": say("套话", "recycled"),
        "substantive": say("有内容", "substantive"),
        "closing": say("结束语", "closing"),
        "closing_phrase": say("结束语", "closing"),
        "begging": say("讨好评", "begging"),
        "bait": say("引流", "bait"),
        "off_platform": say("引流", "bait"),
    }
    return lines.get(label, label)


def _length(seconds_: float) -> str:
    """A planned stretch, to the second: "5 分钟", "1:40", "10 s"."""
    whole = round(seconds_)
    if whole < 60:
        return f"{whole} s"
    if whole % 60:
        return clock(whole * 1000)
    return minutes(whole // 60)
