"""WeChat Pay and Alipay as they behave, with keys of their own: what they are asked changes their
books, what they answer is signed, and a script says what becomes of each call on its way.

Faults: ``cut_before`` (the call never arrives), ``cut_after`` and ``slow`` (done, and no answer),
``late`` (done after the next call), ``twice``, ``busy`` (no answer of substance), ``forged``,
``unsigned``, ``old`` (well signed ten minutes ago), ``other_merchant``, ``other_number``,
``other_sum`` (the trade is made over one fen more).
"""

import base64
import copy
import gzip
import hashlib
import hmac
import io
import json
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import httpx
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from miaohui.relay.money.accounts import BEIJING, ShopAccounts, beijing, yuan
from miaohui.relay.money.alipay import AlipayKeys, AlipayProvider
from miaohui.relay.money.stripepay import StripeKeys, StripeProvider
from miaohui.relay.money.wechatpay import WechatKeys, WechatProvider
from miaohui.runtime.clock import Clock

FAULTS = (
    "cut_before",
    "cut_after",
    "slow",
    "late",
    "twice",
    "busy",
    "forged",
    "unsigned",
    "old",
    "other_merchant",
    "other_number",
    "other_sum",
)
AES = "0123456789abcdef0123456789abcdef"
MCHID, SUB, APPID, APP = "1230000109", "1900000209", "wx8888", "2021000001"
SELLER = "2088000000001"
URL = "https://gateway.test"
WEBHOOK = "whsec_1"
STRIPE_WORDS = {
    "PROCESSING": "pending",
    "SUCCESS": "succeeded",
    "ABNORMAL": "requires_action",
    "CLOSED": "failed",
}
Answer = tuple[int, dict[str, str], bytes]


@cache
def pair(who: str) -> rsa.RSAPrivateKey:
    """Keys are slow to make: one for each who, in a process."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def private_pem(who: str) -> str:
    return (
        pair(who).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")
    )


def public_pem(who: str) -> str:
    key = pair(who).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def sign(who: str, data: bytes) -> str:
    return base64.b64encode(pair(who).sign(data, padding.PKCS1v15(), SHA256())).decode("ascii")


def verify(who: str, data: bytes, signature: str) -> None:
    pair(who).public_key().verify(base64.b64decode(signature), data, padding.PKCS1v15(), SHA256())


@dataclass
class BankRefund:
    number: str
    fen: int
    states: list[str]  # what is said, the last for good

    @property
    def state(self) -> str:
        return self.states[0]


@dataclass
class Trade:
    """One intent in a provider's own books."""

    number: str
    fen: int
    expires_ms: int
    state: str = "open"  # open, paid, closed
    scanned: bool = False
    paid_ms: int = 0
    returned: int = 0  # given back by the provider's own cancel
    refunds: dict[str, BankRefund] = field(default_factory=dict)

    @property
    def back(self) -> int:
        done = ("SUCCESS", "REFUND_SUCCESS", "succeeded")
        return self.returned + sum(r.fen for r in self.refunds.values() if r.state in done)

    @property
    def claimed(self) -> int:
        gone = ("CLOSED", "failed")
        return self.returned + sum(r.fen for r in self.refunds.values() if r.state not in gone)


