"""What was made in AWS is found, and what was deleted is not."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import boto3
import pytest
from moto import mock_aws

from devkit.infra_check.leftovers import find_resources
from jobctl.environment.target import Clients


@pytest.fixture
def clients() -> Iterator[Clients]:
    @cache
    def client(service: str) -> Any:
        credentials = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        return boto3.client(service, region_name="us-east-1", **credentials)  # type: ignore[call-overload]  # any service

    with mock_aws():
        yield client


@pytest.mark.slow
def test_a_tagged_resource_and_a_log_group_without_a_tag_are_found(clients: Clients) -> None:
    before = find_resources(clients)
    clients("sqs").create_queue(QueueName="q", tags={"Project": "p"})
    clients("logs").create_log_group(logGroupName="/ecs/made-at-run-time")
    queue, group = sorted(find_resources(clients) - before, reverse=True)
    assert queue.endswith(":q")
    assert "log-group:/ecs/made-at-run-time" in group


def test_a_cluster_is_found_until_it_is_deleted(clients: Clients) -> None:
    before = find_resources(clients)
    arn = clients("ecs").create_cluster(clusterName="c", tags=[{"key": "Project", "value": "p"}])["cluster"][
        "clusterArn"
    ]
    assert find_resources(clients) - before == {arn}
    clients("ecs").delete_cluster(cluster="c")
    assert find_resources(clients) == before
