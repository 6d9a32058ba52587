#!/usr/bin/env bash
# Stripe's own library, over its httpx client, hands the body of a POST to httpx as `data=`, which
# httpx has deprecated for text. Where warnings are errors, as in many test runs, the warning is
# raised inside the library's try block and comes out as APIConnectionError, "Network error":
# reading a payment works, making one seems to find no network.
#
# Versions: stripe 16.1.0, httpx 0.28.1; Python 3.11.
# Seen:     warnings shown:  retrieve works, create works
#           warnings raised: retrieve works, create raises APIConnectionError (a DeprecationWarning)
# So a test run with warnings as errors lets this one through, by its message.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" --quiet --disable-pip-version-check install \
    stripe==16.1.0 httpx==0.28.1 2>"$place/pip.log" ||
    { cat "$place/pip.log" >&2; exit 1; }
"$place/venv/bin/python" - <<'PY'
import asyncio
import sys
import warnings

import httpx
import stripe


def answer(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200, json={"id": "pi_1", "object": "payment_intent"})


async def tell(call) -> str:
    try:
        await call()
    except stripe.APIConnectionError as error:
        return f"APIConnectionError{' (a DeprecationWarning)' * ('DeprecationWarning' in str(error))}"
    return "works"


async def look(action: str) -> list[str]:
    over = stripe.HTTPXClient()
    over._client_async = httpx.AsyncClient(transport=httpx.MockTransport(answer))
    intents = stripe.StripeClient("sk_test_x", http_client=over).v1.payment_intents
    made = {"amount": 1, "currency": "cny"}
    with warnings.catch_warnings():
        warnings.simplefilter(action)
        return [
            await tell(lambda: intents.retrieve_async("pi_1")),
            await tell(lambda: intents.create_async(made)),
        ]


seen = {}
for action in ("ignore", "error"):
    seen[action] = asyncio.run(look(action))
    print(f"warnings {action}: retrieve {seen[action][0]}, create {seen[action][1]}")
wanted = {
    "ignore": ["works", "works"],
    "error": ["works", "APIConnectionError (a DeprecationWarning)"],
}
sys.exit(0 if seen == wanted else 1)
PY
