"""Is there a key or a password in the files or in any commit? Gitleaks. Layer: tools; it never shows what it found.

A secret that a later commit removes is still there for everybody who clones. `gitleaks:allow` comments do not count: they have no date.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from jobtools.scan.files import count, git, listed
from jobtools.scan.finding import Finding, Severity
from jobtools.scan.scanner import CouldNotLook, Look, Scanner
from jobtools.scan.tools import answer, go_tool

NAME = "secrets"
_FLAGS = (
    "--no-banner", "--no-color", "--log-level=warn", "--report-format=json", "--report-path=-", "--redact",
    "--ignore-gitleaks-allow", ".",
)  # fmt: skip


def check(root: Path) -> Look:
    """Every commit of every branch that is here, and what is changed or new beside them. Raises CouldNotLook."""
    gitleaks = go_tool("gitleaks")
    commits = int(git(root, "rev-list", "--all", "--count"))
    if not commits:
        raise CouldNotLook("there is no commit")
    shallow = " (a shallow clone)" if git(root, "rev-parse", "--is-shallow-repository").strip() == "true" else ""
    found = answer([gitleaks, "git", *_FLAGS], root)
    changed = listed(root, "--modified", "--others")
    with tempfile.TemporaryDirectory() as folder:
        for name in changed:
            copy = Path(folder) / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(root / name, copy)
        found += answer([gitleaks, "dir", *_FLAGS], Path(folder)) if changed else []
    looked_at = f"{count(commits, 'commit')}{shallow} and {count(changed, 'changed or new file')}"
    return Look(looked_at, tuple(_finding(item) for item in found))


def _finding(item: dict[str, Any]) -> Finding:
    commit = f" (commit {item['Commit'][:12]})" if item["Commit"] else ""
    return Finding(
        NAME, item["RuleID"], Severity.CRITICAL, item["File"], item["StartLine"], f"{item['Description']}{commit}",
        "revoke it where it was issued, then take it out; removing it alone does not help once it is pushed",
    )  # fmt: skip


SCANNER = Scanner(
    NAME,
    "gitleaks",
    "keys and passwords in files and history",
    check,
    ignore_files=(".gitleaks.toml", ".gitleaksignore"),
)
