"""The lock of a deployment, and what is said of Terraform's errors."""

from __future__ import annotations

import pytest

from jobctl.environment.target import Target
from jobctl.errors import CommandError, LockedError, NotAllowedError, UsageError
from jobdeploy.explain import explain
from jobdeploy.locks import check_unlocked, deployment_lock, remove_lock, who

LOCKED = """\
╷
│ Error: Error acquiring the state lock
│
│ Lock Info:
│   ID:        a1926a5d-827e-7e0d-ef5f-64eb6956994c
│   Who:       ada@laptop
╵
"""


@pytest.fixture
def bucket(target: Target) -> Target:
    target.clients("s3").create_bucket(Bucket=target.state_bucket)
    return target


def test_who_comes_second_is_told_who_holds_it_and_takes_nothing_away(bucket: Target) -> None:
    with deployment_lock(bucket, "deploy"):
        with (
            pytest.raises(LockedError, match=rf"is locked by {who()} \(deploy\) since .*\nNext: .*nox -s unlock -- "),
            deployment_lock(bucket, "rollback"),
        ):
            pass
        with pytest.raises(LockedError):
            check_unlocked(bucket)
    check_unlocked(bucket)


def test_a_lock_that_somebody_removed_and_another_took_is_left_alone(bucket: Target) -> None:
    with deployment_lock(bucket, "deploy"):
        s3 = bucket.clients("s3")
        s3.put_object(Bucket=bucket.state_bucket, Key="dev/deploy.tflock", Body=b'{"ID": "theirs"}')
    assert not remove_lock(bucket, "another")
    assert remove_lock(bucket, "theirs")
    check_unlocked(bucket)


@pytest.mark.parametrize(
    ("output", "kind", "what"),
    [
        (LOCKED, LockedError, r"ada@laptop\n(.|\n)*Next: wait for that run, .* nox -s unlock -- ID"),
        ("Error: api error ExpiredToken: The security token\n", NotAllowedError, "Next: log in again"),
        ("Error: creating EC2 VPC: VpcLimitExceeded: The maximum\n", CommandError, "Next: remove what is not needed"),
        ("Error: Unsupported Terraform Core version\n", UsageError, "Next: install Terraform 1.11 or newer"),
        (
            "Error: AccessDeniedException: not authorized to perform\n",
            CommandError,
            "Next: take a role with the rights",
        ),
        (
            "Refreshing state\n\nError: Unsupported argument\n",
            CommandError,
            r"failed:\nError: Unsupported.*\nNext: corr",
        ),
    ],
)
def test_terraforms_errors_say_what_to_do_next(output: str, kind: type[Exception], what: str) -> None:
    with pytest.raises(kind, match=what) as error:
        raise explain("terraform plan", output)
    assert type(error.value) is kind
