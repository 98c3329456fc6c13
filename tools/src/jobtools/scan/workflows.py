"""Would GitHub understand the workflows? Actionlint. Layer: tools; without severities, so all are unrated.

It never runs shellcheck or pyflakes on `run:`, even where they are on PATH: the same answer on every machine.
"""

from __future__ import annotations

from pathlib import Path

from jobtools.scan.files import count, workflow_files
from jobtools.scan.finding import Finding, Severity
from jobtools.scan.scanner import CouldNotLook, Look, Scanner
from jobtools.scan.tools import answer, go_tool

NAME = "workflows"


def check(root: Path) -> Look:
    """Raises CouldNotLook, also where there is no workflow."""
    files = workflow_files(root)
    if not files:
        raise CouldNotLook("there is no workflow in .github/workflows")
    command = [go_tool("actionlint"), "-shellcheck=", "-pyflakes=", "-no-color", "-format={{json .}}", *files]
    findings = tuple(
        Finding(NAME, item["kind"], Severity.UNRATED, item["filepath"], item["line"], item["message"],
                "https://github.com/rhysd/actionlint/blob/main/docs/checks.md")
        for item in answer(command, root)
    )  # fmt: skip
    return Look(count(files, "workflow"), findings)


SCANNER = Scanner(NAME, "actionlint", "mistakes in GitHub workflows", check)
