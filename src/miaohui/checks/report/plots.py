"""The pictures of a report: the interval of each target, the curves of waits, every wait by session.

Read without colour: targets differ by line style and marker, kept and breached by the mark's shape.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from miaohui.checks.language import Say
from miaohui.checks.report import amounts
from miaohui.checks.report.drawing import INK, INK_2, LINE, PictureCanvas, picture
from miaohui.checks.report.words import MARKS
from miaohui.checks.results import Results, SessionResult, TargetResult
from miaohui.promise.constants import PROMISE_MS

if TYPE_CHECKING:
    from markupsafe import Markup
    from matplotlib.axes import Axes

PROMISE_S: Final = PROMISE_MS / 1000
TOGETHER: Final = 5  # curves in one picture that can still be told apart
_WIDE: Final = 7.6
_BREACH: Final = "#B3261E"
_KEPT: Final = "#0B6B55"
_BLUE: Final = "#2F4AD0"
_BROWN: Final = "#8A5200"
_STYLES: Final = (
    (INK, "-", "o"),
    (_BLUE, (0, (6, 2)), "s"),
    (_KEPT, (0, (2, 1.5)), "^"),
    (_BROWN, (0, (7, 2, 1.5, 2)), "D"),
    (INK_2, (0, (1, 1.2)), "v"),
)
_MAX_SECONDS: Final = 60.0


def intervals(results: Results, say: Say) -> "Markup":
    """Each target's kept share with its interval, the threshold as a line."""
    targets = results.targets

    def draw(canvas: PictureCanvas) -> None:
        (axes,) = canvas.axes()
        for row, target in enumerate(targets):
            _interval(axes, row, target)
        low = min((t.rate.low for t in targets if t.turns), default=0.5)
        left = max(0.0, min(low, results.threshold) - 0.05)
        axes.axvline(results.threshold, color=_BREACH, linestyle=(0, (4, 2)), linewidth=1.3)
        axes.annotate(
            canvas.say(f"{say('界线', 'threshold')} {amounts.threshold(results.threshold)}"),
            (results.threshold, -0.72),
            xytext=(-5, 0),
            textcoords="offset points",
            color=_BREACH,
            ha="right",
            fontsize=9,
        )
        axes.set_xlim(left, 1.005)
        axes.set_ylim(len(targets) - 0.4, -1.0)
        axes.set_yticks(
            range(len(targets)),
            [canvas.say(f"{MARKS[t.verdict]} {t.name}", 20) for t in targets],
        )
        axes.xaxis.set_major_formatter(lambda value, _: f"{value * 100:.0f}%")
        axes.grid(axis="x")
        axes.set_axisbelow(True)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(
            canvas.say(
                say(
                    "十秒守约率；细线：95% 区间，粗线：规则所看的范围",
                    "kept within 10 s; thin: 95% interval, thick: what the rule looks at",
                ),
                80,
            )
        )

    described = say(
        "各对象的十秒守约率与 95% 区间；数字见上表", "Kept share and 95% interval of each target"
    )
    return picture("intervals", (_WIDE, 1.15 + 0.42 * len(targets)), described, draw)


def _interval(axes: "Axes", row: int, target: TargetResult) -> None:
    rate = target.rate
    if rate.estimate is None:
        return
    axes.plot([rate.low, rate.high], [row, row], color=INK, linewidth=1.2)
    if target.turns and target.look:
        # What the rule looks at: both of its one-sided bounds.
        bounds = [target.rule_low, target.rule_high]
        axes.plot(bounds, [row, row], color=INK, linewidth=4.5, solid_capstyle="butt", alpha=0.55)
    for end in (rate.low, rate.high):
        axes.plot([end, end], [row - 0.14, row + 0.14], color=INK, linewidth=1.4)
    axes.plot(
        [rate.estimate], [row], "o", color="white", markeredgecolor=INK, markeredgewidth=2, ms=8
    )


def curves(targets: Sequence[TargetResult], results: Results, say: Say, number: int) -> "Markup":
    """The share that still waits after so many seconds, of a few targets together."""
    longest = max((step.ms / 1000 for t in targets for step in t.survival), default=PROMISE_S)
    end = max(15.0, min(_MAX_SECONDS, longest * 1.05))

    def draw(canvas: PictureCanvas) -> None:
        (axes,) = canvas.axes()
        for target, style in zip(targets, _STYLES, strict=False):
            _curve(canvas, axes, target, style, end, band=len(targets) == 1)
        axes.axvline(PROMISE_S, color=_BREACH, linewidth=1.4, linestyle=(0, (4, 2)))
        axes.annotate(
            canvas.say(say("10 秒承诺", "the promised 10 s")),
            (PROMISE_S, 1.035),
            xytext=(4, 0),
            textcoords="offset points",
            color=_BREACH,
            fontsize=9,
        )
        allowed = 1 - results.threshold
        most = amounts.threshold(allowed)
        axes.plot(
            [PROMISE_S],
            [allowed],
            linestyle="none",
            marker="_",
            ms=18,
            mew=3,
            color=_BREACH,
            label=canvas.say(say(f"10 秒处的界线：{most}", f"threshold at 10 s: {most}"), 40),
        )
        axes.set_xlim(0, end)
        axes.set_ylim(0, 1.1)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
        axes.yaxis.set_major_formatter(lambda value, _: f"{value * 100:.0f}%")
        axes.grid(axis="y")
        axes.set_axisbelow(True)
        axes.set_xlabel(canvas.say(say("提问后的秒数", "seconds after the ask"), 40))
        axes.set_ylabel(canvas.say(say("仍在等的份额", "share still waiting"), 40))
        axes.legend(loc="upper right", fontsize=9)

    names = "、".join(t.name for t in targets)
    described = say(f"等待时间的生存曲线：{names}", f"Survival curves of the waits: {names}")
    return picture(f"curves{number}", (_WIDE, 3.7), described, draw)


