"""The report as one HTML file: everything inside, nothing fetched, no script."""

from collections.abc import Sequence

from miaohui.checks.language import Say, speaker
from miaohui.checks.plan.plan import Plan
from miaohui.checks.report import figures, plots
from miaohui.checks.report.templates import rendered
from miaohui.checks.results import Results


def page(results: Results, plan: Plan, replies: Sequence[tuple[str, str]], lang: str) -> str:
    """``replies``: (file's name, text) of what shops answered; ``lang``: zh_CN or en."""
    pictures = _pictures(results, speaker(lang))
    return rendered(
        "page.html.j2", lang, results=results, plan=plan, replies=replies, pictures=pictures
    )


def _pictures(results: Results, say: Say) -> dict[str, object]:
    """The drawings by the place where they stand: of all targets, of a few, of each by its name."""
    seen = [target for target in results.targets if target.survival]
    groups = [seen[i : i + plots.TOGETHER] for i in range(0, len(seen), plots.TOGETHER)]
    waits = {}
    for number, target in enumerate(results.targets, 1):
        own = figures.sessions_of(target, results)
        if any(session.bars for session in own):
            waits[target.target] = plots.waits(target, own, say, number)
    return {
        "intervals": plots.intervals(results, say) if results.targets else "",
        "curves": [plots.curves(group, results, say, i) for i, group in enumerate(groups, 1)],
        "waits": waits,
    }
