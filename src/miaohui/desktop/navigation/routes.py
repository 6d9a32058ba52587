"""The ways between pages: which one is shown, made when first wanted, made anew in another
language."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Literal, overload

from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

from miaohui.client.snapshots import LinkState
from miaohui.desktop.loop.preload import up_to
from miaohui.desktop.strings import myshop, shell
from miaohui.desktop.widgets.assembly import Assembly
from miaohui.desktop.widgets.page import WindowPage
from miaohui.wire.accounts import Role

if TYPE_CHECKING:
    from miaohui.desktop.bridge import Bridge
    from miaohui.desktop.checking.running import Running
    from miaohui.desktop.navigation.frame import WindowFrame
    from miaohui.desktop.notices.notices import Notices
    from miaohui.desktop.pages.check.page import CheckPage
    from miaohui.desktop.pages.desk import DeskPage
    from miaohui.desktop.pages.discover import DiscoverPage
    from miaohui.desktop.pages.orders import OrdersPage
    from miaohui.desktop.pages.owner.page import MyShopPage
    from miaohui.desktop.pages.receipt import ReceiptPage
    from miaohui.desktop.pages.rota import RotaPage
    from miaohui.desktop.pages.sessions.page import SessionsPage
    from miaohui.desktop.pages.settings.page import SettingsPage
    from miaohui.desktop.pages.start import StartPage
    from miaohui.desktop.system.applink import AppLink
    from miaohui.wire.catalogue import Shop

__all__ = ["Routes"]

# Where one usually goes from a page: built there while nobody waits for it.
NEXT = {"discover": "sessions"}
ENDING = ("closing", "closed")  # from such a conversation one goes to the receipt
LULL_MS = 300
# Who has which pages besides everybody's.
OWN_PAGES = {Role.RESPONDER: ("desk", "rota"), Role.OWNER: ("desk", "shop", "rota")}
FIRST = {Role.RESPONDER: "desk", Role.OWNER: "shop"}
# States of the vault in which a person must say how the history is kept.
KEY_WANTED = {"none", "asking", "cancelled", "locked", "changed"}


class Routes(QObject):
    """Pages are imported and built the first time they are shown."""

    def __init__(
        self, bridge: Bridge, window: WindowFrame, notices: Notices, running: Running
    ) -> None:
        super().__init__(window)
        self._bridge, self._window, self._running = bridge, window, running
        self._pages: dict[str, WindowPage] = {}
        self._assemblies: dict[str, Assembly[WindowPage]] = {}
        self._foreseen: set[str] = set()  # pages that are made, or will be while nobody waits
        self._wanted = ""  # the page that is shown as soon as it is made
        self._now = ""
        self._link: AppLink | None = None  # from outside, until somebody is signed in
        self._before = ""
        self._receipt = ""  # the session whose receipt was shown last
        self._untouched = True  # nobody has gone anywhere since the start
        if window.rail is None:
            raise RuntimeError("routes need a window with a rail")
        self._say, self._speak = notices.say, notices.announcer.say
        self._rail = window.rail
        self._rail.page_asked.connect(self._rail_pressed)
        notices.session_asked.connect(self.open_talk)
        notices.desk_asked.connect(lambda: self.visit("desk"))
        bridge.app_changed.connect(self.follow)
        bridge.session_changed.connect(self._session_changed)
        bridge.language_changed.connect(self._rebuild)
        self.follow()

    @property
    def now(self) -> str:
        """The page on screen."""
        return self._now

    @property
    def session_on_screen(self) -> str:
        """The conversation that is shown now, or empty."""
        page = self._pages.get(self._now)
        return "" if page is None else page.session

    @overload
    def page(self, name: Literal["start"]) -> StartPage: ...
    @overload
    def page(self, name: Literal["discover"]) -> DiscoverPage: ...
    @overload
    def page(self, name: Literal["sessions"]) -> SessionsPage: ...
    @overload
    def page(self, name: Literal["check"]) -> CheckPage: ...
    @overload
    def page(self, name: Literal["orders"]) -> OrdersPage: ...
    @overload
    def page(self, name: Literal["receipt"]) -> ReceiptPage: ...
    @overload
    def page(self, name: Literal["desk"]) -> DeskPage: ...
    @overload
    def page(self, name: Literal["shop"]) -> MyShopPage: ...
    @overload
    def page(self, name: Literal["rota"]) -> RotaPage: ...
    @overload
    def page(self, name: Literal["settings"]) -> SettingsPage: ...
    @overload
    def page(self, name: str) -> WindowPage: ...
    def page(self, name: str) -> WindowPage:
        """The page itself, built if it was not yet."""
        if name not in self._pages:
            made = self._begun(name).finish()
            self._assemblies.pop(name, None)
            self._pages.setdefault(name, made)
        return self._pages[name]

    def _begun(self, name: str) -> Assembly[WindowPage]:
        if name not in self._assemblies:
            page = self._make(name)
            self._assemblies[name] = Assembly(page, self._window.stack, self._window.stylesheet)
        return self._assemblies[name]

    def _steps(self, name: str) -> Iterator[None]:
        """A page made in turns, from its modules to its layout."""
        if name in self._pages:
            yield from self._window.stylesheet.catching_up(self._pages[name])
            return
        yield from up_to(name)
        if name in self._pages:
            return
        making = self._begun(name)
        for _ in making.steps:
            if self._assemblies.get(name) is not making:
                if self._pages.get(name) is not making.page:
                    making.page.deleteLater()  # the language changed meanwhile
                return
            yield
        self.page(name)

    def _make(self, name: str) -> WindowPage:
        match name:
            case "start":
                return self._make_start()
            case "discover":
                from miaohui.desktop.pages.discover import DiscoverPage

                discover = DiscoverPage(self._bridge)
                discover.buy_asked.connect(self.buy)
                return discover
            case "sessions":
                from miaohui.desktop.pages.sessions.page import SessionsPage

                sessions = SessionsPage(self._bridge)
                sessions.receipt_asked.connect(self.open_receipt)
                sessions.notice_wanted.connect(self._say)
                sessions.spoken.connect(self._speak)
                sessions.discover_asked.connect(lambda: self.visit("discover"))
                return sessions
            case "check":
                from miaohui.desktop.pages.check.page import CheckPage

                check = CheckPage(self._bridge, self._running)
                check.notice_wanted.connect(self._say)
                return check
            case "orders":
                from miaohui.desktop.pages.orders import OrdersPage

                orders = OrdersPage(self._bridge)
                orders.session_asked.connect(self.open_session)
                orders.queue_asked.connect(self.open_queue)
                orders.receipt_asked.connect(self.open_receipt)
                orders.discover_asked.connect(lambda: self.visit("discover"))
                return orders
            case "receipt":
                from miaohui.desktop.pages.receipt import ReceiptPage

                receipt = ReceiptPage(self._bridge)
                receipt.back_asked.connect(self.step_back)
                receipt.shop_asked.connect(self.open_shop)
                receipt.session_asked.connect(self.open_session)
                return receipt
            case "desk":
                from miaohui.desktop.pages.desk import DeskPage

                desk = DeskPage(self._bridge)
                desk.notice_wanted.connect(self._say)
                desk.spoken.connect(self._speak)
                return desk
            case "shop":
                from miaohui.desktop.pages.owner.page import MyShopPage

                return MyShopPage(self._bridge)
            case "rota":
                from miaohui.desktop.pages.rota import RotaPage

                return RotaPage(self._bridge)
            case "settings":
                from miaohui.desktop.pages.settings.page import SettingsPage

                return SettingsPage(self._bridge)
        raise ValueError(f"no page {name!r}")

    def _make_start(self) -> StartPage:
        from miaohui.desktop.pages.start import StartPage

        page, self._window.first_page = self._window.first_page, None
        if page is None:
            page = StartPage(self._bridge)
        page.sign_in_asked.connect(self.sign_in)
        page.practice_asked.connect(self._window.practice_asked)
        return page

    # --- going ---------------------------------------------------------------------------------
    def visit(
        self,
        name: str,
        then: Callable[[], None] | None = None,
        first: Callable[[], None] | None = None,
    ) -> None:
        """Shows a page as soon as it is made, which it is in turns; a later wish wins.
        ``first`` is done before it is shown, ``then`` after."""
        self._wanted = name
        self._bridge.scheduler.begin(self._visiting(name, then, first))

    def _visiting(
        self, name: str, then: Callable[[], None] | None, first: Callable[[], None] | None
    ) -> Iterator[None]:
        yield from self._steps(name)
        if first is not None and self._wanted == name:
            first()
            yield
        if self._wanted != name:
            return
        # Shown and filled first, painted in a turn of its own.
        stack = self._window.stack
        stack.setUpdatesEnabled(False)
        try:
            self.go(name)
            yield
            if then is not None and self._now == name:
                then()
                yield
        finally:
            if isValid(stack):
                stack.setUpdatesEnabled(True)

    def go(self, name: str) -> None:
        """Shows a page now; its place in the rail is marked."""
        self._wanted = ""
        page = self.page(name)
        if self._now != name:
            self._before, self._now = self._now, name
        self._rail.setVisible(name != "start")
        self._rail.mark("sessions" if name == "receipt" else name)
        self._window.stylesheet.hurry(page)
        self._window.stack.setCurrentWidget(page)
        if name in NEXT:
            QTimer.singleShot(LULL_MS, self, lambda: self._make_next(name, NEXT[name]))
        page.setFocus()  # Tab begins in the page, not where the last one left it
        titles = {
            "discover": shell.discover,
            "sessions": shell.sessions,
            "receipt": shell.sessions,
            "check": shell.check,
            "orders": shell.orders,
            "settings": shell.settings,
            "desk": shell.desk,
            "shop": myshop.title,
        }
        self._window.set_page_title(titles[name]() if name in titles else "")

    def _make_next(self, now: str, name: str) -> None:
        if self._now == now and name not in self._foreseen and self._bridge.is_attached:
            self._foreseen.add(name)
            self._bridge.scheduler.begin(self._steps(name), idle=True)

    def _session_changed(self, session: str) -> None:
        self._mark_unread()
        if session == self.session_on_screen and "receipt" not in self._foreseen:
            panel = self._bridge.client.panel(session)
            if panel is not None and panel.phase in ENDING:
                self._make_next("sessions", "receipt")

    def focus_search(self) -> None:
        """Ctrl+K: the page's own search, else Discover's."""
        if self._now in ("", "start") or self._window.sheet is not None:
            return
        if not self.page(self._now).focus_search():
            self.visit("discover", self._search_shops)

    def _search_shops(self) -> None:
        self.page("discover").focus_search()

    def step_back(self) -> None:
        """Esc: closes the topmost sheet; else from a receipt back to where it was opened."""
        from miaohui.desktop.widgets.sheet import Sheet

        # The key's shortcut is the window's, so a sheet that holds the focus never hears it.
        open_ = [sheet for sheet in self._window.findChildren(Sheet) if sheet.isVisible()]
        if open_:
            open_[-1].dismiss()
        elif self.page(self._now).step_back():
            return
        elif self._now == "receipt":
            self.visit(self._before if self._before not in ("", "start", "receipt") else "orders")

    def open_session(self, session: str) -> None:
        self.visit("sessions", lambda: self.page("sessions").open_session(session))

    def open_talk(self, session: str) -> None:
        """A session where this person has it: at the desk, where it is answered, or among one's
        own."""
        desk = self._bridge.client.view.desk
        if desk is not None and any(card.session == session for card in desk.sessions):
            self.visit("desk", lambda: self.page("desk").choose(session))
        else:
            self.open_session(session)

    def follow_link(self, link: AppLink) -> None:
        """A link from outside: goes there, and does nothing else. Before somebody is signed in
        it waits."""
        if self._bridge.client.view.account is None:
            self._link = link
            return
        match link.place:
            case "session":
                self.open_talk(link.key)
            case "receipt":
                self.open_receipt(link.key)
            case "shop-page":
                self.open_shop(link.key)
            case page if page in self._rail.pages():
                self.visit(page)

    def open_queue(self, order: str) -> None:
        self.visit("sessions", lambda: self.page("sessions").open_order(order))

    def open_receipt(self, session: str) -> None:
        self._receipt = session
        self.visit("receipt", first=lambda: self.page("receipt").show_session(session))

    def open_shop(self, shop: str) -> None:
        self.visit("discover", lambda: self.page("discover").choose(shop))

    def buy(self, shop: Shop, offer: str = "", responder: str = "") -> None:
        """Checkout, as a sheet."""
        from miaohui.desktop.pages.checkout import CheckoutPane

        pane = CheckoutPane(self._bridge, shop, offer, responder)
        sheet = self._window.show_sheet(pane, width=640)
        sheet.may_close = pane.may_leave
        pane.cancelled.connect(sheet.close_sheet)
        pane.paid.connect(sheet.close_sheet)
        pane.paid.connect(self.open_queue)

    def sign_in(self, url: str, relay: str, responder: bool) -> None:
        """Chooses the relay and asks who is there; first, where nothing could hold the token,
        what to do about that."""
        from miaohui.desktop.pages.signin import SignInForm

        if self._bridge.client.view.keyring in KEY_WANTED:
            self._ask_key(lambda: self.sign_in(url, relay, responder))
            return
        self._bridge.set(practice=False)
        self._bridge.client.choose_relay(url)
        form = SignInForm(self._bridge, relay, responder=responder)
        sheet = self._window.show_sheet(form, width=460)
        form.cancelled.connect(sheet.close_sheet)
        form.signed_in.connect(sheet.close_sheet)

    # --- following the client --------------------------------------------------------------------
    def follow(self) -> None:
        """Shows the start page where nobody is signed in, and leaves it where somebody is."""
        view, settings = self._bridge.client.view, self._bridge.settings
        settled = view.account is not None
        if not settled and view.link.state in (LinkState.CONNECTING, LinkState.OFFLINE):
            # The token is still being tried: stay where the person is.
            settled = self._now not in ("", "start")
        if settled and self._open_running():
            pass  # on its way there
        elif settled and self._now in ("", "start"):
            self._begin_at(self._first_page())
        elif not settled and self._now != "start":
            self.go("start")
        role = self._role()
        self._rail.show_some(OWN_PAGES.get(role, ()) if role is not None else ())
        self._mark_unread()
        if self._link is not None and view.account is not None:
            link, self._link = self._link, None
            self.follow_link(link)
        if view.keyring in KEY_WANTED and not settings.practice:
            # Who has been here before hears at once what stands between them and their history.
            returns = bool(settings.relay_url) and view.keyring != "none"
            if returns or self._now != "start":
                self._ask_key()

    def _first_page(self) -> str:
        """Where they were when they left; who answers begins where it is answered."""
        role = self._role() or Role.CUSTOMER
        if role in FIRST:
            return FIRST[role]
        left = self._bridge.settings.page
        return left if left in self._rail.pages() else "discover"

    def _rail_pressed(self, name: str) -> None:
        self._untouched = False
        self.visit(name)

    def _open_running(self) -> bool:
        """After a start, the session that runs: time is passing there. Once the relay has told what
        runs, the start is over."""
        if not self._untouched or self._now not in ("", "start", self._first_page()):
            return False
        view = self._bridge.client.view
        if view.account is None or view.account.role is not Role.CUSTOMER:
            return False
        told = view.link.state is LinkState.LIVE and view.wallet is not None
        self._untouched = not told
        running = [one for one in view.sessions if one.state != "closed"]
        if running:
            self._untouched = False
            self.open_session(running[0].session)
        return bool(running)

    def _begin_at(self, name: str) -> None:
        if (
            not self._wanted or self._wanted == "start"
        ):  # facts come by the second: it is being made
            self.visit(name)

    def _role(self) -> Role | None:
        account = self._bridge.client.view.account
        return None if account is None else account.role

    def _mark_unread(self) -> None:
        client = self._bridge.client
        seen = (client.session(card.session) for card in client.view.sessions)
        unread = any(one is not None and one.unread for one in seen)
        self._rail.set_dot("sessions", shown=unread and self._now != "sessions")

    def _ask_key(self, then: Callable[[], None] | None = None) -> None:
        from miaohui.desktop.pages.unlock import UnlockForm

        if self._window.sheet is not None and isinstance(self._window.sheet.body, UnlockForm):
            return
        form = UnlockForm(self._bridge)
        sheet = self._window.show_sheet(form, width=480)
        # With a question behind it, it may be left; else nothing can be stored before it.
        sheet.may_close = lambda: then is not None
        form.unlocked.connect(sheet.close_sheet)
        if then is not None:
            form.unlocked.connect(then)

    def _rebuild(self) -> None:
        """Another language: every page is made anew; the one on screen stays until it is."""
        old, self._pages, self._assemblies = list(self._pages.values()), {}, {}
        self._foreseen.clear()
        self._rail.retranslate()
        now, shown = self._now, self.session_on_screen
        if now == "receipt":
            self.open_receipt(self._receipt)
        elif now == "sessions" and shown:
            self.open_session(shown)
        else:
            self.visit(now)
        self._bridge.scheduler.begin(self._dropping(old))

    def _dropping(self, pages: list[WindowPage]) -> Iterator[None]:
        for page in pages:
            self._window.stack.removeWidget(page)
            page.hide()
            page.deleteLater()
            yield
