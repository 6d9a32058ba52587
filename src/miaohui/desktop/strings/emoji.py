"""The small set of emoji offered beside the message box, each with its name."""

from __future__ import annotations

from miaohui.desktop.look.language import say


def emoji() -> list[tuple[str, str]]:
    """(character, name) in the order in which they are shown."""
    return [
        ("😀", say("笑脸", "Grinning")),
        ("😄", say("大笑", "Laughing")),
        ("😊", say("微笑", "Smiling")),
        ("😂", say("笑哭", "Tears of joy")),
        ("🥰", say("喜爱", "Affection")),
        ("😍", say("花痴", "Heart eyes")),
        ("😘", say("飞吻", "Blowing a kiss")),
        ("🤗", say("抱抱", "Hugging")),
        ("🤔", say("思考", "Thinking")),
        ("😌", say("安心", "Relieved")),
        ("😴", say("睡觉", "Sleeping")),
        ("😅", say("尴尬", "Awkward")),
        ("😢", say("难过", "Sad")),
        ("😭", say("大哭", "Crying")),
        ("😞", say("失望", "Disappointed")),
        ("😔", say("低落", "Downcast")),
        ("😰", say("焦虑", "Anxious")),
        ("😡", say("生气", "Angry")),
        ("😳", say("脸红", "Flushed")),
        ("🙄", say("无语", "Rolling eyes")),
        ("👍", say("赞", "Thumbs up")),
        ("👌", say("好的", "OK")),
        ("🙏", say("感谢", "Thanks")),
        ("👏", say("鼓掌", "Applause")),
        ("💪", say("加油", "Strength")),
        ("🤝", say("握手", "Handshake")),
        ("❤️", say("爱心", "Heart")),
        ("💔", say("心碎", "Broken heart")),
        ("🌙", say("晚安", "Moon")),
        ("☀️", say("太阳", "Sun")),
        ("🌸", say("花", "Blossom")),
        ("🎉", say("庆祝", "Party")),
    ]
