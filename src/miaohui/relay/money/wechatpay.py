"""WeChat Pay, APIv3 Native: a code that WeChat scans, by the library ``wechatpayv3``.

Public-key mode only. The library signs and checks signatures; how old an answer is, whose it is and
what follows from it is looked at here. Errors are not signed: they never say that money moved.
"""

import csv
import gzip
import hashlib
import io
import json
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import httpx
from wechatpayv3.async_ import AsyncWeChatPay, WeChatPayType

from miaohui.relay.money.accounts import ShopAccounts, beijing, fen_of, ms_of
from miaohui.relay.money.payments import (
    NOTICE_MAX_AGE_MS,
    BillKind,
    BillRow,
    Created,
    Heard,
    Intent,
    PaymentOutcome,
    ProviderDown,
    RefundState,
    RefundStatus,
    Repayment,
    Status,
)
from miaohui.relay.ports import Refused
from miaohui.runtime.clock import Clock
from miaohui.wire.errors import Code

log = logging.getLogger(__name__)
GATEWAY = "https://api.mch.weixin.qq.com"
CONNECT_S, READ_S = 5.0, 10.0
UNKNOWN = frozenset({"SYSTEM_ERROR", "SYSTEMERROR", "BANK_ERROR", "BANKERROR", "FREQUENCY_LIMITED"})
DECIDED = frozenset({"OUT_TRADE_NO_USED", "ORDERPAID", "ORDER_PAID", "ORDER_CLOSED", "ORDERCLOSED"})
ABSENT = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST", "RESOURCE_NOT_EXISTS"})
POOR = frozenset({"NOT_ENOUGH", "NOTENOUGH"})
OUTCOMES: Mapping[str, PaymentOutcome] = {
    "SUCCESS": PaymentOutcome.SUCCEEDED,
    "REFUND": PaymentOutcome.SUCCEEDED,  # paid, and a refund was asked for: ours are booked here
    "NOTPAY": PaymentOutcome.PENDING,
    "USERPAYING": PaymentOutcome.PENDING,
    "ACCEPT": PaymentOutcome.PENDING,
    "CLOSED": PaymentOutcome.FAILED,
    "REVOKED": PaymentOutcome.FAILED,
    "PAYERROR": PaymentOutcome.FAILED,
}
REFUNDS: Mapping[str, RefundState] = {
    "PROCESSING": RefundState.PROCESSING,
    "SUCCESS": RefundState.DONE,
    "ABNORMAL": RefundState.ABNORMAL,
    "CLOSED": RefundState.CLOSED,
}
PROBE = "WECHATPAY/SIGNTEST/"


@dataclass(frozen=True, slots=True)
class WechatKeys:
    """A merchant's (or a service provider's) number, keys and addresses."""

    appid: str
    mchid: str
    serial: str  # of the merchant's certificate
    private_key: str = field(repr=False)
    apiv3_key: str = field(repr=False)
    public_key: str = field(repr=False)
    public_key_id: str = ""
    notify_url: str = ""
    partner: bool = False  # a service provider: the money goes to sub-merchants
    gateway: str = GATEWAY


