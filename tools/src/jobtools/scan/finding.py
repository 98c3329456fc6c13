"""What did a scanner find? One value for the findings of every scanner. Layer: tools, pure; it never decides whether that matters."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Severity(enum.IntEnum):
    """One scale for all scanners; each scanner's module says how its own words map to it."""

    INFO = 0
    LOW = 1
    MEDIUM = 2
    HIGH = 3
    CRITICAL = 4
    UNRATED = 5
    """Nobody has said how bad it is: above every threshold, since it may be the worst."""

    @property
    def word(self) -> str:
        """As it is written in `scan.toml`."""
        return self.name.lower()


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a scanner objects to."""

    scanner: str
    id: str
    """The scanner's name of the rule or advisory: what an ignore names."""
    severity: Severity
    path: str
    """Relative to the repository's root; of an image: repository@digest."""
    line: int
    """From 1; 0 where there is no line."""
    message: str
    advice: str
    """What a person does next: a fixed version, a page."""
    subject: str = ""
    """What in that file, where it has a name: a package, a Terraform resource."""
    aliases: tuple[str, ...] = ()
    """Other names of the same advisory (CVE, GHSA, PYSEC)."""

    @property
    def place(self) -> str:
        """`path:line`, as editors and terminals make links of it."""
        return f"{self.path}:{self.line}" if self.line else self.path
