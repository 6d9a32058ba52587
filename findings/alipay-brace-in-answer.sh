#!/usr/bin/env bash
# Alipay signs the text of the answer as it stands in the JSON. python-alipay-sdk looks for its end
# by counting braces, those within strings too: where a text, such as the subject that the merchant
# gave the order, holds a closing brace, the honest signature does not fit and the answer is refused.
#
# Versions: python-alipay-sdk 3.4.0; Python 3.11.
# Seen:     subject "30 min": read
#           subject "30 min :}": AliPayValidationError
# So keep braces out of subjects, or find the end with a JSON parser.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" --quiet --disable-pip-version-check install \
    python-alipay-sdk==3.4.0 2>"$place/pip.log" ||
    { cat "$place/pip.log" >&2; exit 1; }
"$place/venv/bin/python" - <<'PY'
import base64
import json
import sys

from alipay import AliPay
from alipay.exceptions import AliPayValidationError
from Cryptodome.Hash import SHA256
from Cryptodome.PublicKey import RSA
from Cryptodome.Signature import pkcs1_15

key = RSA.generate(2048)  # the merchant's and, here, Alipay's as well
merchant = AliPay(
    appid="2021000000000000",
    app_notify_url=None,
    app_private_key_string=key.export_key().decode(),
    alipay_public_key_string=key.public_key().export_key().decode(),
)
NAME = "alipay_trade_query_response"


def read(subject: str) -> str:
    told = json.dumps({"code": "10000", "trade_status": "TRADE_SUCCESS", "subject": subject})
    signed = pkcs1_15.new(key).sign(SHA256.new(told.encode()))
    answer = f'{{"{NAME}":{told},"sign":"{base64.b64encode(signed).decode()}"}}'
    assert json.loads(answer)[NAME]["subject"] == subject  # sound JSON
    try:
        found = merchant._verify_and_return_sync_response(answer, NAME)
    except AliPayValidationError as error:
        return type(error).__name__
    return "read" if found["subject"] == subject else "read otherwise"


seen = {}
for subject in ("30 min", "30 min :}"):
    seen[subject] = read(subject)
    print(f'subject "{subject}": {seen[subject]}')
sys.exit(0 if seen == {"30 min": "read", "30 min :}": "AliPayValidationError"} else 1)
PY
