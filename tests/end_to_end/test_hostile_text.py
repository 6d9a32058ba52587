"""A relay whose every name and text is hostile: the window shows them as they are written.

The relay is a real one. It would refuse such names itself, so they are written into its database
while it is down, as a host could.
"""

import sqlite3
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QLineEdit, QListView, QWidget
from tests.client.world import Person, RelayProcess, paid
from tests.end_to_end.screen import Screen, on_qt, screen, signed_up
from tests.end_to_end.test_desk import accepted, at_the_desk, cards

from miaohui.desktop.chat.view import ChatView
from miaohui.wire.desk import SetPresence
from miaohui.wire.sessions import End, WriteReview

ACTING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u200b\u2060\ufeff")
MARK = "HOSTILE"
TRICK = (
    "<img src=x>HOS\u200bTILE <b>&lt;b&gt;</b> &amp \u202egnp.exe\u2066 "
    "[a](https://a.example) https://xn--pple-43d.com"
)
NAMES = (
    ("shops", "name"),
    ("shops", "about"),
    ("people", "name"),
    ("people", "about"),
    ("accounts", "display"),
    ("tokens", "device_name"),
)
ROLES = (
    Qt.ItemDataRole.DisplayRole,
    Qt.ItemDataRole.AccessibleTextRole,
    Qt.ItemDataRole.AccessibleDescriptionRole,
    Qt.ItemDataRole.ToolTipRole,
)


def spoil(folder: Path) -> None:
    """Every name in the relay's database is a trick now."""
    file = next(one for one in folder.rglob("*") if one.is_file() and is_sqlite(one))
    with sqlite3.connect(file) as base:
        for table, column in NAMES:
            base.execute(f"UPDATE {table} SET {column} = ?", (TRICK,))
    base.close()


def is_sqlite(file: Path) -> bool:
    return file.read_bytes()[:15] == b"SQLite format 3"


def words_of(root: QWidget) -> Iterator[tuple[str, str, QWidget]]:
    """Every text of every widget below: what kind of text, the text, whose."""
    for one in (root, *root.findChildren(QWidget)):
        yield "name", one.accessibleName(), one
        yield "description", one.accessibleDescription(), one
        yield "tip", one.toolTip(), one
        yield "title", one.windowTitle(), one
        if isinstance(one, QLabel | QAbstractButton):
            yield "text", one.text(), one
        if isinstance(one, QLineEdit):
            yield "placeholder", one.placeholderText(), one
        if isinstance(one, QListView) and not isinstance(one, ChatView):
            model = one.model()
            for row in range(model.rowCount()):
                for role in ROLES:
                    yield "row", str(model.index(row, 0).data(role) or ""), one
    for action in root.findChildren(QAction):
        yield "action", action.text(), root


def walked(root: QWidget) -> int:
    """Nothing below acts or is taken for markup; how many texts were the relay's."""
    found = 0
    for kind, text, whose in words_of(root):
        assert not ACTING & set(text), (kind, text, whose)
        if MARK not in text:
            continue
        found += 1
        if kind == "tip":
            assert text.startswith("<qt>")
            assert "<img" not in text
            assert "<img" in unescape(text)
        if isinstance(whose, QLabel):
            assert whose.textFormat() is Qt.TextFormat.PlainText, (kind, text, whose)
        if kind == "action" or (kind == "text" and isinstance(whose, QAbstractButton)):
            assert "&" not in text.replace("&&", ""), (kind, text, whose)
    for view in root.findChildren(ChatView):
        for row in range(view.chat_model.rowCount()):
            laid_out = view.row_layout(row).text
            assert laid_out is None or not ACTING & set(laid_out.text().replace("\u200b", ""))
    return found


async def spoiled(relay: RelayProcess, *windows: Screen) -> None:
    relay.kill()
    spoil(relay.data)
    relay.again()
    for one in windows:
        await one.until(lambda one=one: one.client.view.link.state == "live")  # type: ignore[misc]
    for one in windows:
        await one.until(lambda one=one: MARK in _plain(one.client.view.account.display))  # type: ignore


def _plain(words: str) -> str:
    return words.replace("\u200b", "")


def test_nothing_that_a_relay_says_acts_on_the_window(
    qapp: QApplication, relay: RelayProcess
) -> None:
    async def job() -> None:
        async with screen() as theirs, screen() as shown:
            desk = await at_the_desk(theirs, relay, "bo-hostile", "小波")
            await signed_up(shown, relay, "anna-hostile")
            await spoiled(relay, theirs, shown)
            anna, bo = Person(shown.client), Person(theirs.client)
            await bo.client.ask(SetPresence(id=bo.client.new_id(), state="on"))
            discover = shown.page("discover")
            discover.refresh()
            await shown.until(lambda: MARK in _plain(discover.pane.about.text()))
            # The shop as it was read before bo came on duty offers nobody by name.
            await shown.until(lambda: any(p.presence != "off" for p in discover.pane._shop.people))
            await shown.until(lambda: walked(shown.window) >= 6)

            shown.routes.buy(discover.pane._shop)
            await shown.until(lambda: shown.window.sheet.isVisible())  # type: ignore[union-attr]
            await shown.until(lambda: walked(shown.window.sheet) >= 2)  # type: ignore[arg-type]
            shown.window.sheet.close_sheet()  # type: ignore[union-attr]

            await paid(anna)
            await theirs.until(lambda: bool(cards(desk)))
            await theirs.until(lambda: walked(theirs.window) >= 1)
            session = await accepted(theirs, desk)
            for each in (anna, bo):
                each.client.send_text(session, TRICK)
            await shown.until(lambda: len(shown.client.messages(session)) >= 3)
            shown.routes.open_session(session)
            await shown.until(lambda: shown.routes.session_on_screen == session)
            await shown.until(lambda: walked(shown.window) >= 10)
            await theirs.until(lambda: walked(theirs.window) >= 4)
            shown.window.notices.say(TRICK)  # type: ignore[union-attr]

            await shown.client.ask(End(id=anna.client.new_id(), session=session, now=True))
            await shown.until(lambda: shown.client.session(session).receipt_sound is True)  # type: ignore[union-attr]
            await anna.client.ask(
                WriteReview(id=anna.client.new_id(), session=session, stars=1, text=TRICK)
            )
            shown.routes.open_receipt(session)
            await shown.until(lambda: shown.routes.now == "receipt")
            for page in ("orders", "settings", "discover"):
                shown.routes.visit(page)
                await shown.until(lambda page=page: shown.routes.now == page)  # type: ignore[misc]
            await shown.until(lambda: _reviewed(discover))
            await shown.until(lambda: walked(shown.window) >= 20)

    on_qt(qapp, job())


def _reviewed(discover: Any) -> bool:
    texts = [one.text() for one in discover.pane.findChildren(QLabel)]
    return sum(MARK in _plain(one) for one in texts) >= 4 and discover.pane._shop.reviews
