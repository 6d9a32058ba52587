"""The words of the customer's card: what they would like, and what became of it."""

from miaohui.desktop.look.language import Phrase, say

title = Phrase("我的卡片", "My card")
about = Phrase(
    "想怎么被对待，写一次就够。只存在这台设备上；下单时你看过、勾选了，才会给应答师看，接单之前就能看到。",
    "How you would like to be talked with, written once. It stays on this device; only when you have "
    "seen and ticked it while ordering does a responder get it, before they accept.",
)
address = Phrase("怎么称呼我", "What to call me")
topics = Phrase("想聊什么", "What I would like to talk about")
avoid = Phrase("请不要", "Please avoid")
avoid_hint = Phrase("比如：不要开玩笑，不要劝我", "Such as: no jokes, no advice")
manner = Phrase("说话的方式", "How to talk")
talk = Phrase("可以插话", "Talk along, interrupting is fine")
listen = Phrase("只听我说", "Only listen")
silence = Phrase("我不说话的时候", "When I fall silent")
wait = Phrase("等我", "Wait for me")
nudge = Phrase("先开口，在沉默", "Speak first, after a silence of")
seconds = Phrase(" 秒后", " s")
save = Phrase("保存卡片", "Save the card")
saved = Phrase("卡片已存在这台设备上", "The card is saved on this device")
remove = Phrase("删除卡片", "Delete the card")
removed = Phrase("卡片已删除", "The card is deleted")
send = Phrase("把我的卡片给应答师看", "Show my card to the responder")
theirs = Phrase("顾客的卡片", "The customer's card")
accept_means = Phrase("接单就表示照这张卡片来", "Accepting means keeping to this card")
kept_question = Phrase("卡片上的话，做到了吗？", "Was your card kept to?")


def lines(
    *, address_: str, topics_: str, avoid_: str, listens: bool, nudge_s: int | None
) -> list[str]:
    """A card as its reader sees it; what is empty is not there."""
    found = []
    if address_:
        found.append(say(f"称呼：{address_}", f"Call them: {address_}"))
    if topics_:
        found.append(say(f"想聊：{topics_}", f"Talk about: {topics_}"))
    if avoid_:
        found.append(say(f"请不要：{avoid_}", f"Avoid: {avoid_}"))
    found.append(listen() if listens else talk())
    if nudge_s is None:
        found.append(say("沉默的时候等对方开口", "In a silence, wait for them"))
    else:
        found.append(say(f"沉默 {nudge_s} 秒后先开口", f"Speak first after {nudge_s} s of silence"))
    return found


def now_speak(seconds_: int) -> str:
    return say(
        f"安静了 {seconds_} 秒：顾客希望你现在先开口",
        f"Silent for {seconds_} s: the customer would like you to speak first",
    )


def measured(kept: int, missed: int, early: int, nudge_s: int | None) -> str:
    """The journal's word on the wish about silence."""
    if nudge_s is None:
        return say(
            f"按流水：对方先打破长沉默 {early} 次。",
            f"By the journal: a long silence was broken for you {early} times.",
        )
    return say(
        f"按流水：沉默 {nudge_s} 秒后，及时先开口 {kept} 次，没有 {missed} 次。",
        f"By the journal: after {nudge_s} s of silence they spoke in time {kept} times, not {missed} "
        "times.",
    )


def kept_share(kept: str, partly: int, days: int) -> str:
    """Customers' answers about their cards. ``kept``: of how many, or a rate with its interval."""
    also = say(f"，部分做到 {partly}", f", partly {partly}") if partly else ""
    return say(
        f"顾客说卡片做到了：{kept}{also}（近 {days} 天）",
        f"Cards kept, by their customers: {kept}{also} (last {days} days)",
    )
