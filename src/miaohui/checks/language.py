"""The language of a tester's command line: Chinese or English, by `--lang` or the machine."""

from miaohui.runtime import terminal
from miaohui.runtime.terminal import LANGUAGES, Say, speaker

__all__ = ["LANGUAGES", "Say", "complain", "speaker"]


def complain(sentence: str) -> None:
    """One sentence on stderr."""
    terminal.complain("miaohui", sentence)
