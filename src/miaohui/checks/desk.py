"""A check at a terminal: how signals, lines on standard input and progress meet a run."""

import asyncio
import json
import os
import sys
import threading
from collections.abc import Callable
from typing import Final, Protocol

from miaohui.checks.language import Say
from miaohui.checks.record.events import SlotState
from miaohui.checks.report.words import note_words, reason_name, state_name
from miaohui.checks.run.runner import Runner
from miaohui.checks.run.telling import Telling
from miaohui.promise import words
from miaohui.runtime import lifeline
from miaohui.runtime.clock import rfc3339

HALTS: Final = {
    "paused": ("已暂停：不再买新的会话", "paused: no new session is bought"),
    "resumed": ("继续", "going on"),
    "stopped": ("已停止；用 --resume 可以继续", "stopped; --resume goes on with it"),
    "crashed": ("上次没有正常结束", "the last time it did not end by itself"),
}
STATES: Final = frozenset(SlotState) - {SlotState.PLANNED}


def yuan(fen: object) -> str:
    """A sum out of a line of progress."""
    return words.yuan(fen if isinstance(fen, int) else 0)


class TerminalLine:
    """Progress as lines that a person reads."""

    def __init__(self, say: Say) -> None:
        self._say = say
        self._states: dict[str, str] = {}

    def __call__(self, told: Telling) -> None:
        text = self._text(told)
        if text:
            print(text, flush=True)

    def _text(self, told: Telling) -> str:
        say, event = self._say, str(told["event"])
        if event in HALTS:
            return say(*HALTS[event])
        if event == "waiting":
            self._states.clear()
            until = told["until_utc_ms"]
            when = rfc3339(until)[:16] if isinstance(until, int) else ""
            return say(f"下一次：{when}Z", f"next: {when}Z")
        if event == "deviation":
            words = (str(told[key]) for key in ("code", "detail", "slot"))
            return say("偏离：", "deviation: ") + note_words(say, *words)
        state, slot = str(told["state"]), str(told["slot"])
        if event != "progress" or state not in STATES or self._states.get(slot) == state:
            return ""
        self._states[slot] = state
        reason = str(told.get("reason", ""))
        why = f" ({reason_name(say, reason)})" if reason and state != SlotState.DONE else ""
        ends = told["ends_at_utc_ms"]
        left = (
            "" if not isinstance(ends, int) else f" · {say('至', 'until')} {rfc3339(ends)[11:19]}Z"
        )
        return (
            f"[{told['done']}/{told['planned']}] {slot} {state_name(say, state)}{why}"
            f" · {yuan(told['spent_fen'])} / {yuan(told['budget_fen'])}{left}"
        )


def json_line(told: Telling) -> None:
    """Progress as lines that a program reads."""
    print(json.dumps(told, ensure_ascii=False), flush=True)


class Stoppable(Protocol):
    """A run as signals see it: something that can be stopped."""

    def stop(self) -> None: ...


def obey_signals(runner: Stoppable) -> None:
    """SIGINT and SIGTERM stop the run, with what is owed coming back; again: at once."""
    asked: list[int] = []
    task = asyncio.current_task()

    def stop() -> None:
        asked.append(1)
        if len(asked) == 1:
            runner.stop()
        elif task is not None:
            task.cancel()

    lifeline.on_signals(stop)


def obey_lines(runner: Runner) -> None:
    """ "pause", "resume" and "stop" on standard input, a line each. Its end means nothing: who
    watched the run may be gone, and what is paid for goes on."""
    loop = asyncio.get_running_loop()
    known: dict[bytes, Callable[[], None]] = {
        b"pause": runner.pause,
        b"resume": runner.resume,
        b"stop": runner.stop,
    }

    def listen() -> None:
        rest = b""
        try:
            # Not through sys.stdin's buffer: its lock, held here, would be fatal at shutdown.
            while sys.stdin is not None and (data := os.read(sys.stdin.fileno(), 4096)):
                *lines, rest = (rest + data).split(b"\n")
                for line in lines:
                    if (wanted := known.get(line.strip())) is not None:
                        loop.call_soon_threadsafe(wanted)
        except (OSError, ValueError, RuntimeError):
            return  # closed under us, or the loop ended first

    threading.Thread(target=listen, name="orders", daemon=True).start()
