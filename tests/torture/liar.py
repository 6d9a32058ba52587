"""A relay that lies: it sits behind the honest one, holds its key, and tells one thing otherwise.

What it tells hangs together as well as it can: entries behind a changed one are chained anew, signed
statements and the receipt are signed anew, `accepted` says what the journal will say. So only what an
app knows of its own can give the lie away.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tests.torture.sim.wires import Link

from miaohui.client.doubts import DoubtKind
from miaohui.promise.chain import NO_PREV
from miaohui.promise.heads import key_id_of, public_bytes, sign, sign_head
from miaohui.wire.journal import Entry, entry_hash

Frame = dict[str, Any]
SEEN_GRACE: Final = 300
CUSTOMER, RESPONDER = "anna", "rin"


@dataclass(frozen=True, slots=True)
class Lie:
    """One kind. ``at``: who can notice it; ``kinds``: as what; ``shape``: what of the plain
    conversation it needs ("burst": a second question that crosses the reply, "late": a breach,
    "edit": both change their words, "extend": more time is bought, "theirs": the responder ends)."""

    what: str
    at: str = CUSTOMER
    kinds: frozenset[DoubtKind] = frozenset()
    shape: str = ""


def _of(what: str, *kinds: DoubtKind, at: str = CUSTOMER, shape: str = "") -> Lie:
    return Lie(what, at, frozenset(kinds), shape)


LIES: Final = (
    _of("own words changed beside the commitment", DoubtKind.OWN_WORDS),
    _of("own words changed in the commitment", DoubtKind.OWN_WORDS),
    _of("own words changed beside, the responder's", DoubtKind.OWN_WORDS, at=RESPONDER),
    _of("own words changed in the commitment, the responder's", DoubtKind.OWN_WORDS, at=RESPONDER),
    _of("other terms in `opened`", DoubtKind.ORDER),
    _of("another price in `opened`", DoubtKind.ORDER),
    _of("other minutes in `opened`", DoubtKind.ORDER),
    _of("another promise in `opened`", DoubtKind.ORDER),
    _of("another shop in `opened`", DoubtKind.ORDER),
    _of("accepted and never written", DoubtKind.MISSING),
    _of("accepted and never written, the responder's", DoubtKind.MISSING, at=RESPONDER),
    _of("a reply predated", DoubtKind.LONGER),
    _of("a question postdated", DoubtKind.LONGER),
    _of("a question written at another time than accepted", DoubtKind.PLACE),
    _of("a wait told longer than it was", DoubtKind.SHORTER),
    _of("`seen_seq` raised", DoubtKind.SEEN, at=RESPONDER, shape="burst"),
    _of("`seen_seq` raised to what nobody can have seen", DoubtKind.CHAIN, shape="crossing"),
    _of("no refund where one is owed", DoubtKind.REFUND, shape="late"),
    _of("another refund in the list of sessions", DoubtKind.REFUND, shape="late"),
    _of("the responder's words changed beside the commitment", DoubtKind.THEIR_WORDS),
    _of("the customer's words changed for the responder", DoubtKind.THEIR_WORDS, at=RESPONDER),
    _of("`prev` broken", DoubtKind.CHAIN),
    _of("a time changed, the chain left as it was", DoubtKind.CHAIN),
    _of("a second statement not on the chain of the first", DoubtKind.FORK),
    _of("a statement about another entry than was told", DoubtKind.FORK),
    _of("a statement that its key did not sign", DoubtKind.SIGNATURE),
    _of("two journals for two people"),
    _of("its key exchanged at the same address"),
    _of("own change of words changed beside", DoubtKind.OWN_WORDS, shape="edit"),
    _of("own change of words changed in the commitment", DoubtKind.OWN_WORDS, shape="edit"),
    _of("the responder's change of words changed beside", DoubtKind.THEIR_WORDS, shape="edit"),
    _of("the responder's words withheld", DoubtKind.THEIR_WORDS),
    _of("a change of words withheld", DoubtKind.OWN_WORDS, shape="edit"),
    _of("a pause in the customer's name", DoubtKind.NAMED),
    _of("a customer said to be offline who was not", DoubtKind.NAMED),
    _of("an end in the customer's name", DoubtKind.NAMED, shape="theirs"),
    _of("an extension in the customer's name", DoubtKind.NAMED),
    _of("another price in `extended`", DoubtKind.NAMED, shape="extend"),
    _of("a receipt that its key did not sign"),
    _of("a receipt over another head"),
)
BY_NAME: Final = {lie.what: lie for lie in LIES}
TOGETHER: Final = "two journals for two people"
EXCHANGED: Final = "its key exchanged at the same address"
UNSIGNED: Final = ("a receipt that its key did not sign", "a receipt over another head")


class Told:
    """A journal as somebody is told it."""

    def __init__(self) -> None:
        self.entries: dict[int, Frame] = {}
        self.hashes: dict[int, str] = {0: NO_PREV}


class Liar:
    """Between the relay and its apps (``sim.wires.Between``). ``lie`` is one of LIES, told once,
    in the session that was opened last; ``key`` is the relay's own."""

    def __init__(self, lie: Lie, key: Ed25519PrivateKey, source: random.Random) -> None:
        self.what = lie.what
        self.told = 0  # how often the lie was told
        self.victim = 2  # the number of the message that it is about
        self.exchanged = False
        self.sent: set[str] = set()  # messages that came from an app
        self._key = key
        self._other = Ed25519PrivateKey.from_private_bytes(source.randbytes(32))
        self._source = source
        self._sends: dict[str, int] = {}
        self._edits: dict[str, int] = {}
        self._number: dict[str, tuple[str, int]] = {}  # message → (who, which)
        self._placed: dict[str, tuple[int, int]] = {}
        self._moved: dict[str, int] = {}
        self._made: set[str] = set()  # commands that nobody gave
        self._books: dict[str, Told] = {}
        self._newest = (0, 0, 0)  # pos, seq, t

    # --- what it hears ---------------------------------------------------------------------------
    def hears(self, link: Link, data: bytes) -> list[bytes]:
        frame = json.loads(data)
        who = link.app.name
        match frame["type"]:
            case "send":
                return self._hears_send(link, who, frame, data)
            case "edit":
                self._edits[who] = self._edits.get(who, 0) + 1
                if self.what == "own change of words changed in the commitment" and who == CUSTOMER:
                    self._lied()
                    frame["body"]["text"] = self._words(frame["body"]["text"])
                    return [_packed(frame)]
        return [data]

    def _hears_send(self, link: Link, who: str, frame: Frame, data: bytes) -> list[bytes]:
        id = frame["id"]
        self.sent.add(id)
        if id not in self._number:
            self._sends[who] = self._sends.get(who, 0) + 1
            self._number[id] = (who, self._sends[who])
        swallowed = {
            "accepted and never written": CUSTOMER,
            "accepted and never written, the responder's": RESPONDER,
        }
        if swallowed.get(self.what) == who and self._chosen(id):
            self._lied()
            pos, seq, t = self._newest
            answer = {"type": "accepted", "pos": pos + 1, "seq": seq + 1, "t": t + 50}
            answer["seen_seq"] = frame.get("seen_seq")
            link.down.put(_packed({"type": "ok", "id": id, "result": answer}), text=True)
            return []
        changed = {
            "own words changed in the commitment": CUSTOMER,
            "own words changed in the commitment, the responder's": RESPONDER,
        }
        if changed.get(self.what) == who and self._chosen(id):
            self._lied()
            frame["body"]["text"] = self._words(frame["body"]["text"])
            return [_packed(frame)]
        return [data]

    def makes(self, link: Link, frame: Frame) -> None:
        """A command in somebody's name."""
        self._made.add(frame["id"])
        link.to_ears(_packed(frame))

    # --- what it says ----------------------------------------------------------------------------
    def says(self, link: Link, data: bytes) -> list[bytes]:
        frame = json.loads(data)
        match frame["type"]:
            case "ok":
                if frame["id"] in self._made:
                    return []
                result = frame["result"]
                if result["type"] == "accepted":
                    self._accepted(link, frame["id"], result)
                elif result["type"] == "feed_page":
                    self._items(link, result["items"])
                self._sums(result)
            case "failed":
                if frame["id"] in self._made:
                    return []
            case "feed_push":
                self._items(link, frame["items"])
            case "signed_head":
                return [_packed(each) for each in self._heads(link, frame)]
            case "welcome":
                if self.exchanged:
                    key = public_bytes(self._other)
                    frame["relay_key"], frame["key_id"] = key.hex(), key_id_of(key)
            case _:
                self._sums(frame)
        return [_packed(frame)]

    def _signs_with(self) -> Ed25519PrivateKey:
        return self._other if self.exchanged else self._key

    def _book(self, link: Link) -> Told:
        """Everybody reads the same, but where two are told two things."""
        name = link.app.name if self.what == TOGETHER else ""
        return self._books.setdefault(name, Told())

    def _items(self, link: Link, items: list[Frame]) -> None:
        for placed in items:
            item, who = placed["item"], link.app.name
            match item["type"]:
                case "entry_item":
                    entry = item["entry"]
                    self._newest = max(self._newest, (placed["pos"], entry["seq"], entry["t"]))
                    item["entry"] = self._entry(link, entry)
                    if entry["kind"] == "message" and self._withholds(who, entry):
                        item["body"] = None
                    elif entry["kind"] == "message":
                        self._body(who, entry, item.get("body"))
                case "edited_item":
                    if self.what == "a change of words withheld" and who == CUSTOMER:
                        author = self._book(link).entries[item["seq"]].get("author")
                        if author == "customer":
                            self._lied()
                            item["body"]["text"] = ""
                    side = {
                        "own change of words changed beside": (CUSTOMER, CUSTOMER),
                        "the responder's change of words changed beside": (CUSTOMER, RESPONDER),
                    }.get(self.what)
                    if side is not None and who == side[0]:
                        book = self._book(link)
                        author = book.entries[item["seq"]].get("author")
                        if (author == "customer") is (side[1] == CUSTOMER):
                            self._lied()
                            item["body"]["text"] = self._words(item["body"]["text"])
                case "receipt_item":
                    item["receipt"] = self._receipt(link, item["receipt"])

    def _withholds(self, who: str, entry: Frame) -> bool:
        if self.what != "the responder's words withheld" or who != CUSTOMER:
            return False
        if not self._chosen(entry["id"], RESPONDER):
            return False
        self._lied()
        return True

    def _body(self, who: str, entry: Frame, body: Frame | None) -> None:
        """Words beside their commitment."""
        rule = {
            "own words changed beside the commitment": (CUSTOMER, CUSTOMER),
            "own words changed beside, the responder's": (RESPONDER, RESPONDER),
            "the responder's words changed beside the commitment": (CUSTOMER, RESPONDER),
            "the customer's words changed for the responder": (RESPONDER, CUSTOMER),
        }.get(self.what)
        if rule is None or body is None or who != rule[0]:
            return
        if self._number.get(entry["id"]) == (rule[1], self.victim):
            self._lied()
            body["text"] = self._words(body["text"])

    def _entry(self, link: Link, entry: Frame) -> Frame:
        """The entry as this reader is told it, in a chain of its own."""
        book, seq = self._book(link), entry["seq"]
        if seq in book.entries:
            return book.entries[seq]
        before = book.hashes[seq - 1]
        told = dict(entry)
        changed = self._changed(book, told, link.app.name)
        loose = self.what == "a time changed, the chain left as it was"
        if not (self.what == "`prev` broken" and changed) and not loose:
            told["prev"] = before
        book.entries[seq] = told
        book.hashes[seq] = entry_hash(msgspec.convert(entry if loose else told, Entry))
        if entry["kind"] == "message":
            self._placed.setdefault(entry["id"], (seq, told["t"]))
        return told

    def _changed(self, book: Told, entry: Frame, who: str) -> bool:
        """Whether the lie is about this entry."""
        change = self._CHANGES.get(self.what)
        if change is None or not change(self, book, entry, who):
            return False
        self._lied()
        return True

    # --- entries told otherwise ------------------------------------------------------------------
    def _opened(self, book: Told, entry: Frame, who: str) -> bool:
        if entry["kind"] != "opened":
            return False
        match self.what.split()[1]:
            case "terms":
                give = entry["terms"]["give_back"]
                entry["terms"] = {**entry["terms"], "give_back": not give}
            case "price":
                entry["price_fen"] -= self._source.randrange(1, entry["price_fen"])
            case "minutes":
                entry["paid_ms"] -= 60_000 * self._source.randrange(1, 20)
            case "promise":
                entry["promise_ms"] += self._source.choice((1, 500, 5_000))
            case _:
                entry["shop"] += "2"
        return True

    def _message_time(self, book: Told, entry: Frame, who: str) -> bool:
        if entry["kind"] != "message" or not self._about(entry["id"]):
            return False
        told = self._moves(entry["id"], entry["seq"], entry["t"])
        changed = bool(told != entry["t"])
        entry["t"] = told
        return changed

    def _about(self, id: str) -> bool:
        who = RESPONDER if self.what in ("a reply predated", TOGETHER) else CUSTOMER
        if self.what == "a wait told longer than it was":
            who = RESPONDER
        return self._number.get(id) == (who, self.victim)

    def _moves(self, id: str, seq: int, t: int) -> int:
        """The time that a message is given."""
        if id in self._moved:
            return self._moved[id]
        last = self._newest_told(seq)
        match self.what:
            case "a reply predated":
                told = max(last + SEEN_GRACE, t - self._source.randrange(1_200, 1_600))
            case "a question postdated":
                told = t + self._source.randrange(1_000, 1_400)
            case "a wait told longer than it was":
                told = t + self._source.randrange(600, 900)
            case "two journals for two people":
                told = max(last + SEEN_GRACE, t - self._source.randrange(1, 120))
            case _:
                told = t + self._source.randrange(1, 300)
        self._moved[id] = told
        return told

    def _newest_told(self, seq: int) -> int:
        return max(
            (
                told["t"]
                for book in self._books.values()
                for at, told in book.entries.items()
                if at < seq
            ),
            default=0,
        )

    def _place(self, book: Told, entry: Frame, who: str) -> bool:
        if entry["kind"] != "message" or not self._chosen(entry["id"], CUSTOMER):
            return False
        entry["t"] += self._source.randrange(1, 250)
        return True

    def _split(self, book: Told, entry: Frame, who: str) -> bool:
        return who == CUSTOMER and self._message_time(book, entry, who)

    def _seen(self, book: Told, entry: Frame, who: str) -> bool:
        if entry["kind"] != "message" or not self._chosen(entry["id"], RESPONDER):
            return False
        told = self._raised(book, entry["seq"], entry["t"], entry["seen_seq"])
        changed = bool(told != entry["seen_seq"])
        entry["seen_seq"] = told
        return changed

    def _raised(self, book: Told, seq: int, t: int, seen: int) -> int:
        """To the newest question that the journal's rules allow, or to the one they do not."""
        crossing = self.what.endswith("seen") and "nobody" in self.what
        asks = [
            each["seq"]
            for each in book.entries.values()
            if each["kind"] == "message" and each["author"] == "customer" and each["seq"] < seq
            if crossing or each["t"] <= t - SEEN_GRACE
        ]
        return max([seen, *asks])

    def _breaks(self, book: Told, entry: Frame, who: str) -> bool:
        if entry["kind"] != "message" or not self._chosen(entry["id"], CUSTOMER):
            return False
        entry["prev"] = self._flipped(entry["prev"])
        return True

    def _loose(self, book: Told, entry: Frame, who: str) -> bool:
        if entry["kind"] != "message" or not self._chosen(entry["id"], RESPONDER):
            return False
        entry["t"] += 1
        return True

    def _offline(self, book: Told, entry: Frame, who: str) -> bool:
        if entry["kind"] not in ("paused", "resumed") or entry["by"] != "customer":
            return False
        entry["reason"] = "customer_offline"
        entry["by"] = "relay"
        return True

    def _ended(self, book: Told, entry: Frame, who: str) -> bool:
        if entry["kind"] != "closed":
            return False
        entry["reason"] = "customer"
        return True

    def _dearer(self, book: Told, entry: Frame, who: str) -> bool:
        if entry["kind"] != "extended":
            return False
        entry["price_fen"] -= self._source.randrange(1, entry["price_fen"] + 1)
        return True

    _CHANGES: Final[dict[str, Callable[["Liar", Told, Frame, str], bool]]] = {
        "other terms in `opened`": _opened,
        "another price in `opened`": _opened,
        "other minutes in `opened`": _opened,
        "another promise in `opened`": _opened,
        "another shop in `opened`": _opened,
        "a reply predated": _message_time,
        "a question postdated": _message_time,
        "a wait told longer than it was": _message_time,
        "a question written at another time than accepted": _place,
        "two journals for two people": _split,
        "`seen_seq` raised": _seen,
        "`seen_seq` raised to what nobody can have seen": _seen,
        "`prev` broken": _breaks,
        "a time changed, the chain left as it was": _loose,
        "a customer said to be offline who was not": _offline,
        "an end in the customer's name": _ended,
        "another price in `extended`": _dearer,
    }

    # --- what stands beside the journal ------------------------------------------------------------
    def _accepted(self, link: Link, id: str, result: Frame) -> None:
        """It says what the journal is going to say."""
        if result.get("seq") is None:
            return
        self._number.setdefault(id, (link.app.name, 0))
        if self.what in ("a reply predated", "a question postdated") or self.what.startswith(
            "a wait told"
        ):
            if self._about(id):
                result["t"] = self._moves(id, result["seq"], result["t"])
        elif self.what.startswith("`seen_seq`") and self._chosen(id, RESPONDER):
            book = self._book(link)
            result["seen_seq"] = self._raised(book, result["seq"], result["t"], result["seen_seq"])

    def _heads(self, link: Link, frame: Frame) -> list[Frame]:
        """Signed statements over what was told; nothing about what was not told yet."""
        book, seq = self._book(link), frame["seq"]
        if seq not in book.entries:
            return []
        honest = self._signed(frame["session"], seq, book.entries[seq]["t"], book.hashes[seq])
        if link.app.name != CUSTOMER:
            return [honest]
        match self.what:
            case "a second statement not on the chain of the first":
                if self._now():
                    other = self._flipped(honest["head"])
                    return [honest, self._signed(frame["session"], seq, honest["t"], other)]
            case "a statement about another entry than was told":
                if self._now():
                    other = self._flipped(honest["head"])
                    return [self._signed(frame["session"], seq, honest["t"], other)]
            case "a statement that its key did not sign":
                if self._now():
                    return [{**honest, "signature": self._flipped(honest["signature"])}]
        return [honest]

    def _now(self) -> bool:
        """Once, somewhere in the session."""
        if self.told or self._newest[1] < 3:
            return False
        self._lied()
        return True

    def _signed(self, session: str, seq: int, t: int, head: str) -> Frame:
        signed = sign_head(self._signs_with(), session=session, seq=seq, t=t, head=head)
        return {"type": "signed_head", **signed.as_dict()}

    def _receipt(self, link: Link, receipt: Frame) -> Frame:
        book, seq = self._book(link), receipt["seq"]
        entry, head = book.entries[seq], book.hashes[seq]
        own = link.app.name == CUSTOMER
        if own and self.what == "a receipt over another head":
            self._lied()
            head = self._flipped(head)
        told: Frame = sign(
            self._signs_with(), session=receipt["session"], seq=seq, t=entry["t"], head=head
        ).as_dict()
        if own and self.what == "a receipt that its key did not sign":
            self._lied()
            told["signature"] = self._flipped(told["signature"])
        return told

    def _sums(self, node: Any) -> None:
        """The refund, wherever it is said."""
        if isinstance(node, list):
            for each in node:
                self._sums(each)
        elif isinstance(node, dict):
            card = "opened_utc" in node and "peer_name" in node
            kind = {
                "no refund where one is owed": False,
                "another refund in the list of sessions": True,
            }.get(self.what)
            if kind is card and node.get("refund_fen"):
                self._lied()
                node["refund_fen"] = 0 if not card else node["refund_fen"] + 1
            for each in node.values():
                self._sums(each)

    # --- by lot ----------------------------------------------------------------------------------
    def _chosen(self, id: str, who: str = "") -> bool:
        author, number = self._number.get(id, ("", 0))
        return number == self.victim and who in ("", author)

    def _lied(self) -> None:
        self.told += 1

    def _words(self, text: str) -> str:
        """Other words, or nearly the same ones."""
        return self._source.choice(
            (f"{text}。", text[:-1] or "嗯", text + " ", "加我微信", text.upper() + "!")
        )

    def _flipped(self, hexes: str) -> str:
        at = self._source.randrange(len(hexes))
        digit = f"{int(hexes[at], 16) ^ self._source.randrange(1, 16):x}"
        return hexes[:at] + digit + hexes[at + 1 :]


def _packed(frame: Frame) -> bytes:
    return json.dumps(frame, ensure_ascii=False, separators=(",", ":")).encode()
