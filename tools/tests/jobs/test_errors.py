"""What is wrong, what was looked for, what is next, and with which exit code?"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from ulid import ULID

from jobtools.jobs.app import common_first
from jobtools.jobs.exits import NotAllowed, NothingFound
from jobtools.jobs.trouble import explained

from .conftest import Jobs
from .world import World

STRANGER = "01M85DNG76CJA6HHV4GJ30AD12"


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(still)


def test_common_options_may_stand_anywhere(jobs: Jobs) -> None:
    asked = ["status", "--json", "--region", "us-east-1", "--project=p", "--", "--json"]
    assert common_first(asked) == ["--json", "--region", "us-east-1", "--project=p", "status", "--", "--json"]
    assert jobs.run("list", "--json").stdout == jobs.run("--json", "list").stdout == "[]\n"


def test_a_stack_that_is_not_there_is_told_with_the_parameter(jobs: Jobs, still: World) -> None:
    result = jobs.run("status", "--environment", "nope")
    assert (result.exit_code, result.stdout) == (4, "")
    assert f"the SSM parameter /{still.project}/nope/stack" in result.stderr


def test_nobody_said_which_project(jobs: Jobs) -> None:
    result = jobs.run("status", JOBS_PROJECT=None)
    assert result.exit_code == 2
    assert "--project" in result.stderr


def test_without_credentials_it_says_how_to_log_in(jobs: Jobs) -> None:
    result = jobs.run("list", AWS_ACCESS_KEY_ID=None, AWS_SECRET_ACCESS_KEY=None)
    assert result.exit_code == 3
    assert "No credentials for AWS" in result.stderr
    assert "aws sso login" in result.stderr
    assert jobs.run("list", "--profile", "nobody").exit_code == 3


def test_an_address_that_does_not_answer_is_named(jobs: Jobs) -> None:
    result = jobs.run("list", "--endpoint-url", "http://127.0.0.1:9")
    assert result.exit_code == 1
    assert "http://127.0.0.1:9" in result.stderr


@pytest.mark.parametrize("command", ["show", "logs", "trace"])
def test_a_job_that_is_not_there_is_told_with_where_it_was_looked_for(jobs: Jobs, still: World, command: str) -> None:
    result = jobs.run(command, STRANGER)
    assert result.exit_code == 4
    assert STRANGER in result.stderr
    assert ("X-Ray" if command == "trace" else still.group("background-job")) in result.stderr
    assert jobs.run(command, "nonsense").exit_code == 2


def test_a_log_that_has_expired_is_told_as_such(jobs: Jobs, still: World) -> None:
    still.clients("logs").put_retention_policy(logGroupName=still.group("background-job"), retentionInDays=30)
    old = str(ULID.from_datetime(datetime.now(UTC) - timedelta(days=40)))
    result = jobs.run("logs", old)
    assert result.exit_code == 4
    assert "has expired" in result.stderr
    assert "keeps 30 days" in result.stderr


def refused(code: str, action: str, message: str = "") -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, action)


def test_a_missing_right_names_action_resource_and_policy() -> None:
    message = "User: arn:aws:iam::1:user/a is not authorized to perform: sqs:ReceiveMessage on resource: arn:aws:sqs:q"
    found = explained(refused("AccessDenied", "ReceiveMessage", message), "shop-prod")
    assert isinstance(found, NotAllowed)
    assert "ReceiveMessage on arn:aws:sqs:q" in str(found)
    assert "shop-prod-operator-read" in str(found)
    assert "shop-prod-operator-repair" in str(explained(refused("AccessDenied", "SendMessageBatch"), "shop-prod"))


def test_expired_throttled_and_deleted_are_told_apart() -> None:
    assert "have expired" in str(explained(refused("ExpiredTokenException", "GetParameter"), "s"))
    assert "throttles FilterLogEvents" in str(explained(refused("ThrottlingException", "FilterLogEvents"), "s"))
    assert isinstance(explained(refused("ResourceNotFoundException", "FilterLogEvents"), "s"), NothingFound)
    assert explained(ValueError("a defect"), "s") is None


def test_ctrl_c_ends_a_tail_with_130_and_no_stack_trace(still: World) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    still.write(still.group("main-job"), "main-job/main-job/1", (now, "first line"))
    process = subprocess.Popen(
        [sys.executable, "-m", "jobtools.jobs", "tail"],
        env={**os.environ, **still.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    with process:
        assert process.stdout is not None
        assert "first line" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "")
