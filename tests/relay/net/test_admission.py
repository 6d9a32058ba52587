"""The ledger: who has a place, who loses it, and whom nobody's crowd can keep out."""

from dataclasses import replace

from miaohui.relay.net.admission import (
    DESCRIPTORS_KEPT,
    USUAL,
    AdmissionLedger,
    AdmissionLimits,
    LinkPlace,
    LinkRefusal,
    LinkStage,
)

SMALL = replace(USUAL, half_open=6, half_open_per_net=3, guests=4, guests_per_net=2)


class Ends:
    """Places with names, and which of them were ended."""

    def __init__(self, limits: AdmissionLimits = SMALL, descriptors: int = 65_536) -> None:
        self.ledger = AdmissionLedger(limits, descriptors)
        self.ended: list[str] = []

    def come(self, name: str, net: str, *, counted: bool = False) -> LinkPlace:
        return self.ledger.take(net, 0, lambda: self.ended.append(name), counted=counted)


def test_of_one_net_the_eldest_half_open_link_goes() -> None:
    house = Ends()
    for name in ("a1", "a2", "a3"):
        house.come(name, "a")
    house.come("b1", "b")
    house.come("a4", "a")
    assert house.ended == ["a1"]
    assert house.ledger.count(LinkStage.HALF_OPEN) == 4
    assert house.ledger.refused[LinkRefusal.HALF_OPEN] == 1


def test_of_all_nets_together_the_eldest_goes() -> None:
    house = Ends()
    for net in "abcdefgh":
        house.come(net, net)
    assert house.ended == ["a", "b"]


def test_who_said_hello_is_no_half_open_link_any_more() -> None:
    house = Ends()
    members = [house.come(f"m{number}", "a") for number in range(3)]
    for place in members:
        house.ledger.member(place)
    for number in range(3):
        house.come(f"x{number}", "a")
    assert house.ended == []


def test_guests_are_counted_by_net_and_in_all_and_members_by_neither() -> None:
    house = Ends()
    let_in = [house.ledger.guest(house.come(f"{net}{n}", net)) for net in "abc" for n in range(3)]
    assert let_in == [True, True, False, True, True, False, False, False, False]
    for number in range(20):
        place = house.come(f"m{number}", "a")
        house.ledger.member(place)
    assert house.ledger.count(LinkStage.MEMBER) == 20
    assert house.ledger.count(LinkStage.GUEST) == 4


def test_a_guest_who_signs_in_leaves_a_guests_place_and_takes_one_when_signing_out() -> None:
    house = Ends()
    first, second = house.come("1", "a"), house.come("2", "a")
    assert house.ledger.guest(first)
    assert house.ledger.guest(second)
    house.ledger.member(first)
    third = house.come("3", "a")
    assert house.ledger.guest(third)
    assert not house.ledger.guest(first)
    house.ledger.left(third)
    assert house.ledger.guest(first)


def test_behind_a_silent_proxy_no_net_is_held_against_anybody() -> None:
    house = Ends()
    for number in range(6):
        house.come(str(number), "")
    assert house.ended == []
    assert all(house.ledger.knock("", 0) for _ in range(10_000))


def test_a_proxy_tells_the_net_and_the_caps_of_that_one_hold() -> None:
    house = Ends()
    places = [house.come(str(number), "") for number in range(4)]
    for place in places:
        house.ledger.move(place, "a")
    assert house.ended == ["0"]


def test_strangers_get_at_most_half_of_the_descriptors() -> None:
    ledger = AdmissionLedger(USUAL, descriptors=1024)
    assert ledger.most_open == 1024 - DESCRIPTORS_KEPT
    assert ledger.most_half_open + ledger.most_guests <= ledger.most_open // 2


def test_descriptors_are_counted_until_they_are_free() -> None:
    house = Ends(descriptors=DESCRIPTORS_KEPT + 8)
    places = [house.come(str(number), str(number), counted=True) for number in range(8)]
    assert house.ledger.is_full()
    house.ledger.left(places[-1])
    assert house.ledger.is_full()
    house.ledger.closed(places[-1])
    house.ledger.closed(places[-1])
    assert (house.ledger.is_full(), house.ledger.open) == (False, 7)


def test_a_net_that_knocks_without_end_is_not_listened_to() -> None:
    ledger = AdmissionLedger(USUAL)
    heard = [ledger.knock("a", 0) for _ in range(1_000)]
    assert sum(heard) == USUAL.knocks.burst
    assert ledger.knock("b", 0)
    assert ledger.knock("a", 1_000)
