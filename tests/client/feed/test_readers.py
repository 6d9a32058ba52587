"""One record, the same figures in every reader: panel, receipt page, `figures` and `verify`."""

import re
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from tests.promise.journals import OPENED, chained, journals, typed

from miaohui import cli_promise
from miaohui.client.feed.conversation import SessionFeed
from miaohui.client.feed.panel import Panel
from miaohui.client.settings import Settings
from miaohui.client.snapshots import PanelView
from miaohui.desktop.look import amounts
from miaohui.desktop.models import measures
from miaohui.promise import words
from miaohui.promise.bundle import write_bundle
from miaohui.promise.heads import key_id_of, public_bytes, sign
from miaohui.wire.journal import Entry, encode_line, entry_hash
from miaohui.wire.sessions import EntryItem, Placed

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


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
        "late": words.share(panel.late_ms, panel.elapsed_ms),
        "refund": "" if panel.refund_fen is None else words.yuan(panel.refund_fen),
    }


def printed(out: str) -> dict[str, str]:
    """The same figures out of what the command line printed."""
    kept = re.search(r"^kept (.+) · messages kept", out, re.M)
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
        "late": late[1],
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
