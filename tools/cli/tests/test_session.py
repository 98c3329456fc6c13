"""Settings of `jobctl`: the order of options, environment and file, and the parameter that describes the stack."""

from __future__ import annotations

from pathlib import Path

import pytest

from jobctl.errors import UsageError
from jobctl.session import Session, SessionOptions, resolve_options

FILE = """
project = "shop"
environment = "dev"
region = "eu-west-1"

[environments.prod]
profile = "shop-prod"
region = "eu-central-1"
"""


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    file = tmp_path / "config.toml"
    file.write_text(FILE)
    return {"JOBS_CONFIG": str(file)}


def test_the_file_says_what_nobody_else_does(environ: dict[str, str]) -> None:
    assert resolve_options(SessionOptions(), environ) == SessionOptions("shop", "dev", None, "eu-west-1")


def test_an_environment_has_settings_of_its_own(environ: dict[str, str]) -> None:
    expected = SessionOptions("shop", "prod", "shop-prod", "eu-central-1")
    assert resolve_options(SessionOptions(environment="prod"), environ) == expected
    assert resolve_options(SessionOptions(), {**environ, "JOBS_ENVIRONMENT": "prod"}) == expected


def test_an_option_goes_before_the_environment_and_that_before_the_file(environ: dict[str, str]) -> None:
    environ |= {"AWS_REGION": "us-west-2", "JOBS_PROJECT": "other"}
    found = resolve_options(SessionOptions(project="mine"), environ)
    assert (found.project, found.region) == ("mine", "us-west-2")


@pytest.mark.parametrize("text", ["project = 1", "project", '[environments]\ndev = "x"'])
def test_a_file_that_says_nonsense_is_named(tmp_path: Path, text: str) -> None:
    file = tmp_path / "config.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=r"config\.toml"):
        resolve_options(SessionOptions(environment="dev"), {"JOBS_CONFIG": str(file)})


def test_a_file_that_is_named_and_not_there_is_told() -> None:
    with pytest.raises(UsageError, match="No file"):
        resolve_options(SessionOptions(), {"JOBS_CONFIG": "/there/is/none"})
    assert resolve_options(SessionOptions(), {"HOME": "/there/is/none"}) == SessionOptions()


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (None, {"sqs": "http://127.0.0.1:2", "logs": "http://127.0.0.1:3", "ecs": "http://127.0.0.1:1"}),
        ("http://127.0.0.1:4", dict.fromkeys(["sqs", "logs", "ecs"], "http://127.0.0.1:4")),
    ],
)
def test_a_service_s_own_address_goes_before_that_of_all_and_the_option_before_both(
    option: str | None, expected: dict[str, str]
) -> None:
    environ = {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_ENDPOINT_URL_SQS": "http://127.0.0.1:2",
        "AWS_ENDPOINT_URL_CLOUDWATCH_LOGS": "http://127.0.0.1:3",
        "HOME": "/there/is/none",
    }
    session = Session(SessionOptions("shop", "dev", region="us-east-1", endpoint_url=option), environ)
    assert {service: session.client(service).meta.endpoint_url for service in expected} == expected
