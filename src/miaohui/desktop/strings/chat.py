"""The words of the conversation: states, actions, notices, and what a screen reader says."""

from __future__ import annotations

from miaohui.desktop.look.language import Phrase, say

conversation = Phrase("会话消息", "Conversation")
me = Phrase("我", "Me")
them = Phrase("对方", "Other side")


def delivery(state: str) -> str:
    """The progress of one's own message in words. Not delivered is the network's, never "no reply"."""
    match state:
        case "writing":
            return say("正在保存", "Saving")
        case "sending":
            return say("发送中", "Sending")
        case "accepted":
            return say("已发出", "Sent")
        case "delivered":
            return say("已送达", "Delivered")
        case "seen":
            return say("已读", "Read")
        case "answered":
            return say("已回复", "Answered")
        case "not_delivered":
            return say("未送达", "Not delivered")
        case "failed":
            return say("发送失败", "Not sent")
    raise ValueError(f"no delivery {state!r}")


resend_hint = Phrase("文字已保留，点按重新发送", "The text is kept; click to send it again")
recalled = Phrase("此消息已撤回", "This message was recalled")
edited = Phrase("已编辑", "Edited")
edit_sending = Phrase("修改发送中", "Correction on its way")
edit_waits = Phrase("修改未送达", "Correction not delivered")
recall_sending = Phrase("正在撤回", "Being recalled")
recall_waits = Phrase("撤回未送达", "Recall not delivered")
outside_hours = Phrase("非服务时间", "Outside service time")
picture = Phrase("[图片]", "[Picture]")
voice = Phrase("[语音]", "[Voice note]")
of_the_app = Phrase("秒回", "Miaohui")


def picture_progress(percent: int) -> str:
    return say(f"图片 {percent}%", f"Picture {percent}%")


def voice_said(seconds: int) -> str:
    return say(f"语音 {seconds} 秒", f"voice note, {seconds} s")


def speed(factor: float) -> str:
    return f"{factor:g}×"


play_or_pause = Phrase("播放或暂停", "Play or pause")
next_speed = Phrase("换播放速度", "Change the speed")
record = Phrase("录语音", "Record a voice note")
stop_recording = Phrase("录完", "Stop")
drop_note = Phrase("不要这条语音", "Discard the voice note")
send_note = Phrase("发送语音", "Send voice note")
recording = Phrase("正在录音", "Recording")
loudness = Phrase("音量", "Loudness")
note_place = Phrase("语音播放位置", "Place in the voice note")
no_sound_comes = Phrase(
    "麦克风没有声音。看看它有没有被关掉，或系统的隐私设置里有没有允许使用麦克风。",
    "No sound comes from the microphone. Is it switched off, or not allowed in the system's "
    "privacy settings?",
)


def recorded(seconds: int, most: int) -> str:
    return say(f"{seconds} / {most} 秒", f"{seconds} / {most} s")


def note_waits(seconds: int) -> str:
    return say(f"语音 {seconds} 秒，还没有发送", f"voice note, {seconds} s, not sent yet")


unread_line = Phrase("以下是新消息", "New messages")


def newer(count: int) -> str:
    if count == 0:
        return say("回到最新", "To the newest")
    one = "1 new message below" if count == 1 else f"{count} new messages below"
    return say(f"下方有 {count} 条新消息", one)


def quoted(author: str, text: str) -> str:
    return say(f"引用 {author}：{text}", f"Quoting {author}: {text}")


copy = Phrase("复制", "Copy")
copy_message = Phrase("复制消息", "Copy message")
quote = Phrase("引用", "Quote")
edit = Phrase("编辑", "Edit")
recall = Phrase("撤回", "Recall")
resend = Phrase("重新发送", "Send again")
cancel_upload = Phrase("取消发送", "Cancel sending")
open_link = Phrase("打开链接", "Open link")
select_all = Phrase("全选", "Select all")
write_here = Phrase("说点什么……", "Write something…")
message_box = Phrase("消息输入框", "Message")
send = Phrase("发送", "Send")
save_edit = Phrase("保存", "Save")
send_keys = Phrase("Enter 发送 · Shift+Enter 换行", "Enter sends · Shift+Enter new line")
save_keys = Phrase("Enter 保存 · Esc 取消", "Enter saves · Esc cancels")
emoji = Phrase("表情", "Emoji")
add_picture = Phrase("图片", "Picture")
how_pictures = Phrase("怎样发送图片", "How to send pictures")
choose_picture = Phrase("选择图片", "Choose pictures")
choose_original = Phrase("选择原图", "Choose original pictures")
add_original = Phrase(
    "发送原图（不缩小，动图保留全部画面）",
    "Send the original (not made smaller, all frames kept)",
)


def waiting_picture(place: int, of: int) -> str:
    return say(f"待发送的图片 {place}/{of}", f"Picture {place} of {of}, waiting to be sent")


def drop_picture(place: int) -> str:
    return say(f"不发送第 {place} 张图片", f"Don't send picture {place}")


picture_window = Phrase("图片", "Picture")
picture_comes = Phrase("正在打开图片……", "Opening the picture…")
picture_not_here = Phrase("图片还没有传到这台电脑上", "The picture is not on this machine yet")
unshowable = Phrase("图片无法显示", "The picture can't be shown")


def picture_files() -> str:
    return say("图片", "Pictures") + " (*.png *.jpg *.jpeg *.gif *.webp)"


def quoting(author: str) -> str:
    return say(f"回复 {author}", f"Replying to {author}")


editing = Phrase("编辑消息", "Editing a message")
close_strip = Phrase("取消", "Cancel")


def too_long(over: int, limit: int) -> str:
    return say(
        f"超出 {over} 字，一条最多 {limit} 字；文字已保留，请分开发送",
        f"{over} characters over the limit of {limit}; nothing is lost, please send it in parts",
    )
