"""Findings, and the dated exceptions that let them pass: the one reader of `scan.toml`, for the scan and for the gate on pushed images."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import IntEnum
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

FILE = "scan.toml"
SCANNERS = (
    "dependencies",
    "licences",
    "bundled",
    "terraform",
    "dockerfiles",
    "workflows",
    "workflow-security",
    "shell",
    "secrets",
    "image",
)
"""Those that an exception may name. `image`: what the registry says of a pushed digest."""


class ExceptionsError(ValueError):
    """`scan.toml` cannot be used; a line for each fault."""


class Severity(IntEnum):
    """Of a finding in a pushed image. UNRATED lies above every threshold: it may be the worst."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4
    UNRATED = 5

    @property
    def word(self) -> str:
        """As `scan.toml` writes it."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a scanner objects to. `id`: its rule or advisory; `aliases`: other names of the same advisory. `path`: relative to the repository;
    of an image, repository@digest. `line`: 0 where there is none. `subject`: a package or a resource in that file."""

    scanner: str
    id: str
    path: str
    line: int
    message: str
    advice: str = ""
    subject: str = ""
    aliases: tuple[str, ...] = ()
    severity: Severity = Severity.UNRATED

    @property
    def place(self) -> str:
        """`path:line`."""
        return f"{self.path}:{self.line}" if self.line else self.path


@dataclass(frozen=True, slots=True)
class Ignore:
    """A finding that is let pass. `where`: a pattern for its path or subject. `expires`: the last day."""

    id: str
    scanner: str
    where: str
    reason: str
    expires: date

    def covers(self, finding: Finding) -> bool:
        """Whether it names this finding; the date is not asked."""
        return (
            self.scanner == finding.scanner
            and self.id in (finding.id, *finding.aliases)
            and any(fnmatchcase(place, self.where) for place in (finding.path, finding.subject) if place)
        )

    def __str__(self) -> str:
        return f"{self.scanner} {self.id} in {self.where}"


@dataclass(frozen=True, slots=True)
class Exceptions:
    """All of `scan.toml`. `image_fails_at`: the lowest severity that keeps an image from being deployed; `licences`: those that packages may have, as
    they state them."""

    image_fails_at: Severity
    ignores: tuple[Ignore, ...]
    licences: frozenset[str] = frozenset()

    def judge(self, scanner: str, findings: Iterable[Finding], today: date) -> Judgement:
        """The findings of one scanner that has seen everything it looks at."""
        ours = [ignore for ignore in self.ignores if ignore.scanner == scanner]
        alive = [ignore for ignore in ours if today <= ignore.expires]
        fails_at = self.image_fails_at if scanner == "image" else Severity.INFO
        fatal, ignored = [], []
        for finding in findings:
            if scanner == "licences" and finding.id in self.licences:
                continue
            covering = next((ignore for ignore in alive if ignore.covers(finding)), None)
            if covering is not None:
                ignored.append((finding, covering))
            elif finding.severity >= fails_at:
                fatal.append(finding)
        unused = [ignore for ignore in alive if ignore not in (used for _, used in ignored)]
        return Judgement(fatal, ignored, [ignore for ignore in ours if ignore not in alive], unused)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What fails, what is let pass by which exception, and the exceptions that have outlived their day or their finding."""

    fatal: list[Finding]
    ignored: list[tuple[Finding, Ignore]]
    expired: list[Ignore]
    unused: list[Ignore]


def read_exceptions(root: Path) -> Exceptions:
    """Of the repository at `root`.

    Raises:
        ExceptionsError: no file, not TOML, a key that is missing, unknown or of another type.
    """
    try:
        written = tomllib.loads((root / FILE).read_text())
    except (OSError, ValueError) as error:
        raise ExceptionsError(f"{FILE}: {error}") from None
    faults = [f"{FILE}: unknown: {name}" for name in written.keys() - {"image-fails-at", "licences", "ignore"}]
    levels = {level.word: level for level in Severity if level is not Severity.UNRATED}
    level = str(written.get("image-fails-at"))
    if level not in levels:
        faults.append(f"{FILE}: image-fails-at must be one of {', '.join(levels)}, not {level}")
    licences = written.get("licences", [])
    if not isinstance(licences, list) or not all(isinstance(one, str) for one in licences):
        faults.append(f"{FILE}: licences must be a list of texts")
    for number, entry in enumerate(written.get("ignore", []), start=1):
        faults += [f"{FILE}, ignore {number}: {fault}" for fault in _faults(entry)]
    if faults:
        raise ExceptionsError("\n".join(faults))
    return Exceptions(levels[level], tuple(Ignore(**entry) for entry in written.get("ignore", [])), frozenset(licences))


def _faults(entry: dict[str, Any]) -> list[str]:
    known = [field.name for field in fields(Ignore)]
    faults = [f"{key} is not known" for key in entry if key not in known]
    faults += [f"{key} is missing" for key in known[:-1] if not str(entry.get(key, "")).strip()]
    if entry.get("scanner", SCANNERS[0]) not in SCANNERS:
        faults.append(f"no scanner {entry['scanner']}; there are {', '.join(SCANNERS)}")
    if not isinstance(entry.get("expires"), date) or isinstance(entry["expires"], datetime):
        faults.append("expires must be a date, as 2027-06-30")
    return faults
