"""Names for a tester's accounts: such as customers give themselves, and no two alike.

Drawn by the system's own chance, never from the plan's seed: who knows the plan must not know them.
"""

import secrets
from typing import Final

_SHOWN: Final = (
    "小鹿", "阿泽", "桃子", "晚星", "周末不加班", "momo", "一颗糖", "青木", "阿宁", "半糖",
    "拾光", "小满同学", "柚子茶", "夏天的风", "北北", "南瓜粥", "木木", "阿九", "橙汁", "七喜",
    "林夕", "不吃香菜", "小羊", "云边", "子衿", "早睡早起", "西瓜", "阿朵", "暮色", "白桃",
    "路人甲", "陈皮", "安静点", "糯米", "知了", "山山", "Echo", "Luna", "阿川", "三月",
)  # fmt: skip
_LOGINS: Final = (
    "xiaolu", "aze", "taozi", "wanxing", "zhoumo", "tangtang", "qingmu", "aning", "bantang",
    "shiguang", "youzi", "beibei", "nangua", "mumu", "ajiu", "chengzi", "linxi", "xiaoyang",
    "yunbian", "xigua", "aduo", "baitao", "chenpi", "nuomi", "zhile", "shanshan", "achuan",
)  # fmt: skip


def shown(taken: frozenset[str] = frozenset()) -> str:
    """A name that others see; one of ``taken`` only where all are."""
    free = [name for name in _SHOWN if name not in taken]
    return secrets.choice(free or _SHOWN)


def login() -> str:
    """A name to sign in with."""
    return f"{secrets.choice(_LOGINS)}{secrets.randbelow(9_900) + 100}{secrets.choice('abcdefhkm')}"
