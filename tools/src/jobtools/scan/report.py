"""How is a scan told? For people: a line a scanner, what it objects to, and a last line. For programs: one JSON value. Layer: tools, pure."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from jobtools.scan.files import count
from jobtools.scan.finding import Finding
from jobtools.scan.run import Ran, Scan
from jobtools.scan.thresholds import Ignore

_INDENT = "    "


def lines_of(ran: Ran) -> Iterator[str]:
    """One scanner: its line, and everything that a person has to do something about."""
    verdict = ran.verdict
    if ran.failure:
        result, facts = "DID NOT LOOK", []
    else:
        result, facts = "ok" if ran.passed else "FAILED", [ran.looked_at]
    facts += [f"{count(found, 'finding')} {which}" for found, which in (
        (verdict.fatal, "to mend"), (verdict.ignored, "ignored by scan.toml"), (verdict.below, "below the threshold"),
    ) if found]  # fmt: skip
    yield f"{ran.scanner.name:<18} {result:<6} {', '.join([*facts, f'{ran.seconds:.1f} s'])} ({ran.scanner.tool})"
    if ran.failure:
        yield from (_INDENT + line for line in ran.failure.splitlines())
    for finding in verdict.fatal:
        yield f"{_INDENT}{finding.place}: {finding.id} ({finding.severity.word}) {finding.message}"
        yield f"{_INDENT * 2}{finding.advice}"
    for ignore in verdict.expired:
        yield f"{_INDENT}scan.toml: expired on {ignore.expires}: {ignore}"
        yield f"{_INDENT * 2}mend it, or decide again and date it anew; the reason was: {ignore.reason}"
    for ignore in verdict.unused:
        yield f"{_INDENT}scan.toml: unused: {ignore}"
        yield f"{_INDENT * 2}nothing is found there any more: delete the entry"


def summary(scan: Scan) -> Iterator[str]:
    """The last lines."""
    failed = [ran.scanner.name for ran in scan.ran if not ran.passed]
    seconds = sum(ran.seconds for ran in scan.ran)
    if failed:
        yield f"FAILED: {', '.join(failed)}, of {count(scan.ran, 'scanner')} in {seconds:.0f} s."
    else:
        yield f"Passed: {count(scan.ran, 'scanner')} in {seconds:.0f} s."
    if scan.left_out:
        names = ", ".join(scanner.name for scanner in scan.left_out)
        yield f"NOT COMPLETE: did not run: {names}. Run without --offline and without names before you ship."


def as_json(scan: Scan) -> dict[str, Any]:
    """`passed` is about what ran; `complete` says whether everything ran and could look. Both are needed to ship."""
    return {
        "passed": scan.passed,
        "complete": scan.complete,
        "left_out": [scanner.name for scanner in scan.left_out],
        "scanners": [
            {
                "name": ran.scanner.name,
                "tool": ran.scanner.tool,
                "passed": ran.passed,
                "could_not_look": ran.failure or None,
                "looked_at": ran.looked_at or None,
                "seconds": round(ran.seconds, 1),
                "findings": [_finding(finding) for finding in ran.verdict.fatal],
                "ignored": [_finding(found) | {"ignore": _ignore(ignore)} for found, ignore in ran.verdict.ignored],
                "below_threshold": [_finding(finding) for finding in ran.verdict.below],
                "expired_ignores": [_ignore(ignore) for ignore in ran.verdict.expired],
                "unused_ignores": [_ignore(ignore) for ignore in ran.verdict.unused],
            }
            for ran in scan.ran
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "id": finding.id,
        "severity": finding.severity.word,
        "path": finding.path,
        "line": finding.line or None,
        "subject": finding.subject or None,
        "message": finding.message,
        "advice": finding.advice,
        "aliases": list(finding.aliases),
    }


def _ignore(ignore: Ignore) -> dict[str, str]:
    return {
        "id": ignore.id,
        "where": ignore.where,
        "reason": ignore.reason,
        "expires": ignore.expires.isoformat(),
    }
