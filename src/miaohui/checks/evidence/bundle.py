"""One bundle for a whole run: plan, journal, every session's receipt bundle, ratings, results; signed.

Packed as a receipt bundle is, so that no byte of it is without meaning: ``manifest.json`` first, with
the hash of every other member, under the key that the run's first line names. The results are worked
out from the very members that are packed. Nothing that a responder said is in it but the bubbles that
were chosen one by one; what the tester said is the plan's own.
"""

import hashlib
import io
import re
import tempfile
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

import msgspec

from miaohui.checks.analysis.analyse import analyse
from miaohui.checks.analysis.ratings import ADJUDICATED
from miaohui.checks.analysis.ratings import FOLDER as CODING
from miaohui.checks.record.course import Course
from miaohui.checks.record.events import AnyEvent, Buying, OrdersListed
from miaohui.checks.record.folder import RunFolder, write_new
from miaohui.checks.record.journal import read_file
from miaohui.checks.record.signing import tester_key
from miaohui.checks.record.standing import RunState
from miaohui.checks.report import recount
from miaohui.checks.results import Results
from miaohui.checks.trouble import Trouble
from miaohui.promise.bundle import DisclosedBody, read_bundle
from miaohui.promise.container import pack
from miaohui.promise.errors import JournalError
from miaohui.promise.strictjson import canonical

