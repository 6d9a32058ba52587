"""TLS as a relay serves it: Mozilla's "intermediate" profile, version 5.7, and its certificate."""

import ctypes
import logging
import ssl
from pathlib import Path
from typing import Final

from cryptography import x509

log = logging.getLogger(__name__)

# Python's defaults would also offer two CBC suites and curves that the profile leaves out.
CIPHERS = ":".join(
    (
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-CHACHA20-POLY1305",
        "DHE-RSA-AES128-GCM-SHA256",
        "DHE-RSA-AES256-GCM-SHA384",
        "DHE-RSA-CHACHA20-POLY1305",
    )
)


# X25519 first, which nearly every client offers; P-256 for the others, and P-384 of the profile.
GROUPS: Final = b"X25519:P-256:P-384"
_SET_GROUPS_LIST: Final = 92  # SSL_CTRL_SET_GROUPS_LIST, the same since OpenSSL 1.1.0


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """A context for the listening socket; OSError or ssl.SSLError where the files are no good."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(CIPHERS)
    offer_groups(context)
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    context.load_cert_chain(certificate, key)
    return context


def offer_groups(context: ssl.SSLContext, groups: bytes = GROUPS) -> bool:
    """Names the curves that are offered. Python lets a server name one, or from 3.15 on all of them; what
    it cannot say is said to the very OpenSSL that it uses. False where that cannot be reached:
    then OpenSSL's own list stands, which has X25519 and P-256, and X448 and P-521 behind them."""
    named = getattr(context, "set_groups", None)
    if named is not None:
        named(groups.decode())
        return True
    try:
        from aiofastnet import OPENSSL_DYN_LIBS

        assert OPENSSL_DYN_LIBS is not None
        library = ctypes.CDLL(OPENSSL_DYN_LIBS.libssl)
        control, options = library.SSL_CTX_ctrl, library.SSL_CTX_get_options
    except (ImportError, AssertionError, OSError, AttributeError):
        return False
    # A context of CPython begins, behind what every object has, with its SSL_CTX.
    pointer = ctypes.c_void_p.from_address(id(context) + object.__basicsize__)
    options.argtypes, options.restype = [ctypes.c_void_p], ctypes.c_uint64
    control.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_long, ctypes.c_char_p]
    control.restype = ctypes.c_long
    if not pointer.value or options(pointer) != context.options:
        return False
    return bool(control(pointer, _SET_GROUPS_LIST, 0, groups) == 1)


def _end_of(certificate: Path) -> int:
    read = x509.load_pem_x509_certificate(certificate.read_bytes())
    return round(read.not_valid_after_utc.timestamp() * 1000)


class ServerTls:
    """A relay's TLS: the certificate's files, and the context made of them. Each new connection
    takes the newest context; those that stand keep theirs, so renewing cuts nobody."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """OSError or ssl.SSLError where the files are no good."""
        self._files = (certificate, key)
        self._stamp = self._stamps()
        self._context = server_context(certificate, key)
        self._expires = _end_of(certificate)

    def expires(self) -> int:
        """When the certificate ends: ms since the epoch."""
        return self._expires

    def current(self) -> ssl.SSLContext:
        return self._context

    def reload(self) -> bool:
        """Reads the files anew; where they are no good, what stood stands. Whether it is new."""
        stamp = self._stamps()
        try:
            context = server_context(*self._files)
            expires = _end_of(self._files[0])
        except (OSError, ssl.SSLError) as error:
            log.error("the certificate was not reloaded, the old one stands: %s", error)
            return False
        self._stamp, self._context, self._expires = stamp, context, expires
        return True

    def look(self) -> bool:
        """Reads the files anew where they changed."""
        return self._stamps() != self._stamp and self.reload()

    def _stamps(self) -> tuple[tuple[int, int, int], ...]:
        """What tells a written or replaced file from the one before."""
        found = []
        for path in self._files:
            try:
                stat = path.stat()
            except OSError:
                found.append((0, 0, 0))
            else:
                found.append((stat.st_ino, stat.st_size, stat.st_mtime_ns))
        return tuple(found)
