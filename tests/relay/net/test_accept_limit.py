"""Nobody is let in faster than is good for those inside, and nobody is sent away for nothing."""

import random

from miaohui.relay.net.accept_limit import AcceptLimit


def test_one_after_another_all_come_in() -> None:
    limit = AcceptLimit(80)
    assert [limit.take(second * 1000) for second in range(100)] == [0] * 100


def test_a_thousand_at_once_come_in_evenly_by_the_turns_they_are_told() -> None:
    source = random.Random(1)
    limit = AcceptLimit(80)
    coming = [(source.randrange(200), number) for number in range(1000)]
    came: list[int] = []
    tries = 0
    while coming:
        coming.sort()
        now, number = coming.pop(0)
        tries += 1
        wait = limit.take(now)
        if wait:
            coming.append((now + wait + source.randrange(20), number))
        else:
            came.append(now)
    for at in came:
        assert sum(at <= other < at + 1000 for other in came) <= 100
    assert came[-1] < 15_000
    assert tries < 3000
