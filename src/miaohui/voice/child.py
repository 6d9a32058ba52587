"""The decoder's own process: a voice note in, samples out. Its ways are the pictures' decoder's."""

import os
from collections.abc import Sequence

from miaohui.pictures.child import serve


def main(arguments: Sequence[str]) -> int:
    """``arguments``: bytes of address space, seconds for one note."""
    # Threads of a library for matrices would take address space that nobody has any use for.
    os.environ["OPENBLAS_NUM_THREADS"] = "1"
    from miaohui.voice import sound

    return serve(arguments, sound.warm, _answer)


def _answer(about: dict[str, object], data: bytes) -> tuple[dict[str, object], bytes]:
    from miaohui.voice import sound
    from miaohui.voice.container import NoteRefused

    try:
        speed = about["speed"]
        assert isinstance(speed, float)
        rate, samples = sound.heard(data, speed)
        return {"rate": rate}, samples
    except NoteRefused as refused:
        return {"refused": refused.reason}, b""
    except MemoryError:
        return {"refused": "too_complex"}, b""
    except Exception:
        # Whatever a codec raises over a stranger's bytes, the bytes are at fault.
        return {"refused": "unreadable"}, b""
