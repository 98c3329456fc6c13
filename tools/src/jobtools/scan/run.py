"""In which order, and what came of it? Runs the scanners one by one and judges what they found. Layer: tools, main thread."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from jobtools.scan import dependencies, dockerfiles, secrets, shell, terraform, workflow_security, workflows
from jobtools.scan.finding import Finding, Severity
from jobtools.scan.policy import Policy
from jobtools.scan.scanner import CouldNotLook, Scanner
from jobtools.scan.thresholds import Verdict, judge

ALL = (
    dependencies.SCANNER,
    terraform.SCANNER,
    dockerfiles.SCANNER,
    workflows.SCANNER,
    workflow_security.SCANNER,
    shell.SCANNER,
    secrets.SCANNER,
)


@dataclass(frozen=True, slots=True)
class Ran:
    """One scanner's turn."""

    scanner: Scanner
    seconds: float
    looked_at: str
    failure: str
    """Why it could not look; empty when it could."""
    verdict: Verdict

    @property
    def passed(self) -> bool:
        """It looked, and nothing that it found fails."""
        return not self.failure and self.verdict.passed


@dataclass(frozen=True, slots=True)
class Scan:
    """All of it."""

    ran: tuple[Ran, ...]
    left_out: tuple[Scanner, ...]

    @property
    def passed(self) -> bool:
        """Of what ran, everything did. `complete` says whether everything ran."""
        return all(ran.passed for ran in self.ran)

    @property
    def complete(self) -> bool:
        """Every scanner ran and could look."""
        return not self.left_out and not any(ran.failure for ran in self.ran)


def choose(names: Sequence[str], *, offline: bool) -> tuple[Scanner, ...]:
    """Those named, in our order; none named: all. `offline` leaves out what needs a network. Raises KeyError with unknown names."""
    unknown = [name for name in names if name not in {scanner.name for scanner in ALL}]
    if unknown:
        raise KeyError(", ".join(unknown))
    return tuple(
        scanner
        for scanner in ALL
        if (not names or scanner.name in names) and not (offline and scanner.needs_network)
    )  # fmt: skip


def run(scanners: Sequence[Scanner], root: Path, policy: Policy, today: date) -> Iterator[Ran]:
    """One at a time, each told as soon as it has ended. A scanner that could not look is one that did not pass."""
    for scanner in scanners:
        began = time.monotonic()
        ignores = policy.ignores_of(scanner.name)
        looked_at, failure = "", ""
        findings: tuple[Finding, ...] = ()
        try:
            look = scanner.look(root)
            looked_at, findings = look.looked_at, look.findings + _undated(scanner, root)
        except CouldNotLook as error:
            failure = str(error)
        looked = () if failure else (scanner.name,)
        verdict = judge(findings, policy.thresholds, ignores, today, looked=looked)
        yield Ran(scanner, time.monotonic() - began, looked_at, failure, verdict)


def _undated(scanner: Scanner, root: Path) -> tuple[Finding, ...]:
    """The tool would heed these files, and nobody would be asked again."""
    return tuple(
        Finding(scanner.name, "undated-ignores", Severity.UNRATED, name, 1,
                f"{scanner.tool} takes ignores without a date from here", "move them to scan.toml and delete the file")
        for name in scanner.ignore_files
        if (root / name).exists()
    )  # fmt: skip
