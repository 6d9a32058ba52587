"""What a TLS server accepts, found out by offering one thing at a time.

Held against Mozilla's "intermediate" profile: TLS 1.2 and 1.3, no CBC, no RSA key exchange, the curves
X25519, P-256 and P-384, no compression.
"""

import contextlib
import datetime
import socket
import ssl
import warnings
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

INTERMEDIATE = frozenset(
    {
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-RSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-RSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
        "ECDHE-RSA-CHACHA20-POLY1305",
        "DHE-RSA-AES128-GCM-SHA256",
        "DHE-RSA-AES256-GCM-SHA384",
        "DHE-RSA-CHACHA20-POLY1305",
    }
)
VERSIONS = {
    "TLS 1.0": (ssl.TLSVersion.TLSv1, False),
    "TLS 1.1": (ssl.TLSVersion.TLSv1_1, False),
    "TLS 1.2": (ssl.TLSVersion.TLSv1_2, True),
    "TLS 1.3": (ssl.TLSVersion.TLSv1_3, True),
}
# The profile's three; a server may do with fewer, and must not offer others.
CURVES = ("prime256v1", "secp384r1", "X25519", "secp521r1", "X448", "brainpoolP256r1", "secp256k1")
PROFILE_CURVES = frozenset(CURVES[:3])
WAIT_S = 5.0


def certificate(folder: Path, serial: int = 1) -> tuple[Path, Path]:
    """A self-signed one for localhost, and its key; RSA, which binds a handshake to no curve."""
    key = rsa.generate_private_key(public_exponent=65_537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    start = datetime.datetime(2020, 1, 1, tzinfo=datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(serial)
        .not_valid_before(start)
        .not_valid_after(start + datetime.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    cert_file, key_file = folder / "tls.crt", folder / "tls.key"
    cert_file.write_bytes(made.public_bytes(encoding))
    key_file.write_bytes(
        key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return cert_file, key_file


def client(version: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> ssl.SSLContext:
    """A context that would take anything of one version."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    context.set_ciphers(ciphers)
    return context


def shakes(port: int, context: ssl.SSLContext) -> tuple[str, str | None] | None:
    """(cipher, compression) agreed on; None where there was no agreement."""
    with (
        contextlib.suppress(ssl.SSLError, ConnectionError, TimeoutError),
        socket.create_connection(("127.0.0.1", port), WAIT_S) as plain,
        context.wrap_socket(plain, server_hostname="localhost") as link,
    ):
        agreed = link.cipher()
        return (agreed[0] if agreed else "", link.compression())
    return None


def findings(port: int, *, every: int = 1) -> Iterator[tuple[str, bool, str]]:
    """(what, whether it is as the profile wants, what was seen); of the ciphers every so manieth."""
    for name, (version, wanted) in VERSIONS.items():
        agreed = shakes(port, client(version))
        yield f"version {name}", (agreed is not None) is wanted, str(agreed)
        if agreed is not None:
            yield f"compression in {name}", agreed[1] is None, str(agreed[1])
    everything = client(ssl.TLSVersion.TLSv1_2).get_ciphers()
    offered = [each["name"] for each in everything if each["protocol"] != "TLSv1.3"]
    for cipher in offered[::every]:
        agreed = shakes(port, client(ssl.TLSVersion.TLSv1_2, f"{cipher}:@SECLEVEL=0"))
        yield f"cipher {cipher}", agreed is None or cipher in INTERMEDIATE, str(agreed)
    taken = []
    for curve in CURVES:
        context = client(ssl.TLSVersion.TLSv1_2, "ECDHE:@SECLEVEL=0")
        try:
            context.set_ecdh_curve(curve)
        except (ValueError, ssl.SSLError):
            continue
        agreed = shakes(port, context)
        taken += [curve] if agreed is not None else []
        yield f"curve {curve}", agreed is None or curve in PROFILE_CURVES, str(agreed)
    yield "curve of the profile", bool(taken), str(taken)
