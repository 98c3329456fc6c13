"""One boto3 client that reaches nothing: the stubber answers in its place, botocore's own double."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from botocore.stub import Stubber

from jobqueue.sqs.client import sqs_client

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

URL = "http://127.0.0.1/123456789012/jobs"


@pytest.fixture(scope="session")
def client() -> Iterator[SQSClient]:
    # Bound and not listening: a call that the stubber does not answer is refused at once.
    with socket.socket() as closed, pytest.MonkeyPatch.context() as patch:
        closed.bind(("127.0.0.1", 0))
        patch.setenv("AWS_ACCESS_KEY_ID", "testing")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing")
        client = sqs_client(region="us-east-1", endpoint_url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        yield client
        client.close()


@pytest.fixture
def sqs(client: SQSClient) -> Iterator[Stubber]:
    with Stubber(client) as stubber:
        yield stubber
        stubber.assert_no_pending_responses()
