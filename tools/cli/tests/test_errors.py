"""Error messages of `jobctl`: what is wrong, where it looked, what to do next, and the exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore import exceptions as of_botocore
from botocore.parsers import ResponseParserError
from typer.testing import Result
from ulid import ULID

from jobctl import session
from jobctl.app import common_first
from jobctl.exits import DeployError, NotAllowedError, UsageError
from jobctl.trouble import explained
from jobqueue.consumer.ports import QueueError

from .conftest import Jobs
from .refusing import Refusing, refusing
from .world import World

STRANGER = "01M85DNG76CJA6HHV4GJ30AD12"
USER = "User: arn:aws:iam::123456789012:user/anna is not authorized to perform:"


@pytest.fixture
def jobs(still: World, shell: Callable[[World], Jobs]) -> Jobs:
    return shell(still)


@pytest.fixture
def refuses(still: World) -> Iterator[Refusing]:
    """A proxy in front of the stack's AWS, which refuses nothing yet."""
    with refusing(still.endpoint) as one:
        yield one


def told(result: Result, code: int, *words: str) -> None:
    """Asserts that stdout is empty, and that stderr has what is wrong and what to do next, without a stack trace; and the exit code."""
    assert (result.exit_code, result.stdout) == (code, ""), (result.stderr, result.exception)
    lines = result.stderr.strip().splitlines()
    assert [line.partition(": ")[0] for line in lines if line.startswith(("jobctl: ", "Next: "))] == ["jobctl", "Next"]
    assert lines[-1].startswith("Next: ")
    assert [word for word in words if word not in result.stderr] == []
    assert "Traceback" not in result.stderr


def test_common_options_may_stand_anywhere(jobs: Jobs) -> None:
    asked = ["status", "--json", "--region", "us-east-1", "--project=p", "--", "--json"]
    assert common_first(asked) == ["--json", "--region", "us-east-1", "--project=p", "status", "--", "--json"]
    assert jobs.run("list", "--json").stdout == jobs.run("--json", "list").stdout == "[]\n"


# Which stack, and with what.


def test_an_environment_that_is_not_there_is_told_with_the_parameter(jobs: Jobs, still: World) -> None:
    result = jobs.run("status", "--environment", "nope")
    told(result, 4, f"no stack {still.project}-nope in us-east-1", f"SSM parameter /{still.project}/nope/stack")
    told(result, 4, "Next: see that --project, --environment, --region and --profile")


def test_the_wrong_region_is_named_with_what_was_looked_for(jobs: Jobs, still: World) -> None:
    told(jobs.run("status", "--region", "eu-west-1"), 4, f"{still.name} in eu-west-1", "--region")


def test_a_region_that_cannot_be_one_is_the_command_line(jobs: Jobs) -> None:
    told(jobs.run("status", "--region", "Europe!"), 2, "'Europe!'", "eu-central-1")


def test_a_region_without_an_address_is_told_with_the_address() -> None:
    nowhere = of_botocore.EndpointConnectionError(endpoint_url="https://ssm.eu-nowhere-1.amazonaws.com/")
    found = explained(nowhere, "shop-dev")
    assert found is not None
    assert "ssm.eu-nowhere-1.amazonaws.com" in found.what
    assert "--region" in found.next_step


@pytest.mark.parametrize(("name", "variable"), [("project", "JOBS_PROJECT"), ("environment", "JOBS_ENVIRONMENT")])
def test_nobody_said_which(jobs: Jobs, name: str, variable: str) -> None:
    told(jobs.run("status", **{variable: None}), 2, f"Which {name}?", f"--{name} NAME", variable)


def test_nobody_said_which_region(jobs: Jobs) -> None:
    told(jobs.run("status", AWS_REGION=None, AWS_DEFAULT_REGION=None), 2, "Which Region?", "--region NAME")