class WechatProvider:
    """A PaymentProvider. ``transport``: how it reaches the gateway, where not by the network."""

    name = "wechat"

    def __init__(
        self,
        keys: WechatKeys,
        accounts: ShopAccounts,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._keys = keys
        self._accounts = accounts
        self._clock = clock
        self._library = AsyncWeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=keys.mchid,
            private_key=keys.private_key,
            cert_serial_no=keys.serial,
            appid=keys.appid,
            apiv3_key=keys.apiv3_key,
            # Without an address for notices the library refuses; polls are the truth anyway.
            notify_url=keys.notify_url or "https://localhost.invalid/",
            partner_mode=keys.partner,
            public_key=keys.public_key,
            public_key_id=keys.public_key_id,
        )
        core = self._library._core
        core._gate_way = keys.gateway
        core._client = httpx.AsyncClient(
            transport=transport,
            timeout=httpx.Timeout(READ_S, connect=CONNECT_S),
            event_hooks={"response": [self._check_age]},
        )

    def serves(self, shop: str) -> bool:
        return self._accounts.serves(shop)

    async def close(self) -> None:
        await self._library._core._client.aclose()

    # --- payments ----------------------------------------------------------------------------
    async def create(self, intent: Intent) -> Created:
        status, answer = await self._ask(
            self._library.pay(
                description=intent.subject[:127],
                out_trade_no=intent.trade,
                amount={"total": intent.fen, "currency": "CNY"},
                time_expire=beijing(intent.expires_ms).isoformat(timespec="seconds"),
                pay_type=WeChatPayType.NATIVE,
                **self._sub(intent),
            )
        )
        if status == 200 and isinstance(answer.get("code_url"), str):
            return Created(answer["code_url"])
        code = _error(status, answer)
        if code in DECIDED:
            return Created()  # the next question tells
        raise Refused(Code.PAYMENT_FAILED, code[:64])

    async def poll(self, intent: Intent) -> Status:
        status, answer = await self._ask(
            self._library.query(out_trade_no=intent.trade, **self._sub(intent))
        )
        if status != 200:
            code = _error(status, answer)
            if status == 404 and code in ABSENT:
                return Status(PaymentOutcome.ABSENT, 0, answer=code)
            raise Refused(Code.PAYMENT_FAILED, code[:64])
        self._own(intent, answer, number="out_trade_no", wanted=intent.trade)
        word = str(answer.get("trade_state", ""))
        outcome = OUTCOMES.get(word)
        if outcome is None:
            log.error("WeChat says %r of a payment", word[:32])
            raise ProviderDown
        if outcome is not PaymentOutcome.SUCCEEDED:
            return Status(outcome, 0, answer=word)
        amount, payer = answer.get("amount") or {}, answer.get("payer") or {}
        total, spent = amount.get("total"), amount.get("payer_total")
        if not isinstance(total, int) or amount.get("currency", "CNY") != "CNY":
            log.error("WeChat tells no sum of a payment")
            raise ProviderDown
        return Status(
            outcome,
            total,
            payer=payer.get("openid") or payer.get("sp_openid"),
            transaction=answer.get("transaction_id"),
            payer_fen=spent if isinstance(spent, int) else None,
            paid_ms=ms_of(answer.get("success_time")),
            merchant=self._accounts.of(intent.shop) or self._keys.mchid,
            answer=word,
        )

    async def cancel(self, intent: Intent) -> Status:
        status, answer = await self._ask(
            self._library.close(out_trade_no=intent.trade, **self._sub(intent))
        )
        if status not in (200, 204):
            _error(status, answer)  # unknown is unknown; all else the next question tells
        told = await self.poll(intent)
        if told.outcome is PaymentOutcome.PENDING:
            raise ProviderDown
        return told

    # --- refunds -----------------------------------------------------------------------------
    async def refund(self, repayment: Repayment) -> RefundStatus:
        intent = repayment.intent
        status, answer = await self._ask(
            self._library.refund(
                out_refund_no=repayment.trade,
                out_trade_no=intent.trade,
                amount={"refund": repayment.fen, "total": intent.fen, "currency": "CNY"},
                **self._sub(intent),
            )
        )
        if status != 200:
            code = _error(status, answer)
            if code in POOR:
                return RefundStatus(RefundState.PENDING, answer=code)
            raise Refused(Code.PAYMENT_FAILED, code[:64])
        return self._refund_status(repayment, answer)

    async def poll_refund(self, repayment: Repayment) -> RefundStatus:
        status, answer = await self._ask(
            self._library.query_refund(out_refund_no=repayment.trade, **self._sub(repayment.intent))
        )
        if status != 200:
            code = _error(status, answer)
            if status == 404 and code in ABSENT:
                return RefundStatus(RefundState.PENDING, answer=code)
            raise Refused(Code.PAYMENT_FAILED, code[:64])
        return self._refund_status(repayment, answer)

    def _refund_status(self, repayment: Repayment, answer: dict[str, Any]) -> RefundStatus:
        sums = answer.get("amount") or {}
        word = str(answer.get("status", ""))
        state = REFUNDS.get(word)
        if (
            answer.get("out_refund_no") != repayment.trade
            or answer.get("out_trade_no") != repayment.intent.trade
            or sums.get("refund") != repayment.fen
            or state is None
        ):
            log.error("WeChat's answer is about another refund")
            raise ProviderDown
        return RefundStatus(state, answer.get("refund_id"), word)

    # --- notices and bills -------------------------------------------------------------------
    def read_notice(self, headers: Mapping[str, str], raw: bytes, now_ms: int) -> Heard:
        given = {name.lower(): value for name, value in headers.items()}
        if given.get("wechatpay-signature", "").startswith(PROBE):
            raise Refused(Code.NOT_ALLOWED, "probe")
        if not self._fresh(given.get("wechatpay-timestamp", ""), now_ms):
            raise Refused(Code.TOO_LATE, "notice")
        try:
            notice = self._library.callback(headers=given, body=raw)
            assert notice is not None
            about = notice["resource"]
            mine = {about.get("mchid"), about.get("sp_mchid")}
            assert self._keys.mchid in mine
            return Heard(str(notice["id"])[:64], str(about["out_trade_no"]))
        except Exception:
            raise Refused(Code.NOT_ALLOWED, "signature") from None

    async def bill(self, day: str) -> list[BillRow]:
        status, answer = await self._ask(self._library.trade_bill(bill_date=day))
        if status != 200:
            code = _error(status, answer)
            if code == "NO_STATEMENT_EXIST":
                return []
            raise Refused(Code.PAYMENT_FAILED, code[:64])
        address = urlsplit(str(answer.get("download_url", "")))
        path = f"{address.path}?{address.query}" if address.query else address.path
        try:
            got, content = await self._library.download_bill(path)
        except Exception as error:
            raise ProviderDown from error
        if got != 200:
            raise ProviderDown
        data = content.encode() if isinstance(content, str) else bytes(content)
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        if hashlib.sha1(data).hexdigest() != str(answer.get("hash_value", "")).lower():
            raise ProviderDown
        return bill_rows(data.decode("utf-8-sig"))

    # --- asking ------------------------------------------------------------------------------
    def _sub(self, intent: Intent) -> dict[str, str]:
        return {"sub_mchid": self._accounts.of(intent.shop)} if self._keys.partner else {}

    async def _ask(self, call: Awaitable[tuple[int, Any]]) -> tuple[int, dict[str, Any]]:
        """The library raises bare exceptions: whatever went wrong, nothing is known."""
        try:
            status, text = await call
            found = json.loads(text) if text else {}
        except Exception as error:
            log.warning("WeChat Pay gave no answer: %s", type(error).__name__)
            raise ProviderDown from error
        return status, found if isinstance(found, dict) else {}

    async def _check_age(self, response: httpx.Response) -> None:
        """An answer that is old may be somebody's copy."""
        if response.is_success and "wechatpay-signature" in response.headers:
            stamp = response.headers.get("wechatpay-timestamp", "")
            if not self._fresh(stamp, self._clock.utc_ms()):
                log.error("an answer of WeChat Pay is old, or this machine's clock is off")
                raise httpx.RemoteProtocolError("stale")

    @staticmethod
    def _fresh(stamp: str, now_ms: int) -> bool:
        if not stamp.isascii() or not stamp.isdigit() or len(stamp) > 12:
            return False
        return abs(int(stamp) * 1000 - now_ms) <= NOTICE_MAX_AGE_MS

    def _own(self, intent: Intent, answer: dict[str, Any], *, number: str, wanted: str) -> None:
        """ProviderDown where an answer, signed or not, is about something else."""
        keys = self._keys
        given = [answer.get(number), answer.get("sp_mchid" if keys.partner else "mchid")]
        expected = [wanted, keys.mchid]
        if keys.partner:
            given.append(answer.get("sub_mchid"))
            expected.append(self._accounts.of(intent.shop))
        else:
            given.append(answer.get("appid"))
            expected.append(keys.appid)
        if given != expected:
            log.error("WeChat's answer is about another payment or merchant")
            raise ProviderDown


