"""Whose word is taken for where a link comes from, and by what limits count."""

import pytest

from miaohui.relay.net.origin import UNTOLD, Origin, TrustedProxies, network, parsed

PROXIES = TrustedProxies([network("10.0.0.0/8"), network("fd00::/8")])


@pytest.mark.parametrize(
    ("address", "host", "net"),
    [
        ("203.0.113.77", "203.0.113.77", "203.0.113.0/24"),
        ("::ffff:203.0.113.77", "203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2:aaaa::1", "2001:db8:1:2::/64", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:bbbb::2", "2001:db8:1:2::/64", "2001:db8:1:2::/64"),
        ("fe80::1%eth0", "fe80::/64", "fe80::/64"),
        ("local", "local", "local"),
    ],
)
def test_limits_count_by_household_and_by_net(address: str, host: str, net: str) -> None:
    assert (Origin.of(address).host, Origin.of(address).net) == (host, net)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7:41234", "203.0.113.7"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ('"[2001:db8::1]"', "2001:db8::1"),
        (" 2001:db8::1 ", "2001:db8::1"),
        ("unknown", "None"),
        ("", "None"),
        ("1.2.3", "None"),
    ],
)
def test_addresses_are_read_as_proxies_write_them(text: str, address: str) -> None:
    assert str(parsed(text)) == address


@pytest.mark.parametrize(
    ("peer", "lines", "host"),
    [
        ("198.51.100.1", ["203.0.113.9"], "198.51.100.1"),  # no proxy of ours: not believed
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.1.1.1", "203.0.113.9"], "203.0.113.9"),  # haproxy adds a line of its own
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9, 10.0.0.7", "10.2.0.1"], "203.0.113.9"),
        ("10.0.0.1", ["10.0.0.9"], "10.0.0.9"),  # nobody but proxies
        ("10.0.0.1", ["203.0.113.9, rubbish"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, rubbish, 10.0.0.7"], "10.0.0.7"),
        ("fd00::1", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    ],
)
def test_only_our_proxies_are_believed_and_from_the_right(
    peer: str, lines: list[str], host: str
) -> None:
    assert PROXIES.origin(peer, lines).host == host


def test_a_proxy_that_says_nothing_puts_nobody_into_one_share() -> None:
    assert PROXIES.origin("10.0.0.1", []) == UNTOLD
    assert UNTOLD.host == ""


def test_this_machine_is_its_own_only_with_no_proxy_between() -> None:
    nobody = TrustedProxies()
    assert nobody.origin("127.0.0.1", []).own
    assert not nobody.origin("127.0.0.1", ["203.0.113.9"]).own
    assert not nobody.origin("203.0.113.9", []).own
    assert not TrustedProxies([network("127.0.0.1")]).origin("127.0.0.1", ["127.0.0.1"]).own
