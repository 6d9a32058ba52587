from miaohui.desktop.look.language import set_language
from miaohui.desktop.models import measures
from miaohui.wire.catalogue import Measured


def test_below_twenty_turns_there_is_no_percentage() -> None:
    set_language("zh_CN")
    few = Measured(kept=11, breached=1, low=0.64, high=0.99)
    assert measures.kept_figure(few) == "11 / 12"
    assert measures.tone_of(few) == "quiet"


def test_the_lower_bound_decides_the_tone() -> None:
    assert measures.tone_of(Measured(kept=1235, breached=49, low=0.95)) == "kept"
    assert measures.tone_of(Measured(kept=455, breached=45, low=0.88)) == "warn"
    assert measures.tone_of(Measured(kept=300, breached=110, low=0.68)) == "breach"
    assert measures.tone_of(Measured(kept=22, breached=0, low=0.684)) == "warn"
    assert measures.tone_of(Measured(kept=15, breached=8, low=0.43)) == "breach"


def test_a_wait_turns_amber_at_seven_and_red_past_ten_seconds() -> None:
    assert measures.wait_tone(6_999) == "kept"
    assert measures.wait_tone(7_000) == "warn"
    assert measures.wait_tone(10_000) == "warn"
    assert measures.wait_tone(10_001) == "breach"
    assert measures.wait_tone(None) == ""
