"""CPU time and memory of a process, and CPU time of the machine, from Linux's /proc.

Nothing is sampled in the background: the caller reads at both ends of what it measures.
https://man7.org/linux/man-pages/man5/proc_stat.5.html
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK") if hasattr(os, "sysconf") else 100
_USER, _SYSTEM = 11, 12
"""Fields of /proc/PID/stat behind the command's name: ticks in user and in kernel mode, of all threads, ended ones included."""


def readable() -> bool:
    """Whether this system has what the bench reads."""
    return Path("/proc/self/stat").exists() and Path("/proc/stat").exists()


def cpu_seconds(pid: int) -> float:
    """CPU time of a process so far, in steps of 10 ms. Raises: OSError when it is gone."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[_USER]) + int(fields[_SYSTEM])) / _TICKS


def peak_mb(pid: int) -> float:
    """The most resident memory that a process had, in MB of 1,000,000 bytes. Raises: OSError when it is gone."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text())
    return 0.0 if found is None else int(found[1]) * 1024 / 1_000_000


@dataclass(frozen=True)
class MachineTime:
    """All cores together since boot, in seconds."""

    busy: float
    stolen: float

    @classmethod
    def now(cls) -> MachineTime:
        """The first line of /proc/stat: user nice system idle iowait irq softirq steal."""
        with Path("/proc/stat").open() as lines:
            ticks = [int(text) / _TICKS for text in lines.readline().split()[1:9]]
        user, nice, system, _, _, irq, softirq, steal = ticks
        return cls(user + nice + system + irq + softirq, steal)


@dataclass(frozen=True)
class Cores:
    """Which core the measured process has for itself, and which the rest shares; None where the system cannot pin or has one core."""

    measured: int | None
    rest: int | None

    @classmethod
    def choose(cls) -> Cores:
        """The last core that we may use for the measured process: interrupts prefer the first."""
        if not hasattr(os, "sched_getaffinity"):
            return cls(None, None)
        usable = sorted(os.sched_getaffinity(0))
        return cls(None, None) if len(usable) < 2 else cls(usable[-1], usable[0])

    @staticmethod
    def pin(core: int | None) -> None:
        """Keeps this process, and what it starts, on one core."""
        if core is not None:
            os.sched_setaffinity(0, {core})
