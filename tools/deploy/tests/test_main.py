"""The command itself: what a person sees and which exit code a script gets."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jobdeploy.errors import LockedError
from jobdeploy.locks import check_unlocked, deployment_lock
from jobdeploy.target import DeployTarget

from .local_target import ACCOUNT
from .small_roots import make_small, needs_terraform

SECONDS = 60
OTHER = "999999999999"


@pytest.fixture
def small(endpoint: str, tmp_path: Path) -> DeployTarget:
    target = make_small(endpoint, tmp_path)
    target.clients("s3").create_bucket(Bucket=target.state_bucket)
    toml(target, f'dev = ["{OTHER}"]')
    return target


def toml(target: DeployTarget, accounts: str) -> None:
    text = f'project = "{target.project}"\nregion = "{target.region}"\n[accounts]\n{accounts}\n'
    (target.repository / "deploy.toml").write_text(text)


def command(target: DeployTarget, *arguments: str, **environ: str) -> tuple[int, str]:
    """Exit code and all output."""
    told = [*arguments, "--environment", "dev", "--repository", str(target.repository)]
    done = subprocess.run(
        [sys.executable, "-m", "jobdeploy", *told, "--terraform", str(target.terraform)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=SECONDS,
        env={**os.environ, **environ},
    )
    return done.returncode, done.stdout


@needs_terraform
def test_credentials_of_another_account_end_with_three_before_anything_is_done(small: DeployTarget) -> None:
    code, said = command(small, "destroy", "--yes", AWS_ENDPOINT_URL=str(small.endpoint_url))
    assert code == 3, said
    assert f"account      {ACCOUNT}" in said
    assert f"These are credentials of account {ACCOUNT}; dev may go to {OTHER}." in said
    assert "\nNext: take credentials of that account" in said
    assert "Traceback" not in said


@needs_terraform
def test_without_a_terminal_and_yes_nobody_has_agreed(small: DeployTarget) -> None:
    toml(small, f'dev = ["{ACCOUNT}"]')
    code, said = command(small, "deploy", AWS_ENDPOINT_URL=str(small.endpoint_url))
    assert code == 3, said
    assert "Cannot ask: stdin is not a terminal.\nNext: add --yes" in said


@needs_terraform
def test_a_lock_is_removed_by_its_id_and_another_id_is_an_error(small: DeployTarget) -> None:
    endpoint = ("--endpoint-url", str(small.endpoint_url))
    with deployment_lock(small, "deploy"):
        with pytest.raises(LockedError) as error:
            check_unlocked(small)
        lock_id = error.value.what.rpartition("; lock ")[2].removesuffix(".")
        code, said = command(small, "unlock", "0" * 36, *endpoint)
        assert code == 1, said
        assert "terraform force-unlock failed" in said
        code, said = command(small, "unlock", lock_id, *endpoint)
        assert code == 0, said
        check_unlocked(small)


def test_without_terraform_it_is_told_which_to_install(small: DeployTarget, tmp_path: Path) -> None:
    code, said = command(small, "drift", PATH=str(tmp_path))
    assert code == 7, said
    assert "Terraform is not installed.\nNext: install Terraform 1.11 or newer" in said
