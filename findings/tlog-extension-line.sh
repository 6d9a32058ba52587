#!/usr/bin/env bash
# A checkpoint of a transparency log may carry extension lines after its root hash
# (c2sp.org/tlog-checkpoint). Of two readers, one takes such a checkpoint and one refuses it,
# though the same log's checkpoint without that line is taken by both.
#
# Versions: metamorphic-log 0.1.11, tlog-scales 0.0.3, cryptography 50.0.2; Python 3.11.
# Seen:     plain: metamorphic-log reads it, tlog-scales reads it
#           with one extension line: metamorphic-log reads it, tlog-scales refuses it
# So a log that wants to be read by everybody writes no extension line.
set -euo pipefail
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
"${PYTHON:-python3}" -m venv "$place/venv"
"$place/venv/bin/pip" --quiet --disable-pip-version-check install \
    metamorphic-log==0.1.11 tlog-scales==0.0.3 cryptography==50.0.2 2>"$place/pip.log" ||
    { cat "$place/pip.log" >&2; exit 1; }
"$place/venv/bin/python" - <<'PY'
import base64
import hashlib
import sys

import metamorphic_log
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from tlog_scales import signing, tlog

ORIGIN = "log.example/receipts"
key = Ed25519PrivateKey.from_private_bytes(hashlib.sha256(b"a key for this page").digest())
public = key.public_key().public_bytes_raw()
key_id = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + public).digest()[:4]
vkey = f"{ORIGIN}+{key_id.hex()}+{base64.b64encode(bytes([1]) + public).decode()}"


def checkpoint(*extension: str) -> str:
    root = base64.b64encode(hashlib.sha256(b"a root").digest()).decode()
    text = "".join(f"{line}\n" for line in (ORIGIN, "5", root, *extension))
    signature = base64.b64encode(key_id + key.sign(text.encode())).decode()
    return f"{text}\n\u2014 {ORIGIN} {signature}\n"


def metamorphic(note: str) -> bool:
    metamorphic_log.checkpoint_verify(note, [vkey])
    return True


def scales(note: str) -> bool:
    tlog.Checkpoint.from_text(note).verify(signing.Vkey.from_string(vkey))
    return True


def reads(reader, note: str) -> bool:
    try:
        return reader(note)
    except Exception as error:
        print(f"  ({reader.__name__}: {type(error).__name__})")
        return False


seen = {}
for name, note in (("plain", checkpoint()), ("extended", checkpoint("an extension"))):
    seen[name] = (reads(metamorphic, note), reads(scales, note))
    words = ["reads it" if each else "refuses it" for each in seen[name]]
    print(f"{name}: metamorphic-log {words[0]}, tlog-scales {words[1]}")
sys.exit(0 if seen == {"plain": (True, True), "extended": (True, False)} else 1)
PY
