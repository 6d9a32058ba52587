"""The obstacles of a run, weightiest first: one sentence above its results says it."""

from __future__ import annotations

from miaohui.checks.results import Results

__all__ = ["trouble_of"]

# Why slots were left out, or how a session ended that could not be seen to its end.
REASONS = ("banned", "budget", "relay_gone")
RELAY = ("relay_gone", "relay_back")


def trouble_of(results: Results, *, live: bool) -> str:
    """The code of a sentence; empty where nothing is in the way. ``live``: the run goes on now."""
    seen = {one.skipped for one in results.sessions}
    seen |= {one.end_reason for one in results.sessions}
    relay = [code for code, _detail, _slot in results.deviations if code in RELAY]
    if relay[-1:] == ["relay_gone"] and results.ended_utc_ms is None:
        if live:
            return "relay_away"
        seen.add("relay_gone")
    return next((one for one in REASONS if one in seen), "")
