"""docs/protocol.md is enough: a customer's and a responder's client written from it alone."""

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from tests.client.world import RelayProcess
from tests.end_to_end.stranger import Failed, Stranger, canonical, head_of

PASSWORD = "seven long words and a 7"


@pytest.fixture
def two(relay: RelayProcess) -> Iterator[tuple[Stranger, Stranger]]:
    """A customer's link, and a responder's."""
    customer, responder = Stranger(relay.url), Stranger(relay.url)
    yield customer, responder
    customer.leave()
    responder.leave()


def test_a_session_from_the_purchase_to_the_review(
    relay: RelayProcess, two: tuple[Stranger, Stranger]
) -> None:
    customer, first = two
    second = Stranger(relay.url)
    try:
        play(relay, customer, first, second)
    finally:
        second.leave()


def play(relay: RelayProcess, customer: Stranger, first: Stranger, second: Stranger) -> None:
    with pytest.raises(Failed, match="sign_in_first"):
        customer.ask("get_wallet")
    customer.ask("sign_up", name="yunduo", password=PASSWORD, display="云朵")
    people = {}
    for name, link in (("first", first), ("second", second)):
        invite = relay.invite_responder()
        made = link.ask("sign_up", name=name, password=PASSWORD, invite=invite)
        assert made["account"]["role"] == "responder"
        people[name] = made["account"]["account"]
    first.ask("set_presence", state="on")

    # Bought, and accepted.
    assert customer.ask("search", text="陪")["cards"][0]["shop"] == "lanting"
    shop = customer.ask("get_shop", shop="lanting")
    offer = shop["offers"][0]
    quote = customer.ask("quote", shop="lanting", offer=offer["offer"])
    sum_of = {"price_fen": quote["price_fen"], "provider": "practice"}
    customer.ask("pay", order=quote["order"], **sum_of)
    changed(customer, quote["order"], state="queued")
    customer.ask("send", session=quote["order"], body={"salt": "0" * 32, "text": "睡不着"})
    first.until(lambda said: said["type"] == "desk_changed" and said["desk"]["incoming"])
    session = first.ask("accept_order", order=quote["order"])["card"]["session"]
    first.attach(session)
    customer.attach(session)

    # Said, asked and paused.
    first.reply("我在，慢慢说")
    asked = customer.send("今天很累")
    first.until_entry("message", 3)
    first.say(type="typing", session=session)
    first.say(type="seen", session=session, seq=asked["seq"])
    customer.until(lambda said: said["type"] == "peer_typing")
    first.reply("说说看")
    customer.until_entry("message", 4)
    customer.ask("pause", session=session)
    customer.ask("resume", session=session)
    first.ask("ask_break", session=session, ms=1000)
    customer.ask("answer_break", session=session, agree=True)
    customer.until_entry("resumed", 2)
    wrong = customer.send("写错的")
    body = {"salt": "1" * 32, "text": "改过的"}
    customer.ask("edit", session=session, seq=wrong["seq"], body=body)
    customer.ask("recall", session=session, seq=wrong["seq"])
    extended = customer.ask("extend", session=session, offer=offer["offer"], **sum_of)
    assert extended["order"]["extended_minutes"] == offer["minutes"]

    # Handed over, and ended.
    second.ask("set_presence", state="on")
    first.ask("hand_over", session=session, to=people["second"])
    second.until(
        lambda said: (
            said["type"] == "desk_changed"
            and [each for each in said["desk"]["handover_offers"] if each["session"] == session]
        )
    )
    second.ask("accept_handover", session=session)
    second.until(
        lambda said: (
            said["type"] == "desk_changed"
            and [each for each in said["desk"]["sessions"] if each["session"] == session]
        )
    )
    second.attach(session)
    with pytest.raises(Failed, match="handed_over"):
        first.send("我还在", seen_seq=0)
    customer.send("还有一句")
    second.until_entry("message", 6)
    customer.ask("end", session=session)
    second.until_entry("closing")
    second.reply("晚安")
    customer.until_entry("closed")
    while customer.feed[-1]["type"] != "receipt_item":
        customer.hear()
    prove(customer, session)
    customer.ask("write_review", session=session, stars=5, text="好", tags=["warm"])
    done = customer.ask("get_order", order=quote["order"])
    assert (done["state"], done["reviewed"]) == ("settled", True)


def changed(link: Stranger, order: str, **fields: Any) -> None:
    """Waits until the relay has said this of the order."""
    link.until(
        lambda said: (
            said["type"] == "order_changed"
            and said["order"]["order"] == order
            and fields.items() <= said["order"].items()
        )
    )


def prove(link: Stranger, session: str) -> None:
    """Chain, words and signature, as the page says that they are made."""
    entries = link.entries
    receipt = link.feed[-1]["receipt"]
    assert receipt["session"] == session
    assert (receipt["seq"], receipt["t"]) == (len(entries), entries[-1]["t"])
    assert receipt["head"] == head_of(entries)
    assert receipt["relay_key"] == link.welcome["relay_key"]
    key = bytes.fromhex(receipt["relay_key"])
    assert receipt["key_id"] == link.welcome["key_id"] == hashlib.sha256(key).hexdigest()[:16]
    unsigned = {
        name: value for name, value in receipt.items() if name not in ("signature", "relay_key")
    }
    Ed25519PublicKey.from_public_bytes(key).verify(
        bytes.fromhex(receipt["signature"]), canonical(unsigned)
    )
    commits = {e["seq"]: e["commit"] for e in entries if e["kind"] == "message"}
    assert len(link.bodies) == len(commits)
    for seq, body in link.bodies.items():
        words = bytes.fromhex(body["salt"]) + body["text"].encode()
        assert commits[seq] == hashlib.sha256(words).hexdigest()


def test_an_order_declined_or_left_gives_the_whole_sum_back(
    relay: RelayProcess, two: tuple[Stranger, Stranger]
) -> None:
    customer, responder = two
    customer.ask("sign_up", name="nuan", password=PASSWORD)
    responder.ask("sign_up", name="third", password=PASSWORD, invite=relay.invite_responder())
    me = responder.ask("get_desk")
    assert me["presence"] == "off"
    responder.ask("set_presence", state="on")
    balance = customer.ask("get_wallet")["balance_fen"]
    people = customer.ask("get_shop", shop="lanting")["people"]
    mine = next(each["responder"] for each in people if each["name"] == "third")
    offer = customer.ask("get_shop", shop="lanting")["offers"][0]["offer"]
    for leaves in (False, True):
        quote = customer.ask("quote", shop="lanting", offer=offer, responder=mine)
        order = quote["order"]
        customer.ask("pay", order=order, provider="practice", price_fen=quote["price_fen"])
        changed(customer, order, state="queued")
        if leaves:
            customer.ask("cancel_order", order=order)
        else:
            responder.ask("decline_order", order=order)
        changed(customer, order, refund_fen=quote["price_fen"])
        assert customer.ask("get_wallet")["balance_fen"] == balance
