"""A limit on the heaps that glibc keeps for the threads of this process.

glibc gives up to eight arenas a core to the threads of a process, and returns little of them: with the default slots 8 to 14 MB more at the peak,
measured, for no gain to an interpreter that runs one thread at a time. `MALLOC_ARENA_MAX` would do the same, but has to be set before the process
starts. Called once, by the main thread, before any other thread starts.
"""

from __future__ import annotations

import ctypes
import sys

M_ARENA_MAX = -8
"""glibc's malloc.h; mallopt(3)."""

ARENAS = 2


def keep_few_arenas() -> bool:
    """Sets the limit, and says whether it took effect: only glibc has this (Debian, Amazon Linux; not Alpine, not macOS)."""
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(M_ARENA_MAX, ARENAS) == 1
