"""Labels on responders' messages, and the fingerprints by which a recycled one is known.

Fingerprints are salted with a secret of the relay's; a responder's newest ones are kept, by
session, and written down when a session closes. Those of a shop's newest sessions are compared, too:
colleagues who share a script recycle it.
"""

import sqlite3
from collections import deque
from collections.abc import Mapping
from functools import lru_cache

from miaohui.promise.labels import LabelRules, fingerprint, labels_for
from miaohui.promise.recycled import hashes_of

KEEP = 256  # fingerprints a responder
PER_SESSION = 32
SESSIONS = 8  # kept in memory
SHOP_SESSIONS = 32  # a shop's, kept in memory


Print = tuple[bytes, frozenset[bytes]]


class Fingerprints:
    """The fingerprints of everybody who answers now, by responder and session, newest last."""

    def __init__(self, rules: LabelRules, salt: bytes) -> None:
        self.rules = rules
        self._salt = salt
        # What recurs is short: acknowledgements, stock phrases.
        self._plain = lru_cache(4096)(self._labels)
        self._recent: dict[str, dict[int, deque[Print]]] = {}
        self._shops: dict[str, dict[int, deque[Print]]] = {}

    def _labels(self, text: str) -> tuple[str, ...]:
        return labels_for(text, self.rules)

    def knows(self, responder: str) -> bool:
        return responder in self._recent

    def read_in(self, conn: sqlite3.Connection, responder: str) -> list[tuple[int, bytes]]:
        rows = conn.execute(
            "SELECT session, print FROM mark WHERE responder = ? ORDER BY num DESC LIMIT ?",
            (responder, KEEP),
        ).fetchall()
        return rows[::-1]

    def learn(self, responder: str, prints: list[tuple[int, bytes]]) -> None:
        if responder not in self._recent:
            self._recent[responder] = {}
            for session, own in prints:
                self._keep(responder, session, own, hashes_of(own))

    def _keep(self, responder: str, session: int, own: bytes, hashes: frozenset[bytes]) -> None:
        _add(self._recent.setdefault(responder, {}), session, (own, hashes), SESSIONS)

    def label(self, responder: str, session: int, text: str, shop: str = "") -> tuple[str, ...]:
        """The labels of a message or an edit that this responder of a shop's sends now."""
        own = fingerprint(text, self._salt, self.rules)
        if not own:
            return self._plain(text)
        # Most earlier messages share nothing with this one: compare only with those that do.
        mine = hashes_of(own)
        alike = {
            other
            for sessions in (self._recent.get(responder, {}), self._shops.get(shop, {}))
            for where, prints in sessions.items()
            if where != session
            for other, hashes in prints
            if not mine.isdisjoint(hashes)
        }
        self._keep(responder, session, own, mine)
        if shop:
            _add(self._shops.setdefault(shop, {}), session, (own, mine), SHOP_SESSIONS)
        return labels_for(text, self.rules, alike, own) if alike else self._plain(text)

    def of_session(self, session: int, responders: set[str]) -> dict[str, list[bytes]]:
        """A session's fingerprints, by responder."""
        return {
            who: [own for own, _ in self._recent.get(who, {}).get(session, ())]
            for who in responders
        }


def save_in(conn: sqlite3.Connection, session: int, prints: Mapping[str, list[bytes]]) -> None:
    conn.executemany(
        "INSERT INTO mark (responder, session, print) VALUES (?, ?, ?)",
        [(who, session, each) for who, own in prints.items() for each in own],
    )
    for who in prints:
        conn.execute(
            "DELETE FROM mark WHERE responder = ?1 AND num NOT IN"
            " (SELECT num FROM mark WHERE responder = ?1 ORDER BY num DESC LIMIT ?2)",
            (who, KEEP),
        )


def _add(sessions: dict[int, deque[Print]], session: int, mark: Print, most: int) -> None:
    """Keeps one mark more of a session, of the newest sessions only."""
    marks = sessions.get(session)
    if marks is None:
        marks = sessions[session] = deque(maxlen=PER_SESSION)
        if len(sessions) > most:
            del sessions[next(iter(sessions))]
    marks.append(mark)
