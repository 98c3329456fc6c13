"""How is the verdict told? As text for people, as JSON and as GitHub Actions' outputs for CI. Pure.

The keys are promised to workflows (docs/howto/release.md has the table): one may be added, none renamed.
"""

from __future__ import annotations

import json
from typing import Any

from jobtools.affected.changes import Changes
from jobtools.affected.verdict import Verdict
from jobtools.affected.workspace import Workspace

_SHOWN_REASONS = 3


def as_values(verdict: Verdict, changes: Changes, workspace: Workspace) -> dict[str, Any]:
    """Every key with a JSON value; lists are sorted."""
    return {
        "base": changes.base,
        "why": changes.why,
        "everything": verdict.everything,
        "packages": sorted(verdict.packages),
        "tests": sorted(verdict.tests),
        "services": sorted(verdict.images & {*workspace.services}),
        "images": sorted(verdict.images),
        "infra": verdict.infra,
        "system": verdict.system,
        "docs": verdict.docs,
        "checks": verdict.checks,
        "reasons": {short: verdict.packages[short] for short in sorted(verdict.packages)},
    }


def as_github_output(values: dict[str, Any]) -> str:
    """One `key=value` line each, the value as JSON (a string without its quotes); `affected` is all of them. Without `reasons`: they may be long."""
    told = {key: value for key, value in values.items() if key != "reasons"}
    lines = {**told, "affected": told}
    return "".join(f"{key}={_plain(value)}\n" for key, value in lines.items())


def as_text(values: dict[str, Any]) -> str:
    """For people: what is touched, and through what."""
    lines = [values["why"]]
    if not any(values[key] for key in ("packages", "tests", "images", "infra", "system", "docs", "checks")):
        return f"{values['why']} Nothing is touched."
    if values["everything"]:
        lines.append("Everything is touched.")
    for short, reasons in values["reasons"].items():
        more = f", and {len(reasons) - _SHOWN_REASONS} more" if len(reasons) > _SHOWN_REASONS else ""
        lines.append(f"  {short:<16} {', '.join(reasons[:_SHOWN_REASONS])}{more}")
    lines += [f"{key:<18} {', '.join(values[key]) or 'none'}" for key in ("tests", "images")]
    lines += [f"{key:<18} {'yes' if values[key] else 'no'}" for key in ("infra", "system", "docs", "checks")]
    return "\n".join(lines)


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return " ".join(value.split())  # one line: a line break would start another output
    return json.dumps(value, separators=(",", ":"))
