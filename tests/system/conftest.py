"""Fixtures of the system tests: one stand-in process a session, emptied for each test, and boto3 clients without retries."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3
import pytest
from botocore.config import Config

from localaws.fast_aws import FastAwsProcess

from .flow import Flow

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient
    from mypy_boto3_sqs import SQSClient

ONCE = Config(retries={"total_max_attempts": 1}, max_pool_connections=4)
DUMMY: Any = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}


@pytest.fixture(scope="session")
def aws() -> Iterator[FastAwsProcess]:
    with FastAwsProcess() as running:
        yield running


@pytest.fixture(scope="session")
def sqs(aws: FastAwsProcess) -> Iterator[SQSClient]:
    client: SQSClient = boto3.client("sqs", endpoint_url=aws.endpoint, config=ONCE, **DUMMY)
    yield client
    client.close()


@pytest.fixture(scope="session")
def logs(aws: FastAwsProcess) -> Iterator[CloudWatchLogsClient]:
    client: CloudWatchLogsClient = boto3.client("logs", endpoint_url=aws.endpoint, config=ONCE, **DUMMY)
    yield client
    client.close()


@pytest.fixture
def flow(aws: FastAwsProcess, sqs: SQSClient, logs: CloudWatchLogsClient, tmp_path: Path) -> Iterator[Flow]:
    made = Flow(aws, sqs, logs, tmp_path)
    made.make()
    yield made
    made.close()
