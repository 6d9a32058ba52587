"""Refusals in words: what happened, what was not lost, what to do."""

from miaohui.desktop.look.language import say
from miaohui.desktop.strings import limits

__all__ = ["CLIENT_CODES", "sentence"]

# The client's own codes, beside the wire's.
CLIENT_CODES = ("offline", "timeout", "internal", "quote_unread", "passphrase_short")


def sentence(code: str, detail: str = "", retry_ms: int = 0) -> str:
    """One sentence or two for a code of the wire or of the client."""
    seconds = max(1, -(-retry_ms // 1000))
    if (code, detail) == ("not_allowed", "therapy"):
        return therapy("")
    if code == "limit_reached" and limits.reached(detail):
        return limits.reached(detail)
    if code == "not_allowed" and detail in ("minor", "age"):
        return limits.minor() if detail == "minor" else limits.age_about()
    if code == "name_invalid" and detail == "reserved":
        return say(
            "这个名字容易被当成官方或系统，请换一个。",
            "That name could be taken for the host's own. Please choose another one.",
        )
    if code == "wrong_state" and detail == "open_orders":
        return say(
            "还有没结束的订单。等它们结束后再注销账号。",
            "An order is still open. The account can be deleted once it has ended.",
        )
    if code == "wrong_state" and detail == "shop_orders":
        return say(
            "店里还有没结束的订单。先在“我的店铺”里关店，等它们结束再注销。",
            "An order of your shop is still open. Close the shop under 'My shop'; the account can be "
            "deleted once they have ended.",
        )
    if (code, detail) == ("payment_failed", "unanswered"):
        return say(
            "前一个付款码还可能付上，先等它有个结果。请不要再付。",
            "The first code may still be paid; wait until it is known. Don't pay again.",
        )
    if code == "nobody_free" and detail in ("minutes", "limits"):
        return say(
            "在班的人快下班或该休息了，接不了这么长的时间；没有扣款。请选短一些的时长。",
            "Whoever is on duty is about to finish or due a rest, and has no time for so long a"
            " session; nothing was paid. Choose a shorter one.",
        )
    if (code, detail) == ("nobody_free", "queue"):
        return say(
            "店里的人手现在接不过来，再卖就守不住承诺了；没有扣款。可以晚点再来，或换一家。",
            "The shop has more orders than its people can serve in time, and sells none it could not"
            " keep; nothing was paid. Come back later, or choose another shop.",
        )
    if code == "resting":
        return resting(detail)
    words = _account(code) or _order(code, seconds) or _session(code) or _link(code, seconds)
    if words:
        return words
    return say(
        f"中继拒绝了（{code}）。你的内容没有丢。",
        f"The relay refused ({code}). Nothing of yours is lost.",
    )


def resting(reason: str) -> str:
    """``reason``: the limit of work that is reached."""
    why = {
        "day": say("今天的工时用完了", "Today's hours of work are used up"),
        "stretch": say("连续工作太久了，先歇一会儿", "That was long on end; take a break first"),
        "nights": say("这一周的夜班够多了", "There were enough nights this week"),
        "shift_day": say(
            "这个班次超过了这个人每天的工时上限", "That shift would be more than this person's day"
        ),
        "shift_nights": say(
            "加上这个班次，夜班就太多了", "With that shift there would be too many nights"
        ),
    }.get(reason, say("到了店铺的工时上限", "The shop's limits of work are reached"))
    return say(f"{why}。什么也没有改变。", f"{why}. Nothing was changed.")


def therapy(word: str) -> str:
    """``word``: the one that is meant; empty where it is not known."""
    zh, en = (f"（“{word}”）", f' ("{word}")') if word else ("", "")
    return say(
        f"店里的介绍不能说治疗、诊断或心理咨询{zh}：应答师不是医生。没有保存，请换个说法。",
        f"A shop cannot offer therapy, diagnosis or counselling{en}: responders are no doctors. "
        "Not saved; please word it differently.",
    )


def _account(code: str) -> str:
    lines = {
        "sign_in_first": say(
            "需要先登录。你写的内容还在。", "Please sign in first. What you wrote is still here."
        ),
        "wrong_credentials": say(
            "账号或密码不对。请再试一次。", "Name or password is wrong. Please try again."
        ),
        "name_taken": say(
            "这个账号名已有人用。换一个就能注册。", "That name is taken. Choose another one."
        ),
        "name_invalid": say(
            "账号名只能用字母、数字和短横线，1 到 32 个字。",
            "A name has 1 to 32 letters, digits or hyphens.",
        ),
        "password_weak": say(
            "密码太短或太常见。请用至少 8 位的密码。",
            "That password is too short or too common. Use 8 characters or more.",
        ),
        "invite_invalid": say(
            "邀请码不对、用过或过期了。请向店铺再要一个。",
            "The invitation is wrong, used or expired. Ask the shop for a new one.",
        ),
        "blocked": say(
            "你们中有一方屏蔽了对方，消息和订单都不再往来。",
            "One of you has blocked the other: no messages or orders go between you.",
        ),
        "banned": say(
            "这个账号被中继停用了。余额和记录仍在，请联系平台。",
            "The relay has suspended this account. Balance and records are kept; contact the platform.",
        ),
        "token_revoked": say(
            "这台设备的登录已被撤销。历史消息仍在本机，请重新登录。",
            "This device was signed out. Its history is still here; sign in again.",
        ),
        "replaced": say(
            "同一设备有更新的窗口接管了连接。这里的内容没有丢。",
            "A newer window of this device took the link over. Nothing here is lost.",
        ),
    }
    return lines.get(code, "")


def _order(code: str, seconds: int) -> str:
    lines = {
        "price_changed": say(
            "价格刚刚变了，没有扣款。请看过新价格再付。",
            "The price has just changed; nothing was paid. Look at the new price first.",
        ),
        "limit_reached": say(
            "到了你自己设的限额，没有扣款。可以在设置里调整。",
            "You have reached your own limit; nothing was paid. It can be changed in Settings.",
        ),
        "balance_low": say(
            "余额不够，没有扣款。可以选短一点的时长。",
            "The balance is too low; nothing was paid. A shorter time may fit.",
        ),
        "payment_failed": say(
            "支付没有成功，没有扣款。可以再试一次。",
            "The payment did not go through; nothing was taken. Try again.",
        ),
        "trial_used": say(
            "首单试聊每家店只有一次，没有扣款。请选别的时长。",
            "The trial is once per shop; nothing was paid. Choose another length.",
        ),
        "nobody_free": say(
            "现在没有空闲的应答师，没有扣款。可以换一位或换一家。",
            "Nobody is free right now; nothing was paid. Choose somebody else or another shop.",
        ),
        "shop_closed": say(
            "店铺现在没有人在班，没有扣款。可以晚点再来。",
            "Nobody is on duty in this shop; nothing was paid. Come back later.",
        ),
        "sold_out": say(
            "今天的份数卖完了，没有扣款。可以选别的时长，或明天再来。",
            "Today's are sold out; nothing was paid. Choose another length, or come back tomorrow.",
        ),
        "quote_expired": say(
            "报价过了 10 分钟，没有扣款。请重新下单。",
            "The quote is older than 10 minutes; nothing was paid. Order again.",
        ),
        "orders_open": say(
            "待付或排队的订单已经够多，或刚取消过好几单，没有扣款。等一等，或先处理已有的订单。",
            "Enough orders are open or waiting, or several were just cancelled; nothing was paid."
            " Wait a little, or settle those first.",
        ),
        "no_room": say(
            "中继的存储空间不够，这次没有收下，没有扣款。过一会儿再试；文字聊天不受影响。",
            "The relay has no room for this; it was not taken and nothing was paid. Try again later;"
            " conversations go on.",
        ),
        "session_full": say(
            "这个会话的消息到了上限（每方一万条）。请开新的会话；写的内容还在。",
            "This session has reached its limit of 10,000 messages a side. Open a new one; what you"
            " wrote is kept.",
        ),
        "already_done": say(
            "这件事已经做过了，没有重复。", "This has been done already; it was not repeated."
        ),
        "too_early": say(
            f"还没到时候，约 {seconds} 秒后再试。写的内容还在。",
            f"Too early; try again in about {seconds} s. What you wrote is kept.",
        ),
        "too_late": say(
            "太晚了，这一步已不能做。其余内容没有变。",
            "It is too late for this; nothing else was changed.",
        ),
        "not_found": say(
            "找不到它，可能已被移除。列表会自动更新。",
            "It was not found, perhaps removed. The list updates itself.",
        ),
        "not_allowed": say(
            "这个账号不能做这件事，什么也没有改变。",
            "This account may not do that; nothing was changed.",
        ),
        "wrong_state": say(
            "现在的状态下做不了这件事，什么也没有改变。",
            "That is not possible in the present state; nothing was changed.",
        ),
    }
    return lines.get(code, "")


def _session(code: str) -> str:
    lines = {
        "session_closed": say(
            "会话已经结束。没有发出的内容还在输入框里。",
            "The session has ended. What was not sent is still in the composer.",
        ),
        "passphrase_short": say(
            "口令太短，记录没有动过。", "That passphrase is too short; nothing was changed."
        ),
        "quote_unread": say(
            "引用的那条消息还没读出来，没有发送；内容还在输入框里。",
            "The quoted message has not been read yet; nothing was sent, and all is still in the composer.",
        ),
        "no_consent": say(
            "对方没有同意，计时照常。", "The other side did not agree; the clock runs on."
        ),
        "text_empty": say("没有内容可发。", "There is nothing to send."),
        "text_too_long": say(
            "一条消息最多 4000 字，没有发送。内容还在，请分成几条。",
            "A message has at most 4000 characters; it was not sent and is still here. Send it in parts.",
        ),
        "text_invalid": say(
            "文字里有控制字符，或者还没有收进 Unicode 的字符，没有保存。内容还在，请改一下再发。",
            "The text has control characters, or some that Unicode does not know; it was not saved and is still here. Please change them.",
        ),
        "media_refused": say(
            "图片或语音没有通过检查，没有发送。请换一张 8 MB 以内的图片，语音请重新录。",
            "The picture or voice note was refused and not sent. Choose a picture below 8 MB, or "
            "record the note again.",
        ),
        "behind": say(
            "本机落后太多，正在重新读取会话。消息不会丢。",
            "This machine is far behind and reads the session anew. No message is lost.",
        ),
    }
    return lines.get(code, "")


def _link(code: str, seconds: int) -> str:
    lines = {
        "bad_frame": say(
            "中继看不懂这次请求，什么也没有改变。请更新本应用。",
            "The relay could not read this request; nothing was changed. Update this app.",
        ),
        "too_large": say(
            "内容太大，没有发送。请分成小一些的。",
            "That is too large and was not sent. Make it smaller.",
        ),
        "too_many": say(
            f"太频繁了，没有丢失内容，请 {seconds} 秒后再试。",
            f"Too often; nothing is lost. Try again in {seconds} s.",
        ),
        "hello_first": say(
            "连接没有正确开始，正在重连。内容没有丢。",
            "The link did not begin well and is made anew. Nothing is lost.",
        ),
        "relay_key_changed": say(
            "中继换了钥匙，在你认可之前什么都不会发出去。请到“设置”里看一看。",
            "The relay has another key: nothing is sent until you accept it. See Settings.",
        ),
        "protocol": say(
            "中继说的是另一个版本的协议。历史还在。请更新本应用；若已是最新，请主机更新中继。",
            "The relay speaks another version. Your history is kept. Update this app; if it is the newest, ask the host to update the relay.",
        ),
        "id_reused": say(
            "同一编号已用于别的内容，这次没有执行。请再做一次。",
            "This number was used for something else; nothing was done. Do it once more.",
        ),
        "relay_fault": say(
            "中继没能记下来，所以什么也没有发生。请再试一次。",
            "The relay could not write it down, so nothing happened. Try again.",
        ),
        "stopping": say(
            "中继正在重启，马上自动重连。内容没有丢。",
            "The relay is restarting; the link comes back by itself. Nothing is lost.",
        ),
        "offline": say(
            "现在没有连上中继，什么也没有改变。连上后再试。",
            "There is no link to the relay; nothing was changed. Try again once connected.",
        ),
        "timeout": say(
            "中继没有及时回答。没有丢失内容，请再试一次。",
            "The relay did not answer in time. Nothing is lost; try again.",
        ),
        "internal": say(
            "程序里出了意外，已写进日志。你的内容没有丢，请再试。",
            "Something unexpected happened and was logged. Nothing is lost; try again.",
        ),
    }
    return lines.get(code, "")
