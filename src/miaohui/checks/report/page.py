"""The report as one HTML file: everything inside, nothing fetched, no script."""

from collections.abc import Sequence

from miaohui import resources
from miaohui.checks.language import speaker
from miaohui.checks.plan.plan import Plan
from miaohui.checks.report.closing import deviations, limits, proof, reply, rule
from miaohui.checks.report.conduct import conduct
from miaohui.checks.report.html import Markup, join, tag
from miaohui.checks.report.measures import measures
from miaohui.checks.report.opening import opening
from miaohui.checks.report.slots import sessions
from miaohui.checks.results import Results

# Even a browser that is lied to by a file has nowhere to go.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(results: Results, plan: Plan, replies: Sequence[tuple[str, str]], lang: str) -> str:
    """``replies``: (file's name, text) of what shops answered; ``lang``: zh_CN or en."""
    say = speaker(lang)
    style = resources.path("report", "report.css").read_text(encoding="utf-8")
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", f"{results.name} · {say('检验报告', 'report of a check')}"),
        tag("style", Markup(style)),
    )
    body = tag(
        "main",
        opening(results, plan, say),
        measures(results, plan, say),
        conduct(results, plan, say),
        sessions(results, say),
        deviations(results, say),
        rule(results, plan, say),
        limits(results, say),
        reply(results, plan, replies, say),
        proof(results, say),
    )
    whole = tag("html", head, tag("body", body), lang="zh-CN" if lang == "zh_CN" else "en")
    return join((Markup("<!doctype html>\n"), whole, Markup("\n")))
