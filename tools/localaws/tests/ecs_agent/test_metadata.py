"""The task metadata endpoint, which answers as Fargate's does."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from jobqueue.ecs.task_id import task_id
from localaws.ecs_agent import EcsAgent, TaskEndpoint

from .conftest import CLUSTER, TASK, Client

TASK_ARN = f"arn:aws:ecs:eu-west-1:123456789012:task/stack/{TASK}"


def get(client: Client, uri: str, path: str = "") -> tuple[int, dict[str, Any]]:
    status, body = client.ask("GET", urlsplit(uri).path + path)
    return status, json.loads(body)


def test_the_task_is_told_with_its_containers(task: TaskEndpoint, client: Client) -> None:
    status, told = get(client, task.metadata_uri("main-job"), "/task")
    containers = told.pop("Containers")
    assert status == 200
    assert told == {
        "Cluster": CLUSTER,
        "TaskARN": TASK_ARN,
        "Family": "stack-main-job",
        "Revision": "3",
        "KnownStatus": "RUNNING",
        "AvailabilityZone": "eu-west-1a",
        "LaunchType": "FARGATE",
    }
    assert [container["Name"] for container in containers] == ["main-job", "collector"]
    assert containers[1] == get(client, task.metadata_uri("collector"))[1]


def test_a_container_is_told_with_its_log_stream(task: TaskEndpoint, client: Client) -> None:
    uri = task.metadata_uri("main-job")
    told = get(client, uri)[1]
    assert uri.endswith(told["DockerId"])
    assert told["ContainerARN"].startswith(f"arn:aws:ecs:eu-west-1:123456789012:container/stack/{TASK}/")
    assert told["LogOptions"] == {
        "awslogs-group": "/ecs/main-job",
        "awslogs-region": "eu-west-1",
        "awslogs-stream": f"ecs/main-job/{TASK}",
    }


def test_a_container_without_a_log_driver_is_told_without_one(task: TaskEndpoint, client: Client) -> None:
    assert "LogDriver" not in get(client, task.metadata_uri("collector"))[1]


def test_the_library_finds_the_task_id_in_the_address(task: TaskEndpoint) -> None:
    assert task_id({"ECS_CONTAINER_METADATA_URI_V4": task.metadata_uri("main-job")}) == TASK


def test_what_is_not_there_is_told_as_such(agent: EcsAgent, task: TaskEndpoint, client: Client) -> None:
    for path in ("/stats", "/task/stats", "/other"):
        status, told = get(client, task.metadata_uri("main-job"), path)
        assert (status, path in told["message"]) == (404, True)
    assert get(client, f"http://x/v4/{TASK}-1", "/task")[0] == 404
    bare = agent.task("f" * 32, "main-job")
    other = Client(bare.aws_endpoint)
    assert get(other, bare.metadata_uri("main-job"))[0] == 404
    other.close()
    assert agent.calls("main-job") == []
