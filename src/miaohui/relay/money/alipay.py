"""Alipay, face to face by precreate: a code that Alipay scans, by a client of our own.

The official library is 440 MB and the other one blocks, so requests are signed here: RSA-2048 with
SHA-256 over the sorted fields. An answer is signed over the very text of its inner object and holds
neither time nor request: number and sum are looked at in every one.
"""

import base64
import csv
import io
import json
import logging
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qsl

import httpx
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_pem_public_key

from miaohui.relay.money.accounts import ShopAccounts, beijing, fen_of, ms_of, yuan
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
GATEWAY = "https://openapi.alipay.com/gateway.do"
CONNECT_S, READ_S = 5.0, 10.0
MOST_BYTES = 8 * 1024 * 1024
UNKNOWN = frozenset(
    {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "AQC.SYSTEM_ERROR", "isp.unknow-error"}
)
ABSENT = "ACQ.TRADE_NOT_EXIST"
DECIDED = frozenset(
    {
        "ACQ.TRADE_HAS_SUCCESS",
        "ACQ.TRADE_HAS_CLOSE",
        "ACQ.TRADE_HAS_FINISHED",
        "ACQ.TRADE_STATUS_ERROR",
        "ACQ.REASON_TRADE_STATUS_INVALID",
    }
)
NOTICE_OLD_MS = 26 * 3_600_000  # a notice comes eight times in 25 hours, with its first time
DONE = "10000"


@dataclass(frozen=True, slots=True)
class AlipayKeys:
    """An app's number and keys, by PEM; ``public_key`` is Alipay's own."""

    app_id: str
    private_key: str = field(repr=False)
    public_key: str = field(repr=False)
    seller_id: str = ""
    notify_url: str = ""
    partner: bool = False  # an ISV: each shop's own authorization goes with the request
    gateway: str = GATEWAY


