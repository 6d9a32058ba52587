"""The bundle of a whole check: sound as it was packed, refused after any touch."""

import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from tests.checks import samples

from miaohui.checks.analysis.coding import open_coding
from miaohui.checks.commands.evidence import main as evidence
from miaohui.checks.evidence.bundle import MANIFEST, Manifest, Unsound, members_of, write_evidence
from miaohui.checks.evidence.examine import examine
from miaohui.checks.record import signing
from miaohui.checks.record.events import (
    AnyEvent,
    Bought,
    Buying,
    Countersigned,
    Finished,
    OrdersListed,
    Probed,
    RunBegun,
    SlotEnded,
    SlotOpened,
)
from miaohui.checks.record.folder import RunFolder
from miaohui.checks.record.journal import NO_PREV, digest, encode, read_file
from miaohui.checks.trouble import Trouble
from miaohui.cli_promise import main as promise
from miaohui.promise.container import pack
from miaohui.promise.heads import public_bytes
from miaohui.promise.planword import signed

Members = dict[str, bytes]


def rewritten(folder: Path, change: Callable[[AnyEvent], AnyEvent | None]) -> None:
    """The journal with each event changed (None: left out), chained anew as if it were true."""
    prev, lines = NO_PREV, []
    changed = [new for event in read_file(folder / "run.jsonl").events if (new := change(event))]
    for number, event in enumerate(changed, 1):
        line = encode(number, prev, event)
        prev = digest(line)
        lines.append(line + b"\n")
    (folder / "run.jsonl").write_bytes(b"".join(lines))


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("run")
    samples.make(folder, shops=samples.SHOPS[:2], sessions=2)
    (folder / "accounts").mkdir()
    key = signing.tester_key(RunFolder(folder)).public
    rewritten(
        folder,
        lambda e: msgspec.structs.replace(e, tester_key=key) if isinstance(e, RunBegun) else e,
    )
    return folder


@pytest.fixture
def folder(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "run"))


def packed(folder: Path, *texts: str) -> bytes:
    out = folder.parent / "evidence.zip"
    write_evidence(folder, out, texts)
    return out.read_bytes()


def rated(folder: Path, rater: str) -> None:
    """Every reply, as hollow."""
    coder = open_coding(folder, rater)
    while coder.current is not None:
        coder.rate("hollow", 0)


def resigned(folder: Path, members: Members) -> bytes:
    """As if the key's owner had packed these: every hash and the signature fit again."""
    key = signing.tester_key(RunFolder(folder))
    manifest = msgspec.json.decode(members[MANIFEST], type=Manifest)
    others = {name: data for name, data in members.items() if name != MANIFEST}
    manifest = msgspec.structs.replace(
        manifest,
        members={name: hashlib.sha256(data).hexdigest() for name, data in others.items()},
        plan_sha256=hashlib.sha256(others["plan.toml"]).hexdigest(),
        head=digest(others["run.jsonl"].splitlines()[-1]),
        tester_key=key.public,
        signature="",
    )
    signed = msgspec.structs.replace(manifest, signature=key.sign(manifest.signed_bytes()))
    return pack({MANIFEST: signed.as_bytes(), **others})


def test_what_was_packed_is_sound(folder: Path) -> None:
    data = packed(folder)
    found = examine(data, public_bytes(samples.KEY))
    assert (found.sound, found.reason) == (True, "")
    assert (found.sessions, found.slots, found.finished) == (4, 4, True)
    assert found.spent_fen == 4 * 2800 <= found.budget_fen
    assert found.verdict in ("met", "not_met", "not_enough")
    assert found.disclosed == 0
    assert data == packed(folder)


def test_the_figures_packed_are_those_of_the_moment(folder: Path) -> None:
    """Not of a report that was written before the replies were rated, or by somebody else."""
    (folder / "report.json").write_bytes(b"{}")
    for rater in ("anna", "本"):
        rated(folder, rater)
    data = packed(folder)
    assert (examine(data).sound, examine(data).reason) == (True, "")
    members = members_of(data)
    assert {"coding/rater1.jsonl", "coding/rater2.jsonl"} <= members.keys()
    results = json.loads(members["report.json"])["results"]
    assert results["coded"] == results["kappa"]["items"] == results["drawn"] > 0


