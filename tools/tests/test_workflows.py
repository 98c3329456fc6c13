"""Workflows contain checkout, uv, Terraform, credentials and nox sessions, nothing else; each session exists; nothing that CI needs is left out."""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

REPOSITORY = Path(__file__).parents[2]
WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.y*ml"))
ACTIONS = {
    "actions/checkout",
    "astral-sh/setup-uv",
    "hashicorp/setup-terraform",
    "aws-actions/configure-aws-credentials",
}
NEEDED = {"affected", "docs", "images", "imports", "infra", "lint", "required", "scan", "system", "test", "types"}
"""What ci.yml has to call."""
_RUN = re.compile(
    r"\./noxw -s (?P<sessions>[^|&;<>`$\n]+|\"test-\$PYTHON_VERSION\(package='\$PACKAGE'\)\")(?: -- [^|&;<>`\n]+)?"
)


def steps(workflow: Path) -> list[dict[str, Any]]:
    jobs = yaml.safe_load(workflow.read_text())["jobs"]
    return [step for job in jobs.values() for step in job.get("steps", [])]


def sessions_called(workflow: Path) -> set[str]:
    called: set[str] = set()
    for step in steps(workflow):
        if "run" in step:
            fits = _RUN.fullmatch(step["run"].strip())
            assert fits, f"{workflow.name}: not a nox session: {step['run']}"
            words = fits["sessions"].split(" -- ")[0].split()
            called |= {re.split(r"[-(]", word.strip('"'))[0] if "test-" in word else word for word in words}
    return called


def sessions_there() -> set[str]:
    tree = ast.parse((REPOSITORY / "noxfile.py").read_text())
    return {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and any("nox.session" in ast.unparse(it) for it in node.decorator_list)
    }


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda it: it.name)
def test_every_run_is_a_nox_session_that_exists(workflow: Path) -> None:
    assert sessions_called(workflow) <= sessions_there()


def test_ci_calls_every_session_that_it_needs() -> None:
    assert sessions_called(REPOSITORY / ".github" / "workflows" / "ci.yml") == NEEDED


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda it: it.name)
def test_every_action_is_a_known_one_pinned_to_a_commit_with_its_version(workflow: Path) -> None:
    used = re.findall(r"uses: (\S+)@(\S+)(.*)", workflow.read_text())
    for action, ref, comment in used:
        assert action in ACTIONS
        assert re.fullmatch(r"[0-9a-f]{40}", ref)
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda it: it.name)
def test_no_workflow_starts_with_a_right_or_leaves_credentials_in_the_checkout(workflow: Path) -> None:
    assert yaml.safe_load(workflow.read_text())["permissions"] == {}
    assert "pull_request_target" not in workflow.read_text()
    checkouts = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_the_required_check_waits_for_every_other_job_and_always_runs() -> None:
    jobs = yaml.safe_load((REPOSITORY / ".github" / "workflows" / "ci.yml").read_text())["jobs"]
    assert {*jobs["required"]["needs"], "required"} == {*jobs}
    assert jobs["required"]["if"] == "always()"
