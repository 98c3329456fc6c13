"""The log group and stream that ECS gives a container's output."""

from __future__ import annotations

import pytest

from localaws.log_forward import LogPlace, log_place

OPTIONS = {"awslogs-group": "/ecs/x", "awslogs-region": "eu-west-1", "awslogs-stream-prefix": "ecs"}


def test_the_stream_is_prefix_container_and_task() -> None:
    container = {"name": "main-job", "logConfiguration": {"logDriver": "awslogs", "options": OPTIONS}}
    assert log_place(container, "7") == LogPlace("/ecs/x", "eu-west-1", "ecs/main-job/7")


@pytest.mark.parametrize("container", [{"name": "x"}, {"name": "x", "logConfiguration": {"logDriver": "awsfirelens"}}])
def test_a_container_without_awslogs_has_no_stream(container: dict[str, object]) -> None:
    assert log_place(container, "7") is None