def _error(status: int, answer: dict[str, Any]) -> str:
    """The error's code; ProviderDown where it decides nothing."""
    code = str(answer.get("code", ""))
    if status >= 500 or status == 429 or code in UNKNOWN or not code:
        raise ProviderDown
    return code


def bill_rows(text: str) -> list[BillRow]:
    """A trade bill: sums in yuan, every field after a backtick, totals in the last two lines."""
    rows = []
    for line in csv.DictReader(io.StringIO(text)):
        fields = {
            (key or ""): (value or "").strip().lstrip("`")
            for key, value in line.items()
            if isinstance(value, str)
        }
        state = fields.get("交易状态", "")
        if state == "SUCCESS":
            rows.append(
                BillRow(
                    BillKind.PAYMENT,
                    fields["商户订单号"],
                    fen_of(fields["订单金额"]),
                    _fee(fields.get("手续费", "0")),
                )
            )
        elif state == "REFUND":
            rows.append(
                BillRow(
                    BillKind.REFUND,
                    fields["商户退款单号"],
                    fen_of(fields["申请退款金额"]),
                    _fee(fields.get("手续费", "0")),
                )
            )
    return rows


def _fee(text: str) -> int:
    """Fees are told with five places; what is beyond fen is the provider's rounding."""
    whole, _, part = text.partition(".")
    return fen_of(f"{whole}.{part[:2]}")
