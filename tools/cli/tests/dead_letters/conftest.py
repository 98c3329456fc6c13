"""One stand-in for all tests of a session, with queues of their own for each test."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import boto3
import pytest
from botocore.config import Config

from jobctl.queries.dead_letter_queue import DeadLetterQueue
from localaws.fast_aws import FastAws

from .stocked import CREDENTIALS, make_pair


@pytest.fixture(scope="session")
def fast_aws() -> Iterator[FastAws]:
    with FastAws() as running:
        yield running


@pytest.fixture
def queue(fast_aws: FastAws) -> Iterator[DeadLetterQueue]:
    """An empty pair; nothing fails unless the test says so."""
    fast_aws.reset("faults", "calls")
    config = Config(retries={"total_max_attempts": 1})
    client = boto3.client("sqs", endpoint_url=fast_aws.endpoint, config=config, **CREDENTIALS)
    yield make_pair(client, f"orders-{uuid.uuid4().hex[:8]}")
    fast_aws.reset("faults")
    client.close()
