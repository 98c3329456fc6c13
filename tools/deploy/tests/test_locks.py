"""The lock of a deployment: one at a time, and whose it is."""

from __future__ import annotations

import pytest

from jobdeploy.errors import LockedError
from jobdeploy.locks import check_unlocked, deployment_lock, remove_lock, who
from jobdeploy.target import DeployTarget


@pytest.fixture
def bucket(target: DeployTarget) -> DeployTarget:
    target.clients("s3").create_bucket(Bucket=target.state_bucket)
    return target


def test_who_comes_second_is_told_who_holds_it_and_takes_nothing_away(bucket: DeployTarget) -> None:
    with deployment_lock(bucket, "deploy"):
        with (
            pytest.raises(LockedError, match=rf"is locked by {who()} \(deploy\) since .*\nNext: .*nox -s unlock -- "),
            deployment_lock(bucket, "rollback"),
        ):
            pass
        with pytest.raises(LockedError):
            check_unlocked(bucket)
    check_unlocked(bucket)


def test_a_lock_that_somebody_removed_and_another_took_is_left_alone(bucket: DeployTarget) -> None:
    with deployment_lock(bucket, "deploy"):
        s3 = bucket.clients("s3")
        s3.put_object(Bucket=bucket.state_bucket, Key="dev/deploy.tflock", Body=b'{"ID": "theirs"}')
    assert not remove_lock(bucket, "another")
    assert remove_lock(bucket, "theirs")
    check_unlocked(bucket)
