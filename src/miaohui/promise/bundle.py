"""The receipt bundle: a small zip of a journal, its receipt and what its owner disclosed.

Reading holds a stranger's archive to hard limits before a byte of it is read: known member names
only, each once, sizes capped; then the whole file must be what ``write_bundle`` makes of its members.
"""

import io
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Final, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from miaohui.promise.container import pack
from miaohui.promise.errors import JournalUnreadable
from miaohui.promise.heads import Head, Receipt, Restored, receipt_from
from miaohui.promise.reader import MAX_ENTRIES, MAX_JOURNAL_BYTES
from miaohui.promise.strictjson import canonical, lines_of, parse_object
from miaohui.wire.journal import Digest, Entry, Moment, Seq, encode_line
from miaohui.wire.link import KeyStep

JOURNAL: Final = "journal.jsonl"
RECEIPT: Final = "receipt.json"
BODIES: Final = "bodies.jsonl"
OBSERVED: Final = "observed.jsonl"
HEADS: Final = "heads.jsonl"
RESTORED: Final = "restored.jsonl"
LOG_PROOF: Final = "receipt.tlog-proof"
KEYS: Final = "keys.jsonl"
LIMITS: Final[Mapping[str, int]] = {
    JOURNAL: MAX_JOURNAL_BYTES,
    RECEIPT: 64 * 1024,
    BODIES: MAX_JOURNAL_BYTES,
    OBSERVED: 16 * 1024 * 1024,
    HEADS: 16 * 1024 * 1024,
    RESTORED: 64 * 1024,
    LOG_PROOF: 64 * 1024,
    KEYS: 64 * 1024,
}
MAX_BUNDLE_BYTES: Final = 128 * 1024 * 1024
MAX_BODY_LINE: Final = 256 * 1024

Salt: TypeAlias = Annotated[str, Meta(pattern=r"\A[0-9a-f]{32}\Z")]


class DisclosedBody(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One disclosed message: its salt with the text, or with the hash of a media file.

    A text is proved by its commit. The media hash alone proves nothing, since the commit is over the
    file's bytes: it names the file for whoever has it.
    """

    seq: Seq
    salt: Salt
    body: str | UnsetType = UNSET
    media_sha256: Digest | UnsetType = UNSET

    def __post_init__(self) -> None:
        if (self.body is UNSET) is (self.media_sha256 is UNSET):
            raise ValueError("needs one of `body` and `media_sha256`")


class Observed(Struct, frozen=True, kw_only=True):
    """The app's own measurement: the felt wait of an ask, from Enter to the reply's display, and the
    round trip measured beside it."""

    seq: Seq
    felt_ms: Moment
    rtt_ms: Moment | UnsetType = UNSET


class Bundle(Struct, frozen=True, kw_only=True):
    """What a bundle holds; the journal and the proof from the log of receipts still as bytes."""

    journal: bytes
    receipt: Receipt
    bodies: tuple[DisclosedBody, ...] = ()
    observed: tuple[Observed, ...] = ()
    heads: tuple[Head, ...] = ()
    restored: tuple[Restored, ...] = ()
    log_proof: bytes | None = None
    steps: tuple[KeyStep, ...] = ()


def write_bundle(
    entries: Iterable[Entry],
    receipt: Receipt,
    *,
    bodies: Iterable[DisclosedBody] | None = None,
    observed: Iterable[Observed] | None = None,
    heads: Iterable[Head] = (),
    restored: Iterable[Restored] = (),
    log_proof: bytes | None = None,
    steps: Sequence[KeyStep] = (),
) -> bytes:
    """The bytes of a bundle. ``steps``: how the relay's key changed since the receipt's."""
    members = {
        JOURNAL: b"".join(map(encode_line, entries)),
        RECEIPT: canonical(receipt.as_dict()) + b"\n",
    }
    encoder = msgspec.json.Encoder(order="sorted")
    members[HEADS] = encoder.encode_lines(list(heads))
    notices = list(restored)
    if notices:
        members[RESTORED] = encoder.encode_lines(notices)
    if bodies is not None:
        members[BODIES] = encoder.encode_lines(list(bodies))
    if observed is not None:
        members[OBSERVED] = encoder.encode_lines(list(observed))
    if log_proof is not None:
        members[LOG_PROOF] = log_proof
    if steps:
        members[KEYS] = encoder.encode_lines(list(steps))
    return pack(members)


def with_log_proof(data: bytes, proof: bytes) -> bytes:
    """The same bundle with this proof in it; raises `JournalUnreadable`."""
    members = {name: own for name, own in _members(data).items() if name != LOG_PROOF}
    return pack({**members, LOG_PROOF: proof})


def read_bundle(data: bytes) -> Bundle:
    """The bundle in the bytes of a zip; raises `JournalUnreadable`."""
    members = _members(data)
    for name in (JOURNAL, RECEIPT):
        if name not in members:
            raise JournalUnreadable(f"the bundle has no {name}")
    return Bundle(
        journal=members[JOURNAL],
        receipt=receipt_from(parse_object(members[RECEIPT], where=RECEIPT)),
        bodies=_rows(members.get(BODIES, b""), DisclosedBody, BODIES),
        observed=_rows(members.get(OBSERVED, b""), Observed, OBSERVED),
        heads=_rows(members.get(HEADS, b""), Head, HEADS),
        restored=_rows(members.get(RESTORED, b""), Restored, RESTORED),
        log_proof=members.get(LOG_PROOF),
        steps=_rows(members.get(KEYS, b""), KeyStep, KEYS),
    )


def _members(data: bytes) -> dict[str, bytes]:
    if len(data) > MAX_BUNDLE_BYTES:
        raise JournalUnreadable(f"the bundle is larger than {MAX_BUNDLE_BYTES} bytes")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = archive.infolist()
            if len(listed) > len(LIMITS):
                raise JournalUnreadable("the bundle holds more files than a bundle has")
            members: dict[str, bytes] = {}
            for info in listed:
                name = info.filename
                if name not in LIMITS:
                    raise JournalUnreadable(f"the bundle holds a foreign file ({name[:60]!r})")
                if name in members:
                    raise JournalUnreadable(f"the bundle holds {name} twice")
                members[name] = _member(archive, info)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,  # encrypted
        ValueError,
        OSError,
        EOFError,
    ) as error:
        raise JournalUnreadable(f"the bundle is no readable zip ({str(error)[:100]})") from None
    if pack(members) != data:
        raise JournalUnreadable("the bundle was changed, or packed anew by another program")
    return members


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    limit = LIMITS[info.filename]
    if info.compress_type != zipfile.ZIP_STORED:
        raise JournalUnreadable(f"{info.filename} is packed in a way that a bundle never is")
    if info.file_size > limit:
        raise JournalUnreadable(f"{info.filename} is too large")
    with archive.open(info) as member:
        content = member.read(limit + 1)
    if len(content) > limit:
        raise JournalUnreadable(f"{info.filename} is too large")
    return content


RowT = TypeVar("RowT", DisclosedBody, Observed, Head, Restored, KeyStep)


def _rows(data: bytes, kind: type[RowT], name: str) -> tuple[RowT, ...]:
    rows: list[RowT] = []
    for number, line in lines_of(data, name=name, most=MAX_ENTRIES, longest=MAX_BODY_LINE):
        raw = parse_object(line, where=f"line {number} of {name}")
        try:
            rows.append(msgspec.convert(raw, kind))
        except (msgspec.MsgspecError, ValueError) as error:
            reason = f"line {number} of {name}: {str(error)[:200]}"
            raise JournalUnreadable(reason) from None
    return tuple(rows)
