"""What is unsafe in the Terraform code? Checkov's policies. Layer: tools; severities are Checkov's paid platform's, so all are unrated.

`checkov:skip` comments do not count: they have no date. What they skip is a finding like any other, to be let pass by scan.toml.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobtools.scan.files import count, named
from jobtools.scan.finding import Finding, Severity
from jobtools.scan.scanner import CouldNotLook, Look, Scanner
from jobtools.scan.tools import answer, python_tool

NAME = "terraform"
FOLDER = "infra/terraform"


def check(root: Path) -> Look:
    """Every resource under infra/terraform. Raises CouldNotLook, also for a file that Checkov cannot parse."""
    files = [name for name in named(root, "*.tf") if name.startswith(f"{FOLDER}/")]
    if not files:
        raise CouldNotLook(f"there is no *.tf in {FOLDER}")
    command = [
        *python_tool("checkov", "checkov"), f"--directory={FOLDER}", "--framework=terraform", "--compact",
        "--skip-download", "--download-external-modules=false", "--output=json",
    ]  # fmt: skip
    said = answer(command, root)
    results = said.get("results")
    if results is None:
        raise CouldNotLook(f"Checkov found no resource in {count(files, 'file')}")
    if results["parsing_errors"]:
        raise CouldNotLook(f"Checkov cannot parse {', '.join(results['parsing_errors'])}")
    checks = [*results["failed_checks"], *results.get("skipped_checks", [])]
    looked_at = f"{count(said['summary']['resource_count'], 'resource')} in {count(files, 'file')}"
    return Look(looked_at, tuple(_finding(check) for check in checks))


def _finding(check: dict[str, Any]) -> Finding:
    skipped = check["check_result"].get("suppress_comment")
    return Finding(
        NAME, check["check_id"], Severity.UNRATED,
        f"{FOLDER}/{check['file_path'].lstrip('/')}", check["file_line_range"][0],
        f"{check['resource']}: {check['check_name']}" + (f" (a comment skips it: {skipped})" if skipped else ""),
        check.get("guideline") or f"look for {check['check_id']} in https://www.checkov.io/5.Policy%20Index/terraform.html",
        check["resource"],
    )  # fmt: skip


SCANNER = Scanner(
    NAME, "checkov", f"unsafe settings in {FOLDER}", check, ignore_files=(".checkov.yaml", ".checkov.yml")
)
