"""The operations listener: health and metrics over HTTP, on loopback only.

It answers from threads of its own, so that a loop which stands still is told of, not waited for.
"""

import asyncio
import concurrent.futures
import json
import os
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from platform import python_version
from typing import Any, Final, Protocol

from miaohui import __version__
from miaohui.relay.measures import Measures
from miaohui.relay.net.admission import AdmissionLedger, LinkRefusal, LinkStage
from miaohui.relay.net.gateway import Gateway
from miaohui.relay.net.tls import ServerTls
from miaohui.relay.session.registry import SessionRegistry
from miaohui.relay.storage.store import Store
from miaohui.runtime.clock import Clock, stamp_ns
from miaohui.runtime.metrics import CONTENT_TYPE, Family, exposition, gauge
from miaohui.runtime.tasks import Tasks
from miaohui.wire.reports import ReportCategory

BEAT_S: Final = 0.1
STILL_S: Final = 2.0  # a loop that did not turn for so long is not alive
ANSWER_S: Final = 2.0  # what is asked of the loop and the disk must come by then
REQUEST_S: Final = 5.0
LAG_S: Final = 0.2
DISK_BYTES: Final = 1 << 30
DISK_SHARE: Final = 0.05
CERTIFICATE_S: Final = 24 * 3600


class Served(Protocol):
    """A running relay, as its host looks at it."""

    clock: Clock
    tasks: Tasks
    store: Store
    gateway: Gateway
    ledger: AdmissionLedger
    sessions: SessionRegistry
    measures: Measures
    database: Path

    @property
    def data(self) -> Path: ...

    @property
    def tls(self) -> ServerTls | None: ...


class OpsListener:
    """Health and metrics of one relay. ``start`` on the loop; answers from threads."""

    def __init__(self, relay: Served) -> None:
        self._relay = relay
        self._loop = asyncio.get_running_loop()
        self._beat_ns = stamp_ns()
        self._recent_lag = 0.0
        self._server: ThreadingHTTPServer | None = None
        self.port = 0

    def start(self, host: str, port: int) -> None:
        """OSError where it cannot listen there."""
        handler = type("_Bound", (_Handler,), {"ops": self})
        self._server = _Server((host, port), handler)
        self.port = int(self._server.server_address[1])
        threading.Thread(target=self._server.serve_forever, name="ops", daemon=True).start()
        self._relay.tasks.start(self._keep_beating(), "ops")

    def close(self) -> None:
        if self._server is not None:
            # Off the loop, since requests under way may wait for it.
            threading.Thread(target=_shut, args=(self._server,), name="ops ends").start()
            self._server = None

    async def _keep_beating(self) -> None:
        while True:
            self._beat_ns = stamp_ns()
            await asyncio.sleep(BEAT_S)
            late = max(0.0, (stamp_ns() - self._beat_ns) / 1e9 - BEAT_S)
            self._relay.measures.loop_lag.observe(late)
            # The worst of late, forgotten within some seconds.
            self._recent_lag = max(late, self._recent_lag * 0.97)

    # -- answers, from a thread ------------------------------------------------------------------

    def alive(self) -> bool:
        return (stamp_ns() - self._beat_ns) / 1e9 < STILL_S

    def ready(self) -> dict[str, str]:
        """What speaks against people being sent here, by its name; "ok" for what does not."""
        relay = self._relay
        usage = shutil.disk_usage(relay.data)
        scarce = usage.free < DISK_BYTES or usage.free < DISK_SHARE * usage.total
        left = self.certificate_left_s()
        found = {
            "loop": "ok" if self.alive() and self._recent_lag <= LAG_S else "late",
            "disk": "scarce" if scarce else "ok",
            "links": "full" if relay.ledger.is_full() else "ok",
            "certificate": "ok" if left is None or left > CERTIFICATE_S else "expires",
            "stopping": "yes" if relay.gateway.stopping else "ok",
        }
        found["store"] = "ok" if self._asked(lambda: relay.store.write(_nothing_in)) else "failing"
        return found

    def _asked(self, ask: Callable[[], Any]) -> Any:
        """Something of the loop, within its time; None where it does not come."""
        if not self.alive():
            return None

        async def on_loop() -> Any:
            return await ask()

        try:
            return asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result(ANSWER_S)
        except (concurrent.futures.TimeoutError, sqlite3.Error, RuntimeError):
            return None

    def certificate_left_s(self) -> float | None:
        tls = self._relay.tls
        ends = None if tls is None else tls.expires()
        return None if ends is None else (ends - self._relay.clock.utc_ms()) / 1000

    def metrics(self) -> bytes:
        return exposition(self._families())

    def _families(self) -> Iterator[Family]:
        relay, measures = self._relay, self._relay.measures
        yield Family(
            "miaohui_build",
            "info",
            "The version that runs.",
            (({"version": __version__, "python": python_version()}, 1),),
        )
        stages = tuple(
            ({"stage": stage.value}, relay.ledger.count(stage))
            for stage in LinkStage
            if stage is not LinkStage.GONE
        )
        yield Family("miaohui_links", "gauge", "Links by how far they came.", stages)
        yield gauge("miaohui_links_descriptors", "Descriptors held by links.", relay.ledger.open)
        yield gauge("miaohui_people", "Accounts with a link.", relay.gateway.people())
        yield gauge("miaohui_sessions", "Open sessions.", relay.sessions.open_count())
        orders = self._asked(lambda: relay.store.read(_orders_in)) or ()
        states = tuple(({"state": state}, count) for state, count in orders)
        yield Family("miaohui_orders", "gauge", "Orders under way, by state.", states)
        reports = self._asked(lambda: relay.store.read(_reports_in(relay.clock.utc_ms()))) or {}
        for name, help in (
            ("waiting", "Reports that wait for a decision."),
            ("overdue", "Reports past the time by which a decision was owed."),
        ):
            of = reports.get(name, {})
            counted = tuple(({"category": each.value}, of.get(each, 0)) for each in ReportCategory)
            yield Family(f"miaohui_reports_{name}", "gauge", help, counted)
        refused = relay.ledger.refused
        reasons = tuple(({"reason": each.value}, refused[each]) for each in LinkRefusal)
        yield Family("miaohui_refusals", "counter", "Links refused or ended.", reasons)
        for name, help, histogram in (
            (
                "miaohui_acknowledgement_seconds",
                "From a message's receipt to its acknowledgement, on the disk.",
                measures.acknowledgements,
            ),
            (
                "miaohui_breach_lateness_seconds",
                "From the moment of a breach to its telling.",
                measures.breaches,
            ),
            (
                "miaohui_commit_seconds",
                "From the oldest row of a commit to its being on the disk.",
                relay.store.commits,
            ),
            (
                "miaohui_loop_lag_seconds",
                "By how much the loop turned late.",
                measures.loop_lag,
            ),
        ):
            yield Family(name, "histogram", help, histogram=histogram)
        data = relay.data
        yield gauge(
            "miaohui_disk_free_bytes", "Free where the data lies.", shutil.disk_usage(data).free
        )
        yield gauge("miaohui_database_bytes", "The database.", _size(relay.database))
        wal = relay.database.with_name(relay.database.name + "-wal")
        yield gauge("miaohui_wal_bytes", "The database's log.", _size(wal))
        left = self.certificate_left_s()
        if left is not None:
            yield gauge("miaohui_certificate_expiry_seconds", "Until the certificate ends.", left)


