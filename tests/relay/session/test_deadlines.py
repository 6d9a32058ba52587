"""One timer for everything that waits; and the rates of who asks too often."""

from miaohui.relay.net.limits import Buckets, Rate
from miaohui.relay.session.deadlines import Deadlines


def test_moments_ring_in_order_and_once() -> None:
    rung: list[tuple[str, int]] = []
    armed: list[int] = []
    deadlines = Deadlines(lambda key, now: rung.append((key, now)), armed.append)
    deadlines.set("a", 300)
    deadlines.set("b", 100)
    deadlines.set("c", 200)
    assert armed == [300, 100]
    assert deadlines.fire(200) == 2
    assert rung == [("b", 200), ("c", 200)]
    assert armed[-1] == 300
    assert deadlines.fire(250) == 0


def test_a_key_has_one_moment() -> None:
    rung: list[str] = []
    deadlines = Deadlines(lambda key, now: rung.append(key))
    deadlines.set("a", 100)
    deadlines.set("a", 500)
    deadlines.lower("a", 600)
    assert deadlines.nearest() == 500
    deadlines.lower("a", 400)
    assert deadlines.nearest() == 400
    deadlines.set("a", None)
    assert deadlines.nearest() is None
    deadlines.fire(1_000)
    assert rung == []


def test_a_moment_that_is_always_moved_does_not_pile_up() -> None:
    deadlines = Deadlines(lambda key, now: None)
    for moment in range(10_000):
        deadlines.set("a", moment)
    assert len(deadlines._heap) < 200
    assert deadlines.nearest() == 9_999


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    buckets = Buckets(Rate(burst=3, per_second=2), keep=2)
    assert [buckets.take("a", 0) for _ in range(4)] == [0, 0, 0, 500]
    assert buckets.take("a", 499) == 1
    assert buckets.take("a", 500) == 0
    assert buckets.take("b", 500) == 0
    assert buckets.take("c", 500) == 0
    assert buckets.take("a", 500) == 0  # forgotten, so anew
