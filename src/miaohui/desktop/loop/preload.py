"""The modules of the pages, loaded before they are wanted, one a turn of the loop while nobody waits for them.

The first show of a page would else load its modules in one go, which is most of its time.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator

__all__ = ["EVERYDAY", "SELDOM", "ahead", "up_to"]

# What is imported by others stands before them: each turn loads one module, not a chain.
EVERYDAY = (
    *(
        "strings.discover",
        "strings.shop",
        "strings.shoptrade",
        "widgets.pill",
        "widgets.flow",
        "widgets.figure",
    ),
    *("widgets.empty", "widgets.avatar", "widgets.hours", "models.shops", "pages.people"),
    *("pages.shop", "pages.discover", "strings.sessions", "strings.conversation"),
    "strings.transcript",
    *("strings.chat", "strings.panel", "strings.checkout", "strings.orders"),
    *(
        "models.keyedrows",
        "models.sessions",
        "widgets.progress",
        "widgets.ring",
        "widgets.waits",
        "widgets.stars",
    ),
    *("chat.icon", "chat.scroll_bar", "chat.emoji_grid", "chat.message_edit", "chat.row"),
    *("chat.quote_bar", "chat.composer", "chat.utf16", "chat.links", "chat.layout"),
    *("chat.selection", "chat.store", "chat.model", "chat.gestures", "chat.menu", "chat.newer"),
    *("chat.painter", "chat.layout_cache", "chat.canvas", "chat.height_index", "chat.reading"),
    *("chat.rowlist", "chat.view", "panel.countbar", "panel.panel"),
    *(
        "widgets.asking",
        "pages.sessions.banner",
        "pages.sessions.dealings",
        "pages.sessions.head",
        "chat.row_mapper",
    ),
    *(
        "pages.sessions.lines",
        "pages.sessions.pictures",
        "strings.care",
        "pages.sessions.carecard",
        "pages.sessions.care",
        "pages.sessions.peercare",
        "panel.stopped",
        "pages.sessions.conversation",
        "pages.sessions.queue",
        "pages.sessions.page",
    ),
    *(
        "widgets.buttonrow",
        "widgets.sheet",
        "pages.checkout",
        "models.orders",
        "pages.orders",
        "strings.settings",
    ),
    *(
        "pages.settings.account",
        "strings.keeping",
        "pages.settings.keeping",
        "pages.settings.limits",
        "pages.settings.privacy",
        "pages.settings.page",
    ),
    *("strings.receipt", "pages.review", "pages.receipt"),
)
# Few people answer, keep a shop or check shops: what that takes, with libraries some fifteen
# megabytes, is loaded when somebody goes there, in turns as well.
DESK = ("strings.desk", "pages.deskrows", "pages.desk")
ROTA = ("strings.rota", "pages.rotachart", "pages.rotaforms", "pages.servedcard", "pages.rota")
SHOP = (
    *("strings.myshop", "strings.shopday", "pages.owner.panel", "pages.owner.tiles"),
    *("pages.owner.columns", "pages.owner.offerscard", "pages.owner.dayscard"),
    *("pages.owner.termscard", "pages.owner.trade", "pages.owner.people", "pages.owner.figures"),
    *("strings.pay", "strings.shopbooks", "models.takings", "pages.owner.money"),
    *("pages.owner.reviews", "pages.owner.today", "pages.owner.page"),
)
CHECK = (
    *("checking.library", "strings.check", "strings.checkresults", "strings.checkplan"),
    *("checking.library_model", "pages.check.library", "checking.draft"),
    *("checking.figures", "checking.target_model", "checking.targettable", "checking.curves"),
    *("checking.sessioncard", "checking.resultsview", "pages.check.run", "checking.fields"),
    *("checking.planform", "checking.lintcard", "checking.plantext", "pages.check.editor"),
    "pages.check.page",
)
SELDOM = {"desk": DESK, "shop": SHOP, "rota": ROTA, "check": CHECK}
# What checks would else load in long chains, at one go.
CHECKS = (
    *("tomllib", "miaohui.checks.plan.plan", "regex", "miaohui.checks.plan.positions"),
    *("miaohui.checks.plan.table", "miaohui.checks.plan.festivals", "miaohui.care.rules"),
    *("miaohui.checks.plan.rules", "miaohui.checks.plan.reader", "miaohui.checks.record.trace"),
    *("miaohui.checks.results", "miaohui.checks.analysis.ratings", "miaohui.promise.bundle"),
    *(
        "miaohui.checks.analysis.session",
        "miaohui.checks.statistics.verdicts",
        "miaohui.checks.analysis.target",
    ),
    *(
        "miaohui.checks.analysis.analyse",
        "miaohui.checks.report.words",
        "miaohui.checks.plan.timeline",
    ),
    *("miaohui.checks.statistics.samplesize", "miaohui.checks.lint"),
)


# What the first connection would else load in one go.
LIBRARIES = (
    *("websockets.exceptions", "websockets.frames", "websockets.http11", "websockets.protocol"),
    *("websockets.client", "websockets.asyncio.connection", "websockets.asyncio.client"),
)


def ahead() -> Iterator[None]:
    """Loads what everybody needs, one a step; what is loaded already costs nothing."""
    for name in LIBRARIES:
        importlib.import_module(name)
        yield
    for name in EVERYDAY:
        importlib.import_module(f"miaohui.desktop.{name}")
        yield


def up_to(page: str) -> Iterator[None]:
    """The modules this page needs, and no more than that."""
    wanted = f"pages.{page}.page" if f"pages.{page}.page" in EVERYDAY else f"pages.{page}"
    if page in SELDOM:
        for name in CHECKS if page == "check" else ():
            importlib.import_module(name)
            yield
        modules = (*EVERYDAY, *SELDOM[page])
    else:
        modules = EVERYDAY[: EVERYDAY.index(wanted) + 1] if wanted in EVERYDAY else ()
    for name in modules:
        importlib.import_module(f"miaohui.desktop.{name}")
        yield
