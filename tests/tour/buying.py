"""The tour's first half: first start, practice, finding a shop, buying, waiting in the queue."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton
from tests.tour.hand import CannotDo
from tests.tour.stage import Stage

from miaohui.desktop.pages.checkout import CheckoutPane
from miaohui.desktop.pages.people import PersonLine
from miaohui.desktop.pages.unlock import UnlockForm
from miaohui.desktop.strings import discover as discover_words
from miaohui.desktop.strings import shop as shop_words
from miaohui.desktop.strings import start as start_words
from miaohui.wire.orders import OrderState

__all__ = ["checkout", "discover", "first_start", "practise", "queue", "search", "shop"]

NOT_ENCRYPTED = "ws://relay.example:8443"


async def first_start(stage: Stage) -> None:
    """Two doors; an address that may not be used is refused in words."""
    hand = stage.hand
    await stage.until(lambda: stage.window.routes is not None, "the first page")
    await stage.until(lambda: stage.routes.now == "start", "the first start")
    await stage.shot("first-start")
    start = stage.page("start")
    hand.write(start.address, NOT_ENCRYPTED)
    await stage.until(lambda: start.result.text().startswith("✗"), "the address is refused")
    await stage.shot("address-refused")
    hand.clear(start.address)


async def practise(stage: Stage) -> None:
    """The second door: a relay and scripted responders start on this machine."""
    start = stage.page("start")
    begun = stage.deadline.spent_s()
    stage.hand.click(start.practise)
    await stage.shot("practice-starting")
    await stage.until(
        lambda: (
            _unlock(stage) is not None
            or stage.routes.now == "discover"
            or stage.hand.says(start_words.practise_failed(), start)
        ),
        "practice started",
    )
    if stage.routes.now == "start" and _unlock(stage) is None:
        raise CannotDo(f"practice did not start: {_logged(stage)}")
    form = _unlock(stage)
    if form is not None:
        # A machine without a keyring: the app says so, and offers memory alone.
        await stage.shot("no-keyring")
        stage.hand.click(form.memory)
        await stage.until(lambda: stage.routes.now == "discover", "practice started")
    stage.facts["practice_started_ms"] = round((stage.deadline.spent_s() - begun) * 1000)


def _logged(stage: Stage) -> str:
    """The last line that the app wrote about it."""
    try:
        lines = (stage.home / "miaohui.log").read_text(encoding="utf-8").strip().splitlines()
    except OSError:
        return "the log says nothing"
    return lines[-1][-300:] if lines else "the log says nothing"


def _unlock(stage: Stage) -> UnlockForm | None:
    sheet = stage.window.sheet
    body = sheet.body if sheet is not None else None
    return body if isinstance(body, UnlockForm) else None


async def discover(stage: Stage) -> None:
    """Shops by what was measured of them."""
    page = stage.page("discover")
    await stage.until(lambda: page.model.rowCount() > 3, "shops in the list")
    await stage.until(lambda: stage.hand.all_of(PersonLine, page.pane), "a shop's people")
    stage.facts["shops"] = page.model.rowCount()
    await stage.shot("discover")


async def search(stage: Stage) -> None:
    """Words from a single character on, filters, an empty answer and the way out of it."""
    hand, page = stage.hand, stage.page("discover")
    everything = page.model.rowCount()
    hand.press("Ctrl+K")
    hand.write_on("茶")
    await stage.until(lambda: 0 < page.model.rowCount() < everything, "shops with 茶")
    stage.facts["found_by_one_character"] = page.model.rowCount()
    await stage.shot("search-one-character")
    hand.clear(page.text)
    await stage.until(lambda: page.model.rowCount() >= everything, "the whole list")
    hand.click(page.free_now)
    hand.click(page.kept)
    await stage.until(lambda: 0 < page.model.rowCount() < everything, "filtered shops")
    await stage.shot("filtered")
    hand.write(page.text, "zzz")
    await stage.until(lambda: not page.model.rowCount(), "nothing found")
    await stage.shot("nothing-found")
    hand.click(hand.find(QPushButton, discover_words.clear_filters(), page))
    await stage.until(lambda: page.model.rowCount() >= everything, "the whole list again")
    await hand.choose(page.sort, discover_words.sort_of("fastest"))
    await stage.shot("sorted-by-fastest")
    await hand.choose(page.sort, discover_words.sort_of("measured"))


async def shop(stage: Stage) -> None:
    """The shop of the slow one, by its name."""
    hand, page = stage.hand, stage.page("discover")
    name = stage.shop.name
    hand.write(page.text, name)
    await stage.until(lambda: page.model.row_of(stage.shop.shop) == 0, f"{name} in the list")
    hand.click_row(page.list, page.model.index(0))
    await stage.until(
        lambda: page.pane.shop_id() == stage.shop.shop and _row(stage) is not None,
        f"the people of {name}",
    )
    await stage.shot("shop")
    hand.wheel(page.pane.area.viewport(), 4000)
    await stage.shot("shop-offers-and-reviews")


def _row(stage: Stage) -> PersonLine | None:
    pane = stage.page("discover").pane
    return stage.hand.seek(PersonLine, shop_words.choose_person(stage.slow.name), pane)


async def checkout(stage: Stage) -> None:
    """The slow one, the shortest time; the sum is on the button."""
    hand = stage.hand
    row = _row(stage)
    if row is None:
        await stage.until(lambda: _row(stage) is not None, f"{stage.slow.name} in the shop")
        row = _row(stage)
    assert row is not None
    hand.click(row)
    await stage.until(lambda: hand.all_of(CheckoutPane), "the checkout")
    pane = hand.all_of(CheckoutPane)[0]
    await stage.shot("checkout")
    shortest = min(stage.shop.offers, key=lambda one: one.minutes)
    hand.click(pane.lengths[shortest.offer])
    await stage.shot("checkout-trial")
    stage.facts["bought"] = {"offer": shortest.offer, "price_fen": shortest.price_fen}
    hand.click(pane.pay)
    await stage.until(lambda: stage.routes.now == "sessions", "paid, and in the queue")


async def queue(stage: Stage) -> None:
    """The place in the queue until the responder accepts; then their first message."""
    page = stage.page("sessions")
    if page.stack.currentWidget() is page.queue:
        await stage.shot("queue")
    await stage.until(lambda: bool(page.session), "the order was accepted")
    stage.session = page.session
    order = next((one for one in stage.client.view.orders if one.session == page.session), None)
    stage.facts["order"] = None if order is None else order.order
    stage.facts["order_opened"] = order is not None and order.state is OrderState.OPEN
    await stage.shot("waiting-for-the-first-message")
    await stage.until(
        lambda: (
            (panel := stage.client.panel(stage.session)) is not None and panel.phase == "active"
        ),
        "the responder's first message",
    )
    await stage.shot("paid-time-begins")
