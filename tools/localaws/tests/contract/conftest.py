"""The fast AWS, once a session, and a client of it with dummy credentials."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from jobqueue.sqs.client import sqs_client
from localaws.fast_aws import FastAws

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

pytest.register_assert_rewrite("jobqueue.testing.contract")


@pytest.fixture(scope="session")
def fast_aws_client() -> Iterator[SQSClient]:
    with FastAws() as fast_aws, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        client = sqs_client(region="us-east-1", endpoint_url=fast_aws.endpoint)
        yield client
        client.close()
