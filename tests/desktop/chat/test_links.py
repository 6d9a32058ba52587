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
        ("https://zh.wikipedia.org/wiki/中文 好", ["https://zh.wikipedia.org/wiki/中文"]),
        ("https://a.cn/中文/页面-二?q=你好&x=1。", ["https://a.cn/中文/页面-二?q=你好&x=1"]),
        ("看https://a.cn/b你看看", ["https://a.cn/b"]),
        ("见https://例子.中国/路径，谢谢", ["https://例子.中国/路径"]),
        ("https://[::1]:8443/a", ["https://[::1]:8443/a"]),
        ("写成https://好，就行", []),
    ],
)
def test_found(text, urls):
    assert [link.url for link in found(text)] == urls


def test_offsets_count_as_qt_counts():
    text = "😀😀 https://a.cn/𠮷/好 😀"
    (link,) = found(text)
    assert cut(text, link.start, link.end) == "https://a.cn/𠮷/好"
