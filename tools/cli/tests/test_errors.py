"""Error messages of `jobctl`: what is wrong, where it looked, what to do next, and the exit code."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from botocore import exceptions as botocore_errors
from botocore.parsers import ResponseParserError
from typer.testing import Result
from ulid import ULID

from jobctl import session
from jobctl.aws_errors import explain
from jobctl.errors import CommandError, NotAllowedError, UsageError
from jobqueue.aws.answers import CallError
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


def check(result: Result, code: int, *words: str) -> None:
    """Asserts the exit code, that stdout is empty, and that stderr has what is wrong and what to do next, without a stack trace."""
    assert (result.exit_code, result.stdout) == (code, ""), (result.stderr, result.exception)
    lines = result.stderr.strip().splitlines()
    assert [line.partition(": ")[0] for line in lines if line.startswith(("jobctl: ", "Next: "))] == ["jobctl", "Next"]
    assert lines[-1].startswith("Next: ")
    assert [word for word in words if word not in result.stderr] == []
    assert "Traceback" not in result.stderr


# The stack.


def test_a_stack_that_does_not_exist_is_named_with_its_parameter_and_region(jobs: Jobs, still: World) -> None:
    result = jobs.run("status", "--environment", "nope")
    check(result, 4, f"No stack {still.project}-nope in us-east-1", f"SSM parameter /{still.project}/nope/stack")
    check(jobs.run("status", "--region", "eu-west-1"), 4, f"{still.name} in eu-west-1", "check project")


@pytest.mark.parametrize(("name", "variable"), [("project", "JOBS_PROJECT"), ("environment", "JOBS_ENVIRONMENT")])
def test_without_a_project_or_environment_it_says_where_to_set_it(jobs: Jobs, name: str, variable: str) -> None:
    words = f"No {name} given.", f"add --{name} NAME, set {variable}, or set `{name}` in ", "config.toml"
    check(jobs.run("status", **{variable: None}), 2, *words)


def test_regions_and_addresses_that_cannot_be_right(jobs: Jobs, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "ATTEMPTS", 1)
    check(jobs.run("status", AWS_REGION=None, AWS_DEFAULT_REGION=None), 2, "No Region given", "--region NAME")
    check(jobs.run("status", "--region", "Europe!"), 2, "'Europe!'", "eu-central-1")
    check(jobs.run("list", "--endpoint-url", "http://127.0.0.1:9"), 1, "http://127.0.0.1:9", "--endpoint-url")
    check(jobs.run("list", "--endpoint-url", "nowhere"), 2, "nowhere", "http://HOST:PORT")


def test_a_broken_parameter_is_named(jobs: Jobs, still: World) -> None:
    name = f"/{still.project}/dev/stack"
    for value, word in (("{", "JSONDecodeError"), ('{"format": 1}', "KeyError"), ('{"format": 9}', "has format 9")):
        still.clients("ssm").put_parameter(Name=name, Value=value, Type="String", Overwrite=True)
        check(jobs.run("status"), 1, f"SSM parameter {name}", word)


# Credentials.

KEYS = "aws_access_key_id = a\naws_secret_access_key = b\n"
ROLE = "role_arn = arn:aws:iam::123456789012:role/x\n"
SSO = (
    "sso_session = x\nsso_account_id = 1\nsso_role_name = y\n"
    "[sso-session x]\nsso_region = us-east-1\nsso_start_url = https://example.invalid\n"
)
PROFILES = {
    "a process that prints no JSON": (
        "credential_process = /bin/echo hello",
        "credentials of profile p cannot be loaded",
    ),
    "a process that prints null": ("credential_process = /bin/echo null", "credentials of profile p cannot be loaded"),
    "a process that is not there": ("credential_process = /no/such", "/no/such"),
    "half of the keys": ("aws_access_key_id = a", "add what is missing"),
    "a source that is not there": (f"{ROLE}source_profile = q", "correct ~/.aws/config"),
    "a token file that is not there": (f"{ROLE}web_identity_token_file = /no/such", "token file"),
    "a login that was never made": (SSO, "aws sso login"),
    "an invalid file": ("[profile", "correct ~/.aws/config"),
}
VARIABLES: dict[str, tuple[dict[str, str | None], str]] = {
    "no keys": ({"AWS_ACCESS_KEY_ID": None, "AWS_SECRET_ACCESS_KEY": None}, "aws sso login"),
    "a token with a line end": ({"AWS_SESSION_TOKEN": "HUSH\n"}, "AWS_SESSION_TOKEN contains a line end"),
    "a profile that is not there": ({"AWS_PROFILE": "nobody"}, "aws configure list-profiles"),
    "a container's token file that is not there": (
        {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://127.0.0.1:9/x",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/no/such",
            "AWS_ACCESS_KEY_ID": None,
        },
        "/no/such",
    ),
}


@pytest.fixture
def person(jobs: Jobs, tmp_path: Path) -> Jobs:
    """With files of credentials of their own."""
    jobs.environ |= {
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_PROFILE": None,
    }
    return jobs


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_without_usable_credentials(person: Jobs, tmp_path: Path, name: str) -> None:
    settings, words = PROFILES[name]
    (tmp_path / "config").write_text(f"[profile p]\n{settings}\n")
    check(person.run("status", "--profile", "p"), 3, words)


@pytest.mark.parametrize("name", VARIABLES)
def test_variables_without_usable_credentials(person: Jobs, name: str) -> None:
    environ, words = VARIABLES[name]
    result = person.run("status", **environ)
    check(result, 3, words)
    assert "HUSH" not in result.stderr


@pytest.mark.parametrize("content", ["no JSON", '{"accessToken": "t", "expiresAt": "2020-01-01T00:00:00Z"}'])
def test_an_expired_or_broken_login_and_an_mfa_code_without_a_terminal(
    person: Jobs, tmp_path: Path, content: str
) -> None:
    """In a process: boto3 finds the cache of logins when it is imported."""
    cache = tmp_path / ".aws" / "sso" / "cache"
    cache.mkdir(parents=True)
    (cache / f"{hashlib.sha1(b'x', usedforsecurity=False).hexdigest()}.json").write_text(content)
    mfa = f"[profile m]\n{ROLE}source_profile = q\nmfa_serial = arn:aws:iam::123456789012:mfa/anna\n[profile q]\n{KEYS}"
    (tmp_path / "config").write_text(f"{mfa}[profile p]\n{SSO}")
    environ = {name: value for name, value in person.environ.items() if value is not None} | {"HOME": str(tmp_path)}
    for profile, words in (("p", "aws sso login"), ("m", "profile m needs an MFA code")):
        command = [sys.executable, "-m", "jobctl", "status", "--profile", profile]
        ended = subprocess.run(
            command, env=environ, input="", capture_output=True, text=True, timeout=120, start_new_session=True
        )
        assert (ended.returncode, ended.stdout) == (3, "")
        assert words in ended.stderr, "behind getpass's own prompt, where there is one"
        assert "Traceback" not in ended.stderr


# What AWS refuses.


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("ExpiredTokenException", "The security token in the request is expired", ("have expired", "sso login")),
        ("UnrecognizedClientException", "The security token is invalid.", ("does not know these", "--region")),
        ("InvalidSignatureException", "Signature expired: 20261124T0000Z is now earlier", ("clock", "five minutes")),
    ],
)
def test_credentials_that_aws_rejects(
    jobs: Jobs, refuses: Refusing, code: str, message: str, words: tuple[str, ...]
) -> None:
    refuses.refusals["GetParameter"] = (code, message)
    check(jobs.run("status", "--endpoint-url", refuses.endpoint), 3, *words)


@pytest.mark.parametrize(
    ("command", "call", "message", "words"),
    [
        (
            "list",
            "FilterLogEvents",
            f"{USER} logs:FilterLogEvents on resource: arn:aws:logs:us-east-1:1:log-group:g: because",
            ("logs:FilterLogEvents on arn:aws:logs:us-east-1:1:log-group:g:", "{stack}-operator-read"),
        ),
        (
            "list",
            "GetParameter",
            f"{USER} ssm:GetParameter on resource: arn:aws:ssm:us-east-1:1:parameter/p with an explicit deny in a policy",
            ("ssm:GetParameter on arn:aws:ssm:us-east-1:1:parameter/p", "a policy denies it"),
        ),
        ("submit", "SendMessageBatch", "none", ("No permission for SendMessageBatch.", "{stack}-operator-repair")),
    ],
)
def test_a_missing_permission_is_named_with_action_resource_and_the_policy_to_ask_for(
    jobs: Jobs, still: World, refuses: Refusing, command: str, call: str, message: str, words: tuple[str, ...]
) -> None:
    refuses.refusals[call] = ("AccessDeniedException", message)
    result = jobs.run(command, "--endpoint-url", refuses.endpoint)
    check(result, 3, *(word.format(stack=still.name) for word in words), f"AWS says: {message}")


def test_throttling_is_retried_and_then_reported(
    jobs: Jobs, refuses: Refusing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(session, "ATTEMPTS", 2)
    refuses.refusals["FilterLogEvents"] = ("ThrottlingException", "Rate exceeded")
    result = jobs.run("list", "--endpoint-url", refuses.endpoint)
    check(result, 1, "throttles FilterLogEvents", "wait a minute", "--since")
    assert refuses.asked == ["FilterLogEvents"] * 2


def test_a_disabled_key_a_deleted_group_and_an_unknown_error(jobs: Jobs, still: World, refuses: Refusing) -> None:
    for code, words in (("KMS.DisabledException", ("KMS key", "enable")), ("Teapot", ("failed: Teapot: I am one",))):
        refuses.refusals["GetQueueAttributes"] = (code, "I am one")
        check(jobs.run("submit", "--endpoint-url", refuses.endpoint), 1, *words)
    still.clients("logs").delete_log_group(logGroupName=still.group("background-job"))
    check(jobs.run("list"), 4, "FilterLogEvents found nothing", "nox -s drift")


def test_errors_of_aws_are_explained_and_defects_of_ours_are_not() -> None:
    assert isinstance(explain(ResponseParserError("html")), CommandError)
    assert isinstance(explain(botocore_errors.PartialCredentialsError(provider="env", cred_var="x")), NotAllowedError)
    assert isinstance(explain(botocore_errors.InvalidRegionError(region_name="!")), UsageError)
    denied = botocore_errors.ClientError({"Error": {"Code": "AccessDenied", "Message": ""}}, "ReceiveMessage")
    wrapped = QueueError("sqs", code="AccessDenied")
    wrapped.__cause__ = CallError("AccessDenied", "", status=403, unknown=False)
    wrapped.__cause__.__cause__ = denied
    assert isinstance(explain(wrapped), NotAllowedError)
    for call in ("GetItem", "PutItem"):  # of who cancels a job, or ends a step
        answer = botocore_errors.ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, call)
        assert "p-dev-operator-repair" in str(explain(answer, "p-dev"))
    assert str(explain(QueueError("told by us", code=""))).startswith("told by us\nNext: ")
    for with_a_token in (
        botocore_errors.HTTPClientError(error=ValueError("Invalid header value b'TOKEN\\n'")),
        botocore_errors.ClientError({"Error": {"Code": "InvalidSignatureException", "Message": "x\n\nTOKEN"}}, "A"),
    ):
        assert "TOKEN" not in str(explain(with_a_token))
    assert explain(botocore_errors.ParamValidationError(report="x")) is None
    assert explain(ValueError("a defect")) is None


# Jobs and dead letters.


@pytest.mark.parametrize("command", ["show", "logs", "trace"])
def test_a_job_that_does_not_exist_is_reported_with_where_it_was_looked_for(
    jobs: Jobs, still: World, command: str
) -> None:
    place = "X-Ray" if command == "trace" else still.group("background-job")
    check(jobs.run(command, STRANGER), 4, STRANGER, place)
    check(jobs.run(command, "nonsense"), 2, "'nonsense' is not a job id", "ULID")


def test_a_dead_letter_that_does_not_exist_is_reported_with_the_queues(jobs: Jobs, still: World) -> None:
    queues = " or ".join(still.queues[name].dead_letter_name for name in ("background-jobs", "main-job-triggers"))
    check(jobs.run("dead", "show", STRANGER), 4, f"No dead letter in {queues} has the job id or message id {STRANGER}")
    redrive = jobs.run("dead", "redrive", "--reason", "nosuch", "--yes")
    check(redrive, 4, f"No dead letter in {queues} matches --reason nosuch")


def test_an_expired_log_is_reported_as_such(jobs: Jobs, still: World) -> None:
    still.clients("logs").put_retention_policy(logGroupName=still.group("background-job"), retentionInDays=30)
    old = str(ULID.from_datetime(datetime.now(UTC) - timedelta(days=40)))
    check(jobs.run("logs", old), 4, f"The log of job {old} has expired", "keeps 30 days", "log_retention_days")
