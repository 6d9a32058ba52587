"""The lists of the account: what comes by itself while they are read anew."""

from tests.torture.sim.stage import staged
from tests.torture.sim.wires import Link

from miaohui.wire.desk import AcceptOrder, SetPresence
from miaohui.wire.orders import Pay, Quote


def test_a_session_that_opens_while_the_list_is_read_stays_in_it() -> None:
    with staged(1) as stage:
        stage.until(stage.house.live)
        anna, rin, net = stage.client("anna"), stage.client("rin"), stage.house.net
        stage.asks("rin", SetPresence(id=rin.new_id(), state="on"))
        stage.asks("anna", Quote(id=anna.new_id(), shop="lanting", offer="half"))
        stage.until(lambda: bool(anna.view.orders) or anna.refresh())
        order = anna.view.orders[0].order
        pay = Pay(id=anna.new_id(), order=order, provider="practice", price_fen=3000)
        stage.asks("anna", pay)
        stage.until(lambda: rin.view.desk is not None and bool(rin.view.desk.incoming))

        def hold(link: Link, data: bytes, up: bool) -> bool:
            # The list, and whatever comes after it, reach the app at one moment.
            if up and b'"list_sessions"' in data and link.app.name == "rin":
                net.gate = None
                link.down.stalled_until = stage.world.now + 1_000_000
                accept = AcceptOrder(id=rin.new_id(), order=order)
                stage.world.after(0.1, lambda: stage.asks("rin", accept, wait=False))
            return False

        net.gate = hold
        stage.do("rin", lambda client: client.refresh())
        stage.until(lambda: bool(rin.view.sessions))
        stage.run(3)
        assert [card.order for card in rin.view.sessions] == [order]


def test_an_order_that_is_quoted_while_the_list_is_read_stays_in_it() -> None:
    with staged(1) as stage:
        stage.until(stage.house.live)
        anna, rin, net = stage.client("anna"), stage.client("rin"), stage.house.net
        stage.asks("rin", SetPresence(id=rin.new_id(), state="on"))

        def hold(link: Link, data: bytes, up: bool) -> bool:
            if up and b'"list_orders"' in data:
                net.gate = None
                link.down.stalled_until = stage.world.now + 1_000_000
                quote = Quote(id=anna.new_id(), shop="lanting", offer="half")
                stage.world.after(0.1, lambda: stage.asks("anna", quote, wait=False))
            return False

        net.gate = hold
        seen: list[int] = []
        anna.subscribe(lambda change: seen.append(len(anna.view.orders)))
        stage.do("anna", lambda client: client.refresh())
        stage.until(lambda: bool(anna.view.orders))
        stage.run(3)
        assert seen == sorted(seen)
        assert [order.state for order in anna.view.orders] == ["quoted"]
