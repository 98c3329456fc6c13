"""Which findings fail, and which are let pass until when? The judgement over `scan.toml`.

Layer: tools, pure: no clock, no files. Used by the scan and, for the findings of pushed images, by deploy.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase

from jobtools.scan.finding import Finding, Severity

SCANNERS = ("dependencies", "terraform", "dockerfiles", "workflows", "workflow-security", "shell", "secrets", "image")
"""Everything that has a threshold. `image` is judged by deploy: what the registry says of a pushed digest."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """A finding that is let pass, for a reason, until a day."""

    id: str
    scanner: str
    where: str
    """A pattern (`*`, `?`, `[...]`; `*` crosses folders) for the finding's path or subject."""
    reason: str
    expires: date
    """The last day on which it counts."""

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
class Verdict:
    """What the findings come to. Every finding is in exactly one of `fatal`, `ignored` and `below`."""

    fatal: tuple[Finding, ...]
    ignored: tuple[tuple[Finding, Ignore], ...]
    below: tuple[Finding, ...]
    expired: tuple[Ignore, ...]
    unused: tuple[Ignore, ...]

    @property
    def passed(self) -> bool:
        """Nothing fatal, and no ignore that has outlived its day or its finding."""
        return not (self.fatal or self.expired or self.unused)


def judge(
    findings: Iterable[Finding],
    thresholds: Mapping[str, Severity],
    ignores: Sequence[Ignore],
    today: date,
    *,
    looked: Collection[str] = (),
) -> Verdict:
    """Sorts the findings into what fails, what is let pass and what is below its scanner's threshold.

    `looked`: the scanners that have seen everything they look at. Only their ignores can be unused: of another scanner's ignore nobody
    knows. An expired ignore covers nothing. Raises KeyError for a scanner without a threshold.
    """
    alive = [ignore for ignore in ignores if today <= ignore.expires]
    fatal: list[Finding] = []
    ignored: list[tuple[Finding, Ignore]] = []
    below: list[Finding] = []
    used: set[Ignore] = set()
    for finding in findings:
        covering = [ignore for ignore in alive if ignore.covers(finding)]
        used.update(covering)
        if covering:
            ignored.append((finding, covering[0]))
        elif finding.severity >= thresholds[finding.scanner]:
            fatal.append(finding)
        else:
            below.append(finding)
    return Verdict(
        fatal=tuple(fatal),
        ignored=tuple(ignored),
        below=tuple(below),
        expired=tuple(ignore for ignore in ignores if ignore not in alive),
        unused=tuple(ignore for ignore in alive if ignore.scanner in looked and ignore not in used),
    )
