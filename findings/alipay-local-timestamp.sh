#!/usr/bin/env bash
# Every request to Alipay carries a `timestamp` without a zone, which its gateway reads as Beijing
# time. python-alipay-sdk writes the machine's own local time there: on a server in UTC, as most
# containers are, each request is eight hours old when it is made.
#
# Versions: python-alipay-sdk 3.4.0; Python 3.11.
# Seen:     TZ=Asia/Shanghai: 0 h from Beijing time
#           TZ=UTC: 8 h from Beijing time
# So whoever uses it sets TZ for the process, or passes timestamp= to build_body.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" --quiet --disable-pip-version-check install \
    python-alipay-sdk==3.4.0 2>"$place/pip.log" ||
    { cat "$place/pip.log" >&2; exit 1; }
"$place/venv/bin/python" - <<'PY'
import os
import sys
import time
from datetime import datetime, timedelta, timezone

from alipay import AliPay
from Cryptodome.PublicKey import RSA

key = RSA.generate(2048)
merchant = AliPay(
    appid="2021000000000000",
    app_notify_url=None,
    app_private_key_string=key.export_key().decode(),
    alipay_public_key_string=key.public_key().export_key().decode(),
)
BEIJING = timezone(timedelta(hours=8))
seen = {}
for zone, rule in (("Asia/Shanghai", "CST-8"), ("UTC", "UTC0")):
    os.environ["TZ"] = rule  # by rule, so that no zone files are needed
    time.tzset()
    said = datetime.fromisoformat(merchant.build_body("alipay.trade.query", {})["timestamp"])
    apart = datetime.now(BEIJING) - said.replace(tzinfo=BEIJING)
    seen[zone] = round(apart / timedelta(hours=1))
    print(f"TZ={zone}: {seen[zone]} h from Beijing time")
sys.exit(0 if seen == {"Asia/Shanghai": 0, "UTC": 8} else 1)
PY
