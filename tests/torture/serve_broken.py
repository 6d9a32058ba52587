"""A relay with its guard down, for a proof that must notice: ``relay``'s own arguments.

Any account may read any order.
"""

import sys

from miaohui.relay.money import orderbook


def _anybody(conn: object, order: str, customer: str) -> object:
    del customer
    return orderbook.get(conn, order)  # type: ignore[arg-type]


orderbook.get_own = _anybody  # type: ignore[assignment]

if __name__ == "__main__":
    from miaohui.relay.cli import main

    sys.exit(main(sys.argv[1:]))