def test_a_parameter_that_somebody_broke_is_named(jobs: Jobs, still: World) -> None:
    name = f"/{still.project}/dev/stack"
    for value, word in (("{", "JSONDecodeError"), ('{"format": 1}', "KeyError"), ('{"format": 9}', "has format 9")):
        still.clients("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
        told(jobs.run("status"), 1, f"SSM parameter {name}", word)


def test_an_address_that_does_not_answer_is_named(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "ATTEMPTS", 1)
    told(jobs.run("list", "--endpoint-url", "http://127.0.0.1:9"), 1, "http://127.0.0.1:9", "--endpoint-url")
    told(jobs.run("list", "--endpoint-url", "nowhere"), 2, "nowhere", "http://HOST:PORT")


# With which credentials.


def test_without_credentials_it_says_how_to_log_in(jobs: Jobs) -> None:
    nobody = {"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None, "AWS_EC2_METADATA_DISABLED": "true"}
    told(jobs.run("list", **nobody), 3, "No credentials for AWS", "aws sso login", "aws sts get-caller-identity")


def test_a_profile_that_is_not_there_is_named(jobs: Jobs) -> None:
    told(jobs.run("list", "--profile", "nobody"), 3, "no profile nobody", "aws configure list-profiles")
    told(jobs.run("list", AWS_PROFILE="nobody"), 3, "no profile nobody")


def test_a_login_that_has_expired_says_how_to_log_in(jobs: Jobs, tmp_path: Path) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile sso]\nsso_start_url = https://example.invalid/start\nsso_region = us-east-1\n"
        "sso_account_id = 123456789012\nsso_role_name = operator\n"
    )
    told(jobs.run("list", "--profile", "sso", AWS_CONFIG_FILE=str(config)), 3, "login has expired", "aws sso login")
    config.write_text("no section = here")
    told(jobs.run("list", AWS_CONFIG_FILE=str(config)), 3, "cannot be used", str(config), "AWS_CONFIG_FILE")


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        (
            "ExpiredTokenException",
            "The security token included in the request is expired",
            ("have expired", "sso login"),
        ),
        ("UnrecognizedClientException", "The security token is invalid.", ("does not know these", "--region")),
        ("InvalidSignatureException", "Signature expired: 20261124T0000Z is now earlier", ("clock", "five minutes")),
    ],
)
def test_credentials_that_aws_does_not_take(
    jobs: Jobs, refuses: Refusing, code: str, message: str, words: tuple[str, ...]
) -> None:
    refuses.refusals["GetParameter"] = (code, message)
    told(jobs.run("status", "--endpoint-url", refuses.endpoint), 3, *words)


# What AWS refuses.


@pytest.mark.parametrize(
    ("call", "message", "words"),
    [
        (
            "FilterLogEvents",
            f"{USER} logs:FilterLogEvents on resource: arn:aws:logs:us-east-1:1:log-group:g:log-stream: because",
            ("logs:FilterLogEvents on arn:aws:logs:us-east-1:1:log-group:g:log-stream:", "{stack}-operator-read"),
        ),
        (
            "GetParameter",
            f"{USER} ssm:GetParameter on resource: arn:aws:ssm:us-east-1:1:parameter/p with an explicit deny in a policy",
            ("ssm:GetParameter on arn:aws:ssm:us-east-1:1:parameter/p", "a policy forbids it"),
        ),
        ("DescribeLogGroups", "no words", ("No permission for DescribeLogGroups.", "{stack}-operator-read")),
        (
            "SendMessageBatch",
            f"{USER} sqs:SendMessage on resource: arn:aws:sqs:us-east-1:1:q.",
            ("sqs:SendMessage on arn:aws:sqs:us-east-1:1:q.", "{stack}-operator-repair"),
        ),
    ],
)
def test_a_missing_right_is_told_with_action_resource_and_the_policy_to_ask_for(
    jobs: Jobs, still: World, refuses: Refusing, call: str, message: str, words: tuple[str, ...]
) -> None:
    refuses.refusals[call] = ("AccessDeniedException", message)
    command = {"SendMessageBatch": ["submit"], "DescribeLogGroups": ["logs", STRANGER]}.get(call, ["list"])
    result = jobs.run(*command, "--endpoint-url", refuses.endpoint)
    told(result, 3, *(word.format(stack=still.name) for word in words), f"AWS says: {message}")


def test_throttling_is_tried_again_and_then_told(
    jobs: Jobs, refuses: Refusing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "ATTEMPTS", 2)
    refuses.refusals["FilterLogEvents"] = ("ThrottlingException", "Rate exceeded")
    told(
        jobs.run("list", "--endpoint-url", refuses.endpoint), 1, "throttles FilterLogEvents", "wait a minute", "--since"
    )
    assert refuses.asked == ["FilterLogEvents"] * 2


def test_what_was_deleted_behind_the_stacks_back_is_told(jobs: Jobs, still: World) -> None:
    still.clients("logs").delete_log_group(logGroupName=still.group("background-job"))
    told(jobs.run("list"), 4, "FilterLogEvents found nothing", "nox -s drift")


