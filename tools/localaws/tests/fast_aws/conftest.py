"""Fixtures: one stand-in in a thread, reset before each test, and real boto3 clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from localaws.fast_aws import Standin

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient

CREDENTIALS: Any = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
ONCE = Config(retries={"max_attempts": 0}, max_pool_connections=20)
"""No retries, so that every injected fault is seen."""


@pytest.fixture(scope="session")
def running() -> Iterator[Standin]:
    with Standin() as aws:
        yield aws


@pytest.fixture
def aws(running: Standin) -> Standin:
    running.reset()
    return running


@pytest.fixture(scope="session")
def sqs_client(running: Standin) -> Iterator[SQSClient]:
    made: SQSClient = boto3.client("sqs", endpoint_url=running.endpoint, config=ONCE, **CREDENTIALS)
    yield made
    made.close()


@pytest.fixture(scope="session")
def logs_client(running: Standin) -> Iterator[CloudWatchLogsClient]:
    made: CloudWatchLogsClient = boto3.client("logs", endpoint_url=running.endpoint, config=ONCE, **CREDENTIALS)
    yield made
    made.close()


@pytest.fixture
def sqs(aws: Standin, sqs_client: SQSClient) -> SQSClient:
    return sqs_client


@pytest.fixture
def logs(aws: Standin, logs_client: CloudWatchLogsClient) -> CloudWatchLogsClient:
    return logs_client


@pytest.fixture
def url(sqs: SQSClient) -> str:
    return sqs.create_queue(QueueName="jobs")["QueueUrl"]
