"""Harmless everyday lines by the thousand, exaggeration first, from a seed."""

import random

SEED = 20261130

_WHO = [
    "我",
    "我都",
    "我真是",
    "今天",
    "哎呀",
    "宝子们",
    "老板",
    "他",
    "我妈",
    "闺蜜",
    "这鬼天气把我",
    "开会",
    "早高峰",
    "",
    "",
    "",
]
_DYING = [
    "笑死",
    "累死",
    "困死",
    "饿死",
    "热死",
    "冻死",
    "气死",
    "急死",
    "烦死",
    "吓死",
    "忙死",
    "疼死",
    "堵死",
    "卷死",
    "渴死",
    "撑死",
    "酸死",
    "辣死",
    "无聊死",
    "尴尬死",
    "羡慕死",
    "可爱死",
    "甜死",
    "美死",
    "香死",
    "帅死",
    "蠢死",
    "懒死",
    "丑死",
    "吵死",
    "挤死",
    "晒死",
]
_AFTER = [
    "了",
    "我了",
    "我啦",
    "个人",
    "了哈哈",
    "我了真的",
    "了救命",
    "啦",
    "了，快来",
    "了，先吃饭",
    "了吧",
    "我算了",
]
_HOW = [
    "忙",
    "贵",
    "累",
    "困",
    "热",
    "冷",
    "丑",
    "甜",
    "便宜",
    "远",
    "吵",
    "慢",
    "辣",
    "好吃",
    "好看",
    "难吃",
    "尴尬",
    "无聊",
    "紧张",
    "开心",
]
_THINGS = [
    "这件衣服",
    "这家店",
    "这个包",
    "机票",
    "房租",
    "今天的会",
    "这道菜",
    "楼下的猫",
    "新出的奶茶",
    "那部剧",
    "我室友",
    "这路",
    "地铁",
    "作业",
    "这首歌",
    "隔壁老王",
    "健身课",
    "这个表情包",
    "火锅",
    "快递",
]
_LOVED = [
    "你",
    "你们",
    "我家猫",
    "妈妈做的饭",
    "老家的米粉",
    "那家烧烤",
    "我的床",
    "西安的凉皮",
    "咱闺女",
    "你做的红烧肉",
    "那只小狗",
    "学校门口的炸串",
]
_GAMES = [
    "这把我死了{n}次，队友别骂",
    "狼人杀第{n}晚我被刀了",
    "三国杀开黑吗，{n}缺一",
    "重开一局，{n}点上号",
    "游戏里死了{n}回还没过",
    "存档没了，第{n}章重开",
    "吃鸡落地成盒{n}连",
    "王者里一个人杀了{n}个",
    "剧本杀约{n}点",
    "副本第{n}关又灭团",
]
_SALES = [
    "跳楼价{n}元，仅此一天",
    "跳楼大甩卖第{n}天",
    "秒杀价{n}块",
    "双十一秒杀抢到{n}件",
    "跳楼机排队{n}分钟",
    "买{n}斤炭，周末烧烤",
    "紫砂壶{n}块一把",
    "紫砂锅炖了{n}小时汤",
    "绳子买了{n}米，搬家捆箱子",
    "杀青第{n}天还在补觉",
]
_PLAIN = [
    "今晚吃{t}",
    "明天{n}点见",
    "在吗",
    "我到{t}了",
    "{t}好看吗",
    "周末去爬山吗",
    "电脑死机{n}次了",
    "程序死循环，改到{n}点",
    "死线是{n}号",
    "我死党{n}点到",
    "跟{t}死磕到底",
    "刚吃完感冒药，{n}点睡",
    "孩子发烧{n}度，喂了药",
    "在楼顶晾了{n}床被子",
    "站在桥上看了{n}分钟风景",
    "堵在桥上{n}分钟了",
    "在江边散步{n}圈",
    "终于考完{n}门，解脱了",
    "今天最后一天上班，{n}点散伙饭",
    "把猫托付给朋友{n}天，我去旅游",
    "搬家，{n}箱东西都送人了",
    "再见，{n}点再聊",
    "先睡了，{n}点的闹钟",
    "睡到{n}点不想醒，周末真好",
    "{t}没意思，换一个",
    "这个会开了{n}小时，没意义",
    "不想上班，还有{n}天放假",
    "想离开公司去旅行{n}天",
    "手被纸割了{n}下",
    "切{t}切到手了",
    "我不想活成那样，{n}岁要自由",
    "奶奶去世{n}年了，想她做的饭",
    "爷爷生日，{n}桌亲戚",
    "明天{n}点我走了，高铁票买好",
    "撑不住了先睡，{n}点叫我",
    "跑步坚持不下去，才{n}公里",
    "国足没希望了，{n}比零",
    "股票跌了{n}个点，绝望",
    "我emo了，循环{n}遍那首歌",
    "心态崩了，作业{n}页没保存",
    "这次考试死定了，{n}道不会",
    "社死现场，{n}个人看到",
    "人没了，{n}杯下肚",
    "累了，毁灭吧，还有{n}个会",
    "我当场去世，{n}块一杯",
    "打死我也不去{t}",
    "死活不承认吃了{n}块蛋糕",
    "我死也不吃香菜第{n}遍",
    "不作不死，{n}点还在刷手机",
    "死马当活马医，试了{n}次",
]
_ENGLISH = [
    "I'm dying of laughter at {n}",
    "this meeting is killing me, {n} more minutes",
    "my phone died at {n}%",
    "I could kill for a pizza",
    "dead tired after {n} km",
    "died {n} times on that boss",
    "dying to see you at {n}",
    "deadline in {n} hours is killing me lol",
    "just killing time till {n}",
    "that joke killed me",
    "can't live without coffee, cup {n}",
    "my feet are killing me after {n} steps",
    "see you at {n}, goodbye",
    "let's end it here, {n} is enough",
    "suicide squad at {n} tonight?",
    "I have {n} pills of vitamin left",
    "hang out at {n}?",
    "cut myself some slack, day {n}",
    "jump on a call at {n}?",
    "battery dead, back in {n}",
]
_TAILS = [
    "",
    "",
    "",
    "哈哈",
    "哈哈哈",
    "～",
    "！",
    "。",
    "啊",
    "呢",
    "，你呢",
    "，救命",
    "😂",
    "🤣",
    "，怎么办",
    "，真的",
    "，服了",
]


def harmless(count: int, seed: int = SEED) -> list[str]:
    """``count`` different lines, always the same ones for a seed."""
    draw = random.Random(seed)
    found: dict[str, None] = {}
    while len(found) < count:
        found[_line(draw)] = None
    return list(found)


def _line(draw: random.Random) -> str:
    number, thing = str(draw.randint(2, 99)), draw.choice(_THINGS)
    tail = draw.choice(_TAILS)
    match draw.randrange(8):
        case 0 | 1:
            return draw.choice(_WHO) + draw.choice(_DYING) + draw.choice(_AFTER) + tail
        case 2:
            return f"{thing}{draw.choice(_HOW)}{draw.choice(['得要死', '死了', '到想死', '得要命', '得我想死'])}{tail}"
        case 3:
            who = draw.choice(["", "我", "真的", "老公我", "好久不见，", "我妈"])
            return f"{who}想死{draw.choice(_LOVED)}了{tail}"
        case 4:
            return draw.choice(_GAMES).format(n=number) + tail
        case 5:
            return draw.choice(_SALES).format(n=number) + tail
        case 6:
            return draw.choice(_PLAIN).format(n=number, t=thing) + tail
        case _:
            return draw.choice(_ENGLISH).format(n=number)
