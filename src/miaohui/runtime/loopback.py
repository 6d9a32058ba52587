"""Addresses that never leave this machine."""

import ipaddress


def is_loopback(host: str) -> bool:
    """True for ``localhost`` and for an address of the loopback net."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
