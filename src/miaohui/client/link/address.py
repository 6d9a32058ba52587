"""A relay's address: what a person may type, and what a failed try to reach it means."""

import socket
import ssl
from urllib.parse import urlsplit, urlunsplit

from miaohui.runtime.loopback import is_loopback


class AddressError(ValueError):
    """An address that is not used; ``reason`` is a LinkView reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def normal(text: str) -> str:
    """``relay.example`` as ``wss://relay.example``; loopback without TLS as ``ws://``.

    Unencrypted anywhere else is AddressError("insecure"); nonsense is AddressError("address").
    """
    text = text.strip()
    if "://" not in text:
        try:
            host = urlsplit(f"ws://{text}").hostname or ""
        except ValueError:
            raise AddressError("address") from None
        text = f"{'ws' if is_loopback(host) else 'wss'}://{text}"
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise AddressError("address") from None
    scheme = {"http": "ws", "https": "wss"}.get(parts.scheme, parts.scheme)
    if (
        scheme not in ("ws", "wss")
        or not host
        or any(letter.isspace() for letter in text)
        or parts.username is not None
        or parts.fragment
    ):
        raise AddressError("address")
    if scheme == "ws" and not is_loopback(host):
        raise AddressError("insecure")
    if ":" in host:
        host = f"[{host}]"
    netloc = host if port is None else f"{host}:{port}"
    return urlunsplit((scheme, netloc, parts.path.rstrip("/"), parts.query, ""))


def tls_context(url: str) -> ssl.SSLContext | None:
    """The system's own trust store decides; there is no way to tell it otherwise."""
    if not url.startswith("wss://"):
        return None
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def proxy_of(url: str) -> str | None:
    """The system's proxy for an address: one for WebSocket or TLS, else the one for everything."""
    from urllib.request import getproxies, proxy_bypass

    from websockets.proxy import get_proxy
    from websockets.uri import parse_uri

    where = parse_uri(url)
    if is_loopback(where.host) or proxy_bypass(f"{where.host}:{where.port}"):
        return None
    found = get_proxy(where) or getproxies().get("all")
    if not found:
        return None
    # What desktops write for a SOCKS proxy; names are looked up behind it.
    return f"socks5h://{found[8:]}" if found.startswith("socks://") else found


def reason_of(error: BaseException) -> str:
    """Why a link could not be made, as a LinkView reason."""
    from websockets.exceptions import (
        InvalidHandshake,
        InvalidProxy,
        InvalidProxyStatus,
        InvalidStatus,
        ProxyError,
        WebSocketException,
    )

    if isinstance(error, AddressError):
        return error.reason
    if isinstance(error, socket.gaierror):
        return "dns"
    if isinstance(error, ssl.SSLError):
        return "certificate_time" if _of_the_clock(error) else "tls"
    if isinstance(error, ConnectionRefusedError):
        return "refused"
    if isinstance(error, TimeoutError):
        return "timeout"
    if isinstance(error, InvalidStatus | InvalidProxyStatus):
        status = error.response.status_code
        through = isinstance(error, InvalidProxyStatus)
        return _STATUS.get(status, "refused" if status >= 500 else _other(proxy=through))
    if isinstance(error, InvalidProxy | ProxyError):
        return "proxy"
    if isinstance(error, InvalidHandshake):
        # A link cut in the middle of the handshake says nothing about who is there.
        cut = isinstance(error.__cause__, EOFError | OSError)
        return "dead" if cut else "not_a_relay"
    if isinstance(error, OSError | WebSocketException | EOFError):
        return "dead"
    return "not_a_relay"


_STATUS = {407: "proxy_auth", 429: "busy", 502: "gateway", 503: "busy", 504: "gateway"}
# Expired and not yet valid, as OpenSSL, Windows and macOS number it.
_CLOCK = frozenset({10, 9, 0x800B0101, 0x800B0101 - 2**32, -67818, -67819})


def _other(*, proxy: bool) -> str:
    return "proxy" if proxy else "not_a_relay"


def _of_the_clock(error: ssl.SSLError) -> bool:
    """A certificate whose time is over or has not come: often it is the clock here that is off."""
    return isinstance(error, ssl.SSLCertVerificationError) and error.verify_code in _CLOCK
