"""A root on its real state: what is shown is what is applied, and whose state is taken."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from devkit.infra_check.installation import copy_terraform
from jobctl.checkout import REPOSITORY
from jobctl.environment.prompt import Prompt
from jobctl.errors import CommandError, NotAllowedError, UsageError
from jobctl.stop import StopSignals
from jobdeploy.context import DeployContext, open_context
from jobdeploy.progress import Progress
from jobdeploy.roots import bring_up, environments, find_bootstrap, stack, stack_values
from jobdeploy.target import DeployTarget

from .small_roots import make_boundary, make_small, needs_terraform

IMAGES = {"main_job_image": "m1", "background_job_image": "b1", "collector_image": "c1", "service_images": {}}


class Asked:
    """A person with a script of answers; each may do something first."""

    def __init__(self, *answers: Callable[[], str]) -> None:
        self._answers = iter(answers)
        self.questions: list[str] = []

    def __call__(self, question: str) -> str:
        self.questions.append(question)
        return next(self._answers)()


@pytest.fixture
def small(endpoint: str, tmp_path: Path) -> DeployTarget:
    target = make_small(endpoint, tmp_path)
    target.clients("s3").create_bucket(Bucket=target.state_bucket)
    return target


@pytest.fixture
def shown() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def opened(small: DeployTarget, shown: io.StringIO) -> Iterator[Callable[[Prompt], DeployContext]]:
    from contextlib import ExitStack

    with ExitStack() as left, StopSignals() as stop:
        yield lambda person: left.enter_context(open_context(small, stop, Progress(shown), person))


@needs_terraform
def test_what_was_shown_is_applied_and_a_plan_that_became_stale_is_not(
    opened: Callable[[Prompt], DeployContext], shown: io.StringIO
) -> None:
    def meanwhile() -> str:
        other = opened(Prompt(yes=True))
        root = stack(other, {**IMAGES, "background_job_image": "b9"})
        root.init()
        bring_up(other, root, "by another")
        return "y"

    asked = Asked(meanwhile, lambda: "y")
    context = opened(Prompt(yes=False, ask=asked))
    root = stack(context, IMAGES)
    root.init()
    with pytest.raises(CommandError, match="Next: somebody else applied meanwhile"):
        bring_up(context, root, "ours")
    bring_up(context, root, "ours")
    assert asked.questions == ["Apply this plan to ours? [y/N] "] * 2
    assert "  # terraform_data.images will be updated in-place" in shown.getvalue()
    assert root.outputs()["images"] == ["m1", "b1", "dev"]


@needs_terraform
def test_nothing_is_applied_unless_somebody_agrees(opened: Callable[[Prompt], DeployContext]) -> None:
    context = opened(Prompt(yes=False, ask=lambda question: ""))
    root = stack(context, IMAGES)
    root.init()
    with pytest.raises(NotAllowedError, match="Not agreed"):
        bring_up(context, root, "ours")
    assert root.outputs() == {}


@needs_terraform
def test_a_state_is_encrypted_as_its_bucket_says(
    small: DeployTarget, opened: Callable[[Prompt], DeployContext]
) -> None:
    s3, rule = small.clients("s3"), {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": "arn:aws:kms:us-east-1:1:key/ours"}
    s3.put_bucket_encryption(
        Bucket=small.state_bucket,
        ServerSideEncryptionConfiguration={"Rules": [{"ApplyServerSideEncryptionByDefault": rule}]},
    )
    context = opened(Prompt(yes=True))
    root = stack(context, IMAGES)
    root.init()
    bring_up(context, root, "ours")
    found = s3.head_object(Bucket=small.state_bucket, Key="dev/stack.tfstate")
    assert found["ServerSideEncryption"] == "aws:kms"


def test_an_environment_that_is_not_there_is_told_with_those_that_are(
    opened: Callable[[Prompt], DeployContext],
) -> None:
    from dataclasses import replace

    context = opened(Prompt(yes=True))
    with pytest.raises(UsageError, match=r"no environment test; there are dev, prod"):
        stack(replace(context, target=replace(context.target, environment="test")), IMAGES)


def test_the_bootstraps_state_of_another_account_is_refused(small: DeployTarget) -> None:
    state = {"resources": [{"instances": [{"attributes": {"arn": "arn:aws:kms:us-east-1:999999999999:key/1"}}]}]}
    (small.terraform / "bootstrap" / "terraform.tfstate").write_text(json.dumps(state))
    with pytest.raises(UsageError, match=r"another account's bootstrap \(999999999999\)"):
        find_bootstrap(small)


def test_a_bootstrap_from_elsewhere_is_complete_without_a_state_here(small: DeployTarget) -> None:
    boundary = f"{small.project}-boundary-us-east-1"
    assert find_bootstrap(small).missing == ("background-job", "base", "collector", "main-job", boundary)
    for name in ("base", "collector", "main-job", "background-job"):
        small.clients("ecr").create_repository(repositoryName=f"{small.project}/{name}")
    assert find_bootstrap(small).missing == (boundary,)
    make_boundary(small)
    assert find_bootstrap(small).complete


def test_the_targets_values_are_above_the_environments_and_images_above_all(small: DeployTarget) -> None:
    from dataclasses import replace

    local = replace(small, values={"poll_wait_seconds": 2})
    assert stack_values(local, {"main_job_image": "x"}) == {
        "project_name": small.project,
        "environment": "dev",
        "aws_region": "us-east-1",
        "poll_wait_seconds": 2,
        "main_job_image": "x",
    }


def test_a_copy_for_a_local_aws_keeps_its_states_in_the_bucket(tmp_path: Path) -> None:
    terraform = copy_terraform(REPOSITORY, tmp_path / "copy", local_state=False)
    assert 'backend "s3"' in (terraform / "stack" / "backend.tf").read_text()
    for root in ("stack", "bootstrap"):
        assert "backend" not in (terraform / root / "local_aws_override.tf").read_text()
    assert environments(DeployTarget("p", "dev", "us-east-1", "123456789012", terraform=terraform)) == ["dev", "prod"]
