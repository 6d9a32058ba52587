"""Health and metrics, over HTTP and read by somebody else's parser."""

import asyncio
import json
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families
from tests.relay.conftest import Script, World

from miaohui.relay.host import ops
from miaohui.relay.host.ops import OpsListener
from miaohui.relay.host.server import Options, Relay
from miaohui.relay.net.admission import LinkRefusal
from miaohui.wire.reports import ReportCategory


def got(url: str) -> tuple[int, str, bytes]:
    """Status, kind, body."""
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.headers["Content-Type"], answer.read()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers["Content-Type"], error.read()


def asked(folder: Path, script: Callable[[Relay, str], Awaitable[None]]) -> None:
    async def whole() -> None:
        relay = await Relay.start(Options(data=folder / "relay", ops=("127.0.0.1", 0)))
        try:
            assert relay.ops_url is not None
            await script(relay, relay.ops_url)
        finally:
            await relay.stop()

    asyncio.run(whole())


def families(body: bytes) -> dict[str, Metric]:
    return {each.name: each for each in text_string_to_metric_families(body.decode())}


def test_live_ready_and_what_there_is_not(tmp_path: Path) -> None:
    async def script(relay: Relay, url: str) -> None:
        assert (await asyncio.to_thread(got, f"{url}/health/live"))[0] == 200
        status, kind, body = await asyncio.to_thread(got, f"{url}/health/ready")
        found = json.loads(body)
        assert kind == "application/json"
        assert found.keys() == {"loop", "disk", "links", "certificate", "stopping", "store"}
        assert (status == 200) is (set(found.values()) == {"ok"})
        assert (found["store"], found["links"], found["stopping"]) == ("ok", "ok", "ok")
        relay.gateway.stop()
        status, _, body = await asyncio.to_thread(got, f"{url}/health/ready")
        assert (status, json.loads(body)["stopping"]) == (503, "yes")
        assert (await asyncio.to_thread(got, f"{url}/relay.key"))[0] == 404

    asked(tmp_path, script)


def test_a_scarce_disk_and_a_full_house_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops, "DISK_BYTES", 1 << 62)

    async def script(relay: Relay, url: str) -> None:
        relay.ledger.open = relay.ledger.most_open
        status, _, body = await asyncio.to_thread(got, f"{url}/health/ready")
        found = json.loads(body)
        assert (status, found["disk"], found["links"]) == (503, "scarce", "full")

    asked(tmp_path, script)


def test_a_loop_that_stands_still_is_told_of_from_outside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ops, "STILL_S", 0.0)

    async def script(relay: Relay, url: str) -> None:
        # In this thread: the loop cannot turn before the answer is here.
        status, _, body = got(f"{url}/health/live")
        assert (status, body) == (503, b"the loop stands still\n")
        assert json.loads(got(f"{url}/health/ready")[2])["store"] == "failing"
        assert b"# EOF" in got(f"{url}/metrics")[2]

    asked(tmp_path, script)


def test_the_metrics_are_openmetrics(tmp_path: Path) -> None:
    async def script(relay: Relay, url: str) -> None:
        relay.ledger.refused[LinkRefusal.FRAMES] += 3
        relay.measures.loop_lag.observe(0.03)
        status, kind, body = await asyncio.to_thread(got, f"{url}/metrics")
        assert (status, kind) == (
            200,
            "application/openmetrics-text; version=1.0.0; charset=utf-8",
        )
        found = families(body)
        assert all(name.startswith("miaohui_") for name in found)
        refusals = {each.labels["reason"]: each.value for each in found["miaohui_refusals"].samples}
        assert refusals["frames"] == 3
        assert refusals.keys() == {each.value for each in LinkRefusal}
        assert {each.labels["stage"] for each in found["miaohui_links"].samples} == {
            "half_open",
            "guest",
            "member",
        }
        for name in ("acknowledgement", "breach_lateness", "commit", "loop_lag"):
            assert found[f"miaohui_{name}_seconds"].type == "histogram"
        for name in ("waiting", "overdue"):
            counted = {
                each.labels["category"]: each.value
                for each in found[f"miaohui_reports_{name}"].samples
            }
            assert counted == {each.value: 0 for each in ReportCategory}
        assert found["miaohui_disk_free_bytes"].samples[0].value > 0
        assert found["miaohui_database_bytes"].samples[0].value > 0

    asked(tmp_path, script)


def test_a_session_shows_in_them(play: Callable[[Script], None]) -> None:
    async def script(world: World) -> None:
        customer, responder, session = await world.pair()
        assert (await customer.send(session, "问"))["type"] == "accepted"
        assert (await responder.send(session, "答", seen_seq=1))["type"] == "accepted"
        relay = world.relay
        assert relay.measures.acknowledgements.count == 2
        assert relay.store.commits.count > 0
        listener = OpsListener(relay)
        found = families(await asyncio.to_thread(listener.metrics))
        assert found["miaohui_sessions"].samples[0].value == 1
        assert found["miaohui_people"].samples[0].value == 2
        assert {each.labels["state"] for each in found["miaohui_orders"].samples} == {"open"}

    play(script)
