"""Fixtures: one fast AWS in a thread, reset before each test, and real boto3 clients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from localaws.fast_aws import FastAws

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient

CREDENTIALS: Any = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
ONCE = Config(retries={"max_attempts": 0}, max_pool_connections=20)
"""No retries, so that every injected fault is seen."""


@pytest.fixture(scope="session")
def running() -> Iterator[FastAws]:
    with FastAws() as aws:
        yield aws


@pytest.fixture
def aws(running: FastAws) -> FastAws:
    running.reset()
    return running


@pytest.fixture(scope="session")
def sqs_client(running: FastAws) -> Iterator[SQSClient]:
    made: SQSClient = boto3.client("sqs", endpoint_url=running.endpoint, config=ONCE, **CREDENTIALS)
    yield made
    made.close()


@pytest.fixture(scope="session")
def logs_client(running: FastAws) -> Iterator[CloudWatchLogsClient]:
    made: CloudWatchLogsClient = boto3.client("logs", endpoint_url=running.endpoint, config=ONCE, **CREDENTIALS)
    yield made
    made.close()


@pytest.fixture
def sqs(aws: FastAws, sqs_client: SQSClient) -> SQSClient:
    return sqs_client


@pytest.fixture
def logs(aws: FastAws, logs_client: CloudWatchLogsClient) -> CloudWatchLogsClient:
    return logs_client


@pytest.fixture
def url(sqs: SQSClient) -> str:
    return sqs.create_queue(QueueName="jobs")["QueueUrl"]
