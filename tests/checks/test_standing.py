"""The budget: whatever happens in whatever order, the budget is never exceeded."""

from hypothesis import given
from hypothesis import strategies as st

from miaohui.checks.record.events import (
    Bought,
    Buying,
    Probed,
    Skipped,
    Slot,
    SlotEnded,
    SlotOpened,
    SlotState,
)
from miaohui.checks.record.standing import Budget, RunState


def slot(name: str, price: int = 100) -> Slot:
    return Slot(
        utc_ms=0,
        slot=name,
        target="t",
        shop="t",
        shop_name="t",
        responder=None,
        responder_name=None,
        offer="o",
        minutes=15,
        price_fen=price,
        stratum="s",
        at_utc_ms=0,
        account=0,
    )


def buying(name: str, price: int) -> Buying:
    return Buying(utc_ms=0, slot=name, quote_id="q", pay_id="p", price_fen=price)


def bought(name: str, price: int) -> Bought:
    return Bought(utc_ms=0, slot=name, order=f"o-{name}", price_fen=price)


def ended(name: str, refund: int) -> SlotEnded:
    return SlotEnded(
        utc_ms=0,
        slot=name,
        state="settled",
        reason="time",
        refund_fen=refund,
        given_back_ms=0,
        bundle=True,
    )


@given(
    st.integers(0, 2_000),
    st.lists(
        st.tuples(
            st.integers(0, 30),
            st.integers(0, 900),
            st.sampled_from(["refuse", "pay", "end", "again"]),
            st.integers(0, 1_200),
        ),
        max_size=120,
    ),
)
def test_the_budget_is_never_exceeded(limit: int, steps: list[tuple[int, int, str, int]]) -> None:
    budget = Budget(limit)
    money = limit  # what is really there, by plain book-keeping
    prices: dict[str, int] = {}
    paid: set[str] = set()
    over: set[str] = set()
    for number, price, what, refund in steps:
        name = f"s{number}"
        if name not in prices:
            if budget.may(price):
                prices[name] = price
                budget.take(buying(name, price))
        elif name in over:
            continue
        elif what == "again":
            # A resumed run reads the same events anew; nothing is counted twice.
            budget.take(buying(name, prices[name]))
            if name in paid:
                budget.take(bought(name, prices[name]))
        elif what == "refuse" and name not in paid:
            over.add(name)
            budget.take(Skipped(utc_ms=0, slot=name, reason="price_changed"))
        elif name not in paid:
            paid.add(name)
            money -= prices[name]
            budget.take(bought(name, prices[name]))
        elif what == "end":
            over.add(name)
            money += min(refund, prices[name])
            budget.take(ended(name, refund))
        assert money >= 0
        reserved = sum(prices[n] for n in prices if n not in paid and n not in over)
        assert budget.committed_fen == limit - money + reserved <= limit


def test_a_refund_counts_once_it_came_back() -> None:
    budget = Budget(100)
    budget.take(buying("a", 100))
    assert not budget.may(1)
    budget.take(bought("a", 100))
    assert not budget.may(1)
    budget.take(ended("a", 40))
    assert budget.may(40)
    assert not budget.may(41)


def test_the_way_of_a_slot() -> None:
    standing = RunState(1_000, [slot("a"), slot("b")])
    course = standing.courses["a"]
    seen = [course.state]
    probed = Probed(
        utc_ms=0, slot="a", probe=0, kind="plain", step=3, planned_ms=0, sent_ms=0, message="m"
    )
    for event in (
        buying("a", 100),
        bought("a", 100),
        SlotOpened(utc_ms=0, slot="a", session="x", responder="r"),
        probed,
        ended("a", 0),
    ):
        standing.take(event)
        seen.append(course.state)
    s = SlotState
    assert seen == [s.PLANNED, s.BUYING, s.QUEUED, s.RUNNING, s.RUNNING, s.DONE]
    assert course.probed == {(0, 3)}
    standing.take(Skipped(utc_ms=0, slot="b", reason="late"))
    assert standing.done == 2
    standing.take(Skipped(utc_ms=0, slot="unknown", reason="late"))
    assert standing.done == 2


def test_an_order_that_never_opened_has_failed() -> None:
    standing = RunState(1_000, [slot("a"), buying("a", 100), bought("a", 100), ended("a", 100)])
    assert standing.courses["a"].state is SlotState.FAILED
    assert standing.budget.committed_fen == 0
