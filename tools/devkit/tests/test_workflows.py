"""Workflows contain checkout, uv, Terraform, credentials and nox sessions, nothing else; each session exists; nothing that CI needs is left out.

What deploys does so for commits that passed ci.yml, with short-lived roles, one at a time, never cancelled, and without caches."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from jobctl.checkout import REPOSITORY

WORKFLOWS = sorted((REPOSITORY / ".github" / "workflows").glob("*.y*ml"))
ACTIONS = {
    "actions/checkout",
    "actions/deploy-pages",
    "actions/upload-pages-artifact",
    "dorny/paths-filter",
    "re-actors/alls-green",
    "astral-sh/setup-uv",
    "hashicorp/setup-terraform",
    "aws-actions/configure-aws-credentials",
}
NEEDED = {
    "build.yml": {"push"},
    "ci.yml": {
        "docs", "example", "images", "imports", "infra", "lint", "screenshots", "pythons", "scan", "system", "types",
    },
    "deploy.yml": {"deploy"},
    "docs.yml": {"docs"},
    "drift.yml": {"drift"},
    "release.yml": {"wheels"},
    "rollback.yml": {"rollback"},
    "scan.yml": {"scan"},
}  # fmt: skip
"""What each has to call itself."""
CALLED = {"deploy.yml": {"build.yml", "ci.yml"}, "release.yml": {"build.yml", "ci.yml"}}
"""Workflows that each calls whole."""
_INSTALL = "sudo apt-get update && sudo apt-get install --yes --no-install-recommends"
PROGRAMS = {f"{_INSTALL} docker-registry": "system", f"{_INSTALL} postgresql": "example"}
"""What no action sets up: the registry that stands for ECR, the example's database. The session that each is for."""
REFUSED = "the subject that was refused"
"""The one step beside them: of the token it prints `sub`, which is compared with `github_subjects`, and nothing else."""
PUBLISHING = "gh release create "
"""What a release ends with."""
ROLES = {"AWS_PLAN_ROLE": "drift", "AWS_PUSH_ROLE": "push", "AWS_APPLY_ROLE": "deploy rollback"}
"""By role, the sessions that run with it."""
_RUN = re.compile(r"\./noxw -s (?P<sessions>[^|&;<>`$\n]+?)(?: --python \"\$PYTHON_VERSION\")?(?: -- [^|&;<>`\n]+)?")


@cache
def jobs(workflow: Path) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = yaml.load(workflow.read_text(), yaml.CSafeLoader)["jobs"]
    return found


def named(name: str) -> Path:
    return REPOSITORY / ".github" / "workflows" / name


def steps(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in jobs(workflow).values() for step in job.get("steps", [])]


def jobs_with_credentials() -> list[tuple[str, dict[str, Any]]]:
    return [
        (f"{workflow.name} {name}", job)
        for workflow in WORKFLOWS
        for name, job in jobs(workflow).items()
        if "id-token" in job["permissions"] and "pages" not in job["permissions"] and "steps" in job
    ]


def sessions_called(workflow: Path) -> set[str]:
    called: set[str] = set()
    for step in steps(workflow):
        if (
            step.get("name") == REFUSED
            or step.get("run", "").strip() in PROGRAMS
            or step.get("run", "").startswith(PUBLISHING)
        ):
            continue
        if "run" in step:
            fits = _RUN.fullmatch(step["run"].strip())
            assert fits, f"{workflow.name}: not a nox session: {step['run']}"
            called |= {*fits["sessions"].split()}
    return called


def sessions_there() -> set[str]:
    tree = ast.parse((REPOSITORY / "noxfile.py").read_text())
    decorated = {
        node.name
        for node in tree.body
        if isinstance(node, ast.FunctionDef) and any("nox.session" in ast.unparse(it) for it in node.decorator_list)
    }
    made = {
        ast.literal_eval(node.value.args[0])
        for node in tree.body
        if isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and ast.unparse(node.value.func) in ("tool", "deploy_step")
    }
    return decorated | made


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda it: it.name)
def test_every_run_is_a_nox_session_that_exists(workflow: Path) -> None:
    assert sessions_called(workflow) <= sessions_there()


def test_each_workflow_calls_every_session_that_it_needs() -> None:
    assert {workflow.name: sessions_called(workflow) for workflow in WORKFLOWS} == NEEDED


