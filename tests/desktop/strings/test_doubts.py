"""Every kind of doubt has its words."""

import pytest

from miaohui.client.doubts import Doubt, DoubtKind
from miaohui.desktop.pages.doubtspanel import kept_here
from miaohui.desktop.strings import doubts as words

FIELDS = {DoubtKind.ORDER: "price_fen", DoubtKind.NAMED: "pause"}


@pytest.mark.parametrize("kind", DoubtKind)
def test_each_is_said(kind: DoubtKind) -> None:
    doubt = Doubt(kind=kind, seq=2, field=FIELDS.get(kind, ""), mine="13900", theirs="6500")
    assert words.notice(kind, "云朵")
    assert words.headline(doubt)
    assert words.detail(doubt)


def test_a_wait_that_this_computer_held_too_long_is_not_kept() -> None:
    late = Doubt(kind=DoubtKind.LONGER, seq=2, mine="13900", theirs="6500", rtt_ms=36)
    near = Doubt(kind=DoubtKind.LONGER, seq=3, mine="9000", theirs="6500", rtt_ms=36)
    assert kept_here(43, 10_000, (late, near)) == 42
