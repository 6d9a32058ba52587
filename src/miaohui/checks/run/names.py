"""Names for a tester's accounts: such as customers give themselves, and no two alike.

Drawn by the system's own chance, never from the plan's seed: who knows the plan must not know them.
Put together from many small parts in many ways, so that no list of them can be made.
"""

import secrets
from collections.abc import Sequence
from typing import Final

# Characters of nicknames; any two of them may stand side by side.
_CHARS: Final = (
    "安白北冰波采晨澄初川春丹冬朵尔帆芳飞枫风高谷光果海寒禾荷鹤红弧花槐欢黄晖慧佳简江娇锦京静九菊"
    "橘君可兰蓝乐梨礼丽莲林灵凌柳鹿露路洛麦满曼茂梅萌米棉苗明陌墨木沐慕南念宁牛暖诺盼鹏平萍婆浦七齐"
    "琪千茜青清晴秋然冉仁荣如若森沙山杉珊邵深诗石时书舒树朔思松素苏岁笋桃天甜婷桐童团晚望微唯苇雯"
    "汐溪夏仙弦香晓小笑星杏秀旭雪雅烟言妍燕阳瑶野叶一依忆意音吟樱盈影悠游鱼雨语玉元圆远月云芸泽昭哲"
    "珍之知芷竹子紫棕左佐"
)
_WORDS: Final = [
    "奶茶",
    "汤圆",
    "布丁",
    "饭团",
    "西瓜",
    "土豆",
    "芒果",
    "年糕",
    "葡萄",
    "面包",
    "豆浆",
    "咖啡",
    "柠檬",
    "栗子",
    "馒头",
    "酸奶",
    "薯片",
    "火锅",
    "番茄",
    "橙子",
    "猫",
    "狗",
    "兔子",
    "松鼠",
    "企鹅",
    "海豚",
    "仓鼠",
    "考拉",
    "水獭",
    "刺猬",
    "大象",
    "月亮",
    "星星",
    "云朵",
    "海风",
    "晚霞",
    "雪花",
    "向日葵",
    "栀子花",
    "单车",
    "吉他",
    "耳机",
    "雨伞",
    "相机",
    "拖鞋",
    "毛衣",
    "围巾",
    "键盘",
    "闹钟",
    "地铁",
    "图书馆",
    "操场",
    "楼下",
    "阳台",
]
_DOES: Final = [
    "爱吃",
    "不吃",
    "想要",
    "养了",
    "找不到",
    "追着",
    "抱着",
    "梦见",
    "弄丢了",
    "忘带",
    "刚买的",
    "今天也想",
    "又在吃",
    "想念",
    "等一杯",
    "路过",
    "数着",
]
_LATIN: Final = [
    "mi",
    "lo",
    "na",
    "ri",
    "ka",
    "su",
    "te",
    "no",
    "ve",
    "la",
    "do",
    "ra",
    "fi",
    "je",
    "mo",
    "ly",
    "ne",
    "za",
    "pa",
    "ko",
    "lu",
    "ti",
    "ro",
    "sa",
    "hu",
    "be",
    "wi",
    "ma",
    "el",
    "an",
]
_PINYIN: Final = [
    "an",
    "bai",
    "bei",
    "bo",
    "chen",
    "cheng",
    "chu",
    "dan",
    "dong",
    "fan",
    "fei",
    "feng",
    "gao",
    "hai",
    "han",
    "hao",
    "he",
    "hong",
    "hua",
    "huan",
    "jia",
    "jian",
    "jing",
    "jun",
    "ke",
    "lan",
    "le",
    "li",
    "lin",
    "ling",
    "lu",
    "luo",
    "mei",
    "meng",
    "miao",
    "min",
    "ming",
    "mo",
    "nan",
    "ning",
    "peng",
    "ping",
    "qi",
    "qian",
    "qing",
    "qiu",
    "ran",
    "rui",
    "shan",
    "shu",
    "si",
    "song",
    "tao",
    "tian",
    "tong",
    "wan",
    "wei",
    "wen",
    "xi",
    "xia",
    "xiao",
    "xin",
    "xing",
    "xu",
    "xue",
    "yan",
    "yang",
    "yao",
    "ye",
    "yi",
    "yin",
    "ying",
    "you",
    "yu",
    "yuan",
    "yue",
    "yun",
    "ze",
    "zhen",
    "zhi",
    "zhou",
    "zhu",
    "zi",
]
_SUFFIXES: Final = (
    "",
    "",
    "",
    "同学",
    "呀",
    "吖",
    "酱",
    "子",
    "儿",
    "er",
    "_",
    "0",
    "1",
    "9",
    "ya",
)
_TRIES: Final = 50


def shown(taken: frozenset[str] = frozenset()) -> str:
    """A name that others see, none of ``taken``."""
    for _ in range(_TRIES):
        name = _drawn()
        if name not in taken:
            return name
    return f"{_drawn()}{secrets.randbelow(1000)}"


def _drawn() -> str:
    one = secrets.choice
    match secrets.randbelow(8):
        case 0 | 1:
            return f"{one(_CHARS)}{one(_CHARS)}{one(_SUFFIXES)}"
        case 2:
            return f"{one('阿小老大')}{one(_CHARS)}{one(_SUFFIXES)}"
        case 3:
            return f"{one(_DOES)}{one(_WORDS)}"
        case 4:
            return f"{one(_CHARS)}{one(_CHARS)}的{one(_WORDS)}"
        case 5:
            word = _joined(_LATIN, 2, 3)
            return word.capitalize() if secrets.randbelow(2) else word
        case 6:
            return f"{one(_CHARS)}{one(_WORDS)}{one(_SUFFIXES)}"
        case _:
            return f"{_joined(_PINYIN, 1, 2).capitalize()}{one(('', '', '_', '-'))}{one(_CHARS)}"


def login() -> str:
    """A name to sign in with."""
    base = _joined(_PINYIN, 2, 3) if secrets.randbelow(3) else _joined(_LATIN, 2, 4)
    match secrets.randbelow(4):
        case 0:
            return f"{base}{1970 + secrets.randbelow(40)}{secrets.choice('abcdefghkmz')}"
        case 1:
            return f"{base}_{secrets.randbelow(900) + 100}"
        case 2:
            return f"{secrets.choice('abcdefghijklmnopqrstwxyz')}{base}{secrets.randbelow(9000) + 1000}"
        case _:
            return f"{base}{secrets.choice(_PINYIN)}{secrets.randbelow(90) + 10}"


def _joined(parts: Sequence[str], least: int, most: int) -> str:
    count = least + secrets.randbelow(most - least + 1)
    return "".join(secrets.choice(parts) for _ in range(count))