FORMAT: Final = "checkevidence/1"
MANIFEST: Final = "manifest.json"
PLAN: Final = "plan.toml"
RUN: Final = "run.jsonl"
REPORT: Final = "report.json"
MAX_BYTES: Final = 1024 * 1024 * 1024
MAX_MEMBERS: Final = 20_000
_NAME: Final = re.compile(
    r"manifest\.json|plan\.toml|run\.jsonl|report\.json"
    r"|sessions/[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.zip|disclosed/[A-Za-z0-9][A-Za-z0-9_-]{0,99}\.jsonl"
    r"|coding/(?:adjudicated|rater[0-9]{1,5})\.jsonl"
)
_CHOSEN: Final = re.compile(r"([A-Za-z0-9][A-Za-z0-9_-]{0,99}):([1-9][0-9]{0,8})")


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The bundle's contents. ``head``: the hash of the run's last line; ``signature`` is over the
    canonical bytes of all the rest."""

    format: str
    run: str
    plan_sha256: str
    head: str
    tester_key: str
    members: dict[str, str]
    signature: str

    def signed_bytes(self) -> bytes:
        fields = msgspec.to_builtins(self)
        del fields["signature"]
        return canonical(fields)

    def as_bytes(self) -> bytes:
        return canonical(msgspec.to_builtins(self)) + b"\n"


def chosen(texts: Sequence[str]) -> dict[str, set[int]]:
    """``SLOT:SEQ`` each; Trouble for another form."""
    found: dict[str, set[int]] = {}
    for text in texts:
        match = _CHOSEN.fullmatch(text)
        if match is None:
            raise Trouble(
                f"--text 要写成 场次:序号，不是 {text[:60]!r}",
                f"--text takes SLOT:SEQ, not {text[:60]!r}",
            )
        found.setdefault(match[1], set()).add(int(match[2]))
    return found


def write_evidence(path: Path, out: Path, texts: Sequence[str] = ()) -> int:
    """Packs a run's folder; returns how many sessions are in it. Trouble where it cannot."""
    folder = RunFolder(path)
    written = read_file(folder.run)
    if not written.events:
        raise Trouble(f"{path} 里没有检验", f"there is no run in {path}")
    plan = _read(folder.plan)
    standing = RunState(0, written.events)
    begun = standing.begun
    assert begun is not None  # the first line of a journal that could be read
    if standing.countersigned is None or _unlisted(written.events):
        raise Trouble(
            "中继还没有列出按这份计划买下的订单，证据缺了这一份；检验跑完或停下时会列出",
            "the relay has not yet listed the orders bought under this plan, without which there is"
            " no evidence; it does so when the run is over, or was stopped",
        )
    # A run that goes on may be in the middle of a line: what is torn is not yet said.
    members = {PLAN: plan, RUN: _read(folder.run)[: written.whole]}
    kept = [course for course in standing.courses.values() if _has_bundle(course)]
    for course in kept:
        slot = course.slot.slot
        members[f"sessions/{slot}.zip"] = _read(folder.bundle(slot))
    members |= _ratings(folder)
    members[REPORT] = recount.encoded(results_of(members))
    for slot, seqs in sorted(chosen(texts).items()):
        members[f"disclosed/{slot}.jsonl"] = _disclosed(folder, standing, slot, seqs)
    key = tester_key(folder)
    if key.public != begun.tester_key:
        raise Trouble(
            f"{folder.key} 不是这次检验的密钥，没有它就签不了证据",
            f"{folder.key} is not this run's key, and without it the evidence cannot be signed",
        )
    unsigned = Manifest(
        format=FORMAT,
        run=begun.run,
        plan_sha256=hashlib.sha256(plan).hexdigest(),
        head=written.head,
        tester_key=key.public,
        members={name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
        signature="",
    )
    signature = key.sign(unsigned.signed_bytes())
    manifest = msgspec.structs.replace(unsigned, signature=signature)
    write_new(out, pack({MANIFEST: manifest.as_bytes(), **members}))
    return len(kept)


def _unlisted(events: Sequence[AnyEvent]) -> bool:
    """True where something was bought after the relay's newest list, or there is none."""
    newest = max((n for n, e in enumerate(events) if isinstance(e, OrdersListed)), default=-1)
    return newest < max((n for n, e in enumerate(events) if isinstance(e, Buying)), default=0)


def _ratings(folder: RunFolder) -> dict[str, bytes]:
    """Each rater's file, in the order of their names, which are nobody's business."""
    files = sorted((folder.path / CODING).glob("*.jsonl"), key=lambda file: file.stem)
    settled = [file for file in files if file.stem == ADJUDICATED]
    raters = [file for file in files if file.stem != ADJUDICATED]
    found = {f"{CODING}/{ADJUDICATED}.jsonl": _read(file) for file in settled}
    width = len(str(len(raters)))
    return found | {
        f"{CODING}/rater{number:0{width}d}.jsonl": _read(file)
        for number, file in enumerate(raters, 1)
    }


def results_of(members: Mapping[str, bytes]) -> Results:
    """The results that plan, journal, sessions and ratings give, worked out anew; raises `FolderUnreadable`."""
    with tempfile.TemporaryDirectory(prefix="miaohui-") as place:
        for name, data in members.items():
            if name in (PLAN, RUN) or name.startswith(("sessions/", f"{CODING}/")):
                path = Path(place) / name
                path.parent.mkdir(exist_ok=True)
                path.write_bytes(data)
        return analyse(Path(place))


def _has_bundle(course: Course) -> bool:
    return course.ended is not None and course.ended.bundle


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise Trouble(
            f"读不了 {path}：{error.strerror}", f"{path} cannot be read: {error.strerror}"
        ) from None


def _disclosed(folder: RunFolder, standing: RunState, slot: str, seqs: set[int]) -> bytes:
    course = standing.courses.get(slot)
    if course is None or not _has_bundle(course):
        raise Trouble(f"没有 {slot} 这一场的记录", f"there is no session {slot} in this run")
    try:
        bodies = {body.seq: body for body in read_bundle(_read(folder.private_bundle(slot))).bodies}
    except JournalError as error:
        raise Trouble(
            f"{slot} 的原文读不了：{error.reason}",
            f"the text of {slot} cannot be read: {error.reason}",
        ) from None
    missing = sorted(seqs - bodies.keys())
    if missing:
        raise Trouble(
            f"{slot} 没有第 {missing[0]} 条文字", f"{slot} has no text at entry {missing[0]}"
        )
    rows: list[DisclosedBody] = [bodies[seq] for seq in sorted(seqs)]
    return msgspec.json.Encoder(order="sorted").encode_lines(rows)


class Unsound(Exception):
    """The evidence does not hold; ``where``: the member or slot."""

    def __init__(self, reason: str, where: str = "") -> None:
        super().__init__(reason)
        self.reason = reason
        self.where = where


def members_of(data: bytes) -> Mapping[str, bytes]:
    """The members of a plan's bundle, held to their form; Unsound where they have another."""
    if len(data) > MAX_BYTES:
        raise Unsound(f"the bundle is larger than {MAX_BYTES} bytes")
    members: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            listed = archive.infolist()
            if len(listed) > MAX_MEMBERS:
                raise Unsound("the bundle holds more files than a bundle has")
            for info in listed:
                if not _NAME.fullmatch(info.filename) or info.filename in members:
                    raise Unsound("the bundle holds a foreign file", info.filename[:100])
                # Stored as they are: a member can be no larger than the file that it lies in.
                if info.compress_type != zipfile.ZIP_STORED or info.file_size > len(data):
                    raise Unsound("it is packed in a way that a bundle never is", info.filename)
                members[info.filename] = archive.read(info)
    except (
        zipfile.BadZipFile,
        zlib.error,
        NotImplementedError,
        RuntimeError,
        ValueError,
        OSError,
        EOFError,
    ) as error:
        raise Unsound(f"the bundle is no readable zip ({str(error)[:100]})") from None
    if pack(members) != data:
        raise Unsound("the bundle was changed, or packed anew by another program")
    return members