def test_nothing_that_was_said_is_in_it(folder: Path) -> None:
    rated(folder, "anna")
    data = packed(folder)
    for text in (*samples.ANSWERS, samples.FIRST, samples.GOODBYE, "anna"):
        assert text.encode() not in data


def test_a_bubble_that_was_chosen_is_proved(folder: Path) -> None:
    slot = read_file(folder / "run.jsonl").events[1].slot  # type: ignore[union-attr]
    data = packed(folder, f"{slot}:2")
    assert samples.FIRST.encode() in data
    assert examine(data).disclosed == 1
    members = dict(members_of(data))
    name = f"disclosed/{slot}.jsonl"
    members[name] = members[name].replace(samples.FIRST.encode(), "别的话".encode())
    assert "something else" in examine(resigned(folder, members)).reason
    with pytest.raises(Trouble, match="no text"):
        packed(folder, f"{slot}:1")
    with pytest.raises(Trouble, match="no session"):
        packed(folder, "s99:1")
    with pytest.raises(Trouble, match="SLOT:SEQ"):
        packed(folder, "s1")


def test_any_byte_that_is_touched_is_seen(folder: Path) -> None:
    data = packed(folder)
    step = max(1, len(data) // 150)
    for at in range(0, len(data), step):
        touched = bytearray(data)
        touched[at] ^= 1
        assert not examine(bytes(touched)).sound, at
    for cut in (b"", data[:100], data[:-1], data + b"x"):
        assert not examine(cut).sound


def session_names(members: Members) -> list[str]:
    return sorted(name for name in members if name.startswith("sessions/"))


def without_session(members: Members) -> None:
    del members[session_names(members)[0]]


def swapped(members: Members) -> None:
    one, other = session_names(members)[:2]
    members[one], members[other] = members[other], members[one]


def doubled(members: Members) -> None:
    one, other = session_names(members)[:2]
    members[other] = members[one]


def other_plan(members: Members) -> None:
    members["plan.toml"] = members["plan.toml"].replace(b"threshold = 0.9", b"threshold = 0.91")


def line_out(members: Members) -> None:
    lines = members["run.jsonl"].splitlines(keepends=True)
    members["run.jsonl"] = b"".join([*lines[:3], *lines[4:]])


def line_changed(members: Members) -> None:
    members["run.jsonl"] = members["run.jsonl"].replace(b'"refund_fen":', b'"refund_fen":1', 1)


def torn(members: Members) -> None:
    members["run.jsonl"] = members["run.jsonl"][:-5]


def report_changed(members: Members) -> None:
    told = json.loads(members["report.json"])
    told["results"]["targets"][0]["rate"]["k"] += 1
    members["report.json"] = json.dumps(told).encode()


def report_unreadable(members: Members) -> None:
    members["report.json"] = b"{}"


def report_out(members: Members) -> None:
    del members["report.json"]


def rating_changed(members: Members) -> None:
    members["coding/rater1.jsonl"] = members["coding/rater1.jsonl"].replace(b"hollow", b"bait")


def foreign(members: Members) -> None:
    members["sessions/zzz.zip"] = members[session_names(members)[0]]


@pytest.mark.parametrize(
    "tamper",
    [
        without_session,
        swapped,
        doubled,
        other_plan,
        line_out,
        line_changed,
        torn,
        foreign,
        report_changed,
        report_unreadable,
        report_out,
        rating_changed,
    ],
)
@pytest.mark.parametrize("signed", [False, True])
def test_members_that_do_not_belong_together(
    folder: Path, tamper: Callable[[Members], None], *, signed: bool
) -> None:
    """Also where whoever did it has the tester's own key."""
    rated(folder, "anna")
    members = dict(members_of(packed(folder)))
    tamper(members)
    data = resigned(folder, members) if signed else pack(members)
    found = examine(data)
    assert not found.sound
    assert found.reason


def unplanned(event: AnyEvent) -> AnyEvent | None:
    return msgspec.structs.replace(event, session="x") if isinstance(event, SlotOpened) else event


def dearer(event: AnyEvent) -> AnyEvent | None:
    return msgspec.structs.replace(event, price_fen=1) if isinstance(event, Bought) else event


def kinder(event: AnyEvent) -> AnyEvent | None:
    return (
        msgspec.structs.replace(event, refund_fen=99_999) if isinstance(event, SlotEnded) else event
    )


def unasked(event: AnyEvent) -> AnyEvent | None:
    return None if isinstance(event, Probed) and event.step == 0 else event


def unbought(event: AnyEvent) -> AnyEvent | None:
    return None if isinstance(event, Bought) else event


def other_relay(event: AnyEvent) -> AnyEvent | None:
    return (
        msgspec.structs.replace(event, relay_key="0" * 64) if isinstance(event, RunBegun) else event
    )


def poorer(event: AnyEvent) -> AnyEvent | None:
    return (
        msgspec.structs.replace(event, budget_fen=3_000) if isinstance(event, RunBegun) else event
    )


@pytest.mark.parametrize(
    "change", [unplanned, dearer, kinder, unasked, unbought, other_relay, poorer]
)
def test_a_journal_rewritten_with_all_its_hashes(
    folder: Path, change: Callable[[AnyEvent], AnyEvent | None]
) -> None:
    rewritten(folder, change)
    found = examine(packed(folder))
    assert not found.sound
    assert found.reason


# --- the tester is bound ---------------------------------------------------------------------------


def slots_of(folder: Path) -> list[str]:
    events = read_file(folder / "run.jsonl").events
    return [event.slot for event in events if isinstance(event, Bought)]


def test_the_threshold_lowered_after_the_data_is_refused(folder: Path) -> None:
    """Everything that the tester can sign is signed anew."""
    plan = folder / "plan.toml"
    plan.write_bytes(plan.read_bytes().replace(b"threshold = 0.9", b"threshold = 0.89"))
    lowered = hashlib.sha256(plan.read_bytes()).hexdigest()
    rewritten(
        folder,
        lambda e: msgspec.structs.replace(e, plan_sha256=lowered) if isinstance(e, RunBegun) else e,
    )
    found = examine(packed(folder))
    assert (found.sound, found.where) == (False, "plan.toml")
    assert "another plan before the first purchase" in found.reason


def test_a_countersignature_written_by_the_tester_is_refused(folder: Path) -> None:
    key = signing.tester_key(RunFolder(folder)).private

    def forged(event: AnyEvent) -> AnyEvent | None:
        if isinstance(event, Countersigned):
            word = msgspec.structs.replace(event.statement, utc="2026-08-01T00:00:00.000Z")
            return msgspec.structs.replace(event, statement=signed(key, word))
        return event

    rewritten(folder, forged)
    assert "not the relay's" in examine(packed(folder)).reason


def test_a_list_without_some_orders_is_refused(folder: Path) -> None:
    key = signing.tester_key(RunFolder(folder)).private

    def shorter(event: AnyEvent) -> AnyEvent | None:
        if isinstance(event, OrdersListed):
            word = msgspec.structs.replace(event.statement, orders=event.statement.orders[1:])
            return msgspec.structs.replace(event, statement=signed(key, word))
        return event

    rewritten(folder, shorter)
    assert "list of the orders is not the relay's" in examine(packed(folder)).reason


@pytest.mark.parametrize("dropped", [1, 2])
def test_sessions_rewritten_as_skipped_are_refused(folder: Path, dropped: int) -> None:
    """With sums, bundles and hashes that fit: only the relay's list knows them."""
    gone = slots_of(folder)[:dropped]
    refunds: list[int] = []

    def hidden(event: AnyEvent) -> AnyEvent | None:
        slot = getattr(event, "slot", "")
        if isinstance(event, SlotEnded) and slot in gone:
            refunds.append(event.refund_fen)
        if isinstance(event, Buying) and slot in gone:
            return samples.skipped(slot, "nobody_on_duty")
        if slot in gone and not isinstance(event, samples.Slot):
            return None
        if isinstance(event, Finished):
            left = event.spent_fen - 2800 * dropped
            back = event.refunded_fen - sum(refunds)
            return msgspec.structs.replace(event, spent_fen=left, refunded_fen=back, verdict="")
        return event

    rewritten(folder, hidden)
    for slot in gone:
        (folder / "sessions" / f"{slot}.zip").unlink()
    found = examine(packed(folder))
    assert not found.sound
    assert f"{dropped} of the 4 orders bought under this plan are left out" in found.reason


def test_a_bundle_that_is_left_out_is_refused(folder: Path) -> None:
    gone = slots_of(folder)[1]
    rewritten(
        folder,
        lambda e: (
            msgspec.structs.replace(e, bundle=False)
            if isinstance(e, SlotEnded) and e.slot == gone
            else e
        ),
    )
    (folder / "sessions" / f"{gone}.zip").unlink()
    found = examine(packed(folder))
    assert (found.where, found.reason) == (gone, "the session was held, and its bundle is left out")


def test_a_session_never_bought_under_the_plan_is_refused(folder: Path) -> None:
    """A true bundle of the same relay's, from an order of another day."""
    strange = slots_of(folder)[2]

    def relisted(event: AnyEvent) -> AnyEvent | None:
        if isinstance(event, OrdersListed):
            orders = [each for each in event.statement.orders if each.order != f"o-{strange}"]
            word = msgspec.structs.replace(event.statement, orders=orders)
            return msgspec.structs.replace(event, statement=signed(samples.KEY, word))
        return event

    rewritten(folder, relisted)
    found = examine(packed(folder))
    assert (found.where, found.reason) == (strange, "it was never bought under this plan")


def test_a_session_older_than_the_countersignature_is_refused(folder: Path) -> None:
    def later(event: AnyEvent) -> AnyEvent | None:
        if isinstance(event, Countersigned):
            word = msgspec.structs.replace(event.statement, utc="2026-08-18T23:59:00.000Z")
            return msgspec.structs.replace(event, statement=signed(samples.KEY, word))
        return event

    rewritten(folder, later)
    assert "before the relay countersigned" in examine(packed(folder)).reason


def test_without_the_relays_word_there_is_no_evidence(folder: Path) -> None:
    whole = packed(folder)
    rewritten(folder, lambda e: None if isinstance(e, OrdersListed) else e)
    with pytest.raises(Trouble, match="not yet listed"):
        packed(folder)
    members = dict(members_of(whole))
    members["run.jsonl"] = (folder / "run.jsonl").read_bytes()
    assert "never listed" in examine(resigned(folder, members)).reason


def test_another_key_cannot_sign_it(folder: Path) -> None:
    members = dict(members_of(packed(folder)))
    (folder / "accounts" / "tester.key").unlink()
    assert "another key" in examine(resigned(folder, members)).reason
    with pytest.raises(Trouble, match="not this run's key"):
        packed(folder)


def test_a_strange_zip_is_refused() -> None:
    with pytest.raises(Unsound, match="foreign"):
        members_of(pack({"../x": b""}))
    with pytest.raises(Unsound, match="zip"):
        members_of(b"PK")


def test_through_the_command_line(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, key = tmp_path / "e.zip", tmp_path / "key"
    key.write_bytes(public_bytes(samples.KEY))
    assert evidence([str(folder), "--out", str(out), "--lang", "en"]) == 0
    assert "4 sessions" in capsys.readouterr().out
    assert promise(["verify", str(out), "--relay-key", str(key), "--lang", "en"]) == 0
    assert capsys.readouterr().out.startswith("sound: run ")
    assert promise(["verify", str(out), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["sound"] is True
    out.write_bytes(out.read_bytes()[:-3])
    assert promise(["verify", str(out), "--lang", "zh_CN"]) == 1
    assert capsys.readouterr().err.startswith("miaohui: 不成立：")
    key.write_bytes(b"\1" * 32)
    assert evidence([str(folder), "--out", str(out)]) == 0
    capsys.readouterr()
    assert promise(["verify", str(out), "--relay-key", str(key), "--lang", "en"]) == 1
    assert "another key" in capsys.readouterr().err
    assert evidence([str(tmp_path / "none"), "--lang", "en"]) == 2
    assert capsys.readouterr().err == f"miaohui: there is no run in {tmp_path / 'none'}\n"
