"""How could the workflows be abused? Zizmor, pedantic, with what it knows without asking GitHub. Layer: tools.

Its comments and configuration that ignore a rule do not count: they have no date.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jobtools.scan.files import count, listed, workflow_files
from jobtools.scan.finding import Finding, Severity
from jobtools.scan.scanner import CouldNotLook, Look, Scanner
from jobtools.scan.tools import answer, python_tool

NAME = "workflow-security"
_LEVELS = {
    "Informational": Severity.INFO,
    "Low": Severity.LOW,
    "Medium": Severity.MEDIUM,
    "High": Severity.HIGH,
}
_CODES = (0, 11, 12, 13, 14)
"""Nothing, or findings, by the worst: https://docs.zizmor.sh/usage/#exit-codes. 3 is: nothing to look at."""


def check(root: Path) -> Look:
    """Workflows, own actions and dependabot.yml in .github. Raises CouldNotLook, also where there is no workflow."""
    files = workflow_files(root)
    if not files:
        raise CouldNotLook("there is no workflow in .github/workflows")
    others = [name for name in listed(root) if name.startswith(".github/") and name.endswith((".yml", ".yaml"))]
    command = [
        *python_tool("zizmor", "zizmor"), "--offline", "--pedantic", "--no-ignores", "--strict-collection",
        "--no-progress", "--format=json-v1", ".github",
    ]  # fmt: skip
    looked_at = f"{count(files, 'workflow')} and {count(len(others) - len(files), 'other file')} of .github"
    return Look(looked_at, tuple(_finding(item) for item in answer(command, root, codes=_CODES)))


def _finding(item: dict[str, Any]) -> Finding:
    locations = item["locations"]
    main = next((place for place in locations if place["symbolic"]["kind"] == "Primary"), locations[0])
    return Finding(
        NAME, item["ident"], _LEVELS.get(item["determinations"]["severity"], Severity.UNRATED),
        main["symbolic"]["key"]["Local"]["verbatim_path"], main["concrete"]["location"]["start_point"]["row"] + 1,
        f"{item['desc']}: {main['symbolic']['annotation']}", item["url"],
    )  # fmt: skip


SCANNER = Scanner(NAME, "zizmor", "how GitHub workflows could be abused", check)
