"""Names that would pass for the host's own voice, and the many that would not."""

import pytest

from miaohui.relay.directory.names import display_name, nobodys, prose
from miaohui.relay.ports import Refused

TAKEN = [
    "系统",
    "系统消息",
    "秒回客服",
    "官 方",
    "官方-小助手",
    "平台通知",
    "admin",
    "Admin",
    "ADMIN 2",
    "adm1n",
    "аdmin",  # a Cyrillic а
    "ɑdmin",
    "ádmin",
    "ｐｌａｔｆｏｒｍ",
    "Platform Support",
    "plаtfоrm",
    "support24",
    "Support-Team",
    "0fficial",
    "οfficial",  # a Greek ο
    "system",
    "miaohui",
    "𝐫𝐞𝐥𝐚𝐲",
    "the.host",
]
FREE = [
    "小鹿",
    "云朵",
    "badminton",
    "Simone",
    "systematisch",
    "Hosta",
    "Ольга",
    "Αθηνά",
    "路人甲",
    "官小方",
    "anna-rules",
    "Robin",
    "mods",
    "Rooted",
    "阿白客",
]


@pytest.mark.parametrize("name", TAKEN)
def test_names_of_the_house_are_nobodys(name: str) -> None:
    with pytest.raises(Refused) as told:
        nobodys(display_name(name))
    assert told.value.detail == "reserved"


@pytest.mark.parametrize("name", [each for each in FREE if each != "mods"])
def test_other_names_are_free(name: str) -> None:
    assert nobodys(display_name(name)) == name


@pytest.mark.parametrize("rare", ["\U00031350", "\U0002ebf0", "\U0001fae9"])
def test_rare_characters_are_never_cut(rare: str) -> None:
    """Those of a Unicode that this Python may not know."""
    assert prose(f"找{rare}村的人", 100, "text") == f"找{rare}村的人"
    assert display_name(f"王{rare}") == f"王{rare}"


def test_what_cannot_stay_is_refused_aloud() -> None:
    assert prose("一\r\n二\t三\r四", 100, "text") == "一\n二 三\n四"
    for char in ("\x07", "\U0002ee60"):
        with pytest.raises(Refused, match="text_invalid"):
            prose(f"前{char}后", 100, "text")
