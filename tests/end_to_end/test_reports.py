"""Blocking and reporting, from the window to the host's command line and back."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import keyring
import pytest
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QLineEdit, QPushButton
from tests.client.keys import Box
from tests.client.world import PASSWORD, Person, RelayProcess, invitation, opened, person
from tests.end_to_end.screen import Screen, on_qt, screen
from tests.end_to_end.test_care import talk

from miaohui.client.port import Refused
from miaohui.client.snapshots import Delivery
from miaohui.desktop.pages.reports.filing import FilingPane
from miaohui.desktop.pages.reports.followed import FollowedPane
from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.orders import Quote
from miaohui.wire.reports import (
    AppealReport,
    BlockPeer,
    FileReport,
    ListReports,
    ReportCategory,
    ReportedMessage,
    ReportFiled,
    Reports,
    UnblockPeer,
)
from miaohui.wire.sessions import WriteReview


@pytest.fixture(autouse=True)
def box() -> Iterator[Box]:
    before, mine = keyring.get_keyring(), Box()
    keyring.set_keyring(mine)
    yield mine
    keyring.set_keyring(before)


async def desk(relay: RelayProcess, *words: str) -> list[dict[str, Any]]:
    said = await asyncio.to_thread(relay.admin, "reports", *words)
    return [json.loads(line) for line in said.splitlines()]


async def refused(work: Any) -> str:
    with pytest.raises(Refused) as caught:
        await work
    return caught.value.code


async def two(relay: RelayProcess, anna: Person, bo: Person, suffix: str) -> str:
    for each in (anna, bo):
        await each.until(lambda e=each: e.client.view.link.state == "live")  # type: ignore[misc]
    await anna.client.sign_up(f"anna-{suffix}", PASSWORD, "安娜")
    await bo.client.sign_up(f"bo-{suffix}", PASSWORD, "小波", await invitation(relay))
    session = await opened(anna, bo)
    for each in (anna, bo):
        each.client.focus(session)
    return session


async def said(by: Person, to: Person, session: str, text: str) -> None:
    by.client.send_text(session, text)
    await to.until(lambda: text in to.texts(session))


def test_the_hosts_queue_an_appeal_and_both_told(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "relay")

    async def job() -> None:
        async with person(relay.url) as anna, person(relay.url) as bo:
            session = await two(relay, anna, bo, "queue")
            await said(anna, bo, session, "在吗")
            await said(bo, anna, session, "你等着瞧")
            found = await anna.client.reportable(session)
            assert [(each.author, each.told.text) for each in found] == [
                ("customer", "在吗"),
                ("responder", "你等着瞧"),
            ]
            invented = ReportedMessage(
                message=found[1].told.message, seq=found[1].told.seq, salt="0" * 32, text="别的话"
            )
            new_id = anna.client.new_id
            filed = await anna.client.ask(
                FileReport(
                    id=new_id(),
                    session=session,
                    category=ReportCategory.THREAT,
                    words="他威胁我",
                    messages=(found[1].told, invented),
                )
            )
            assert isinstance(filed, ReportFiled)
            assert (filed.report.messages, filed.report.original) == (2, 1)
            [line] = await desk(relay, "list")
            assert line["category"] == "threat"
            assert not line["overdue"]
            [whole] = await desk(relay, "show", str(line["n"]))
            assert whole["state"] == "read"
            assert whole["words"] == "他威胁我"
            assert [(each["text"], each["original"]) for each in whole["said"]] == [
                ("你等着瞧", True),
                ("别的话", False),
            ]
            bos = await bo.client.ask(ListReports(id=new_id()))
            assert isinstance(bos, Reports)
            assert bos.reports == ()  # nothing is told before it is decided
            told = len(bo.heard)
            await desk(relay, "decide", str(line["n"]), "upheld", "--reason", "属实", "--by", "qin")
            await bo.until(
                lambda: any(getattr(e, "code", "") == "report_changed" for e in bo.heard[told:])
            )
            bos = await bo.client.ask(ListReports(id=new_id()))
            assert isinstance(bos, Reports)
            [seen] = bos.reports
            assert (seen.mine, seen.verdict, seen.reason, seen.may_appeal) == (
                False,
                "upheld",
                "属实",
                True,
            )
            assert seen.messages == 0
            appeal = AppealReport(id=new_id(), report=seen.report, words="是玩笑")
            assert await refused(anna.client.ask(appeal)) == "not_allowed"
            await bo.client.ask(AppealReport(id=new_id(), report=seen.report, words="是玩笑"))
            [line] = await desk(relay, "list")
            assert line["state"] == "appealed"
            again = ("decide", str(line["n"]), "dismissed", "--reason", "看过上下文")
            with pytest.raises(Exception, match="exit status 2"):
                await desk(relay, *again, "--by", "qin")
            await desk(relay, *again, "--by", "lu")
            assert await desk(relay, "list") == []
            figures = await desk(relay, "figures", "--days", "30")
            assert [each["category"] for each in figures] == ["all", "threat"]
            for each in figures:
                assert (each["filed"], each["decided"], each["in_time_share"]) == (1, 1, 1.0)
                assert (each["appeals"], each["overturned"], each["dismissed"]) == (1, 1, 1)
                assert 0 <= each["median_hours"] < 1
            hers = await anna.client.ask(ListReports(id=new_id()))
            assert isinstance(hers, Reports)
            assert hers.reports[0].appeal_verdict == "dismissed"
            assert hers.reports[0].state == "final"

    try:
        asyncio.run(job())
    finally:
        relay.stop()


def test_a_block_ends_it_and_keeps_the_two_apart(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path / "relay")

    async def job() -> None:
        async with person(relay.url) as anna, person(relay.url) as bo:
            session = await two(relay, anna, bo, "block")
            new_id = anna.client.new_id
            await said(anna, bo, session, "我知道你住哪")
            await said(bo, anna, session, "请不要这样")
            threat = (await bo.client.reportable(session))[0]
            await bo.client.ask(
                FileReport(
                    id=new_id(),
                    session=session,
                    category=ReportCategory.THREAT,
                    messages=(threat.told,),
                )
            )
            await bo.client.ask(BlockPeer(id=new_id(), session=session))
            await anna.until(
                lambda: (
                    (v := anna.client.session(session)) is not None
                    and v.card.state == "closed"
                    and v.receipt is not None
                )
            )
            # What was said stays, nothing new comes, and the one who was reported cannot rate.
            assert anna.texts(session) == ["我知道你住哪", "请不要这样"]
            anna.client.send_text(session, "别走")
            await anna.until(
                lambda: (
                    anna.client.messages(session)[-1].delivery is Delivery.FAILED
                    or any(m.delivery is Delivery.FAILED for m in anna.client.messages(session))
                )
            )
            review = WriteReview(id=new_id(), session=session, stars=1)
            assert await refused(anna.client.ask(review)) == "not_allowed"
            view = anna.client.session(session)
            assert view is not None
            shop = await anna.client.ask(GetShop(id=new_id(), shop=view.card.shop))
            assert isinstance(shop, Shop)
            quote = Quote(id=new_id(), shop=view.card.shop, offer=shop.offers[0].offer)
            assert await refused(anna.client.ask(quote)) == "shop_closed"
            listed = await bo.client.ask(ListReports(id=new_id()))
            assert isinstance(listed, Reports)
            assert [each.name for each in listed.blocked] == ["安娜"]
            # Dismissed: the rating is open again. Lifted: so are orders, after a restart, too.
            [line] = await desk(relay, "list")
            await desk(
                relay, "decide", str(line["n"]), "dismissed", "--reason", "不成立", "--by", "qin"
            )
            await anna.client.ask(WriteReview(id=new_id(), session=session, stars=3))
            await bo.client.ask(UnblockPeer(id=new_id(), session=session))
            listed = await bo.client.ask(ListReports(id=new_id()))
            assert isinstance(listed, Reports)
            assert listed.blocked == ()
            again = Quote(id=new_id(), shop=view.card.shop, offer=shop.offers[0].offer)
            await anna.client.ask(again)

    try:
        asyncio.run(job())
    finally:
        relay.stop()


def _pane(shown: Screen, kind: type) -> Any:
    found = [one for one in shown.window.findChildren(kind) if one.isVisible()]
    return found[-1] if found else None


def test_what_goes_out_is_shown_before_it_goes(tmp_path: Path, qapp: QApplication) -> None:
    relay = RelayProcess(tmp_path / "relay")

    async def job() -> None:
        async with screen() as shown, person(relay.url) as bo:
            session = await talk(shown, relay, bo, "filing")
            page = shown.page("sessions").conversation
            key = next(
                each.key for each in shown.client.messages(session) if each.kind == "message"
            )
            page.report(key)
            await shown.until(lambda: (p := _pane(shown, FilingPane)) is not None and bool(p.boxes))
            pane = _pane(shown, FilingPane)
            assert [each.text() for each in pane.boxes] == ["对方：在呢"]
            told = (await shown.client.reportable(session))[0]
            preview = pane.preview.toPlainText()
            for part in ("在呢", told.told.salt, told.commit, session):
                assert part in preview
            pane.boxes[0].setChecked(False)
            assert not pane.send.isEnabled()
            pane.boxes[0].setChecked(True)
            pane.categories[ReportCategory.FRAUD].click()
            assert "110" in pane.due.text()
            pane.block_too.setChecked(True)
            await shown.press(pane.send)
            await shown.until(lambda: not pane.block.isVisible())
            [line] = await desk(relay, "list")
            assert (line["category"], line["original"]) == ("fraud", 1)
            for each in (*pane.findChildren(QCheckBox), *pane.findChildren(QPushButton)):
                assert each.accessibleName() or each.text()
            pane.left.emit()
            await desk(
                relay, "decide", str(line["n"]), "dismissed", "--reason", "太早", "--by", "qin"
            )
            shown.routes.go("settings")
            settings = shown.page("settings")
            link = settings.findChild(QPushButton, "reports")
            link.click()

            def words() -> list[str]:
                found = _pane(shown, FollowedPane)
                return [] if found is None else [e.text() for e in found.findChildren(QLabel)]

            await shown.until(lambda: any("太早" in each for each in words()))
            assert any("云朵" in each for each in words())
            followed = _pane(shown, FollowedPane)
            followed.findChild(QLineEdit, "appeal-words").setText("再看看")
            await shown.press(followed.findChild(QPushButton, "appeal"))
            await shown.until(lambda: any("申诉中" in each for each in words()))
            await shown.press(_pane(shown, FollowedPane).findChild(QPushButton, "unblock"))
            await shown.until(lambda: not any("云朵" in each for each in words()))

    try:
        on_qt(qapp, job())
    finally:
        relay.stop()
