"""Fixtures: the local AWS, where the tests of patches must pass, and plain moto, where they must fail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localaws.aws import start_aws
from localaws.processes import Processes

PATCHED, PLAIN = "local-aws", "plain-moto"
MOTO_LACKS_IT = "moto does not do this itself; when this passes, the patch can go"


class Clients:
    """boto3 clients of one server."""

    def __init__(self, endpoint: str) -> None:
        self.endpoint = endpoint

    def __getattr__(self, service: str) -> Any:
        client = boto3.client(
            service.replace("_", "-"),  # type: ignore[call-overload]  # the name is a variable
            region_name="us-east-1",
            endpoint_url=self.endpoint,
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
            config=Config(retries={"total_max_attempts": 1}, proxies={}),
        )
        setattr(self, service, client)  # asked for once
        return client


@pytest.fixture(scope="session")
def endpoints() -> Iterator[dict[str, Clients]]:
    with Processes("localaws-tests-") as processes:
        patched, plain = start_aws(processes), start_aws(processes, plain=True)
        yield {PATCHED: Clients(patched.endpoint()), PLAIN: Clients(plain.endpoint())}


@pytest.fixture(
    params=[PATCHED, pytest.param(PLAIN, marks=pytest.mark.xfail(strict=True, reason=MOTO_LACKS_IT))],
)
def aws(request: pytest.FixtureRequest, endpoints: dict[str, Clients]) -> Clients:
    """For tests of a patch: the local AWS, then plain moto, where the test must fail."""
    return endpoints[request.param]


@pytest.fixture
def local_aws(endpoints: dict[str, Clients]) -> Clients:
    """For tests of what needs no patch, or works in both."""
    return endpoints[PATCHED]