def _curve(
    canvas: PictureCanvas,
    axes: "Axes",
    target: TargetResult,
    style: tuple[str, object, str],
    end: float,
    *,
    band: bool,
) -> None:
    color, line, marker = style
    steps = [step for step in target.survival if step.ms / 1000 <= end]
    xs = [0.0, *(step.ms / 1000 for step in steps), end]
    ys = [1.0, *(step.surviving for step in steps)]
    last = target.survival[-1].ms / 1000 if target.survival else 0.0
    if last < end:
        # Nothing was seen beyond the longest wait: the curve stops there.
        xs = xs[:-1]
    else:
        ys.append(ys[-1])
    axes.plot(
        xs,
        ys,
        drawstyle="steps-post",
        color=color,
        linestyle=line,
        linewidth=1.9,
        marker=marker,
        markersize=5,
        markerfacecolor="white",
        markevery=max(1, len(xs) // 7),
        label=canvas.say(target.name, 20),
    )
    if band and steps:
        axes.fill_between(
            [step.ms / 1000 for step in steps],
            [step.low for step in steps],
            [step.high for step in steps],
            step="post",
            color=LINE,
            alpha=0.55,
            linewidth=0,
        )
    cut = [step for step in steps if step.censored]
    axes.plot(
        [step.ms / 1000 for step in cut],
        [step.surviving for step in cut],
        linestyle="none",
        marker="|",
        markersize=11,
        markeredgewidth=1.6,
        color=color,
    )


def waits(
    target: TargetResult, sessions: Sequence[SessionResult], say: Say, number: int
) -> "Markup":
    """Every wait of one target, session after session, on a logarithmic scale."""
    shown = [session for session in sessions if session.bars]

    def draw(canvas: PictureCanvas) -> None:
        (axes,) = canvas.axes()
        groups: dict[str, tuple[list[float], list[float]]] = {}
        for column, session in enumerate(shown):
            for index, bar in enumerate(session.bars):
                kind = "never" if bar.severity == "never" else bar.state
                xs, ys = groups.setdefault(kind, ([], []))
                xs.append(column + 0.1 + 0.8 * (index + 0.5) / len(session.bars))
                ys.append(max(0.3, bar.wait_ms / 1000))
            if column % 2:
                axes.axvspan(column, column + 1, color="#F4F2EC", linewidth=0, zorder=0)
        for kind, (mark, label) in _marks(say).items():
            if kind in groups:
                axes.plot(*groups[kind], linestyle="none", label=canvas.say(label, 30), **mark)
        axes.axhline(PROMISE_S, color=_BREACH, linewidth=1.3, linestyle=(0, (4, 2)))
        axes.set_yscale("log")
        top = max([30.0, *(y for _, ys in groups.values() for y in ys)])
        axes.set_ylim(0.28, top * 1.6)
        axes.set_xlim(0, len(shown))
        ticks = [t for t in (0.3, 1, 3, 10, 30, 60, 180, 600, 1800) if t <= top * 1.6]
        axes.set_yticks(ticks, [f"{t:g} s" if t < 60 else f"{t / 60:g} min" for t in ticks])
        axes.minorticks_off()
        names = [f"{session.number}" for session in shown]
        axes.set_xticks([column + 0.5 for column in range(len(shown))], names)
        axes.tick_params(axis="x", length=0)
        axes.set_xlabel(canvas.say(say("第几场", "session"), 30))
        axes.grid(axis="y")
        axes.set_axisbelow(True)
        if groups:
            canvas.figure.legend(loc="outside upper right", ncols=5, fontsize=8.5, handlelength=1.2)

    described = say(
        f"{target.name} 的每一次等待，按场次；超时的逐条见下表",
        f"Every wait of {target.name} by session; each breach is in the table",
    )
    return picture(f"waits{number}", (_WIDE, 2.5), described, draw)


def _marks(say: Say) -> dict[str, tuple[dict[str, Any], str]]:
    hollow: dict[str, Any] = {"markerfacecolor": "none", "markeredgewidth": 1.1}
    return {
        "kept": ({"marker": "o", "ms": 4.5, "color": _KEPT, **hollow}, say("守约", "kept")),
        "breached": (
            {"marker": "D", "ms": 5.2, "color": _BREACH, "markeredgewidth": 0},
            say("超时", "breached"),
        ),
        "never": (
            {"marker": "x", "ms": 7, "color": _BREACH, "markeredgewidth": 2},
            say("始终没回", "never answered"),
        ),
        "censored": (
            {"marker": "^", "ms": 5.5, "color": INK_2, **hollow},
            say("截断", "cut off"),
        ),
        "void": ({"marker": "+", "ms": 6, "color": INK_2}, say("作废", "void")),
    }
