"""What a script hears and what it does: events with their times, effects."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Begun:
    """The session is this responder's from now on; `taken_over` from a colleague. `greets` is
    false where the responder spoke already and merely comes back to it."""

    now: int
    taken_over: bool = False
    greets: bool = True


@dataclass(frozen=True, slots=True)
class Asked:
    """A customer's message is on the screen."""

    now: int
    seq: int
    text: str


@dataclass(frozen=True, slots=True)
class Left:
    """How much paid time is left; told whenever that moved."""

    now: int
    remaining_ms: int


@dataclass(frozen=True, slots=True)
class Halted:
    """Time stands still (a pause)."""

    now: int


@dataclass(frozen=True, slots=True)
class Continued:
    """Time runs again."""

    now: int


@dataclass(frozen=True, slots=True)
class EndingCue:
    """Paid time is over, or the customer asked to end; an open ask is still owed its answer."""

    now: int


@dataclass(frozen=True, slots=True)
class NobodyTook:
    """Handing over was refused: nobody is free."""

    now: int


@dataclass(frozen=True, slots=True)
class Gone:
    """The session is closed, or somebody else's."""

    now: int


Event = Begun | Asked | Left | Halted | Continued | EndingCue | NobodyTook | Gone


@dataclass(frozen=True, slots=True)
class Say:
    """Send this; `seen` is the highest seq of the customer's that was read for it."""

    text: str
    seen: int


@dataclass(frozen=True, slots=True)
class Type:
    """Show that somebody types."""


@dataclass(frozen=True, slots=True)
class DropLink:
    """The link breaks and stays broken for so long."""

    ms: int


@dataclass(frozen=True, slots=True)
class PassOn:
    """Hand the conversation to whoever is free."""


Effect = Say | Type | DropLink | PassOn
