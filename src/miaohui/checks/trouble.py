"""The reason that stops a check: one sentence, in both languages."""


class Trouble(Exception):
    """Raised where a check cannot go on; nothing that was written down is lost by it."""

    def __init__(self, chinese: str, english: str) -> None:
        super().__init__(english)
        self.chinese = chinese
        self.english = english
