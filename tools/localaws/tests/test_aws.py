"""AWS settings of tools with a local AWS, from which the user's own are removed."""

from __future__ import annotations

import socket

import pytest

from localaws.aws import CREDENTIALS, only_local_credentials, start_aws
from localaws.processes import ProcessDied, Processes

pytestmark = pytest.mark.slow


def test_every_aws_setting_of_the_person_is_forgotten() -> None:
    environ = {
        "AWS_PROFILE": "production",
        "AWS_SESSION_TOKEN": "secret",
        "AWS_ENDPOINT_URL_SQS": "https://x",
        "HOME": "/h",
    }
    only_local_credentials(environ)
    assert environ == {"HOME": "/h", **CREDENTIALS}


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, Processes("test-aws-") as processes:
        starting = start_aws(processes, port=taken.getsockname()[1], plain=True)
        with pytest.raises(ProcessDied, match=r"exit code 2(?s:.*)is in use by another program"):
            starting.endpoint()
