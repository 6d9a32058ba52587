"""What may be typed as a relay's address."""

import pytest

from miaohui.client.link.address import AddressError, normal


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("relay.example", "wss://relay.example"),
        (" relay.example:8443 ", "wss://relay.example:8443"),
        ("https://relay.example/", "wss://relay.example"),
        ("wss://relay.example/chat", "wss://relay.example/chat"),
        ("127.0.0.1:8443", "ws://127.0.0.1:8443"),
        ("localhost:1", "ws://localhost:1"),
        ("ws://[::1]:9", "ws://[::1]:9"),
    ],
)
def test_addresses_become_normal(typed: str, meant: str) -> None:
    assert normal(typed) == meant
    assert normal(meant) == meant


@pytest.mark.parametrize(
    "typed", ["ws://relay.example", "http://10.0.0.1:80", "ws://127.0.0.1.x.de"]
)
def test_unencrypted_only_to_this_machine(typed: str) -> None:
    with pytest.raises(AddressError, match="insecure"):
        normal(typed)


@pytest.mark.parametrize(
    "typed", ["", "ftp://x", "wss://", "a b", "wss://u:p@x", "wss://x#y", "wss://x:99999"]
)
def test_nonsense_is_refused(typed: str) -> None:
    with pytest.raises(AddressError, match="address"):
        normal(typed)
