"""What is written in a conversation and not sent: the whole state of its composer."""

from dataclasses import dataclass, replace

__all__ = ["EMPTY", "MessageDraft", "ReviewDraft", "WaitingPicture"]


@dataclass(frozen=True, slots=True)
class WaitingPicture:
    """A picture that waits to be sent; its bytes, as they will go, lie in the encrypted store."""

    media: str
    mime: str
    width: int
    height: int
    bytes: int


@dataclass(frozen=True, slots=True)
class MessageDraft:
    """Words, what they answer, a correction under way, pictures that wait.

    ``quoting`` and ``editing`` are keys of messages; ``edited``: the correction's words so far,
    while ``text`` stays the message that was being written before it.
    """

    text: str = ""
    quoting: str = ""
    editing: str = ""
    edited: str = ""
    pictures: tuple[WaitingPicture, ...] = ()

    def joined(self, later: "MessageDraft") -> "MessageDraft":
        """Both, this one first: neither's words are lost. Of two corrections or quotes under way
        the later one goes on, and the words of the earlier correction stay as text."""
        text = self.text
        if later.editing and self.editing and later.editing != self.editing:
            text = _after(text, self.edited)
        editing = later.editing or self.editing
        edited = self.edited if self.editing == editing else ""
        if later.editing:
            edited = _after(edited, later.edited)
        known = {one.media for one in self.pictures}
        fresh = tuple(one for one in later.pictures if one.media not in known)
        return MessageDraft(
            text=_after(text, later.text),
            quoting=later.quoting or self.quoting,
            editing=editing,
            edited=edited,
            pictures=self.pictures + fresh,
        )

    def uncorrected(self) -> "MessageDraft":
        """Without the correction, whose words stay as text: there is nothing left to correct."""
        if not self.editing:
            return self
        return replace(self, text=_after(self.text, self.edited), editing="", edited="")


EMPTY = MessageDraft()


@dataclass(frozen=True, slots=True)
class ReviewDraft:
    """A review that was not sent, or, ``sent``, as it was; ``stars`` 0: none given yet, ``answered``
    empty: not said."""

    stars: int = 0
    text: str = ""
    answered: str = ""
    tags: tuple[str, ...] = ()
    sent: bool = False


def _after(first: str, later: str) -> str:
    """One behind the other; what goes on from the first is not said twice."""
    if later.startswith(first):
        return later
    if first.startswith(later):
        return first
    return f"{first}\n{later}"
