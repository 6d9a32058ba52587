"""Names that would pass for the host's own voice, and the many that would not."""

import pytest

from miaohui.relay.directory.names import display_name, nobodys
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
