"""The templates of resources/report filled in: every value is escaped, an unknown name is an error.

What strangers wrote (names of shops, plans, replies) can therefore never become markup.
"""

import re
from functools import cache, partial
from typing import TYPE_CHECKING, Final

from miaohui import resources
from miaohui.checks.language import speaker
from miaohui.checks.report import amounts, figures, words
from miaohui.promise.constants import PERCENT_FROM_TURNS

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup

# Controls, lone surrogates, and the marks that reverse the direction of what follows.
_UNSHOWN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def rendered(template: str, lang: str, **values: object) -> str:
    """A template of resources/report with its values, in zh_CN or en."""
    return environment(lang).get_template(template).render(values)


def escaped(value: str) -> "Markup":
    """Text as markup; what HTML forbids or what turns the line around is shown as a sign."""
    from markupsafe import escape

    return escape(printable(value))


def printable(value: object) -> object:
    """The value with the characters replaced that no page may carry; markup stays as it is."""
    if isinstance(value, str) and not hasattr(value, "__html__"):
        return _UNSHOWN.sub("\ufffd", value)
    return value


@cache
def environment(lang: str) -> "Environment":
    """The templates with the filters and names that they may use, in one language."""
    # Only a report needs them: the commands that check one run without.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    say = speaker(lang)

    def spoken(chinese: str, english: str, **shown: object) -> str:
        return say(chinese, english).format(**shown)

    def wait(ms: int | None, at_least: bool = False) -> str:
        return amounts.wait(ms, say, at_least=at_least)

    made = Environment(
        loader=FileSystemLoader(resources.path("report")),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printable,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.globals |= {
        "say": spoken,
        "lang": say("zh-CN", "en"),
        "colon": say("：", ": "),
        "dash": amounts.NONE,
        "figures": figures,
        "part": amounts.part,
        "late_share": amounts.late_share,
        "MARKS": words.MARKS,
        "PERCENT_FROM_TURNS": PERCENT_FROM_TURNS,
    }
    plain = (
        *(amounts.percent, amounts.threshold, amounts.rate, amounts.limits, amounts.yuan),
        *(amounts.moment, amounts.evening, amounts.clock, amounts.since, amounts.number),
        amounts.banded,
    )
    made.filters |= {each.__name__: each for each in plain}
    made.filters |= {"wait": wait, "span": partial(amounts.span, say=say)}
    named = (
        *(words.label_name, words.flag_name, words.probe_name, words.severity_name),
        *(words.state_name, words.reason_name, words.last_name, words.note_name),
        *(words.verdict_name, words.agreement_name, words.day_name),
        *(words.unit_name, words.share_name),
    )
    made.filters |= {each.__name__: partial(each, say) for each in named}
    made.filters["differing"] = partial(words.differing, say, percent=amounts.percent)
    return made
