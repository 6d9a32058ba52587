"""A host's payments: settings, notices over HTTP, the commands, bills both ways."""

import asyncio
import http.client
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.relay.house import EVENING, HandClock, House, fresh, open_house
from tests.relay.money.gateway import AES, APP, APPID, MCHID, PayGateway, private_pem, public_pem

from miaohui.relay.host import admin, settings
from miaohui.relay.host.server import Options, Relay
from miaohui.relay.host.settings import SettingsFault
from miaohui.relay.money.payments import BillKind, BillRow
from miaohui.relay.money.reconcile import BillDifference, alarms_in, compare_in
from miaohui.relay.net.notice_listener import NoticeListener
from miaohui.relay.ports import Caller
from miaohui.wire.catalogue import GetShop, Shop
from miaohui.wire.desk import AcceptOrder, Opened
from miaohui.wire.orders import CancelOrder, Order, OrderState, Pay

TABLES = f"""
[payments.wechat]
appid = "{APPID}"
mchid = "{MCHID}"
serial = "ABC123"
key_file = "shop.pem"
apiv3_key_file = "apiv3"
public_key_file = "bank.pem"
public_key_id = "PUB_KEY_ID_0001"
shop = "wan"

[payments.alipay]
app_id = "{APP}"
key_file = "shop.pem"
public_key_file = "bank.pem"
shops = {{ wan = "token-wan", solo = "token-solo" }}
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    for name, text in (
        ("shop.pem", private_pem("shop")),
        ("bank.pem", public_pem("bank")),
        ("apiv3", AES + "\n"),
        ("relay.toml", TABLES),
    ):
        (tmp_path / name).write_text(text)
    return tmp_path / "relay.toml"


def test_what_is_configured_is_whose_the_money_is(file: Path) -> None:
    wechat, alipay = settings.read(file).merchants.providers(HandClock())
    assert [(each.serves("wan"), each.serves("solo")) for each in (wechat, alipay)] == [
        (True, False),
        (True, True),
    ]


@pytest.mark.parametrize(
    ("old", "new", "word"),
    [
        ("[payments.wechat]", "[payments.paypal]", "no provider 'paypal'"),
        ('mchid = "', 'merchant = "', "no setting 'merchant'"),
        ('serial = "ABC123"', "", "serial is missing"),
        ('key_file = "shop.pem"', 'key_file = "none.pem"', "none.pem"),
        ('key_file = "shop.pem"', 'key_file = "apiv3"', "a key cannot be used"),
        ('apiv3_key_file = "apiv3"', 'apiv3_key_file = "shop.pem"', "32 characters"),
        ('shop = "wan"', "", "never collected for others"),
        ("shops = {", 'shop = "wan"\nshops = {', "never collected for others"),
        ("token-solo", "", "a table of shop = account"),
    ],
)
def test_what_is_unsound_is_named(file: Path, old: str, new: str, word: str) -> None:
    text = TABLES.replace(old, new, 1)
    assert text != TABLES
    file.write_text(text)
    with pytest.raises(SettingsFault, match=word):
        settings.read(file)


def test_practice_money_and_real_money_never_stand_in_the_same_books(file: Path) -> None:
    options = Options(data=file.parent / "data", practice=True, settings=file)
    with pytest.raises(SettingsFault, match="practice"):
        asyncio.run(Relay.start(options))


def code_shown(house: House, order: str) -> Callable[[], bool]:
    def shown() -> bool:
        known = house.screens.orders.get(order)
        return known is not None and known.payment is not None and known.payment.qr is not None

    return shown


async def bought(
    house: House, gateway: PayGateway, provider: str = "wechat", anna: Caller | None = None
) -> tuple[str, str]:
    """(order, the payment's number at the provider), paid and in the queue."""
    anna = anna or await house.customer(f"anna{len(gateway.trades)}")
    quoted = await house.quote(anna)
    await house.ask(anna, Pay(id=fresh(), order=quoted.order, provider=provider, price_fen=5000))
    await house.screens.until(code_shown(house, quoted.order))
    payment = house.screens.orders[quoted.order].payment
    assert payment is not None
    assert gateway.pay(provider, payment.number)
    await house.queued(quoted.order)
    return quoted.order, payment.number


def at_home(
    data: Path, story: Callable[[House, PayGateway], object], clock: HandClock | None = None
) -> None:
    clock = clock or HandClock()
    gateway = PayGateway(clock)

    async def whole() -> None:
        async with open_house(
            data, clock, lambda store: [gateway.wechat(), gateway.alipay()]
        ) as house:
            await house.responder("yun")
            await story(house, gateway)  # type: ignore[misc]

    asyncio.run(whole())


def test_a_shop_says_how_it_can_be_paid(tmp_path: Path) -> None:
    async def story(house: House, gateway: PayGateway) -> None:
        anna = await house.customer("anna")
        ways = {}
        for shop in ("wan", "solo"):
            page = await house.want(Shop, anna, GetShop(id=fresh(), shop=shop))
            ways[shop] = page.providers
        assert ways == {"wan": ["wechat", "alipay"], "solo": []}

    at_home(tmp_path, story)


def test_notices_over_http_are_believed_when_they_are_signed(tmp_path: Path) -> None:
    async def story(house: House, gateway: PayGateway) -> None:
        _, wechat = await bought(house, gateway)
        _, alipay = await bought(house, gateway, "alipay")
        listener = NoticeListener(house.tasks, house.services.notices.hear)
        await listener.listen("127.0.0.1", 0)

        def post(path: str, headers: dict[str, str], body: bytes) -> tuple[int, bytes]:
            line = http.client.HTTPConnection("127.0.0.1", listener.port, timeout=10)
            line.request("POST", path, body, headers)
            answer = line.getresponse()
            found = answer.status, answer.read()
            line.close()
            return found

        async def said(path: str, sent: tuple[dict[str, str], bytes]) -> tuple[int, bytes]:
            return await asyncio.to_thread(post, path, *sent)

        good = gateway.wechat_notice(wechat)
        assert await said("/notices/wechat", good) == (200, b"")
        assert await said("/notices/wechat", good) == (200, b"")  # again: no second question
        assert await house.value("SELECT count(*) FROM notices_heard") == 1
        assert await said("/notices/alipay", gateway.alipay_notice(alipay)) == (200, b"success")
        for path, sent in (
            ("/notices/wechat", gateway.wechat_notice(wechat, "forged")),
            ("/notices/wechat", gateway.wechat_notice(wechat, "old")),
            ("/notices/alipay", gateway.alipay_notice(alipay, "forged")),
            ("/notices/paypal", good),
        ):
            assert (await said(path, sent))[0] == 401
        assert (await said("/elsewhere", good))[0] == 404
        assert (await said("/notices/wechat", ({"Content-Length": "99999999"}, b"")))[0] == 413
        listener.close()

    at_home(tmp_path, story)


def test_bills_are_compared_both_ways_and_nothing_is_mended(tmp_path: Path) -> None:
    day = "2027-01-15"

    async def story(house: House, gateway: PayGateway) -> None:
        _, trade = await bought(house, gateway)
        _, other = await bought(house, gateway)
        reconciler = house.services._reconciler
        assert await reconciler.reconcile(day) == 0
        gateway.missing_in_bill.add(trade)
        gateway.extra_bill_rows.append(("payment", "m-nobody", 700))
        # A row of WeChat's is missing, and each bill has one that nobody here knows.
        assert await reconciler.reconcile(day) == 3
        before = await house.value("SELECT fen FROM payments WHERE trade = ?", other)

        def job(conn: object) -> list[BillDifference]:
            return compare_in(
                conn,  # type: ignore[arg-type]
                "wechat",
                day,
                [BillRow(BillKind.PAYMENT, trade, 4000), BillRow(BillKind.PAYMENT, other, 5000)],
                EVENING,
            )

        assert await house.store.write(job) == [BillDifference(trade, "other sum", 5000, 4000)]
        assert before == await house.value("SELECT fen FROM payments WHERE trade = ?", other)
        alarms = await house.store.read(lambda conn: alarms_in(conn, EVENING))
        assert alarms == ["2 differences between bills and this relay's rows"]

    at_home(tmp_path, story)


def said(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_refund_takes_two_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    async def story(house: House, gateway: PayGateway) -> None:
        order, trade = await bought(house, gateway)

        async def command(*words: str) -> int:
            return await asyncio.to_thread(
                admin.main, ["--data", str(tmp_path), "payments", *words]
            )

        assert await command("list", "--order", order) == 0
        (line,) = said(capsys)
        assert (line["trade"], line["state"], line["refunds"]) == (trade, "succeeded", [])
        ask = ("refund", trade, "2000", "--why", "a word given")
        assert await command(*ask, "--by", "ann") == 0
        assert await command(*ask, "--by", "ann") == 0
        assert [each["waits_for"] for each in said(capsys)] == ["another person"] * 2
        assert await house.value("SELECT count(*) FROM refunds") == 0
        assert await command(*ask, "--by", "bo") == 0
        (line,) = said(capsys)
        assert line["by"] == ["ann", "bo"]
        assert await house.value("SELECT fen FROM refunds") == 2000
        await house.services.control.look()
        await house.screens.until(
            lambda: (
                house.screens.orders[order].refund_fen == 2000
                and house.screens.orders[order].refunds[0].state != "pending"
            )
        )
        assert gateway.trades["wechat", trade].claimed == 2000
        assert await command("refund", trade, "3001", "--why", "x", "--by", "ann") == 2
        assert "at most 3000 fen" in capsys.readouterr().err
        assert await command("refund", "none", "1", "--why", "x", "--by", "ann") == 2
        assert await command("reconcile", "yesterday") == 2
        assert await command("reconcile", "2027-01-15") == 0
        assert await command("ask", trade) == 0
        assert await command("alarms") == 0
        assert await command("differences") == 0

    at_home(tmp_path, story)


@pytest.mark.parametrize("served", [False, True])
def test_what_was_given_by_hand_is_part_of_what_an_order_gives_back(
    tmp_path: Path, *, served: bool
) -> None:
    """2000 of 5000 went back by hand: whatever ends the order finds 3000 that are left."""

    async def story(house: House, gateway: PayGateway) -> None:
        anna = await house.customer("anna")
        order, trade = await bought(house, gateway, anna=anna)

        async def command(*words: str) -> int:
            return await asyncio.to_thread(admin.main, ["--data", str(tmp_path), *words])

        for who in ("ann", "bo"):
            why = ("--why", "a word given", "--by", who)
            assert await command("payments", "refund", trade, "2000", *why) == 0
        if served:
            yun = await house.responder("yun")
            await house.offered("yun", order)
            await house.want(Opened, yun, AcceptOrder(id=fresh(), order=order))
            assert await command("ban", "yun") == 0
            await house.services.control.look()
            ended = await house.screens.order(order, OrderState.SETTLED)
        else:
            await house.ask(anna, CancelOrder(id=fresh(), order=order))
            ended = await house.screens.order(order, OrderState.REFUNDED)
        assert ended.refund_fen == 5000
        assert sum(each.fen for each in ended.movements if each.what == "refund") == 5000
        assert await house.value("SELECT sum(fen) FROM refunds") == 5000
        assert await command("refund", order, "--reason", "nothing is left") == (0 if served else 2)
        assert await command("check") == 0

    at_home(tmp_path, story)


def test_what_is_late_is_said(tmp_path: Path) -> None:
    async def story(house: House, gateway: PayGateway) -> None:
        anna = await house.customer("anna")
        quoted = await house.quote(anna)
        await house.ask(
            anna, Pay(id=fresh(), order=quoted.order, provider="wechat", price_fen=5000)
        )
        await house.screens.until(code_shown(house, quoted.order))
        payment = house.screens.orders[quoted.order].payment
        assert payment is not None
        gateway.pay("wechat", payment.number)
        await house.queued(quoted.order)
        gateway.poor.add("wechat")
        await house.ask(anna, CancelOrder(id=fresh(), order=quoted.order))
        back: Order = await house.screens.order(quoted.order, OrderState.REFUNDED)
        assert back.refund_fen == 5000
        assert await house.services.orders._cashier.refund_all()
        house.clock.forward(3_600_001)
        alarms = await house.store.read(lambda conn: alarms_in(conn, house.clock.utc_ms()))
        assert alarms == [
            "1 refunds are older than an hour",
            "1 refunds wait: the shop's balance at its provider may be too small",
        ]

    at_home(tmp_path, story)