def _shut(server: ThreadingHTTPServer) -> None:
    server.shutdown()
    server.server_close()


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _nothing_in(conn: sqlite3.Connection) -> bool:
    return conn.in_transaction


def _orders_in(conn: sqlite3.Connection) -> list[tuple[str, int]]:
    # Those under way, which an index holds; what has ended is counted by nobody every minute.
    return conn.execute(
        "SELECT state, count(*) FROM orders WHERE state IN"
        " ('quoted', 'awaiting_payment', 'paid', 'queued', 'open', 'closing') GROUP BY state"
    ).fetchall()


def _reports_in(
    now: int,
) -> Callable[[sqlite3.Connection], dict[str, dict[str, int]]]:
    """Reports that wait, by category, and those of them that are overdue."""

    def job(conn: sqlite3.Connection) -> dict[str, dict[str, int]]:
        rows = conn.execute(
            "SELECT category, count(*), sum(due_ms < ?) FROM report"
            " WHERE state IN ('received', 'read', 'appealed') GROUP BY category",
            (now,),
        ).fetchall()
        return {
            "waiting": {category: waiting for category, waiting, _ in rows},
            "overdue": {category: overdue for category, _, overdue in rows},
        }

    return job


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = os.name == "posix"  # on Windows it would share the port with anybody


class _Handler(BaseHTTPRequestHandler):
    """GET and HEAD of four paths."""

    ops: OpsListener
    timeout = REQUEST_S
    server_version = "miaohui"
    sys_version = ""

    def do_GET(self) -> None:
        match self.path:
            case "/health/live":
                alive = self.ops.alive()
                self._say(200 if alive else 503, b"ok\n" if alive else b"the loop stands still\n")
            case "/health/ready":
                found = self.ops.ready()
                good = set(found.values()) == {"ok"}
                self._say(200 if good else 503, json.dumps(found).encode(), "application/json")
            case "/metrics":
                self._say(200, self.ops.metrics(), CONTENT_TYPE)
            case "/version":
                self._say(200, f"miaohui/{__version__}\n".encode())
            case _:
                self._say(404, b"404 not found\n")

    do_HEAD = do_GET

    def _say(self, status: int, body: bytes, kind: str = "text/plain; charset=utf-8") -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        return  # a scrape a few seconds apart is no news
