"""The page on which replies are rated, blind to the shop."""

from miaohui.desktop.look.language import Phrase, say

title = Phrase("盲评回复", "Rate replies")
about = Phrase(
    "看不到是哪家店、哪位应答师。按数字键选一类，回车接受建议，退格撤回上一条。",
    "Neither shop nor responder is shown. A digit chooses, Enter takes the proposal, Backspace takes back.",
)
who = Phrase("评分人", "Rater")
who_hint = Phrase("你的名字或代号（字母、数字）", "your name or a code (letters, digits)")
begin = Phrase("开始", "Begin")


def adjudicate(count: int) -> str:
    return say(f"裁定不一致的 {count} 条", f"Settle {count} disagreements")


def progress(done: int, of: int) -> str:
    return say(f"已评 {done} / {of}", f"{done} of {of} rated")


asked = Phrase("顾客说", "The customer wrote")
answered = Phrase("要评的回复", "The reply to rate")
earlier = Phrase("同一次回答里前面的话", "Earlier in the same answer")


def no_text(content: str) -> str:
    lines = {
        "image": say("［图片］", "[picture]"),
        "voice": say("［语音］", "[voice]"),
        "sticker": say("［表情］", "[sticker]"),
    }
    return lines.get(content, say("［没有文字］", "[no text]"))


def proposed(label: str) -> str:
    return say(f"{label}（建议）", f"{label} (proposed)")


def said_so_far(labels: str) -> str:
    return say(f"两位的判断：{labels}", f"The raters said: {labels}")


undo = Phrase("撤回上一条", "Undo")
done_title = Phrase("都评完了", "All rated")


def done_hint(kappa: str) -> str:
    if not kappa:
        return say(
            "再请一位不知道店名的人评一遍，就能算两人的一致性。",
            "Have a second person, also blind, rate them: then the agreement of both can be told.",
        )
    return kappa


def kappa(value: str, low: str, high: str, items: int, agreed: int) -> str:
    return say(
        f"κ = {value}（95% 区间 {low}–{high}），共同评了 {items} 条，{agreed} 条一致",
        f"κ = {value} (95% interval {low} to {high}): {items} rated by both, {agreed} alike",
    )


def kappa_undefined(items: int, agreed: int) -> str:
    return say(
        f"共同评了 {items} 条，{agreed} 条一致；κ 在这里没有定义（两人都只用了一类）",
        f"{items} rated by both, {agreed} alike; κ is not defined here (both used one label only)",
    )


nothing_title = Phrase("没有可以评的回复", "There are no replies to rate")
nothing_hint = Phrase(
    "等有会话结束后再来，或看看计划里抽评的比例。",
    "Come back after a session has ended, or look at the share in the plan.",
)
name_wrong = Phrase(
    "只能用字母、数字、点和横线，最多 40 个字", "Letters, digits, dots and dashes only, 40 at most"
)
name_taken = Phrase(
    "这个名字留给裁定用，请换一个", "That name is kept for settling; choose another"
)


def not_written(why: str) -> str:
    return say(
        f"写不进去：{why}。之前评的都在。",
        f"It could not be written: {why}. What was rated before is kept.",
    )
