"""The main job through two real clients and a relay process: buy, talk, end, check the receipt."""

import asyncio
from pathlib import Path

from tests.client.world import (
    PASSWORD,
    Mirror,
    RelayProcess,
    invitation,
    opened,
    person,
    session_of,
)

from miaohui.client.snapshots import Delivery, Notice
from miaohui.promise.verdict import verify_bundle
from miaohui.wire.orders import OrderState
from miaohui.wire.sessions import End


def test_buy_talk_end_and_verify(relay: RelayProcess, tmp_path: Path) -> None:
    async def job() -> None:
        async with person(relay.url) as anna, person(relay.url) as bo:
            await anna.until(lambda: anna.client.view.link.state == "live")
            await bo.until(lambda: bo.client.view.link.state == "live")
            await anna.client.sign_up("anna", PASSWORD, "安娜")
            await bo.client.sign_up("xiaobo", PASSWORD, "小波", await invitation(relay))
            session = await opened(anna, bo)
            mirror = Mirror(anna.client, session)

            key = anna.client.send_text(session, "在吗？")
            shown = anna.client.messages(session)[-1]
            assert (shown.key, shown.text) == (key, "在吗？")
            assert shown.delivery in (Delivery.WRITING, Delivery.SENDING)
            await bo.until(lambda: "在吗？" in bo.texts(session))
            bo.client.seen(session, key)

            await anna.until(
                lambda: getattr(anna.client.panel_of_message(session, key), "seq", None) is not None
            )
            await anna.until(
                lambda: anna.client.panel_of_message(session, key).delivery is Delivery.SEEN  # type: ignore[union-attr]
            )

            def covered() -> bool:
                return (
                    anna.client.panel_of_message(session, key).delivery  # type: ignore[union-attr]
                    is Delivery.ANSWERED
                )

            # A reply covers what was on the responder's screen for 0.3 s: so long they go on.
            bo.client.send_text(session, "在的，今天过得怎么样？")
            while not covered():
                said = len(anna.texts(session))
                await anna.until(lambda n=said: len(anna.texts(session)) > n or covered())  # type: ignore[misc]
                bo.client.send_text(session, "我在呢")
            await anna.until(lambda: len(anna.texts(session)) == len(bo.texts(session)))
            await bo.until(lambda: bo.client.messages(session)[-1].seq is not None)
            await anna.until(lambda: len(anna.texts(session)) == len(bo.texts(session)))
            view = anna.client.panel_of_message(session, key)
            assert view is not None
            assert view.verdict == "kept"
            assert view.verdict_final
            assert view.network_ms is not None
            panel = anna.client.panel(session)
            assert panel is not None
            assert (panel.phase, panel.kept, panel.breached) == ("active", 1, 0)
            assert mirror.keys == [each.key for each in anna.client.messages(session)]

            await anna.client.ask(End(id=anna.client.new_id(), session=session))
            await anna.until(
                lambda: any(
                    each.session == session and each.state is OrderState.SETTLED
                    for each in anna.client.view.orders
                )
            )
            await anna.until(
                lambda: bool(getattr(anna.client.session(session), "receipt_sound", 0))
            )
            checked = await anna.client.check_receipt(session)
            assert checked.sound
            assert checked.key_known
            await anna.client.export_bundle(session, tmp_path / "s.zip", with_text=True)
            verdict = verify_bundle((tmp_path / "s.zip").read_bytes())
            assert verdict.sound
            assert verdict.bodies_proved == len(anna.texts(session))
            assert verdict.observed == 1
            hits = await anna.client.search("怎")
            assert [each.text for each in hits] == ["在的，今天过得怎么样？"]
            assert Notice("closed", session) in anna.heard
            assert not [c for c in anna.heard if isinstance(c, Notice) and "broken" in c.code]

    asyncio.run(job())


def test_a_cut_link_loses_nothing(tmp_path: Path) -> None:
    relay = RelayProcess(tmp_path)

    async def job() -> None:
        async with person(relay.url) as anna, person(relay.url) as bo:
            for each in (anna, bo):
                await each.until(lambda e=each: e.client.view.link.state == "live")  # type: ignore[misc]
            await anna.client.sign_up("anna", PASSWORD, "安娜")
            await bo.client.sign_up("xiaobo", PASSWORD, "小波", await invitation(relay))
            session = await opened(anna, bo)
            anna.client.send_text(session, "一")
            await bo.until(lambda: bo.texts(session) == ["一"])
            relay.kill()
            await anna.until(lambda: anna.client.view.link.state == "offline")
            anna.client.send_text(session, "二")
            anna.client.send_text(session, "三")
            await anna.until(
                lambda: anna.client.messages(session)[-1].delivery is Delivery.NOT_DELIVERED
            )
            relay.again()
            await bo.until(lambda: bo.texts(session) == ["一", "二", "三"])
            await anna.until(lambda: anna.client.messages(session)[-1].seq is not None)
            assert anna.texts(session) == ["一", "二", "三"]
            assert session_of(anna, anna.client.view.orders[0].order) == session

    try:
        asyncio.run(job())
    finally:
        relay.stop()
