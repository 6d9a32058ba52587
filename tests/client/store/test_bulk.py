"""Many rows as few statements."""

import pytest

from miaohui.client.store import bulk
from miaohui.client.store.store import connect


@pytest.mark.parametrize("count", [0, 1, 3, 4, 127, 128, 300])
def test_every_row_is_put_once_and_in_order(count: int) -> None:
    assert [value for some in bulk.pieces(range(count)) for value in some] == [*range(count)]
    conn = connect(None, None)
    conn.execute("CREATE TABLE pair(a, b)")
    bulk.put(conn, "INSERT INTO pair", [(number, str(number)) for number in range(count)])
    found = conn.execute("SELECT a, b FROM pair ORDER BY rowid").fetchall()
    assert found == [(number, str(number)) for number in range(count)]
    conn.close()
