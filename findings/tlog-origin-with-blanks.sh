#!/usr/bin/env bash
# The first line of a checkpoint is its origin: any text that is not empty (c2sp.org/tlog-checkpoint).
# Only the names of keys may hold no blank and no plus (c2sp.org/signed-note). aics-tlog holds the
# origin to the rule for keys, and so cannot read the form of the best-known log of all, Go's module
# checksums, whose origin is "go.sum database tree"; metamorphic-log reads it.
#
# Versions: metamorphic-log 0.1.11, aics-tlog 0.2.1, cryptography 50.0.2; Python 3.12.
# Seen:     log.example: metamorphic-log reads it, aics-tlog reads it
#           go.sum database tree: metamorphic-log reads it, aics-tlog refuses it
# So a log that wants to be read by everybody names its origin as it names its key.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3.12}" -m venv "$place/venv"
"$place/venv/bin/pip" --quiet --disable-pip-version-check install \
    metamorphic-log==0.1.11 aics-tlog==0.2.1 cryptography==50.0.2 2>"$place/pip.log" ||
    { cat "$place/pip.log" >&2; exit 1; }
"$place/venv/bin/python" - <<'PY'
import base64
import hashlib
import sys

import metamorphic_log
from aics_tlog import checkpoint as aics
from aics_tlog import note as notes
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NAME = "log.example"
key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a key for this page").digest())
public = key.public_key().public_bytes_raw()
key_id = hashlib.sha256(NAME.encode() + b"\n\x01" + public).digest()[:4]
vkey = f"{NAME}+{key_id.hex()}+{base64.b64encode(bytes([1]) + public).decode()}"


def checkpoint(origin: str) -> str:
    root = base64.b64encode(hashlib.sha256(b"a root").digest()).decode()
    text = f"{origin}\n5\n{root}\n"
    signature = base64.b64encode(key_id + key.sign(text.encode())).decode()
    return f"{text}\n\u2014 {NAME} {signature}\n"


def by_metamorphic(note: str) -> bool:
    metamorphic_log.checkpoint_verify(note, [vkey])
    return True


def by_aics(note: str) -> bool:
    return bool(aics.verify_checkpoint(notes.parse_note(note.encode()), notes.parse_vkey(vkey)).ok)


def reads(reader, note: str) -> bool:
    try:
        return reader(note)
    except Exception as error:
        print(f"  ({reader.__name__}: {error})")
        return False


seen = {}
for origin in (NAME, "go.sum database tree"):
    seen[origin] = [reads(each, checkpoint(origin)) for each in (by_metamorphic, by_aics)]
    words = ["reads it" if each else "refuses it" for each in seen[origin]]
    print(f"{origin}: metamorphic-log {words[0]}, aics-tlog {words[1]}")
wanted = {NAME: [True, True], "go.sum database tree": [True, False]}
sys.exit(0 if seen == wanted else 1)
PY
