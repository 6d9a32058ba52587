"""A process that takes its own freedom away, as far as the system lets it.

Linux, macOS: resource limits; Windows: a job object. Where one is not to be had the parent's
watch remains, which ends the process from outside.
"""

import contextlib
import math
import sys
from collections.abc import Iterator

__all__ = ["STARVED", "at_most", "confine"]

STARVED = 4
"""Times a picture's seconds that may pass by the clock while the processor is elsewhere."""

if sys.platform == "win32":
    import ctypes
    from ctypes import wintypes

    class _Basic(ctypes.Structure):
        """JOBOBJECT_BASIC_LIMIT_INFORMATION."""

        _fields_ = [
            ("PerProcessUserTimeLimit", ctypes.c_int64),
            ("PerJobUserTimeLimit", ctypes.c_int64),
            ("LimitFlags", wintypes.DWORD),
            ("MinimumWorkingSetSize", ctypes.c_size_t),
            ("MaximumWorkingSetSize", ctypes.c_size_t),
            ("ActiveProcessLimit", wintypes.DWORD),
            ("Affinity", ctypes.c_size_t),
            ("PriorityClass", wintypes.DWORD),
            ("SchedulingClass", wintypes.DWORD),
        ]

    class _Extended(ctypes.Structure):
        """JOBOBJECT_EXTENDED_LIMIT_INFORMATION."""

        _fields_ = [
            ("Basic", _Basic),
            ("IoInfo", ctypes.c_uint64 * 6),
            ("ProcessMemoryLimit", ctypes.c_size_t),
            ("JobMemoryLimit", ctypes.c_size_t),
            ("PeakProcessMemoryUsed", ctypes.c_size_t),
            ("PeakJobMemoryUsed", ctypes.c_size_t),
        ]

    _ACTIVE_PROCESS, _PROCESS_MEMORY, _EXTENDED_LIMITS = 0x8, 0x100, 9

    def confine(memory: int) -> None:
        """No child of its own, no more than ``memory`` bytes."""
        kernel = ctypes.WinDLL("kernel32")
        kernel.CreateJobObjectW.restype = wintypes.HANDLE
        kernel.GetCurrentProcess.restype = wintypes.HANDLE
        job = wintypes.HANDLE(kernel.CreateJobObjectW(None, None))
        limits = _Extended()
        limits.Basic.LimitFlags = _ACTIVE_PROCESS | _PROCESS_MEMORY
        limits.Basic.ActiveProcessLimit = 1
        limits.ProcessMemoryLimit = memory
        kernel.SetInformationJobObject(
            job, _EXTENDED_LIMITS, ctypes.byref(limits), ctypes.sizeof(limits)
        )
        kernel.AssignProcessToJobObject(job, wintypes.HANDLE(kernel.GetCurrentProcess()))

    @contextlib.contextmanager
    def at_most(seconds: float) -> Iterator[None]:
        """Windows has no alarm: the parent watches."""
        yield

else:
    import resource
    import signal

    def confine(memory: int) -> None:
        """No new file, no connection, no child, no trace; no more than ``memory`` bytes."""
        for kind, most in (
            (resource.RLIMIT_AS, memory),
            (resource.RLIMIT_CORE, 0),
            (resource.RLIMIT_FSIZE, 0),
            (resource.RLIMIT_NOFILE, 0),
            (resource.RLIMIT_NPROC, 0),
        ):
            # macOS refuses some of them.
            with contextlib.suppress(OSError, ValueError):
                resource.setrlimit(kind, (most, most))

    @contextlib.contextmanager
    def at_most(seconds: float) -> Iterator[None]:
        """Ends this process where the block takes more of the processor, or STARVED times as long by
        the clock: a machine that does much else is nobody's picture's fault."""
        for each in (signal.SIGALRM, signal.SIGPROF):
            signal.signal(each, signal.SIG_DFL)
        spent = resource.getrusage(resource.RUSAGE_SELF)
        _, most = resource.getrlimit(resource.RLIMIT_CPU)
        used = spent.ru_utime + spent.ru_stime
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(used + seconds) + 1, most))
        signal.setitimer(signal.ITIMER_PROF, seconds)
        signal.setitimer(signal.ITIMER_REAL, STARVED * seconds)
        try:
            yield
        finally:
            for clock in (signal.ITIMER_PROF, signal.ITIMER_REAL):
                signal.setitimer(clock, 0)
