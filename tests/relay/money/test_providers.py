"""WeChat Pay and Alipay through their real clients, against a gateway that cuts, lies and lags."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import alipay as oracle
import httpx
import pytest
from tests.relay.house import EVENING, HandClock
from tests.relay.money.gateway import (
    APP,
    FAULTS,
    MCHID,
    SELLER,
    SUB,
    PayGateway,
    private_pem,
    public_pem,
)

from miaohui.relay.money.accounts import fen_of, ms_of, yuan
from miaohui.relay.money.alipay import members
from miaohui.relay.money.payments import (
    PAYMENT_OPEN_MS,
    BillKind,
    BillRow,
    Intent,
    PaymentOutcome,
    ProviderDown,
    RefundState,
    Repayment,
)
from miaohui.relay.ports import Refused
from miaohui.runtime.clock import SystemClock
from miaohui.wire.errors import Code

# Stripe's own library hands text to httpx in a way that httpx would rather not have.
pytestmark = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
BOTH = pytest.mark.parametrize("name", ["wechat", "alipay"])
ALL = pytest.mark.parametrize("name", ["wechat", "alipay", "stripe"])
# What tells nothing: the same question again, and never "it failed".
SILENT = ("cut_before", "cut_after", "slow", "busy", "forged", "unsigned", "late")


class Desk:
    """One provider, its gateway and a payment of 50 yuan."""

    def __init__(self, name: str, *, partner: bool = False) -> None:
        self.name = name
        self.clock = HandClock()
        self.gateway = PayGateway(self.clock, partner=partner)
        self.provider = getattr(self.gateway, name)()
        self.intent = Intent(
            "p-1", "anna", 5000, "晚风小屋", "wan", self.clock.utc_ms() + PAYMENT_OPEN_MS
        )

    def break_at(self, what: str, fault: str) -> None:
        """The next call of this kind, once."""
        left = [fault]
        self.gateway.fault = lambda _, asked: left.pop() if asked == what and left else None

    def pay(self) -> None:
        assert self.gateway.pay(self.name, self.intent.trade)

    @property
    def trade(self) -> Any:
        return self.gateway.trades[self.name, self.intent.trade]


@ALL
@pytest.mark.parametrize("partner", [False, True])
async def test_from_the_code_to_the_refund(name: str, *, partner: bool) -> None:
    desk = Desk(name, partner=partner)
    provider, intent = desk.provider, desk.intent
    assert provider.serves("wan")
    assert not provider.serves("solo")
    made = await provider.create(intent)
    assert made.qr is not None
    assert made == await provider.create(intent)
    assert (await provider.poll(intent)).outcome is PaymentOutcome.PENDING
    desk.clock.forward(20_000)
    desk.pay()
    paid = await provider.poll(intent)
    assert (paid.outcome, paid.fen, paid.payer_fen) == (PaymentOutcome.SUCCEEDED, 5000, 5000)
    if name != "stripe":
        assert paid.paid_ms == EVENING + 20_000
    accounts = {"wechat": SUB if partner else MCHID, "alipay": SELLER}
    assert paid.merchant == accounts.get(name, "acct_wan" if partner else "stripe")
    assert paid.transaction
    assert paid.payer
    # Created, paid and closed: the state is what the question tells.
    if name != "stripe":
        assert (await provider.create(intent)).qr is None
    assert await provider.cancel(intent) == paid
    for number, fen in (("r1", 1500), ("r2", 3500)):
        back = Repayment(number, intent, fen)
        assert (await provider.refund(back)).state is RefundState.PROCESSING
        again = await provider.refund(back)
        assert again.state in (RefundState.PROCESSING, RefundState.DONE)
        assert (await provider.poll_refund(back)).state is RefundState.DONE
    assert desk.gateway.back() == 5000
    with pytest.raises(Refused):
        await provider.refund(Repayment("r3", intent, 1))
    assert desk.gateway.back() == 5000


@BOTH
@pytest.mark.parametrize("fault", SILENT)
async def test_what_says_nothing_decides_nothing(name: str, fault: str) -> None:
    desk = Desk(name)
    provider, intent = desk.provider, desk.intent
    back = Repayment("r1", intent, 5000)

    async def insist(what: str, call: Any, *, signed: bool = True) -> Any:
        desk.break_at(what, fault)
        try:
            await call()
        except ProviderDown:
            pass
        else:  # errors are not signed, and say nothing of money
            assert not signed
            assert fault in ("forged", "unsigned")
        return await call()

    await insist("precreate", lambda: provider.create(intent))
    await insist("query", lambda: provider.poll(intent), signed=name == "wechat")
    desk.pay()
    paid = await insist("query", lambda: provider.poll(intent))
    assert paid.outcome is PaymentOutcome.SUCCEEDED
    await insist("close", lambda: provider.cancel(intent), signed=False)
    assert desk.gateway.back() == 0
    await insist("refund", lambda: provider.refund(back))
    await insist("fastpay.refund.query", lambda: provider.poll_refund(back))
    assert desk.gateway.back() == 5000
    assert len(desk.trade.refunds) == 1


@BOTH
@pytest.mark.parametrize("fault", ["other_merchant", "other_number"])
async def test_a_well_signed_answer_about_something_else_is_no_answer(
    name: str, fault: str
) -> None:
    desk = Desk(name)
    await desk.provider.create(desk.intent)
    desk.pay()
    desk.break_at("query", fault)
    with pytest.raises(ProviderDown):
        await desk.provider.poll(desk.intent)


async def test_an_old_answer_of_wechat_is_no_answer() -> None:
    desk = Desk("wechat")
    desk.break_at("precreate", "old")
    with pytest.raises(ProviderDown):
        await desk.provider.create(desk.intent)


@ALL
async def test_another_sum_is_told_as_it_is(name: str) -> None:
    desk = Desk(name)
    desk.break_at("precreate", "other_sum")
    await desk.provider.create(desk.intent)
    desk.pay()
    assert (await desk.provider.poll(desk.intent)).fen == 5001


@ALL
@pytest.mark.parametrize("scanned", [False, True])
async def test_called_off_before_it_was_paid(name: str, *, scanned: bool) -> None:
    desk = Desk(name)
    await desk.provider.create(desk.intent)
    if scanned:
        desk.gateway.scan(name, desk.intent.trade)
    for _ in range(2):
        assert (await desk.provider.cancel(desk.intent)).outcome is PaymentOutcome.FAILED
    assert not desk.gateway.pay(name, desk.intent.trade)


@ALL
async def test_who_pays_while_it_is_being_called_off_is_heard(name: str) -> None:
    """At each step of calling off: the question afterwards tells who won."""
    for step in ("close", "cancel", "query"):
        desk = Desk(name)
        await desk.provider.create(desk.intent)

        def fault(_: str, what: str, step: str = step, desk: Desk = desk) -> None:
            if what == step:
                desk.gateway.pay(desk.name, desk.intent.trade)

        desk.gateway.fault = fault
        told = await desk.provider.cancel(desk.intent)
        paid, back = desk.gateway.paid(), desk.gateway.back()
        if told.outcome is PaymentOutcome.SUCCEEDED:
            assert (paid, back) == (5000, 0)
        elif told.outcome is PaymentOutcome.REFUNDED:
            # Alipay's cancel gives back what was paid: it was both.
            assert (told.fen, paid, back) == (5000, 5000, 5000)
        else:
            assert (told.outcome, paid) == (PaymentOutcome.FAILED, 0)


@pytest.mark.parametrize("fault", ["cut_before", "cut_after", "slow", "busy", "late"])
async def test_what_stripe_does_not_say_decides_nothing(fault: str) -> None:
    desk = Desk("stripe")
    provider, intent = desk.provider, desk.intent
    back = Repayment("r1", intent, 5000)

    async def insist(what: str, call: Any) -> Any:
        desk.break_at(what, fault)
        with pytest.raises(ProviderDown):
            await call()
        return await call()

    await insist("precreate", lambda: provider.create(intent))
    desk.pay()
    paid = await insist("query", lambda: provider.poll(intent))
    assert paid.outcome is PaymentOutcome.SUCCEEDED
    await insist("refund", lambda: provider.refund(back))
    await insist("fastpay.refund.query", lambda: provider.poll_refund(back))
    assert (desk.gateway.back(), len(desk.trade.refunds)) == (5000, 1)


async def test_a_page_that_stripe_can_never_have_made_is_absent() -> None:
    desk = Desk("stripe")
    desk.clock.forward(PAYMENT_OPEN_MS + 2 * 60_000)
    assert (await desk.provider.poll(desk.intent)).outcome is PaymentOutcome.ABSENT
    assert (await desk.provider.cancel(desk.intent)).outcome is PaymentOutcome.ABSENT


async def test_stripes_notices_are_signed_and_fresh() -> None:
    gateway = PayGateway(SystemClock())
    provider = gateway.stripe()
    now = SystemClock().utc_ms()
    intent = Intent("p-1", "anna", 5000, "晚风小屋", "wan", now + PAYMENT_OPEN_MS)
    await provider.create(intent)
    heard = provider.read_notice(*gateway.stripe_notice(intent.trade), now)
    assert heard.trade == intent.trade
    for fault in ("forged", "old"):
        with pytest.raises(Refused):
            provider.read_notice(*gateway.stripe_notice(intent.trade, fault), now)


async def test_a_payment_that_wechat_does_not_know_is_absent() -> None:
    desk = Desk("wechat")
    assert (await desk.provider.poll(desk.intent)).outcome is PaymentOutcome.ABSENT
    assert (await desk.provider.cancel(desk.intent)).outcome is PaymentOutcome.ABSENT


async def test_nobody_scanned_is_open_for_alipay_until_the_codes_end() -> None:
    desk = Desk("alipay")
    await desk.provider.create(desk.intent)
    assert (await desk.provider.poll(desk.intent)).outcome is PaymentOutcome.PENDING
    desk.clock.forward(PAYMENT_OPEN_MS)
    assert (await desk.provider.poll(desk.intent)).outcome is PaymentOutcome.ABSENT


async def test_a_refund_that_wechat_cannot_deliver_is_abnormal() -> None:
    desk = Desk("wechat")
    desk.gateway.refund_states = lambda *_: ["PROCESSING", "ABNORMAL", "SUCCESS"]
    await desk.provider.create(desk.intent)
    desk.pay()
    back = Repayment("r1", desk.intent, 5000)
    said = [(await desk.provider.refund(back)).state]
    said += [(await desk.provider.poll_refund(back)).state for _ in range(2)]
    assert said == [RefundState.PROCESSING, RefundState.ABNORMAL, RefundState.DONE]


async def test_that_a_question_worked_is_no_refund_at_alipay() -> None:
    desk = Desk("alipay")
    desk.gateway.refund_states = lambda *_: ["", "", "REFUND_SUCCESS"]
    await desk.provider.create(desk.intent)
    desk.pay()
    back = Repayment("r1", desk.intent, 5000)
    await desk.provider.refund(back)
    assert (await desk.provider.poll_refund(back)).state is RefundState.PENDING
    assert desk.gateway.back() == 0
    assert (await desk.provider.poll_refund(back)).state is RefundState.DONE


@ALL
async def test_a_shops_balance_that_is_too_small_holds_a_refund_up(name: str) -> None:
    desk = Desk(name)
    await desk.provider.create(desk.intent)
    desk.pay()
    desk.gateway.poor.add(name)
    back = Repayment("r1", desk.intent, 5000)
    assert (await desk.provider.refund(back)).state is RefundState.PENDING
    desk.gateway.poor.clear()
    assert (await desk.provider.refund(back)).state is RefundState.PROCESSING


@BOTH
async def test_a_notice_is_a_reason_to_ask_and_is_looked_at_closely(name: str) -> None:
    desk = Desk(name)
    await desk.provider.create(desk.intent)
    desk.pay()
    notice = getattr(desk.gateway, f"{name}_notice")
    now = desk.clock.utc_ms()
    heard = desk.provider.read_notice(*notice(desk.intent.trade), now)
    assert heard.trade == desk.intent.trade
    for fault, code in (
        ("forged", Code.NOT_ALLOWED),
        ("other_merchant", Code.NOT_ALLOWED),
        ("old", Code.TOO_LATE),
    ):
        with pytest.raises(Refused) as caught:
            desk.provider.read_notice(*notice(desk.intent.trade, fault), now)
        assert caught.value.code is code
    headers, raw = notice(desk.intent.trade)
    with pytest.raises(Refused):
        desk.provider.read_notice(headers, raw.replace(b"1", b"2", 1), now)


@BOTH
async def test_bills_name_payments_and_refunds(name: str) -> None:
    desk = Desk(name)
    await desk.provider.create(desk.intent)
    desk.pay()
    back = Repayment("r1", desk.intent, 1500)
    await desk.provider.refund(back)
    fee = 27 if name == "wechat" else 0
    assert await desk.provider.bill("2027-01-15") == [
        BillRow(BillKind.PAYMENT, desk.intent.trade, 5000, fee),
        BillRow(BillKind.REFUND, back.trade, 1500, fee),
    ]
    assert await desk.provider.bill("2027-01-16") == []


def test_the_faults_are_all_tried() -> None:
    tried = {*SILENT, "other_merchant", "other_number", "old", "other_sum", "twice"}
    assert set(FAULTS) == tried


@pytest.mark.parametrize("fen", [0, 1, 10, 99, 100, 4999, 123456789])
def test_yuan_and_fen(fen: int) -> None:
    assert fen_of(yuan(fen)) == fen


@pytest.mark.parametrize("text", [None, "", "1.234", "x", "1e3", "１.00"])
def test_what_is_no_sum(text: object) -> None:
    if text == "":
        assert fen_of(text) == 0
        return
    with pytest.raises(ValueError, match="no sum"):
        fen_of(text)


def test_times_without_a_zone_are_beijings() -> None:
    assert ms_of("2027-01-15 16:00:00") == ms_of("2027-01-15T16:00:00+08:00") == EVENING
    assert ms_of("soon") is None


def test_the_text_that_is_signed_is_found_by_who_knows_strings() -> None:
    text = '{"a_response":{"x":"} \\" ,"},"sign":"s"}'
    assert members(text)["a_response"][0] == '{"x":"} \\" ,"}'


@pytest.mark.parametrize("text", ["", "[]", '{"a":1', '{"a":1,"a":2}', '{"a" 1}', "{a:1}"])
def test_what_is_no_answer(text: str) -> None:
    with pytest.raises(ValueError, match=r"JSON|Expecting|twice"):
        members(text)


# --- the other client on PyPI, over real sockets -------------------------------------------------
@pytest.fixture
def listening() -> Iterator[tuple[PayGateway, str]]:
    gateway = PayGateway(SystemClock())

    class Door(BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            return

        def do_POST(self) -> None:
            self._serve()

        def do_GET(self) -> None:
            self._serve()

        def _serve(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            headers = {key.lower(): value for key, value in self.headers.items()}
            status, out, raw = gateway.handle(self.command, self.path, headers, body)
            self.send_response(status)
            for key, value in {**out, "content-length": str(len(raw))}.items():
                self.send_header(key, value)
            self.end_headers()
            self.wfile.write(raw)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield gateway, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


async def test_both_over_a_socket_and_alipays_other_client_agrees(
    listening: tuple[PayGateway, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    gateway, url = listening
    now = SystemClock().utc_ms()
    intent = Intent("p-1", "anna", 5000, "晚风小屋", "wan", now + PAYMENT_OPEN_MS)
    for provider in (
        gateway.wechat(url, httpx.AsyncHTTPTransport()),
        gateway.alipay(url, httpx.AsyncHTTPTransport()),
    ):
        assert (await provider.create(intent)).qr
        assert gateway.pay(provider.name, intent.trade)
        assert (await provider.poll(intent)).outcome is PaymentOutcome.SUCCEEDED
        await provider.close()
    # The oracle's time is the machine's own zone, so its machine stands in Beijing.
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    import time

    time.tzset()
    try:
        other = oracle.AliPay(
            appid=APP,
            app_notify_url=None,
            app_private_key_string=private_pem("shop"),
            alipay_public_key_string=public_pem("bank"),
            sign_type="RSA2",
        )
        other._gateway = f"{url}/gateway.do"
        made = other.api_alipay_trade_precreate(
            subject="秒回",
            out_trade_no="m9",
            total_amount="50.00",
            time_expire="2099-01-01 00:00:00",
        )
        assert made["qr_code"].startswith("https://qr.alipay.com/")
        # It takes our gateway's signatures for good, and we its requests: the forms agree.
        _, raw = gateway.alipay_notice(intent.trade)
        from urllib.parse import parse_qsl

        given = dict(parse_qsl(raw.decode()))
        assert other.verify(given, given.pop("sign"))
    finally:
        monkeypatch.undo()
        time.tzset()
