"""The sentences of a log's faults, Chinese and English."""

from miaohui.receiptlog.faults import FaultKind, LogFault


def sentence(error: LogFault) -> tuple[str, str]:
    """What is wrong, in Chinese and in English."""
    detail = error.detail
    match error.fault:
        case FaultKind.NOTE:
            return "这不是一份签名文书（signed note）", "it is no signed note"
        case FaultKind.KEY:
            return "这一行不是 Ed25519 公钥", "the line holds no Ed25519 key"
        case FaultKind.SIGNATURE:
            return (
                f"日志检查点没有 {detail} 这把密钥的有效签名",
                f"the checkpoint bears no valid signature of the key {detail}",
            )
        case FaultKind.CHECKPOINT:
            return "这不是日志检查点", "it is no checkpoint of a log"
        case FaultKind.ORIGIN:
            return f"这是另一份日志：{detail}", f"it is another log: {detail}"
        case FaultKind.PROOF:
            return "包含证明读不懂", "the proof of inclusion cannot be read"
        case FaultKind.TILE:
            return f"日志的 {detail} 不完整", f"{detail} of the log is not whole"
        case FaultKind.LEAF:
            return f"日志第 {detail} 片叶子读不懂", f"leaf {detail} of the log is none of ours"
        case FaultKind.SUMS:
            return f"日志的合计读不懂（{detail}）", f"the log's sums cannot be read ({detail})"
        case FaultKind.SEEN:
            return (
                f"上次看到的检查点读写不了：{detail}",
                f"the checkpoint seen last cannot be used: {detail}",
            )
        case FaultKind.UNREACHABLE:
            return f"日志取不到：{detail}", f"the log cannot be fetched: {detail}"
        case FaultKind.ADDRESS:
            return f"这不是日志的网址：{detail}", f"it is no address of a log: {detail}"
        case FaultKind.NOT_INCLUDED:
            return (
                f"包含证明不能证明这张回执在日志 {detail} 里",
                f"the proof does not show this receipt in the log {detail}",
            )
        case FaultKind.NOT_LOGGED:
            return "日志里没有这张回执", "the log does not have this receipt"
        case FaultKind.INCONSISTENT:
            return (
                f"日志改写了过去：先前看到的不是它的开头（{detail}）",
                f"the log has rewritten its past: what was seen is not its beginning ({detail})",
            )
        case FaultKind.SHRUNK:
            return f"日志变短了（{detail}）", f"the log has become shorter ({detail})"
        case FaultKind.ROOT:
            return (
                f"叶子算不出签名的根（共 {detail} 片）",
                f"the leaves do not make the root that was signed ({detail} of them)",
            )
        case FaultKind.TWICE:
            return (
                f"日志第 {detail} 片叶子的回执出现过两次",
                f"the receipt of leaf {detail} of the log stands in it twice",
            )
