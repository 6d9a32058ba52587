"""The interval over many sessions holds the truth as often as it says; one that knows no customers
does not."""

from tests.promise.coverage import LEAST, UNEVEN, Row, rows, simulate


def test_alike_turns_of_twenty_customers_are_covered() -> None:
    for customers in (20, 50):
        covered = simulate(Row(0.9, 0.2, customers, UNEVEN), seed=1, count=800)
        assert covered.by_customers >= LEAST
        assert covered.by_turns < 0.7


def test_the_table_claims_every_row_from_twenty_customers_on() -> None:
    claimed = [row for row in rows() if row.claimed]
    assert {row.customers for row in claimed} == {20, 50, 200}
    assert max(row.icc for row in claimed) == 0.2