def test_a_program_is_installed_only_right_before_the_session_that_needs_it() -> None:
    for workflow in WORKFLOWS:
        for job in jobs(workflow).values():
            runs = [step["run"].strip() for step in job.get("steps", []) if "run" in step]
            for program, session in PROGRAMS.items():
                assert program not in runs or runs == [program, f"./noxw -s {session}"]


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda it: it.name)
def test_a_job_calls_a_workflow_of_this_commit_or_has_steps(workflow: Path) -> None:
    called = {job["uses"] for job in jobs(workflow).values() if "uses" in job}
    assert called == {f"$/.github/workflows/{name}" for name in CALLED.get(workflow.name, set())}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda it: it.name)
def test_every_action_is_a_known_one_pinned_to_a_commit_with_its_version(workflow: Path) -> None:
    used = re.findall(r"uses: (\S+)@(\S+)(.*)", workflow.read_text())
    assert len(used) == sum("uses" in step for step in steps(workflow))
    for action, ref, comment in used:
        assert action in ACTIONS
        assert re.fullmatch(r"[0-9a-f]{40}", ref)
        assert re.fullmatch(r" # v\d+\.\d+\.\d+", comment)


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda it: it.name)
def test_no_workflow_starts_with_a_right_or_leaves_credentials_in_the_checkout(workflow: Path) -> None:
    assert yaml.safe_load(workflow.read_text())["permissions"] == {}
    assert "pull_request_target" not in workflow.read_text()
    checkouts = [step for step in steps(workflow) if step.get("uses", "").startswith("actions/checkout@")]
    assert checkouts or workflow.name in CALLED
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_the_required_check_waits_for_every_other_job_and_always_runs() -> None:
    found = jobs(named("ci.yml"))
    assert {*found["required"]["needs"], "required"} == {*found}
    assert found["required"]["if"] == "always()"


@pytest.mark.parametrize("name", CALLED)
def test_what_leaves_the_repository_waits_for_ci_and_each_job_for_the_one_before(name: str) -> None:
    found = jobs(named(name))
    (first, *rest) = found.items()
    assert first[1]["uses"].endswith("/ci.yml")
    assert "needs" not in first[1]
    for at, (_, job) in enumerate(rest):
        before = [first[0], *(other for other, _ in rest[:at])]
        assert job["needs"] in before
        assert "always" not in str(job.get("if", ""))


def test_an_environment_is_deployed_after_its_images_and_prod_after_dev() -> None:
    found = jobs(named("deploy.yml"))
    order = ["ci", "images-dev", "dev", "images-prod", "prod"]
    assert [*found] == order
    assert [found[name].get("needs") for name in order] == [None, *order[:-1]]
    assert [found[name].get("environment") for name in order] == [None, None, "dev", None, "prod"]


@pytest.mark.parametrize(("name", "job"), jobs_with_credentials(), ids=lambda it: it if isinstance(it, str) else "")
def test_credentials_are_those_of_the_role_for_the_session_and_nothing_comes_from_a_cache(
    name: str, job: dict[str, Any]
) -> None:
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    (role,) = [step["with"] for step in job["steps"] if "configure-aws-credentials" in step.get("uses", "")]
    assert {*role} - {"role-duration-seconds"} == {"role-to-assume", "role-session-name", "aws-region"}
    assert int(role.get("role-duration-seconds", 3600)) >= 60 * job["timeout-minutes"]
    (refused,) = [step for step in job["steps"] if step.get("name") == REFUSED]
    assert refused["if"] == "failure() && steps.credentials.outcome == 'failure'"
    assert refused["run"].endswith("| @base64d | fromjson | .sub'")
    (session,) = re.findall(r"-s (\w+)", " ".join(step.get("run", "") for step in job["steps"]))
    (allowed,) = [role_name for role_name, sessions in ROLES.items() if session in sessions.split()]
    assert {*re.findall(r"AWS_\w+_ROLE", role["role-to-assume"])} == {allowed}
    (uv,) = [step["with"] for step in job["steps"] if "setup-uv" in step.get("uses", "")]
    assert uv["enable-cache"] is False
    assert not [step for step in job["steps"] if "cache" in step.get("uses", "")]


@pytest.mark.parametrize(("name", "job"), jobs_with_credentials(), ids=lambda it: it if isinstance(it, str) else "")
def test_what_changes_something_runs_in_an_environment_one_at_a_time_and_is_never_cancelled(
    name: str, job: dict[str, Any]
) -> None:
    if name.startswith("drift.yml"):
        assert "environment" not in job
        return
    assert job["environment"]
    assert job["concurrency"]["cancel-in-progress"] is False
    if not name.startswith("build.yml"):
        assert job["concurrency"]["group"] == f"deploy-{job['environment']}"


def test_no_workflow_uses_a_stored_key() -> None:
    assert not [workflow.name for workflow in WORKFLOWS if "secrets." in workflow.read_text()]
