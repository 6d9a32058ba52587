"""One record, the same figures in every reader: panel, receipt page, `figures` and `verify`."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from tests.checks import samples
from tests.promise.journals import OPENED, chained, journals, typed

from miaohui import cli_promise
from miaohui.checks.analysis.session import ReadBundle, measure_bundle
from miaohui.checks.analysis.target import result_of
from miaohui.checks.record.course import Course
from miaohui.client.feed.conversation import SessionFeed
from miaohui.client.feed.panel import Panel
from miaohui.client.settings import Settings
from miaohui.client.snapshots import PanelView
from miaohui.desktop.look import amounts
from miaohui.desktop.models import measures
from miaohui.promise import words
from miaohui.promise.bundle import write_bundle
from miaohui.promise.fold import Fold
from miaohui.promise.heads import key_id_of, public_bytes, sign
from miaohui.promise.paidtime import RunningTime
from miaohui.relay.directory.statistics import RawWait, measured_of
from miaohui.relay.host.history import facts_of
from miaohui.relay.session.measurement import measure
from miaohui.wire.catalogue import Measured
from miaohui.wire.journal import Entry, Fault, encode_line, entry_hash
from miaohui.wire.sessions import EntryItem, Placed

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
PLAN = samples.plan_for((samples.SHOPS[0].name,))


def panel_of(entries: list[Entry]) -> PanelView:
    """The live panel after each entry was told by itself; the relay has spoken for the last t."""
    feed = SessionFeed("s-1", "customer")
    for pos, entry in enumerate(entries, 1):
        feed.apply([Placed(pos=pos, item=EntryItem(entry=entry))], entry.t, entry.t)
    feed.journal.prove(entries[-1].t)
    return Panel(feed).view(entries[-1].t, 0, None)


def shown(panel: PanelView) -> dict[str, str]:
    """The texts that panel and receipt page write."""
    measured = panel.measured
    return {
        "kept": words.kept(measures.rate_of(measured)),
        "p50": amounts.seconds(measured.p50_ms, at_least=measured.p50_at_least),
        "p95": amounts.seconds(measured.p95_ms, at_least=measured.p95_at_least),
        "worst": amounts.seconds(measured.worst_ms, at_least=measured.worst_at_least),
        "asks": words.kept(measures.asks_rate_of(measured)),
        "late_measured": measures.late_figure(measured),
        "late": words.share(panel.late_ms, panel.elapsed_ms),
        "refund": "" if panel.refund_fen is None else words.yuan(panel.refund_fen),
    }


def printed(out: str) -> dict[str, str]:
    """The same figures out of what the command line printed."""
    kept = re.search(r"^kept (.+) · messages kept (.+)$", out, re.M)
    waits = re.search(r"^p50 (.+) · p95 (.+) · worst (.+)$", out, re.M)
    late = re.search(r" late .+ s \((.+)\) · left", out)
    refund = re.search(r"^refund (.+)$", out, re.M)
    assert kept is not None
    assert late is not None
    p50, p95, worst = (words.NOTHING,) * 3 if waits is None else waits.groups()
    return {
        "kept": kept[1],
        "p50": p50,
        "p95": p95,
        "worst": worst,
        "asks": kept[2],
        "late": late[1],
        "late_measured": late[1],
        "refund": "" if refund is None else refund[1],
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=journals())
def test_every_reader_shows_the_same(
    rows: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    entries = typed(rows)
    told = shown(panel_of(entries))
    journal = tmp_path / "journal.jsonl"
    journal.write_bytes(b"".join(map(encode_line, entries)))
    assert cli_promise.main(["figures", str(journal), "--lang", "en"]) == 0
    assert printed(capsys.readouterr().out) == told


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=journals())
def test_verify_shows_the_same(
    rows: list[dict[str, Any]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if rows[-1]["kind"] != "closed":
        return
    own = [{**rows[0], "key_id": key_id_of(public_bytes(KEY))}, *rows[1:]]
    entries = typed(chained(own))
    last = entries[-1]
    receipt = sign(KEY, session="s-1", seq=last.seq, t=last.t, head=entry_hash(last))
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(write_bundle(entries, receipt))
    assert cli_promise.main(["verify", str(bundle), "--data", str(tmp_path), "--lang", "en"]) == 3
    assert printed(capsys.readouterr().out) == shown(panel_of(entries))


def test_a_key_that_the_app_has_met_is_known(tmp_path: Path) -> None:
    opened = {**OPENED, "t": 0, "key_id": key_id_of(public_bytes(KEY))}
    entries = typed(chained([opened, {"kind": "closed", "t": 60_000, "reason": "time"}]))
    receipt = sign(KEY, session="s-1", seq=2, t=60_000, head=entry_hash(entries[-1]))
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(write_bundle(entries, receipt))
    asked = ["verify", str(bundle), "--data", str(tmp_path), "--lang", "en"]
    assert cli_promise.main(asked) == 3
    Settings(tmp_path / "settings.json").set(met_keys=(public_bytes(KEY).hex(),))
    assert cli_promise.main(asked) == 0


def on_the_shop_page(entries: list[Entry]) -> Measured | None:
    """What the relay keeps of the session for its shop; None where it counts for nobody."""
    fold, sound = Fold(), RunningTime()
    for entry in entries:
        fold.apply(entry)
        if isinstance(entry, Fault):
            sound.freeze(entry.from_t, entry.to_t)
    opened = fold.opened
    made = measure(fold, facts_of(opened, fold, "shop", 0), sound)
    if made is None or not made.waits:
        return None
    rows = [
        RawWait(
            wait.hour,
            wait.wait_ms,
            wait.state,
            wait.covered and wait.state != "censored",
            made.customer,
            wait.responder,
            made.shop,
            wait.start_utc_ms,
            wait.asks_kept,
            wait.asks_breached,
        )
        for wait in made.waits
    ]
    return msgspec.structs.replace(
        measured_of(rows, 1), late_ms=made.late_ms, elapsed_ms=made.elapsed_ms
    )


def without_interval(measured: Measured) -> dict[str, str]:
    """A shop's interval is by customers, a session's by turns: all else is the same text."""
    return {
        "kept": measures.kept_figure(measured),
        "asks": measures.asks_figure(measured),
        "p50": amounts.seconds(measured.p50_ms, at_least=measured.p50_at_least),
        "p95": amounts.seconds(measured.p95_ms, at_least=measured.p95_at_least),
        "worst": amounts.seconds(measured.worst_ms, at_least=measured.worst_at_least),
        "late": measures.late_figure(measured),
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=journals())
def test_the_shop_page_shows_the_same(rows: list[dict[str, Any]]) -> None:
    if rows[-1]["kind"] != "closed":
        return
    entries = typed(rows)
    page = on_the_shop_page(entries)
    if page is not None:
        assert without_interval(page) == without_interval(panel_of(entries).measured)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(rows=journals())
def test_the_report_shows_the_same(rows: list[dict[str, Any]]) -> None:
    """A session of a run, as its report adds it up."""
    if rows[-1]["kind"] != "closed":
        return
    own = [{**rows[0], "key_id": key_id_of(public_bytes(KEY))}, *rows[1:]]
    entries = typed(chained(own))
    last = entries[-1]
    receipt = sign(KEY, session="s-1", seq=last.seq, t=last.t, head=entry_hash(last))
    slot = samples.slot_for(0, (0, samples.SHOPS[0]), PLAN, 15)
    course = Course(slot)
    bundle = ReadBundle.of(write_bundle(entries, receipt), public_bytes(KEY).hex(), 1, 1, course)
    told = measure_bundle(bundle).result
    target = result_of(PLAN, slot.target, [told], name="", responder=False, planned=1, over=True)
    panel = panel_of(entries)
    measured = panel.measured
    assert (told.kept, told.breached) == (measured.kept, measured.breached)
    assert (told.asks_kept, told.asks_breached) == (measured.asks_kept, measured.asks_breached)
    assert words.share(target.late_ms, target.elapsed_ms) == measures.late_figure(measured)
    if told.bars:
        assert amounts.seconds(target.worst_ms, at_least=target.worst_at_least) == (
            amounts.seconds(measured.worst_ms, at_least=measured.worst_at_least)
        )
        assert amounts.seconds(target.p50_ms, at_least=target.p50_at_least) == (
            amounts.seconds(measured.p50_ms, at_least=measured.p50_at_least)
        )
