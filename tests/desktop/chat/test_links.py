"""Only web addresses, without the sentence around them."""

import pytest

from miaohui.desktop.chat.links import found
from miaohui.desktop.chat.utf16 import cut


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("看https://a.cn/b，好吗", ["https://a.cn/b"]),
        ("(http://a.cn/b).", ["http://a.cn/b"]),
        ("https://zh.wiki/x_(y) ok", ["https://zh.wiki/x_(y)"]),
        ("HTTP://A.CN!", ["HTTP://A.CN"]),
        ("http://a.cn http://b.cn", ["http://a.cn", "http://b.cn"]),
        ("javascript://x file:///etc ftp://a a.cn https://", []),
        ("无", []),
    ],
)
def test_found(text, urls):
    assert [link.url for link in found(text)] == urls


def test_offsets_count_as_qt_counts():
    text = "😀😀 https://a.cn 😀"
    (link,) = found(text)
    assert cut(text, link.start, link.end) == "https://a.cn"
