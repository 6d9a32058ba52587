#!/usr/bin/env bash
# wechatpayv3 has a blocking and an async half, each with a WeChatPayType of its own. The members
# print alike and have equal values, but are not equal. Given to the async half, the one that
# `from wechatpayv3 import WeChatPayType` brings is taken, and only pay() fails: "pay_type is not
# assigned", though it was.
#
# Versions: wechatpayv3 2.0.4; Python 3.11.
# Seen:     printed alike: True; equal values: True; equal: False
#           the async half's own: POST /v3/pay/transactions/native
#           the blocking half's: pay_type is not assigned.
# So import it from wechatpayv3.async_, beside AsyncWeChatPay.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" --quiet --disable-pip-version-check install \
    wechatpayv3[async]==2.0.4 2>"$place/pip.log" ||
    { cat "$place/pip.log" >&2; exit 1; }
"$place/venv/bin/python" - <<'PY'
import asyncio
import sys

import wechatpayv3
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from wechatpayv3 import async_

key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PRIVATE = key.private_bytes(
    serialization.Encoding.PEM,
    serialization.PrivateFormat.PKCS8,
    serialization.NoEncryption(),
).decode()
PUBLIC = (
    key.public_key()
    .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    .decode()
)


async def pay(kind) -> str:
    merchant = async_.AsyncWeChatPay(
        kind,
        mchid="1230000109",
        private_key=PRIVATE,
        cert_serial_no="AB",
        appid="wx1",
        apiv3_key="0" * 32,
        notify_url="https://shop.example/notices",
        public_key=PUBLIC,
        public_key_id="PUB_KEY_ID_0",
    )
    sent = []

    async def request(path, method, data=None, **more):
        sent.append(f"{method.value} {path}")
        return 200, "{}"

    merchant._core.request = request  # nothing goes over a network here
    try:
        await merchant.pay(description="30 min", out_trade_no="A12345", amount={"total": 1})
    except Exception as error:
        return str(error)
    return sent[0]


own, other = async_.WeChatPayType.NATIVE, wechatpayv3.WeChatPayType.NATIVE
alike = (repr(own) == repr(other), own.value == other.value, own == other)
print("printed alike: {}; equal values: {}; equal: {}".format(*alike))
seen = {"the async half's own": asyncio.run(pay(own)), "the blocking half's": asyncio.run(pay(other))}
for whose, came in seen.items():
    print(f"{whose}: {came}")
wanted = ["POST /v3/pay/transactions/native", "pay_type is not assigned."]
sys.exit(0 if alike == (True, True, False) and list(seen.values()) == wanted else 1)
PY
