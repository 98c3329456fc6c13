"""Locks: who holds one, how it is told, how one that was left is removed."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobctl.environment.target import Target
from jobctl.errors import DeployError, LockedError, NotAllowedError, UsageError
from jobdeploy.explain import StalePlan, explain
from jobdeploy.locks import Holder, all_locks, deployment_lock, holder_in, locked, unlock, who
from jobdeploy.program import TerraformEnded
from jobdeploy.running import Running

TERRAFORM_SAYS = """\
╷
│ Error: Error acquiring the state lock
│
│ Error message: operation error S3: PutObject, https response error
│ StatusCode: 412, api error PreconditionFailed: At least one of the pre-conditions you specified did not hold
│ Lock Info:
│   ID:        a1926a5d-827e-7e0d-ef5f-64eb6956994c
│   Path:      bucket/dev/stack.tfstate
│   Operation: OperationTypeApply
│   Who:       ada@laptop
│   Version:   1.11.4
│   Created:   2026-11-23 23:01:11.307226328 +0000 UTC
│   Info:
╵
"""


@pytest.fixture
def bucket(target: Target) -> Target:
    target.clients("s3").create_bucket(Bucket=target.state_bucket)
    return target


def test_terraforms_error_names_the_holder() -> None:
    holder = holder_in(TERRAFORM_SAYS)
    assert holder is not None
    assert str(holder) == "ada@laptop (apply) since 2026-11-23 23:01:11 UTC; lock a1926a5d-827e-7e0d-ef5f-64eb6956994c"
    assert holder_in("Error: something else\n  ID: 1\n") is None


def test_a_lock_is_held_while_it_is_entered_and_names_us(bucket: Target) -> None:
    with Running(bucket) as running:
        with deployment_lock(bucket, "deploy", running):
            (holder,) = all_locks(bucket).values()
            assert (holder.who, holder.operation) == (who(), "deploy")
        assert all_locks(bucket) == {}


def test_who_comes_second_is_told_and_takes_nothing_away(bucket: Target) -> None:
    with Running(bucket) as running, deployment_lock(bucket, "deploy", running):
        with (
            pytest.raises(LockedError, match=r"is locked by .* \(deploy\) since"),
            deployment_lock(bucket, "x", running),
        ):
            pass
        assert len(all_locks(bucket)) == 1


def test_a_lock_that_somebody_removed_and_another_took_is_left_alone(bucket: Target) -> None:
    with Running(bucket) as running:
        with deployment_lock(bucket, "deploy", running):
            (ours,) = all_locks(bucket).values()
            unlock(bucket, [ours.lock_id])
            s3 = bucket.clients("s3")
            s3.put_object(Bucket=bucket.state_bucket, Key="dev/deploy.tflock", Body=b'{"ID": "theirs"}')
        assert [one.lock_id for one in all_locks(bucket).values()] == ["theirs"]


def test_a_lock_of_this_machine_is_called_left_only_where_nothing_runs(bucket: Target) -> None:
    left = Holder("1", who(), "deploy", "2026-01-01 00:00:00")
    with Running(bucket) as first:
        assert "left by a run that was killed" in str(locked(left, bucket, first))
        with Running(bucket) as second:
            assert "left by" not in str(locked(left, bucket, second))
    with Running(bucket) as again:
        assert "left by" not in str(locked(Holder("1", "ada@elsewhere", "deploy", ""), bucket, again))
        assert "left by" in str(locked(left, bucket, again))


def test_unlocking_what_is_not_there_lists_what_is(bucket: Target) -> None:
    with Running(bucket) as running, deployment_lock(bucket, "deploy", running):
        with pytest.raises(UsageError, match=r"No such lock\. Locks of .*:\n  .* \(deploy\) since"):
            unlock(bucket, ["another"])
        assert len(all_locks(bucket)) == 1


@pytest.mark.parametrize(
    ("output", "kind", "said"),
    [
        (TERRAFORM_SAYS, LockedError, "is locked by ada@laptop"),
        ("Error: Saved plan is stale\n", StalePlan, "stale"),
        ("Error: api error ExpiredToken: The security token\n", NotAllowedError, "expired in the middle"),
        ("Error: No valid credential sources found\n", NotAllowedError, "finds no credentials"),
        (
            "Error: creating EC2 VPC: VpcLimitExceeded: The maximum\n",
            DeployError,
            r"A quota of account .* \(VpcLimitExceeded\)",
        ),
        ("Error: ServiceQuotaExceededException: x\n", DeployError, r"Next: remove what is not needed, or ask for more"),
        ("Error: AccessDeniedException: User x is not authorized to perform\n", DeployError, "may not do that"),
        ("Refreshing\nError: Failed to query available provider packages\n", DeployError, r"cannot fetch its provider"),
        (
            "Refreshing state\n\nError: Unsupported argument\n",
            DeployError,
            r"plan\nError: Unsupported argument\nNext: correct",
        ),
    ],
)
def test_errors_of_terraform_are_told_with_what_to_do(
    target: Target, output: str, kind: type[Exception], said: str
) -> None:
    with Running(target) as running:
        found = explain(TerraformEnded("terraform plan", output), target, running)
    assert type(found) is kind
    with pytest.raises(kind, match=said):
        raise found


def test_the_file_that_says_that_we_run_stays_and_can_be_taken_again(target: Target, tmp_path: Path) -> None:
    for _ in range(2):
        with Running(target) as running:
            assert running.alone
