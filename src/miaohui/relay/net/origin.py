"""Where links come from: addresses, the nets they lie in, and the proxies that are believed."""

import ipaddress
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

FORWARDED = "X-Forwarded-For"
HOPS = 32  # entries of the header that are read, from the right; nobody has more proxies
_NET = {4: 24, 6: 64}


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a link comes from. ``host``: by what limits of one household count, an IPv4 address or
    an IPv6 /64; ``net``: by what limits of a network count, a /24 or a /64. Both are "" where a
    trusted proxy did not say. ``own``: this machine itself, with no proxy between."""

    host: str = ""
    net: str = ""
    own: bool = False

    @classmethod
    def of(cls, address: Address | str, *, proxied: bool = False) -> "Origin":
        """An address; what is none (a socket file's peer) counts by its own name."""
        read = parsed(address) if isinstance(address, str) else address
        if read is None:
            return cls(str(address), str(address), own=not proxied)
        net = str(ipaddress.ip_network((read, _NET[read.version]), strict=False))
        host = str(read) if read.version == 4 else net
        return cls(host, net, own=read.is_loopback and not proxied)


UNTOLD = Origin()
"""Behind a trusted proxy that did not say where: no limit of an address can be held against it."""


def parsed(text: str) -> Address | None:
    """An address as sockets and proxies write it: also with a port, in brackets, with a zone, or
    IPv4 inside IPv6. None where it is none."""
    text = text.strip().strip('"')
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        read = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(read, ipaddress.IPv6Address) and read.ipv4_mapped is not None:
        return read.ipv4_mapped
    return read


def network(text: str) -> Network:
    """One ``--trusted-proxy``: an address or a net. ValueError where it is none."""
    return ipaddress.ip_network(text, strict=False)


class TrustedProxies:
    """The proxies whose word is taken for who is behind them; without any, nobody's is."""

    __slots__ = ("_networks",)

    def __init__(self, networks: Iterable[Network] = ()) -> None:
        self._networks = tuple(networks)

    def adopt(self, networks: Iterable[Network]) -> None:
        """From now on these."""
        self._networks = tuple(networks)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def trust(self, address: Address | None) -> bool:
        return address is not None and any(
            address.version == each.version and address in each for each in self._networks
        )

    def origin(self, peer: str, lines: Sequence[str]) -> Origin:
        """Who is at the other end. ``lines``: every X-Forwarded-For of the request, in order.

        Each proxy appends whom it saw, so only the right end can be believed: from there, trusted
        proxies are passed over, and the first address that is none of them is the one. What an
        untrusted peer says of itself counts for nothing.
        """
        address = parsed(peer)
        if not self.trust(address) or address is None:
            return Origin.of(peer, proxied=bool(lines))
        hops = [each for line in lines for each in line.split(",")][-HOPS:]
        if not hops:
            return UNTOLD
        for hop in reversed(hops):
            said = parsed(hop)
            if said is None:
                break  # unreadable: everybody who writes such a thing shares the last good one's share
            address = said
            if not self.trust(said):
                break
        return Origin.of(address, proxied=True)