class PayGateway:
    """Both providers' books. ``fault(provider, what)``: what becomes of a call; None: nothing."""

    def __init__(self, clock: Clock, *, partner: bool = False, shop: str = "wan") -> None:
        self.clock = clock
        self.shop = shop
        self.partner = partner
        self.trades: dict[tuple[str, str], Trade] = {}
        self.fault: Callable[[str, str], str | None] = lambda provider, what: None
        self.calls: list[tuple[str, str, str]] = []
        self.refund_states: Callable[[str, str], list[str]] = lambda provider, number: (
            ["REFUND_SUCCESS"] if provider == "alipay" else ["PROCESSING", "SUCCESS"]
        )
        self.poor: set[str] = set()  # providers where the shop's balance is too small
        self.waiting: list[Callable[[], Answer]] = []
        self.cancels_unseen: set[str] = set()
        self.extra_bill_rows: list[tuple[str, str, int]] = []
        self.missing_in_bill: set[str] = set()

    # --- the payer and the shop --------------------------------------------------------------
    def pay(self, provider: str, number: str) -> bool:
        """Somebody scans and pays; False where the provider does not take the money."""
        trade = self.trades.get((provider, number))
        if trade is None or trade.state != "open" or self.clock.utc_ms() >= trade.expires_ms:
            return False
        trade.state, trade.scanned, trade.paid_ms = "paid", True, self.clock.utc_ms()
        return True

    def scan(self, provider: str, number: str) -> None:
        self.trades[provider, number].scanned = True

    def paid(self) -> int:
        return sum(trade.fen for trade in self.trades.values() if trade.paid_ms)

    def back(self) -> int:
        return sum(trade.back for trade in self.trades.values())

    # --- providers that talk to it -------------------------------------------------------------
    def wechat(self, url: str = URL, transport: httpx.AsyncBaseTransport | None = None) -> Any:
        keys = WechatKeys(
            appid=APPID,
            mchid=MCHID,
            serial="ABC123",
            private_key=private_pem("shop"),
            apiv3_key=AES,
            public_key=public_pem("bank"),
            public_key_id="PUB_KEY_ID_0001",
            notify_url="https://relay.example/notices/wechat",
            partner=self.partner,
            gateway=url,
        )
        accounts = ShopAccounts({self.shop: SUB if self.partner else ""})
        return WechatProvider(keys, accounts, self.clock, transport or GatewayTransport(self))

    def alipay(self, url: str = URL, transport: httpx.AsyncBaseTransport | None = None) -> Any:
        keys = AlipayKeys(
            app_id=APP,
            private_key=private_pem("shop"),
            public_key=public_pem("bank"),
            seller_id=SELLER,
            notify_url="https://relay.example/notices/alipay",
            partner=self.partner,
            gateway=f"{url}/gateway.do",
        )
        accounts = ShopAccounts({self.shop: "token-wan" if self.partner else ""})
        return AlipayProvider(keys, accounts, self.clock, transport or GatewayTransport(self))

    def stripe(self, url: str = URL, transport: httpx.AsyncBaseTransport | None = None) -> Any:
        keys = StripeKeys(key="sk_test_1", webhook_secret=WEBHOOK, gateway=url)
        accounts = ShopAccounts({self.shop: "acct_wan" if self.partner else ""})
        return StripeProvider(keys, accounts, self.clock, transport or GatewayTransport(self))

    # --- calls -------------------------------------------------------------------------------
    def handle(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Answer:
        """The answer, or an httpx error where the line broke."""
        provider = "alipay" if target.startswith(("/gateway.do", "/alibill")) else "wechat"
        work = self._alipay if provider == "alipay" else self._wechat
        if target.startswith("/v1/"):
            provider, work = "stripe", self._stripe
        what = self._what(provider, method, target, body)
        fault = self.fault(provider, what)
        self.calls.append((provider, what, fault or ""))
        if fault == "cut_before":
            raise httpx.ConnectError("cut")
        if fault == "late":
            self.waiting.append(lambda: work(method, target, headers, body, None))
            raise httpx.ReadTimeout("late")
        answer = work(method, target, headers, body, fault)
        while self.waiting:
            self.waiting.pop(0)()
        if fault == "twice":
            answer = work(method, target, headers, body, None)
        if fault == "cut_after":
            raise httpx.RemoteProtocolError("cut")
        if fault == "slow":
            raise httpx.ReadTimeout("slow")
        if fault == "busy":
            return 500, {}, b"{}"
        return answer

    @staticmethod
    def _what(provider: str, method: str, target: str, body: bytes) -> str:
        if provider == "stripe":
            if "/refunds" in target:
                return "refund" if method == "POST" else "fastpay.refund.query"
            if target.endswith("/expire"):
                return "close"
            return "precreate" if method == "POST" else "query"
        if provider == "alipay":
            if target.startswith("/alibill"):
                return "download"
            return dict(parse_qsl(body.decode())).get("method", "").rpartition("trade.")[2]
        if target.startswith("/v3/bill"):
            return "bill"
        if target.startswith("/wxbill"):
            return "download"
        if "/refunds" in target:
            return "refund" if method == "POST" else "fastpay.refund.query"
        if target.endswith("/close"):
            return "close"
        return "precreate" if method == "POST" else "query"

    # --- WeChat ------------------------------------------------------------------------------
    def _wechat(
        self, method: str, target: str, headers: dict[str, str], body: bytes, fault: str | None
    ) -> Answer:
        given = dict(re.findall(r'(\w+)="([^"]*)"', headers["authorization"]))
        text = f"{method}\n{target}\n{given['timestamp']}\n{given['nonce_str']}\n"
        verify("shop", text.encode() + body + b"\n", given["signature"])
        assert headers.get("wechatpay-serial") == "PUB_KEY_ID_0001", "public-key mode is not said"
        asked = json.loads(body) if body else {}
        path = urlsplit(target).path
        status, answer = self._wechat_answer(method, path, target, asked, fault)
        if fault == "other_merchant":
            answer = {**answer, "mchid": "999", "sp_mchid": "999"}
        elif fault == "other_number":
            answer = {**answer, "out_trade_no": "m0", "out_refund_no": "m0"}
        if path.startswith("/wxbill"):
            return status, {"content-type": "application/octet-stream"}, answer["raw"]
        if status >= 300:
            return status, {"content-type": "application/json"}, json.dumps(answer).encode()
        return self.signed(status, b"" if status == 204 else json.dumps(answer).encode(), fault)

    def signed(self, status: int, raw: bytes, fault: str | None) -> Answer:
        at = self.clock.utc_ms() // 1000 - (600 if fault == "old" else 0)
        who = "stranger" if fault == "forged" else "bank"
        headers = {
            "content-type": "application/json",
            "wechatpay-timestamp": str(at),
            "wechatpay-nonce": "n1",
            "wechatpay-serial": "PUB_KEY_ID_0001",
            "wechatpay-signature-type": "WECHATPAY2-SHA256-RSA2048",
            "wechatpay-signature": sign(who, f"{at}\nn1\n".encode() + raw + b"\n"),
        }
        if fault == "unsigned":
            del headers["wechatpay-signature"]
        return status, headers, raw

    def _wechat_answer(
        self, method: str, path: str, target: str, asked: dict[str, Any], fault: str | None
    ) -> tuple[int, dict[str, Any]]:
        part = "/partner" if self.partner else ""
        base = f"/v3/pay{part}/transactions"
        query = {k: v[0] for k, v in parse_qs(urlsplit(target).query).items()}
        if path == f"{base}/native":
            self._mine(asked)
            return self._wechat_create(asked, fault)
        if path.startswith(f"{base}/out-trade-no/"):
            number = path.removeprefix(f"{base}/out-trade-no/").removesuffix("/close")
            trade = self.trades.get(("wechat", number))
            if path.endswith("/close"):
                self._mine(asked)
                if trade is None:
                    return 404, {"code": "ORDER_NOT_EXIST"}
                if trade.state == "paid":
                    return 400, {"code": "ORDER_PAID"}
                trade.state = "closed"
                return 204, {}
            self._mine(query)
            if trade is None:
                return 404, {"code": "ORDER_NOT_EXIST"}
            return 200, self._wechat_trade(trade)
        if path.startswith("/v3/refund/domestic/refunds"):
            if method == "POST":
                return self._wechat_refund(asked)
            number = path.rpartition("/")[2]
            for trade in self.trades.values():
                refund = trade.refunds.get(number)
                if refund is not None:
                    if len(refund.states) > 1:
                        refund.states.pop(0)
                    return 200, self._wechat_refund_view(trade, refund)
            return 404, {"code": "RESOURCE_NOT_EXISTS"}
        if path == "/v3/bill/tradebill":
            raw = self._wechat_bill(query["bill_date"]).encode("utf-8")
            return 200, {
                "download_url": f"{URL}/wxbill?day={query['bill_date']}",
                "hash_type": "SHA1",
                "hash_value": hashlib.sha1(raw).hexdigest(),
            }
        assert path == "/wxbill"
        return 200, {"raw": gzip.compress(self._wechat_bill(query["day"]).encode("utf-8"))}

    def _mine(self, asked: dict[str, Any]) -> None:
        if self.partner:
            assert (asked["sp_mchid"], asked["sub_mchid"]) == (MCHID, SUB)
        else:
            assert asked["mchid"] == MCHID

    def _wechat_create(
        self, asked: dict[str, Any], fault: str | None
    ) -> tuple[int, dict[str, Any]]:
        number, fen = asked["out_trade_no"], asked["amount"]["total"]
        assert re.fullmatch(r"[0-9A-Za-z_\-|*]{6,32}", number)
        assert asked["time_expire"].endswith("+08:00")
        known = self.trades.get(("wechat", number))
        if known is not None and known.state != "open":
            return 400, {"code": "ORDERPAID" if known.state == "paid" else "ORDER_CLOSED"}
        if known is None:
            end = round(datetime.fromisoformat(asked["time_expire"]).timestamp() * 1000)
            fen += fault == "other_sum"
            self.trades["wechat", number] = Trade(number, fen, end)
        return 200, {"code_url": f"weixin://wxpay/bizpayurl?pr={number[:9]}"}

    def _wechat_trade(self, trade: Trade) -> dict[str, Any]:
        word = {"open": "NOTPAY", "closed": "CLOSED"}.get(trade.state, "SUCCESS")
        if trade.paid_ms and trade.refunds:
            word = "REFUND"
        answer: dict[str, Any] = {
            "out_trade_no": trade.number,
            "trade_state": word,
            "trade_state_desc": "说明",
        }
        if self.partner:
            answer |= {"sp_mchid": MCHID, "sub_mchid": SUB, "sp_appid": APPID}
        else:
            answer |= {"mchid": MCHID, "appid": APPID}
        if trade.paid_ms:
            answer |= {
                "transaction_id": f"4200{trade.number[1:20]}",
                "success_time": beijing(trade.paid_ms).isoformat(timespec="seconds"),
                "payer": {"openid": "o-anna"},
                "amount": {"total": trade.fen, "payer_total": trade.fen, "currency": "CNY"},
            }
        return answer

    def _wechat_refund(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        trade = self.trades.get(("wechat", asked["out_trade_no"]))
        if trade is None or trade.state != "paid":
            return 404, {"code": "RESOURCE_NOT_EXISTS"}
        if "wechat" in self.poor:
            return 403, {"code": "NOT_ENOUGH"}
        number, fen = asked["out_refund_no"], asked["amount"]["refund"]
        known = trade.refunds.get(number)
        if known is None:
            if asked["amount"]["total"] != trade.fen or trade.claimed + fen > trade.fen:
                return 400, {"code": "INVALID_REQUEST"}
            known = BankRefund(number, fen, list(self.refund_states("wechat", number)))
            trade.refunds[number] = known
        return 200, self._wechat_refund_view(trade, known)

    def _wechat_refund_view(self, trade: Trade, refund: BankRefund) -> dict[str, Any]:
        return {
            "out_trade_no": trade.number,
            "out_refund_no": refund.number,
            "refund_id": f"50{refund.number[1:20]}",
            "status": refund.state,
            "amount": {"refund": refund.fen, "total": trade.fen, "currency": "CNY"},
        }

    def _day(self, ms: int) -> str:
        return f"{beijing(ms):%Y-%m-%d}"

    def _rows(self, provider: str, day: str) -> list[tuple[str, str, int]]:
        """(kind, our number, fen) of what was booked on a day."""
        rows = []
        for (who, number), trade in self.trades.items():
            if who != provider or not trade.paid_ms or self._day(trade.paid_ms) != day:
                continue
            rows.append(("payment", number, trade.fen))
            rows += [("refund", each.number, each.fen) for each in trade.refunds.values()]
        rows = [row for row in rows if row[1] not in self.missing_in_bill]
        return rows + self.extra_bill_rows

    def _wechat_bill(self, day: str) -> str:
        head = "交易时间,商户号,商户订单号,交易状态,应结订单金额,商户退款单号,退款金额,手续费,订单金额,申请退款金额"
        lines = [head]
        for kind, number, fen in self._rows("wechat", day):
            state = "SUCCESS" if kind == "payment" else "REFUND"
            paid, back = (fen, 0) if kind == "payment" else (0, fen)
            fields = [f"{day} 20:00:00", MCHID, number, state, yuan(paid), number, yuan(back)]
            fields += ["0.27000", yuan(paid), yuan(back)]
            lines.append(",".join(f"`{each}" for each in fields))
        lines += ["总交易单数,应结订单总金额", "`1,`1.00"]
        return "\r\n".join(lines)

    # --- Alipay ------------------------------------------------------------------------------
    def _alipay(
        self, method: str, target: str, headers: dict[str, str], body: bytes, fault: str | None
    ) -> Answer:
        if target.startswith("/alibill"):
            return 200, {}, self._alipay_bill(target.rpartition("=")[2])
        given = dict(parse_qsl(body.decode(), keep_blank_values=True))
        query = urlsplit(target).query
        given = {**dict(parse_qsl(query)), **given}
        signature = given.pop("sign")
        text = "&".join(f"{key}={given[key]}" for key in sorted(given))
        verify("shop", text.encode(), signature)
        at = datetime.strptime(given["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        off = abs(at.timestamp() * 1000 - self.clock.utc_ms())
        name = given["method"].replace(".", "_") + "_response"
        if off > 600_000:
            answer: dict[str, Any] = {"code": "40002", "sub_code": "isv.invalid-timestamp"}
        elif self.partner and given.get("app_auth_token") != "token-wan" and "bill" not in name:
            answer = {"code": "40001", "sub_code": "isv.invalid-app-auth-token"}
        else:
            asked = json.loads(given["biz_content"])
            kind = given["method"].rpartition("trade.")[2]
            answer = self._alipay_answer(kind, asked, fault)
        if fault == "other_number":
            answer = {**answer, "out_trade_no": "m0", "out_request_no": "m0"}
        if fault == "other_merchant":
            answer = {**answer, "seller_id": "2088999"}
        if answer["code"] == "10000":
            answer = {"msg": "Success", **answer}
        inner = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        who = "stranger" if fault == "forged" else "bank"
        tail = "" if fault == "unsigned" else f',"sign":"{sign(who, inner.encode())}"'
        return 200, {}, f'{{"{name}":{inner}{tail}}}'.encode()

    def _alipay_answer(self, kind: str, asked: dict[str, Any], fault: str | None) -> dict[str, Any]:
        if kind.endswith("downloadurl.query"):
            address = f"{URL}/alibill?day={asked['bill_date']}"
            return {"code": "10000", "bill_download_url": address}
        number = asked["out_trade_no"]
        known = self.trades.get(("alipay", number))
        trade = known if known is not None and (known.scanned or known.paid_ms) else None
        if kind == "precreate":
            return self._alipay_create(asked, known, fault)
        if kind == "cancel":
            # Says success for numbers that it never saw; a code not scanned is dead afterwards,
            # or is not: one report each.
            action = ""
            if trade is None and known is not None and number not in self.cancels_unseen:
                known.state = "closed"
            elif trade is not None and trade.state == "open":
                trade.state, action = "closed", "close"
            elif trade is not None and trade.state == "paid":
                trade.returned += trade.fen - trade.claimed
                trade.state, action = "closed", "refund"
            answer = {"code": "10000", "out_trade_no": number, "retry_flag": "N"}
            return {**answer, "action": action} if action else answer
        if trade is None:
            return {"code": "40004", "sub_code": "ACQ.TRADE_NOT_EXIST"}
        if kind == "close":
            if trade.state == "paid":
                return {"code": "40004", "sub_code": "ACQ.REASON_TRADE_STATUS_INVALID"}
            if trade.state == "closed":
                return {"code": "40004", "sub_code": "ACQ.TRADE_HAS_CLOSE"}
            trade.state = "closed"
            return {"code": "10000", "out_trade_no": number}
        if kind == "query":
            return self._alipay_trade(trade)
        return self._alipay_refund(kind, asked, trade)

    def _alipay_create(
        self, asked: dict[str, Any], known: Trade | None, fault: str | None
    ) -> dict[str, Any]:
        number = asked["out_trade_no"]
        whole, _, part = asked["total_amount"].partition(".")
        assert len(part) == 2
        fen = int(whole) * 100 + int(part)
        if known is not None and known.state != "open":
            word = "TRADE_HAS_SUCCESS" if known.state == "paid" else "TRADE_HAS_CLOSE"
            return {"code": "40004", "sub_code": f"ACQ.{word}"}
        if known is None:
            end = datetime.strptime(asked["time_expire"], "%Y-%m-%d %H:%M:%S")
            ms = round(end.replace(tzinfo=BEIJING).timestamp() * 1000)
            fen += fault == "other_sum"
            self.trades["alipay", number] = Trade(number, fen, ms)
        return {
            "code": "10000",
            "out_trade_no": number,
            "qr_code": f"https://qr.alipay.com/{number[:12]}",
        }

    def _alipay_trade(self, trade: Trade) -> dict[str, Any]:
        whole = trade.paid_ms and trade.back >= trade.fen
        word = {"open": "WAIT_BUYER_PAY", "paid": "TRADE_SUCCESS"}.get(trade.state, "TRADE_CLOSED")
        answer: dict[str, Any] = {
            "code": "10000",
            "out_trade_no": trade.number,
            "trade_no": f"2026{trade.number[1:20]}",
            "trade_status": "TRADE_CLOSED" if whole else word,
            "total_amount": yuan(trade.fen),
            "seller_id": SELLER,
            "store_name": 'a } in a "name", [开店]',
        }
        if trade.paid_ms:
            answer["send_pay_date"] = f"{beijing(trade.paid_ms):%Y-%m-%d %H:%M:%S}"
            answer["buyer_open_id"] = "a-anna"
            answer["buyer_pay_amount"] = yuan(trade.fen)
        return answer

    def _alipay_refund(self, kind: str, asked: dict[str, Any], trade: Trade) -> dict[str, Any]:
        number = asked["out_request_no"]
        known = trade.refunds.get(number)
        base = {"code": "10000", "out_trade_no": trade.number, "trade_no": "2026"}
        if kind == "fastpay.refund.query":
            if known is None:
                return base
            if len(known.states) > 1:
                known.states.pop(0)
            if known.state != "REFUND_SUCCESS":
                return base
            return {
                **base,
                "out_request_no": number,
                "refund_status": known.state,
                "refund_amount": yuan(known.fen),
            }
        if "alipay" in self.poor:
            return {"code": "40004", "sub_code": "ACQ.SELLER_BALANCE_NOT_ENOUGH"}
        whole, _, part = asked["refund_amount"].partition(".")
        fen = int(whole) * 100 + int(part)
        if known is not None:
            assert known.fen == fen
            return {**base, "fund_change": "N", "refund_fee": yuan(fen)}
        if trade.state != "paid" or trade.claimed + fen > trade.fen:
            return {"code": "40004", "sub_code": "ACQ.REFUND_AMT_NOT_EQUAL_TOTAL"}
        states = list(self.refund_states("alipay", number))
        trade.refunds[number] = BankRefund(number, fen, states)
        return {**base, "fund_change": "Y", "refund_fee": yuan(fen)}

    def _alipay_bill(self, day: str) -> bytes:
        lines = [
            "#支付宝业务明细查询",
            "支付宝交易号,商户订单号,业务类型,商品名称,订单金额（元）,退款批次号/请求号",
        ]
        for kind, number, fen in self._rows("alipay", day):
            if kind == "payment":
                lines.append(f"2026,{number}\t,交易,晚风小屋,{yuan(fen)},")
            else:
                lines.append(f"2026,m0\t,退款,晚风小屋,-{yuan(fen)},{number}")
        lines.append("#结束")
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("detail.csv", "\r\n".join(lines).encode("gb18030"))
        return out.getvalue()

    # --- Stripe ------------------------------------------------------------------------------
    def _stripe(
        self, method: str, target: str, headers: dict[str, str], body: bytes, fault: str | None
    ) -> Answer:
        assert headers["authorization"] == "Bearer sk_test_1"
        assert headers.get("stripe-account") == ("acct_wan" if self.partner else None)
        asked = dict(parse_qsl(body.decode()))
        parts = urlsplit(target)
        asked |= dict(parse_qsl(parts.query))
        status, answer = self._stripe_answer(method, parts.path, asked, headers, fault)
        if fault == "other_number":
            answer = {**answer, "client_reference_id": "m0", "amount": 0}
        return status, {"content-type": "application/json"}, json.dumps(answer).encode()

    def _stripe_answer(
        self,
        method: str,
        path: str,
        asked: dict[str, str],
        headers: dict[str, str],
        fault: str | None,
    ) -> tuple[int, dict[str, Any]]:
        pages = "/v1/checkout/sessions"
        if path == pages:
            number = headers["idempotency-key"]
            assert number == asked["client_reference_id"] == asked["metadata[number]"]
            trade = self.trades.get(("stripe", number))
            if trade is None:
                end = int(asked["expires_at"]) * 1000
                if not 30 * 60_000 <= end - self.clock.utc_ms() <= 24 * 3_600_000:
                    return 400, {"error": {"type": "invalid_request_error", "param": "expires_at"}}
                fen = int(asked["line_items[0][price_data][unit_amount]"])
                trade = Trade(number, fen + (fault == "other_sum"), end)
                self.trades["stripe", number] = trade
            return 200, self._stripe_page(Trade(number, trade.fen, trade.expires_ms))
        if path.startswith(f"{pages}/"):
            number = path.removeprefix(f"{pages}/cs_").removesuffix("/expire")
            trade = self.trades["stripe", number]
            if path.endswith("/expire"):
                if trade.state != "open":
                    return 400, {"error": {"type": "invalid_request_error", "code": "not_open"}}
                trade.state = "closed"
            return 200, self._stripe_page(trade)
        trade = self.trades["stripe", asked["payment_intent"].removeprefix("pi_")]
        if method == "GET":
            for each in trade.refunds.values():
                if len(each.states) > 1:
                    each.states.pop(0)
            listed = [self._stripe_refund(each) for each in trade.refunds.values()]
            return 200, {"object": "list", "data": listed, "has_more": False, "url": path}
        if "stripe" in self.poor:
            return 400, {"error": {"type": "invalid_request_error", "code": "balance_insufficient"}}
        number, fen = asked["metadata[number]"], int(asked["amount"])
        assert number == headers["idempotency-key"]
        if number not in trade.refunds:
            if trade.state != "paid" or trade.claimed + fen > trade.fen:
                return 400, {"error": {"type": "invalid_request_error", "code": "charge_already"}}
            states = [STRIPE_WORDS.get(s, s) for s in self.refund_states("stripe", number)]
            trade.refunds[number] = BankRefund(number, fen, states)
        return 200, self._stripe_refund(trade.refunds[number])

    @staticmethod
    def _stripe_page(trade: Trade) -> dict[str, Any]:
        paid = bool(trade.paid_ms)
        return {
            "id": f"cs_{trade.number}",
            "object": "checkout.session",
            "client_reference_id": trade.number,
            "status": {"open": "open", "paid": "complete"}.get(trade.state, "expired"),
            "payment_status": "paid" if paid else "unpaid",
            "payment_intent": f"pi_{trade.number}" if paid else None,
            "amount_total": trade.fen,
            "currency": "cny",
            "customer_details": {"email": "anna@example.org"} if paid else None,
            "metadata": {"number": trade.number},
            "url": f"https://checkout.stripe.com/c/pay/cs_{trade.number}",
        }

    @staticmethod
    def _stripe_refund(refund: BankRefund) -> dict[str, Any]:
        return {
            "id": f"re_{refund.number}",
            "object": "refund",
            "amount": refund.fen,
            "status": refund.state,
            "metadata": {"number": refund.number},
        }

    def stripe_notice(
        self, number: str, fault: str | None = None, *, id: str = "evt_1"
    ) -> tuple[dict[str, str], bytes]:
        about = self._stripe_page(self.trades["stripe", number])
        event = {"id": id, "object": "event", "type": "x", "data": {"object": about}}
        raw = json.dumps(event).encode()
        at = self.clock.utc_ms() // 1000 - (600 if fault == "old" else 0)
        secret = "whsec_other" if fault == "forged" else WEBHOOK
        made = hmac.new(secret.encode(), f"{at}.".encode() + raw, hashlib.sha256).hexdigest()
        return {"Stripe-Signature": f"t={at},v1={made}"}, raw

    # --- notices -----------------------------------------------------------------------------
    def wechat_notice(
        self, number: str, fault: str | None = None, *, id: str = "EV-1"
    ) -> tuple[dict[str, str], bytes]:
        trade = self.trades["wechat", number]
        about = self._wechat_trade(trade)
        if fault == "other_merchant":
            about = {**about, "mchid": "999"}
        inner = json.dumps(about).encode()
        box = AESGCM(AES.encode()).encrypt(b"nonce4567890", inner, b"transaction")
        raw = json.dumps(
            {
                "id": id,
                "create_time": beijing(self.clock.utc_ms()).isoformat(timespec="seconds"),
                "event_type": "TRANSACTION.SUCCESS",
                "resource_type": "encrypt-resource",
                "resource": {
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": base64.b64encode(box).decode(),
                    "nonce": "nonce4567890",
                    "associated_data": "transaction",
                },
            }
        ).encode()
        _, headers, _ = self.signed(200, raw, fault)
        return headers, raw

    def alipay_notice(
        self, number: str, fault: str | None = None, *, id: str = "N-1"
    ) -> tuple[dict[str, str], bytes]:
        trade = self.trades["alipay", number]
        at = self.clock.utc_ms() - (27 * 3_600_000 if fault == "old" else 0)
        given = {
            "notify_time": f"{beijing(at):%Y-%m-%d %H:%M:%S}",
            "notify_id": id,
            "app_id": "2021999" if fault == "other_merchant" else APP,
            "seller_id": SELLER,
            "out_trade_no": number,
            "trade_status": "TRADE_SUCCESS",
            "total_amount": yuan(trade.fen),
            "subject": "a+b & c=d 秒回",
        }
        text = "&".join(f"{key}={given[key]}" for key in sorted(given))
        who = "stranger" if fault == "forged" else "bank"
        signed = {**given, "sign": sign(who, text.encode()), "sign_type": "RSA2"}
        return {}, urlencode(signed).encode()

    def books(self) -> dict[tuple[str, str], Trade]:
        return copy.deepcopy(self.trades)


class GatewayTransport(httpx.AsyncBaseTransport):
    """httpx straight into the gateway: the same bytes, without a socket."""

    def __init__(self, gateway: PayGateway) -> None:
        self._gateway = gateway

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        body = await request.aread()
        target = request.url.raw_path.decode("ascii")
        headers = {key.lower(): value for key, value in request.headers.items()}
        status, out, raw = self._gateway.handle(request.method, target, headers, body)
        return httpx.Response(status, headers=out, content=raw, request=request)