class AlipayProvider:
    """A PaymentProvider. ``transport``: how it reaches the gateway, where not by the network."""

    name = "alipay"

    def __init__(
        self,
        keys: AlipayKeys,
        accounts: ShopAccounts,
        clock: Clock,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._keys = keys
        self._accounts = accounts
        self._clock = clock
        private = load_pem_private_key(keys.private_key.encode(), None)
        public = load_pem_public_key(keys.public_key.encode())
        if not isinstance(private, rsa.RSAPrivateKey) or not isinstance(public, rsa.RSAPublicKey):
            raise ValueError("Alipay takes RSA keys")
        self._private, self._public = private, public
        self._client = httpx.AsyncClient(
            transport=transport, timeout=httpx.Timeout(READ_S, connect=CONNECT_S)
        )

    def serves(self, shop: str) -> bool:
        return self._accounts.serves(shop)

    async def close(self) -> None:
        await self._client.aclose()

    # --- payments ----------------------------------------------------------------------------
    async def create(self, intent: Intent) -> Created:
        answer = await self._ask(
            "alipay.trade.precreate",
            intent,
            out_trade_no=intent.trade,
            total_amount=yuan(intent.fen),
            subject=intent.subject[:127],
            time_expire=beijing(intent.expires_ms).strftime("%Y-%m-%d %H:%M:%S"),
        )
        code = answer.get("sub_code")
        if answer["code"] == DONE:
            if answer.get("out_trade_no") != intent.trade or not answer.get("qr_code"):
                raise ProviderDown
            return Created(str(answer["qr_code"]))
        if code in DECIDED:
            return Created()
        raise Refused(Code.PAYMENT_FAILED, str(code)[:64])

    async def poll(self, intent: Intent) -> Status:
        answer = await self._ask("alipay.trade.query", intent, out_trade_no=intent.trade)
        code = str(answer.get("sub_code", ""))
        if answer["code"] != DONE:
            if code != ABSENT:
                raise Refused(Code.PAYMENT_FAILED, code[:64])
            # Nobody has scanned it: there is no trade before.
            scannable = self._clock.utc_ms() < intent.expires_ms
            return Status(
                PaymentOutcome.PENDING if scannable else PaymentOutcome.ABSENT, 0, answer=code
            )
        self._own(intent, answer)
        word = str(answer.get("trade_status", ""))
        paid_ms = ms_of(answer.get("send_pay_date"))
        if word == "WAIT_BUYER_PAY":
            return Status(PaymentOutcome.PENDING, 0, answer=word)
        if word == "TRADE_CLOSED" and paid_ms is None:
            return Status(PaymentOutcome.FAILED, 0, answer=word)
        if word not in ("TRADE_SUCCESS", "TRADE_FINISHED", "TRADE_CLOSED"):
            log.error("Alipay says %r of a payment", word[:32])
            raise ProviderDown
        # Closed after it was paid: the whole went back.
        back = word == "TRADE_CLOSED"
        spent = answer.get("buyer_pay_amount")
        return Status(
            PaymentOutcome.REFUNDED if back else PaymentOutcome.SUCCEEDED,
            self._fen(answer, "total_amount"),
            payer=answer.get("buyer_open_id") or answer.get("buyer_user_id"),
            transaction=answer.get("trade_no"),
            payer_fen=None if spent is None else self._fen(answer, "buyer_pay_amount"),
            paid_ms=paid_ms,
            merchant=answer.get("seller_id") or self._keys.seller_id or self._keys.app_id,
            answer=word,
        )

    async def cancel(self, intent: Intent) -> Status:
        """Close knows only what was scanned; for all else there is cancel, which gives the money
        back where it was paid meanwhile."""
        closed = await self._ask("alipay.trade.close", intent, out_trade_no=intent.trade)
        if closed["code"] != DONE and closed.get("sub_code") == ABSENT:
            answer = await self._ask("alipay.trade.cancel", intent, out_trade_no=intent.trade)
            if answer["code"] != DONE or answer.get("retry_flag") == "Y":
                raise ProviderDown
            if answer.get("out_trade_no", intent.trade) != intent.trade:
                raise ProviderDown
            told = await self.poll(intent)
            if told.answer == ABSENT:
                return Status(PaymentOutcome.FAILED, 0, answer=ABSENT)
        else:
            told = await self.poll(intent)
        if told.outcome is PaymentOutcome.PENDING:
            raise ProviderDown
        return told

    # --- refunds -----------------------------------------------------------------------------
    async def refund(self, repayment: Repayment) -> RefundStatus:
        answer = await self._ask(
            "alipay.trade.refund",
            repayment.intent,
            out_trade_no=repayment.intent.trade,
            refund_amount=yuan(repayment.fen),
            out_request_no=repayment.trade,
        )
        if answer["code"] == DONE:
            self._own(repayment.intent, answer)
            # Whether it moved is what the next question tells; N on a repeat is no failure.
            return RefundStatus(
                RefundState.PROCESSING, answer.get("trade_no"), str(answer.get("fund_change", ""))
            )
        code = str(answer.get("sub_code", ""))
        if code == "ACQ.SELLER_BALANCE_NOT_ENOUGH":
            return RefundStatus(RefundState.PENDING, answer=code)
        if code in ("ACQ.TRADE_HAS_FINISHED", "ACQ.TRADE_CANCEL_TIME_OUT"):
            return RefundStatus(RefundState.ABNORMAL, answer=code)
        raise Refused(Code.PAYMENT_FAILED, code[:64])

    async def poll_refund(self, repayment: Repayment) -> RefundStatus:
        answer = await self._ask(
            "alipay.trade.fastpay.refund.query",
            repayment.intent,
            out_trade_no=repayment.intent.trade,
            out_request_no=repayment.trade,
        )
        word = str(answer.get("refund_status", ""))
        if answer["code"] != DONE or word != "REFUND_SUCCESS":
            # That the question worked is no refund: it is asked for again under the same number.
            return RefundStatus(RefundState.PENDING, answer=word or str(answer.get("sub_code", "")))
        self._own(repayment.intent, answer)
        if (
            answer.get("out_request_no") != repayment.trade
            or self._fen(answer, "refund_amount") != repayment.fen
        ):
            log.error("Alipay's answer is about another refund")
            raise ProviderDown
        return RefundStatus(RefundState.DONE, answer.get("trade_no"), word)

    # --- notices and bills -------------------------------------------------------------------
    def read_notice(self, headers: Mapping[str, str], raw: bytes, now_ms: int) -> Heard:
        try:
            given = dict(
                parse_qsl(raw.decode("utf-8"), keep_blank_values=True, strict_parsing=True)
            )
            sign = given.pop("sign")
            given.pop("sign_type", None)
            text = "&".join(f"{key}={given[key]}" for key in sorted(given))
            self._check(text, sign)
            at = ms_of(given["notify_time"])
        except (ValueError, KeyError, InvalidSignature):
            raise Refused(Code.NOT_ALLOWED, "signature") from None
        mine = self._keys.seller_id
        if given.get("app_id") != self._keys.app_id or (mine and given.get("seller_id") != mine):
            raise Refused(Code.NOT_ALLOWED, "merchant")
        if at is None or not -NOTICE_MAX_AGE_MS <= now_ms - at <= NOTICE_OLD_MS:
            raise Refused(Code.TOO_LATE, "notice")
        return Heard(given.get("notify_id", "")[:64], given.get("out_trade_no", ""), b"success")

    async def bill(self, day: str) -> list[BillRow]:
        answer = await self._ask(
            "alipay.data.dataservice.bill.downloadurl.query",
            None,
            bill_type="trade",
            bill_date=day,
        )
        if answer["code"] != DONE:
            code = str(answer.get("sub_code", ""))
            if "NOT_EXIST" in code.upper():
                return []
            raise Refused(Code.PAYMENT_FAILED, code[:64])
        try:
            got = await self._client.get(str(answer["bill_download_url"]))
            if got.status_code != 200 or len(got.content) > MOST_BYTES:
                raise ProviderDown
            return bill_rows(got.content)
        except (httpx.HTTPError, httpx.InvalidURL, zipfile.BadZipFile, KeyError) as error:
            raise ProviderDown from error

    # --- asking ------------------------------------------------------------------------------
    async def _ask(self, method: str, intent: Intent | None, **content: str) -> dict[str, Any]:
        """The inner object, whose ``code`` is "10000" or "40004"; ProviderDown where nothing is
        known, Refused where the gateway takes us for nobody it knows."""
        keys = self._keys
        fields = {
            "app_id": keys.app_id,
            "method": method,
            "charset": "utf-8",
            "sign_type": "RSA2",
            "timestamp": beijing(self._clock.utc_ms()).strftime("%Y-%m-%d %H:%M:%S"),
            "version": "1.0",
            "biz_content": json.dumps(content, ensure_ascii=False, separators=(",", ":")),
        }
        if keys.notify_url and method == "alipay.trade.precreate":
            fields["notify_url"] = keys.notify_url
        if keys.partner and intent is not None:
            fields["app_auth_token"] = self._accounts.of(intent.shop)
        text = "&".join(f"{key}={fields[key]}" for key in sorted(fields))
        fields["sign"] = self._sign(text)
        try:
            response = await self._client.post(
                keys.gateway, params={"charset": "utf-8"}, data=fields
            )
        except httpx.HTTPError as error:
            log.warning("Alipay gave no answer: %s", type(error).__name__)
            raise ProviderDown from error
        if response.status_code != 200 or len(response.content) > MOST_BYTES:
            raise ProviderDown
        return self._read(method.replace(".", "_") + "_response", response.content)

    def _read(self, name: str, raw: bytes) -> dict[str, Any]:
        try:
            parts = members(raw.decode("utf-8"))
            inner, _ = parts.get(name) or parts["error_response"]
            answer = json.loads(inner)
            code, sub_code = str(answer["code"]), str(answer.get("sub_code", ""))
        except (ValueError, KeyError, TypeError) as error:
            raise ProviderDown from error
        if code == "20000" or sub_code in UNKNOWN:
            raise ProviderDown
        sign = parts.get("sign")
        if sign is None:
            if code == DONE:
                log.error("an answer of Alipay is not signed")
                raise ProviderDown  # what is not signed can only be an error
        else:
            try:
                self._check(inner, str(json.loads(sign[0])))
            except (InvalidSignature, ValueError):
                log.error("an answer of Alipay is signed by somebody else")
                raise ProviderDown from None
        if code not in (DONE, "40004"):
            log.error("Alipay refuses our requests: %s %s", code[:8], sub_code[:64])
            raise Refused(Code.PAYMENT_FAILED, sub_code[:64] or code[:8])
        return cast(dict[str, Any], answer)

    def _sign(self, text: str) -> str:
        made = self._private.sign(text.encode("utf-8"), padding.PKCS1v15(), SHA256())
        return base64.b64encode(made).decode("ascii")

    def _check(self, text: str, sign: str) -> None:
        """ValueError or InvalidSignature."""
        made = base64.b64decode(sign, validate=True)
        self._public.verify(made, text.encode("utf-8"), padding.PKCS1v15(), SHA256())

    def _own(self, intent: Intent, answer: dict[str, Any]) -> None:
        """ProviderDown where a well signed answer is about another payment."""
        seller = answer.get("seller_id")
        mine = self._keys.seller_id
        if answer.get("out_trade_no") != intent.trade or (mine and seller not in (None, mine)):
            log.error("Alipay's answer is about another payment or merchant")
            raise ProviderDown

    @staticmethod
    def _fen(answer: dict[str, Any], name: str) -> int:
        try:
            return fen_of(answer.get(name))
        except ValueError as error:
            raise ProviderDown from error


def members(text: str) -> dict[str, tuple[str, int]]:
    """Name → (the very text of its value, where it begins) of a JSON object; ValueError."""
    decoder = json.JSONDecoder()
    found: dict[str, tuple[str, int]] = {}

    def skip(at: int) -> int:
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
        return at

    def expect(at: int, sign: str) -> int:
        at = skip(at)
        if text[at : at + 1] != sign:
            raise ValueError("no JSON object")
        return skip(at + 1)

    at = expect(0, "{")
    while True:
        name, at = decoder.raw_decode(text, at)
        start = expect(at, ":")
        _, end = decoder.raw_decode(text, start)
        if not isinstance(name, str) or name in found:
            raise ValueError("no member's name, or one twice")
        found[name] = (text[start:end], start)
        at = skip(end)
        if text[at : at + 1] == "}":
            return found
        at = expect(at, ",")


def bill_rows(data: bytes) -> list[BillRow]:
    """A trade bill: a zip of CSV files in GBK; the one of details has a row for each movement."""
    rows = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        for info in archive.infolist():
            if info.file_size > MOST_BYTES:
                raise ProviderDown
            text = archive.read(info).decode("gb18030")
            lines = [line for line in text.splitlines() if not line.startswith("#")]
            for line in csv.DictReader(lines):
                fields = {
                    (key or "").strip(): value.strip()
                    for key, value in line.items()
                    if isinstance(value, str)
                }
                kind = fields.get("业务类型", "")
                if kind == "交易":
                    sum_ = fen_of(fields["订单金额（元）"])
                    rows.append(BillRow(BillKind.PAYMENT, fields["商户订单号"], sum_))
                elif kind == "退款":
                    sum_ = abs(fen_of(fields["订单金额（元）"]))
                    rows.append(BillRow(BillKind.REFUND, fields["退款批次号/请求号"], sum_))
    return rows
