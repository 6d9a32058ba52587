import re

import pytest

from miaohui.desktop.look import styles
from miaohui.desktop.look.theme import dark, light


@pytest.mark.parametrize("theme", [light(), dark()], ids=["light", "dark"])
@pytest.mark.parametrize("scale", [0.8, 1.0, 2.5])
def test_every_token_is_filled_in(theme: object, scale: float) -> None:
    sheet = styles.sheet(theme, scale)  # type: ignore[arg-type]
    assert "$" not in sheet
    assert sheet.count("{") == sheet.count("}")


def test_sizes_follow_the_scale() -> None:
    plain = re.search(r"font-size: (\d+)px", styles.sheet(light(), 1.0))
    double = re.search(r"font-size: (\d+)px", styles.sheet(light(), 2.0))
    assert plain is not None
    assert double is not None
    assert int(double[1]) == 2 * int(plain[1])
