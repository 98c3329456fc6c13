"""AWS settings of tools with a local AWS, from which the user's own are removed."""

from __future__ import annotations

from localaws.aws import CREDENTIALS, LocalAws, only_local_credentials


def test_every_aws_setting_of_the_person_is_forgotten() -> None:
    environ = {
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "secret",
        "AWS_ENDPOINT_URL_SQS": "https://x",
        "HOME": "/h",
    }
    only_local_credentials(environ)
    assert environ == {"HOME": "/h", **CREDENTIALS}


def test_a_program_is_told_the_endpoint_and_credentials_that_are_no_secret() -> None:
    environ = LocalAws("http://127.0.0.1:1").environ()
    assert environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert environ["AWS_ACCESS_KEY_ID"] == environ["AWS_SECRET_ACCESS_KEY"] == "testing"
