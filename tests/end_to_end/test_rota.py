"""A rota in two windows on one relay: an owner writes and publishes it, two people swap."""

from datetime import UTC, datetime, timedelta
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel
from tests.client.world import PASSWORD, RelayProcess, invitation, person
from tests.end_to_end.screen import Screen, on_qt, screen
from tests.end_to_end.test_desk import at_the_desk, named

from miaohui.runtime.clock import rfc3339, utc_ms_of
from miaohui.wire.rota import AskSwap


async def as_owner(shown: Screen, relay: RelayProcess) -> Any:
    invite = relay.admin("invite-owner", "lanting").split()[-1].strip('"}')
    shown.client.choose_relay(relay.url)
    await shown.until(lambda: shown.client.view.link.state == "live")
    await shown.client.sign_up("owner-rota", PASSWORD, "掌柜", invite)
    await shown.until(lambda: shown.routes.now == "shop")
    shown.routes.visit("rota")
    await shown.until(lambda: shown.routes.now == "rota")
    page = shown.page("rota")
    await shown.until(lambda: page._rota is not None)
    return page


def says(page: Any, text: str) -> bool:
    return any(text in one.text() for one in page.findChildren(QLabel) if one.isVisible())


def test_an_owner_publishes_and_two_people_swap(qapp: QApplication, relay: RelayProcess) -> None:
    async def job() -> None:
        async with screen() as shown, screen() as theirs, person(relay.url) as other:
            desk = await at_the_desk(theirs, relay, "bo-rota", "小波")
            await other.until(lambda: other.client.view.link.state == "live")
            await other.client.sign_up("lu-rota", PASSWORD, "小鹿", await invitation(relay))
            page = await as_owner(shown, relay)

            # Limits first: what is refused is said in words, and nothing typed is lost.
            page.limits.day.setValue(6)
            page.limits.stretch.setValue(3)
            page.limits.nights.setValue(3)
            await shown.press(page.limits.save)
            await shown.until(lambda: "每人每天最多 6 小时" in page.summary.text())
            await shown.press(page.later)
            await shown.until(lambda: page._rota.from_utc > rfc3339(0) and page._week == 1)
            before = page._rota
            page.read()
            await shown.until(lambda: page._rota is not before)
            people = {each.name: each.responder for each in page._rota.people}

            async def add(name: str, day: int, hours: str) -> None:
                count = len(page._rota.shifts)
                page.form.person._choose(people[name])
                page.form.day._choose(str(day))
                page.form.hours.setText(hours)
                QTest.keyClick(page.form.hours, Qt.Key.Key_Return)
                await shown.until(lambda: len(page._rota.shifts) == count + 1)

            await add("小波", 4, "18:00-23:00")
            await add("小鹿", 5, "20:00-02:00")
            assert [each.state for each in page._rota.shifts] == ["draft", "draft"]
            page.form.hours.setText("25-99")
            await shown.press(page.form.add)
            assert "18:00-23:00" in page.note.text()
            page.form.hours.setText("10:00-18:00")
            await shown.press(page.form.add)
            await shown.until(lambda: "超过了这个人每天的工时" in page.note.text())
            await shown.press(page.publish)
            await shown.until(lambda: "已发布 2 个班次" in page.note.text())
            friday = slice(4 * 24 + 18, 5 * 24)
            await shown.until(lambda: page._rota.there[friday] == [1, 1, 1, 1, 1, 0])

            # Who answers sees what is published, and asks for a swap by keyboard alone.
            theirs.routes.visit("rota")
            mine = theirs.page("rota")
            await theirs.until(lambda: theirs.routes.now == "rota" and mine._rota is not None)
            assert not mine.form.isVisible()
            assert not mine.publish.isVisible()
            await theirs.press(mine.later)
            await theirs.until(lambda: len(mine._rota.shifts) == 2)
            mine.chart.setFocus()
            QTest.keyClick(mine.chart, Qt.Key.Key_Right)
            assert "小波 星期五 18–23" in mine.chart.accessibleDescription()
            QTest.keyClick(mine.chart, Qt.Key.Key_Return)
            await theirs.until(mine.swap_form.isVisible)
            mine.swap_to._choose(people["小鹿"])
            await theirs.press(mine.ask)
            await theirs.until(lambda: says(mine, "等对方点头"))
            await theirs.press(named(mine, "swap-no"))
            await theirs.until(lambda: says(mine, "收回了"))

            # The other asks in turn, for a shift in return; a nod changes both.
            by = {each.responder: each.shift for each in mine._rota.shifts}
            await other.client.ask(
                AskSwap(
                    id=other.client.new_id(),
                    shift=by[people["小鹿"]],
                    to=people["小波"],
                    in_return=by[people["小波"]],
                )
            )
            await theirs.until(lambda: says(mine, "等对方点头"))
            await theirs.press(named(mine, "swap-yes"))
            await theirs.until(lambda: says(mine, "换好了"))
            swapped = {each.responder: each.shift for each in mine._rota.shifts}
            assert swapped[people["小波"]] == by[people["小鹿"]]
            assert desk.presence == "on"

            # The relay's own look: today's work stands there for whom it is about.
            assert says(mine, "今天 ")
            monday = datetime.fromtimestamp(utc_ms_of(mine._rota.from_utc) / 1000, UTC)
            assert (monday + timedelta(minutes=mine._rota.utc_offset_min)).weekday() == 0

    on_qt(qapp, job())