def test_a_key_that_is_off_and_an_error_that_nobody_foresaw(jobs: Jobs, refuses: Refusing) -> None:
    refuses.refusals["GetQueueAttributes"] = ("KMS.DisabledException", "arn:aws:kms:k is disabled.")
    told(jobs.run("submit", "--endpoint-url", refuses.endpoint), 1, "KMS key", "arn:aws:kms:k is disabled", "enable")
    refuses.refusals["GetQueueAttributes"] = ("Teapot", "I am one")
    told(jobs.run("submit", "--endpoint-url", refuses.endpoint), 1, "GetQueueAttributes failed: Teapot: I am one")


def test_what_is_not_awss_is_told_apart_from_a_defect_of_ours() -> None:
    assert isinstance(explained(ResponseParserError("html"), "s"), DeployError)
    assert isinstance(
        explained(of_botocore.PartialCredentialsError(provider="env", cred_var="x"), "s"), NotAllowedError
    )
    assert isinstance(explained(of_botocore.InvalidRegionError(region_name="!"), "s"), UsageError)
    denied = of_botocore.ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "ReceiveMessage")
    wrapped = QueueError("sqs", code="AccessDenied")
    wrapped.__cause__ = denied
    assert isinstance(explained(wrapped, "s"), NotAllowedError)
    assert str(explained(QueueError("told by us", code=""), "s")).startswith("told by us\nNext: ")
    assert explained(of_botocore.ParamValidationError(report="x"), "s") is None
    for shows_a_token in (
        of_botocore.HTTPClientError(error=ValueError("Invalid header value b'TOKEN\\n'")),
        of_botocore.ClientError({"Error": {"Code": "InvalidSignatureException", "Message": "x\n\nTOKEN"}}, "A"),
    ):
        assert "TOKEN" not in str(explained(shows_a_token, "s"))
    assert explained(ValueError("a defect"), "s") is None


# Which job.


@pytest.mark.parametrize("command", ["show", "logs", "trace"])
def test_a_job_that_is_not_there_is_told_with_where_it_was_looked_for(jobs: Jobs, still: World, command: str) -> None:
    place = "X-Ray" if command == "trace" else still.group("background-job")
    told(jobs.run(command, STRANGER), 4, STRANGER, place)
    told(jobs.run(command, "nonsense"), 2, "'nonsense' is no job id", "ULID")


def test_a_dead_letter_that_is_not_there_is_told_with_the_queues(jobs: Jobs, still: World) -> None:
    for command in (["dead", "show", STRANGER], ["dead", "redrive", STRANGER, "--yes"]):
        told(jobs.run(*command), 4, *(queue.dead_letter_name for queue in still.queues.values()))


def test_a_log_that_has_expired_is_told_as_such(jobs: Jobs, still: World) -> None:
    still.clients("logs").put_retention_policy(logGroupName=still.group("background-job"), retentionInDays=30)
    old = str(ULID.from_datetime(datetime.now(UTC) - timedelta(days=40)))
    for command in ("logs", "show"):
        told(jobs.run(command, old), 4, f"The log of job {old} has expired", "keeps 30 days", "log_retention_days")


# The process.


def started(one: World, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "jobctl", *arguments],
        env={**os.environ, **one.environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_the_process_says_it_on_stderr_and_ends_with_the_code(still: World) -> None:
    with started(still, "logs", STRANGER, "--json") as process:
        out, error = process.communicate(timeout=30)
    assert (process.returncode, out) == (4, "")
    assert error.startswith("jobctl: The log of job")
    assert "\nNext: " in error


def test_ctrl_c_ends_a_tail_with_130_and_no_stack_trace(still: World) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    still.write(still.group("main-job"), "main-job/main-job/1", (now, "first line"))
    with started(still, "tail") as process:
        assert process.stdout is not None
        assert "first line" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=20)
    assert (process.returncode, said) == (130, "")


def test_a_reader_that_goes_away_ends_a_tail_without_a_stack_trace(still: World) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    still.write(still.group("main-job"), "main-job/main-job/1", (now, "first line"))
    with started(still, "tail", "--since", "1h") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "first line" in process.stdout.readline()
        process.stdout.close()
        later = int(datetime.now(UTC).timestamp() * 1000)
        still.write(still.group("main-job"), "main-job/main-job/2", (later, "nobody reads this"))
        assert process.wait(timeout=20) == 1
        assert process.stderr.read() == ""
