"""Record of one run, from which its page is made."""

from __future__ import annotations

from dataclasses import dataclass

from devkit.demo.flow import Findings


@dataclass(frozen=True, slots=True)
class RunRecord:
    """`began_ms` is since 1970, `seconds` from there to the last fate. `asked`: what the demo was asked for, as it would be typed.

    `dead_letter_queues`: all that were looked into, the empty ones too.
    """

    findings: Findings
    began_ms: int
    seconds: float
    asked: str
    job_log_group: str
    dead_letter_queues: tuple[str, ...]
