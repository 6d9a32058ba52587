"""The decoder as the app sees it: a warm process beside it, which is ended and begun anew at will."""

import asyncio
import contextlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from miaohui.pictures.child import read, write
from miaohui.pictures.confined import STARVED
from miaohui.pictures.header import PictureRefused, look
from miaohui.pictures.limits import CHOSEN, CODE_CHARS, CODES, PREPARING, SENT, SHOWING, Means
from miaohui.wire.media import MEDIA_TYPES

__all__ = ["DecoderProcess", "PictureDecoder", "Pixels", "PreparedPicture"]

COMMAND = "picture-decoder"
START_S = 30.0
GRACE_S = 0.5  # the process ends itself first, so that its end has one cause
SIDE_SHOWN = 8192
# What a Python of ours needs of its surroundings; whatever else stands there is none of its business.
_KEPT = (
    "PATH",
    "PYTHON",
    "LD_",
    "DYLD_",
    "VIRTUAL_ENV",
    "SYSTEMROOT",
    "WINDIR",
    "TEMP",
    "TMP",
    "_PYI",
)
_NO_WINDOW = 0x08000000


@dataclass(frozen=True, slots=True)
class Pixels:
    """A picture ready to be drawn: rows of premultiplied BGRA without gaps."""

    width: int
    height: int
    data: bytes


@dataclass(frozen=True, slots=True)
class PreparedPicture:
    """A picture's file as it is sent, without metadata and upright."""

    mime: str
    width: int
    height: int
    data: bytes


class DecoderProcess:
    """A subcommand of ours that decodes one thing at a time, in a process made when it is first
    wanted. What takes too long or too much costs that process and nothing else."""

    def __init__(self, command: str, means: Means) -> None:
        self._command, self._means = command, means
        # One thread: it alone touches the process, and what is asked waits its turn in it.
        self._turns = ThreadPoolExecutor(1, thread_name_prefix=command)
        self._process: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._closed = False

    @property
    def pid(self) -> int | None:
        """The process that is there now."""
        return None if self._process is None else self._process.pid

    def close(self) -> None:
        """Ends the process; whatever still waits for it is refused."""
        with self._lock:
            self._closed = True
            process = self._process
        if process is not None:
            process.kill()
        self._turns.shutdown(wait=True, cancel_futures=True)
        if self._process is not None:
            self._end(self._process)

    async def ask(
        self, about: dict[str, object], data: bytes, most: int
    ) -> tuple[dict[str, object], bytes]:
        """What it answers, with at most so many bytes; PictureRefused."""
        if self._closed:
            raise PictureRefused("unreadable")
        loop = asyncio.get_running_loop()
        answer, made = await loop.run_in_executor(self._turns, self._turn, about, data, most)
        match answer:
            case {"refused": str(reason)}:
                raise PictureRefused(reason)
        return answer, made

    # --- in the thread -------------------------------------------------------------------------
    def _turn(
        self, about: dict[str, object], data: bytes, most: int
    ) -> tuple[dict[str, object], bytes]:
        process = self._ready()
        if process is None:
            return {"refused": "unreadable"}, b""
        assert process.stdin is not None
        assert process.stdout is not None
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        try:
            with _watch(STARVED * self._means.seconds + GRACE_S, end):
                write(process.stdin, about, data)  # type: ignore[arg-type]
                found = read(process.stdout, most)  # type: ignore[arg-type]
        except OSError:
            found = None
        if found is not None and not late.is_set():
            return found
        status = self._end(process)
        slow = late.is_set() or status in _TOO_LONG
        return {"refused": "time" if slow else "too_complex"}, b""

    def _ready(self) -> "subprocess.Popen[bytes] | None":
        with self._lock:
            if self._closed:
                return None
            if self._process is None or self._process.poll() is not None:
                if self._process is not None:
                    self._end(self._process)
                self._process = self._spawn()
                fresh = True
            else:
                fresh = False
            process = self._process
        if fresh:
            # Its loading is nobody's picture's time.
            assert process.stdout is not None
            with _watch(START_S, process.kill):
                read(process.stdout, 0)  # type: ignore[arg-type]
        return process

    def _spawn(self) -> "subprocess.Popen[bytes]":
        means = self._means
        return subprocess.Popen(
            [sys.executable, "-m", "miaohui", self._command, str(means.memory), str(means.seconds)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={
                **{name: value for name, value in os.environ.items() if name.startswith(_KEPT)},
                "PYTHONUTF8": "1",
            },
            creationflags=_NO_WINDOW if sys.platform == "win32" else 0,
        )

    @staticmethod
    def _end(process: "subprocess.Popen[bytes]") -> int:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                try:
                    pipe.close()
                except OSError:
                    continue
        return process.wait()


class PictureDecoder(DecoderProcess):
    """Shows, prepares and reads pictures."""

    def __init__(self, means: Means = SHOWING) -> None:
        super().__init__(COMMAND, means)

    async def pixels(self, data: bytes, width: int, height: int) -> Pixels:
        """A picture within a box of pixels, never larger than it is; PictureRefused."""
        look(data, SENT)
        width, height = min(width, SIDE_SHOWN), min(height, SIDE_SHOWN)
        about: dict[str, object] = {"job": "show", "width": width, "height": height}
        answer, made = await self.ask(about, data, 4 * width * height)
        match answer:
            case {"width": int(wide), "height": int(tall)} if (
                0 < wide <= width and 0 < tall <= height and len(made) == 4 * wide * tall
            ):
                return Pixels(wide, tall, made)
        raise PictureRefused("unreadable")

    async def codes(self, data: bytes) -> tuple[str, ...]:
        """The texts of a picture's QR codes; PictureRefused."""
        look(data, SENT)
        _, made = await self.ask({"job": "codes"}, data, 8 * CODES * CODE_CHARS)
        with contextlib.suppress(ValueError):
            match json.loads(made):
                case list(found) if all(isinstance(each, str) for each in found):
                    return tuple(each[:CODE_CHARS] for each in found[:CODES])
        raise PictureRefused("unreadable")

    async def prepared(
        self, data: bytes, *, original: bool = False, whole: bool = False
    ) -> PreparedPicture:
        """A picture as it is sent; PictureRefused. ``original``: at its own size and as fine as it
        is; ``whole``: all frames of an animation instead of its first."""
        look(data, CHOSEN)
        about: dict[str, object] = {"job": "prepare", "original": original, "whole": whole}
        answer, made = await self.ask(about, data, SENT.bytes)
        match answer:
            case {"mime": str(mime), "width": int(width), "height": int(height)} if (
                mime in MEDIA_TYPES and width > 0 and height > 0
            ):
                return PreparedPicture(mime, width, height, made)
        raise PictureRefused("unreadable")


@contextlib.contextmanager
def _watch(seconds: float, end: Callable[[], None]) -> Iterator[None]:
    """Calls ``end`` from another thread where the block takes longer."""
    watch = threading.Timer(seconds, end)
    watch.daemon = True
    watch.start()
    try:
        yield
    finally:
        watch.cancel()


def preparing() -> PictureDecoder:
    """A decoder with the means for a person's own files."""
    return PictureDecoder(PREPARING)


_TOO_LONG = () if sys.platform == "win32" else (-14, -24, -27)  # SIGALRM, SIGXCPU, SIGPROF
