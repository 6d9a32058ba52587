"""The words of the conversation: states, actions, notices, and what a screen reader says."""

from __future__ import annotations

from miaohui.desktop.chat.row import Delivery, Mark, Row, RowKind
from miaohui.desktop.language import say


def conversation() -> str:
    return say("会话消息", "Conversation")


def me() -> str:
    return say("我", "Me")


def them() -> str:
    return say("对方", "Other side")


def author(row: Row) -> str:
    return row.author or (me() if row.kind is RowKind.MINE else them())


def delivery(state: Delivery) -> str:
    """How far one's own message came. Not delivered is the network's, never "no reply"."""
    match state:
        case Delivery.WRITING:
            return say("正在保存", "Saving")
        case Delivery.SENDING:
            return say("发送中", "Sending")
        case Delivery.ACCEPTED:
            return say("已发出", "Sent")
        case Delivery.DELIVERED:
            return say("已送达", "Delivered")
        case Delivery.SEEN:
            return say("已读", "Read")
        case Delivery.ANSWERED:
            return say("已回复", "Answered")
        case Delivery.NOT_DELIVERED:
            return say("未送达", "Not delivered")
        case Delivery.FAILED:
            return say("发送失败", "Not sent")


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


def spoken(row: Row) -> str:
    """The whole row in one sentence: who, what, when, how far, how long."""
    if row.kind is RowKind.UNREAD:
        return row.text or unread_line()
    if not row.kind.is_message:
        return row.text
    parts = [f"{author(row)}{say('：', ': ')}{said(row)}"]
    if row.quote is not None and Mark.RECALLED not in row.marks:
        parts.append(quoted(row.quote.author, row.quote.text))
    if row.time_text:
        parts.append(row.time_text)
    if row.kind is RowKind.MINE:
        parts.append(delivery(row.state))
    parts += marks(row)
    parts += row.labels
    if row.chip is not None:
        bare = row.chip.text[:1].isdigit()
        parts.append(
            say(f"等待 {row.chip.text}", f"wait {row.chip.text}") if bare else row.chip.text
        )
    if row.hint:
        parts.append(row.hint)
    return say("，", ", ").join(parts)


def said(row: Row) -> str:
    if Mark.RECALLED in row.marks:
        return recalled()
    parts = [picture()] if row.picture is not None else []
    return " ".join([*parts, row.text] if row.text else parts)


def marks(row: Row) -> list[str]:
    found = []
    if Mark.EDITED in row.marks and Mark.RECALLED not in row.marks:
        found.append(edited())
    if Mark.OUTSIDE_HOURS in row.marks:
        found.append(outside_hours())
    return found


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
