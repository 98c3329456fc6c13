"""What is a scanner? A name, whether it needs a network, and a function that looks. Layer: tools, the vocabulary of the other files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from jobtools.scan.finding import Finding


class CouldNotLook(RuntimeError):  # noqa: N818 (says what happened)
    """The scanner has not seen what it should have: that is no pass. The message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Look:
    """A scanner that has seen everything it looks at."""

    looked_at: str
    """With counts: `12 files`. Nothing at all is never a Look but CouldNotLook."""
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Scanner:
    """One entry of the list that the scan runs."""

    name: str
    tool: str
    what: str
    """For people: `known vulnerabilities of what uv.lock pins`."""
    look: Callable[[Path], Look]
    """Given the repository's root. Raises CouldNotLook."""
    needs_network: bool = False
    """To look, not to be installed: every pinned tool comes once from its package index."""
    ignore_files: tuple[str, ...] = ()
    """The tool's own places for undated ignores: refused."""
