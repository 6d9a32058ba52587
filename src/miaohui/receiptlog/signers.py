"""The keys that may sign a log's checkpoints: one that is known, and those that followed it, or that
it followed, in order. A log keeps its name when its relay's key changes."""

from collections.abc import Sequence
from typing import Final

from miaohui.promise.errors import JournalUnreadable
from miaohui.promise.succession import predecessors, steps_in, successors
from miaohui.receiptlog.checkpoint import unchecked
from miaohui.receiptlog.note import VerifierKey, read_note
from miaohui.receiptlog.web import LogSource
from miaohui.wire.link import KeyStep

KEYS: Final = "keys"
MAX_KEYS_BYTES: Final = 1024 * 1024


class Signers:
    """``steps``: changes of the key that are at hand; a ``log`` is asked for more where they do not
    do. Nobody's word is taken: a step holds or leads nowhere."""

    def __init__(
        self, key: bytes, steps: Sequence[KeyStep] = (), log: LogSource | None = None
    ) -> None:
        self.key = key
        self._steps = tuple(steps)
        self._log = log

    def of(self, note: bytes, name: str | None = None) -> VerifierKey:
        """The key whose signature stands under a note, unchecked as yet; where there is none, the
        one that is known: its signature is then found missing. ``name``: the log's, else as told."""
        name = unchecked(note).origin if name is None else name
        told = {(each.name, each.key_id) for each in read_note(note).signatures}
        own = VerifierKey(name, self.key)
        if (own.name, own.key_id) in told:
            return own
        for key in self._others():
            other = VerifierKey(name, key)
            if (other.name, other.key_id) in told:
                return other
        return own

    def _others(self) -> list[bytes]:
        if self._log is not None:
            data, self._log = self._log.get(KEYS, MAX_KEYS_BYTES), None
            try:
                more = () if data is None else steps_in(data)
            except JournalUnreadable:
                more = ()
            self._steps = (*self._steps, *(each for each in more if each not in self._steps))
        own = self.key.hex()
        found = (*successors(self._steps, own), *predecessors(self._steps, own))
        return [bytes.fromhex(key) for key in found]


def signers_of(
    key: "bytes | Signers", log: LogSource | None = None, steps: Sequence[KeyStep] = ()
) -> Signers:
    """Out of a raw key."""
    return key if isinstance(key, Signers) else Signers(key, steps, log)
