"""The page of a watched plan: how each target fared from run to run, drawn; one file, no outside help.

What a verdict was is told by shape as well as by colour, so that it reads in black and white.
"""

from collections.abc import Sequence
from html import escape
from typing import Final

from miaohui.checks.desk import yuan
from miaohui.checks.history import PastRun, PastTarget, net_fen
from miaohui.checks.language import Say
from miaohui.checks.plan.plan import Plan
from miaohui.checks.report.words import verdict_name
from miaohui.checks.results import ClaimVerdict
from miaohui.runtime.clock import rfc3339

WIDTH: Final = 880
HEIGHT: Final = 220
LEFT: Final = 46
RIGHT: Final = 14
TOP: Final = 12
BOTTOM: Final = 30
LABELS: Final = 8
STYLE: Final = """
:root{color-scheme:light dark;--ink:#1b1d21;--soft:#646a73;--line:#d9dce1;--page:#fff;
--met:#1f7a4d;--not:#b3261e;--none:#646a73}
@media(prefers-color-scheme:dark){:root{--ink:#e7e9ec;--soft:#9aa1ab;--line:#3a3f46;--page:#17191c;
--met:#63c394;--not:#f2887f;--none:#9aa1ab}}
body{font:15px/1.6 system-ui,"Noto Sans CJK SC","Microsoft YaHei","PingFang SC",sans-serif;
color:var(--ink);background:var(--page);max-width:900px;margin:40px auto;padding:0 20px}
h1{font-size:24px;margin:0 0 4px}h2{font-size:17px;margin:36px 0 8px}
p{margin:4px 0}.soft{color:var(--soft)}
svg{width:100%;height:auto;display:block}svg text{font-size:12px;fill:var(--soft)}
.grid{stroke:var(--line)}.mark{stroke:var(--ink);stroke-dasharray:5 4}
.met{stroke:var(--met);fill:var(--met)}.not_met{stroke:var(--not);fill:none}
.not_enough{stroke:var(--none);fill:var(--page)}.bar{stroke-width:2}
table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}
th,td{text-align:left;padding:6px 10px 6px 0;border-bottom:1px solid var(--line)}
th{font-weight:600;color:var(--soft)}td.n,th.n{text-align:right}
a{color:inherit}@media print{body{margin:0;max-width:none}}
"""


def page(plan: Plan, history: Sequence[PastRun], say: Say) -> str:
    """The whole page."""
    lang = say("zh-CN", "en")
    title = escape(plan.name)
    last = history[-1] if history else None
    parts = [
        f'<!doctype html><html lang="{lang}"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width">',
        f"<title>{title}</title><style>{STYLE}</style></head><body>",
        f"<h1>{title}</h1><p>{escape(plan.claim.text)}</p>",
        f'<p class="soft">{_standing(plan, history, say)}</p>',
    ]
    for target in _targets(history):
        shown = [(past, each) for past in history for each in past.targets if each.target == target]
        parts.append(f"<h2>{escape(shown[-1][1].name)}</h2>")
        parts.append(_chart(plan.claim.threshold, shown, say))
    if last is not None:
        parts.append(_legend(say))
        parts.append(_table(history, say))
    parts.append(f'<p class="soft">{_limits(plan, say)}</p></body></html>')
    return "\n".join(parts) + "\n"


def _targets(history: Sequence[PastRun]) -> list[str]:
    return list(dict.fromkeys(each.target for past in history for each in past.targets))


def _standing(plan: Plan, history: Sequence[PastRun], say: Say) -> str:
    spent = yuan(net_fen(history))
    mark = f"{plan.claim.threshold:.0%}"
    return say(
        f"已跑 {len(history)} 次，净花费 {spent}；判定线 {mark}，计划 {plan.sha256[:16]}",
        f"{_runs(len(history))}, {spent} spent net; threshold {mark}, plan {plan.sha256[:16]}",
    )


def _limits(plan: Plan, say: Say) -> str:
    alpha = f"{plan.claim.alpha:.0%}"
    return say(
        f"每次单独判定：恰好在线上的店，每次误判成立、误判不成立的可能各至多 {alpha}，跑得越多，总会碰上。"
        "数字可以从每次的文件夹里重新算出：miaohui check report --check。",
        "Each run is judged by itself: a shop that stands right on the threshold is wrongly called"
        f" met, and wrongly not met, in up to {alpha} of the runs each, so that with many runs it"
        " will be. Every figure can be"
        " worked out anew from the run's folder: miaohui check report --check.",
    )


# --- the chart -------------------------------------------------------------------------------
def _y(share: float, low: float) -> float:
    return TOP + (1 - share) / (1 - low) * (HEIGHT - TOP - BOTTOM)


