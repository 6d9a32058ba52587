"""Links into the app: what they may name, and all that is none of ours."""

import pytest

from miaohui.desktop.system.applink import AppLink, parsed


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("miaohui://settings", AppLink("settings")),
        ("miaohui://settings/", AppLink("settings")),
        ("miaohui://session/018f-abc_D", AppLink("session", "018f-abc_D")),
        ("miaohui://receipt/018f", AppLink("receipt", "018f")),
        ("miaohui://shop-page/lanting", AppLink("shop-page", "lanting")),
    ],
)
def test_a_link_names_a_page_or_a_thing(text: str, link: AppLink) -> None:
    assert parsed(text) == link
    assert parsed(str(link)) == link


@pytest.mark.parametrize(
    "text",
    [
        *("", "miaohui:", "miaohui://", "https://settings", "MIAOHUI://settings"),
        *("miaohui://pay", "miaohui://session", "miaohui://settings/x", "miaohui://session/a/b"),
        *("miaohui://session/a?then=pay", "miaohui://session/a#b", "miaohui://a@session/b"),
        *("miaohui://session/..", "miaohui://session/%2e", "miaohui://session/a\n"),
        *("miaohui://session/会话", f"miaohui://session/{'a' * 65}", " miaohui://settings"),
    ],
)
def test_all_else_is_no_link(text: str) -> None:
    assert parsed(text) is None
