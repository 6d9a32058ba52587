"""The words of the conversation: states, actions, notices, and what a screen reader says."""

from __future__ import annotations

from miaohui.desktop.look.language import say


def conversation() -> str:
    return say("会话消息", "Conversation")


def me() -> str:
    return say("我", "Me")


def them() -> str:
    return say("对方", "Other side")


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


def resend_hint() -> str:
    return say("文字已保留，点按重新发送", "The text is kept; click to send it again")


def recalled() -> str:
    return say("此消息已撤回", "This message was recalled")


def edited() -> str:
    return say("已编辑", "Edited")


def outside_hours() -> str:
    return say("非服务时间", "Outside service time")


def picture() -> str:
    return say("[图片]", "[Picture]")


def picture_progress(percent: int) -> str:
    return say(f"图片 {percent}%", f"Picture {percent}%")


def unread_line() -> str:
    return say("以下是新消息", "New messages")


def newer(count: int) -> str:
    if count == 0:
        return say("回到最新", "To the newest")
    one = "1 new message below" if count == 1 else f"{count} new messages below"
    return say(f"下方有 {count} 条新消息", one)


def quoted(author: str, text: str) -> str:
    return say(f"引用 {author}：{text}", f"Quoting {author}: {text}")


def copy() -> str:
    return say("复制", "Copy")


def copy_message() -> str:
    return say("复制消息", "Copy message")


def quote() -> str:
    return say("引用", "Quote")


def edit() -> str:
    return say("编辑", "Edit")


def recall() -> str:
    return say("撤回", "Recall")


def resend() -> str:
    return say("重新发送", "Send again")


def cancel_upload() -> str:
    return say("取消发送图片", "Cancel sending the picture")


def open_link() -> str:
    return say("打开链接", "Open link")


def select_all() -> str:
    return say("全选", "Select all")


def write_here() -> str:
    return say("说点什么……", "Write something…")


def message_box() -> str:
    return say("消息输入框", "Message")


def send() -> str:
    return say("发送", "Send")


def save_edit() -> str:
    return say("保存", "Save")


def send_keys() -> str:
    return say("Enter 发送 · Shift+Enter 换行", "Enter sends · Shift+Enter new line")


def save_keys() -> str:
    return say("Enter 保存 · Esc 取消", "Enter saves · Esc cancels")


def emoji() -> str:
    return say("表情", "Emoji")


def add_picture() -> str:
    return say("图片", "Picture")


def choose_picture() -> str:
    return say("选择图片", "Choose pictures")


def picture_files() -> str:
    return say("图片", "Pictures") + " (*.png *.jpg *.jpeg *.gif *.webp *.bmp)"


def quoting(author: str) -> str:
    return say(f"回复 {author}", f"Replying to {author}")


def editing() -> str:
    return say("编辑消息", "Editing a message")


def close_strip() -> str:
    return say("取消", "Cancel")


def too_long(over: int, limit: int) -> str:
    return say(
        f"超出 {over} 字，一条最多 {limit} 字；文字已保留，请分开发送",
        f"{over} characters over the limit of {limit}; nothing is lost, please send it in parts",
    )