def _chart(threshold: float, shown: Sequence[tuple[PastRun, PastTarget]], say: Say) -> str:
    low = _floor(threshold, [each for _, each in shown])
    inner = WIDTH - LEFT - RIGHT
    apart = inner / len(shown)
    parts = [f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{_told(shown, say)}">']
    step = 0.05 if low >= 0.7 else 0.1
    for tick in range(round((1 - low) / step) + 1):
        share = low + tick * step
        y = _y(share, low)
        parts.append(
            f'<line class="grid" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{share:.0%}</text>'
        )
    y = _y(threshold, low)
    parts.append(f'<line class="mark" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y:.1f}" y2="{y:.1f}"/>')
    named = -(-len(shown) // LABELS)
    for index, (past, each) in enumerate(shown):
        x = LEFT + apart * (index + 0.5)
        parts.append(_point(x, each, low))
        if index % named == 0:
            when = rfc3339(past.begun_utc_ms)
            parts.append(
                f'<text x="{x:.1f}" y="{HEIGHT - 8}" text-anchor="middle">'
                f"{when[5:10]} {when[11:16]}</text>"
            )
    return "".join([*parts, "</svg>"])


def _floor(threshold: float, shown: Sequence[PastTarget]) -> float:
    """The axis begins at a full tenth below everything that is drawn."""
    least = min([threshold, *(each.low for each in shown if each.turns)])
    return max(0.0, int(least * 10 - 1e-9) / 10)


def _point(x: float, each: PastTarget, low: float) -> str:
    if not each.turns:
        return ""
    top, bottom = _y(each.high, low), _y(each.low, low)
    y = _y(each.kept / each.turns, low)
    bar = f'<line class="bar {each.verdict}" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>'
    return bar + _mark(x, y, each.verdict)


def _mark(x: float, y: float, verdict: str) -> str:
    """A filled dot, a cross, a ring."""
    if verdict == "not_met":
        return f'<path class="bar not_met" d="M{x - 5:.1f} {y - 5:.1f}l10 10m0 -10l-10 10"/>'
    return f'<circle class="bar {verdict}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>'


def _legend(say: Say) -> str:
    shown = "".join(
        f'<svg viewBox="0 0 20 20" style="display:inline;width:1.2em;height:1.2em;'
        f'vertical-align:-.25em">{_mark(10, 10, code)}</svg> {verdict_name(say, code)}&emsp;'
        for code in ClaimVerdict
    )
    note = say("竖线：95% 区间；虚线：判定线", "bars: 95% intervals; dashed: the threshold")
    return f'<p class="soft">{shown}{note}</p>'


def _told(shown: Sequence[tuple[PastRun, PastTarget]], say: Say) -> str:
    _, last = shown[-1]
    return escape(
        say(
            f"{last.name}：{len(shown)} 次，最近 {last.kept}/{last.turns}",
            f"{last.name}: {_runs(len(shown))}, {last.kept}/{last.turns} in the newest",
        )
    )


# --- the table -------------------------------------------------------------------------------
def _table(history: Sequence[PastRun], say: Say) -> str:
    heads = (
        ("", say("开始", "begun")),
        ("", say("对象", "target")),
        ("", say("结论", "verdict")),
        ("n", say("守约", "kept")),
        ("n", say("95% 区间", "95% interval")),
        ("n", say("净花费", "net cost")),
        ("", ""),
    )
    rows = "".join(f'<th class="{kind}">{text}</th>' for kind, text in heads)
    parts = [f"<table><tr>{rows}</tr>"]
    for past in reversed(history):
        for index, each in enumerate(past.targets):
            first = index == 0
            when = rfc3339(past.begun_utc_ms)
            cells = (
                ("", f"{when[:10]} {when[11:16]} UTC" if first else ""),
                ("", escape(each.name)),
                ("", verdict_name(say, ClaimVerdict(each.verdict))),
                ("n", f"{each.kept}/{each.turns}"),
                ("n", f"{each.low:.1%} – {each.high:.1%}" if each.turns else "–"),
                ("n", yuan(past.spent_fen - past.refunded_fen) if first else ""),
                ("", _link(past, say) if first else ""),
            )
            row = "".join(f'<td class="{kind}">{text}</td>' for kind, text in cells)
            parts.append(f"<tr>{row}</tr>")
    return "".join([*parts, "</table>"])


def _link(past: PastRun, say: Say) -> str:
    if not past.report:
        return ""
    return f'<a href="runs/{escape(past.folder)}/{escape(past.report)}">{say("报告", "report")}</a>'


def _runs(count: int) -> str:
    return "1 run" if count == 1 else f"{count} runs"
