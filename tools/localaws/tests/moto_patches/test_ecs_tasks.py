"""A service's tasks, as ECS lists and describes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from localaws.fargate.view import StopCode, Why

from ..scripted import ScriptedCluster

if TYPE_CHECKING:
    from .conftest import Clients


def test_a_service_has_the_tasks_that_were_reported(aws: Clients) -> None:
    cluster = ScriptedCluster(aws.ecs)
    task = cluster.start()
    (arn,) = aws.ecs.list_tasks(cluster=cluster.cluster, serviceName=cluster.service)["taskArns"]
    assert arn.endswith(f":task/{cluster.cluster}/{task.task_id}")
    (found,) = aws.ecs.describe_tasks(cluster=cluster.cluster, tasks=[arn])["tasks"]
    assert found["group"] == f"service:{cluster.service}"
    assert found["startedBy"] == cluster.primary()["id"]
    assert (found["lastStatus"], found["healthStatus"], found["launchType"]) == ("RUNNING", "HEALTHY", "FARGATE")
    assert abs(found["startedAt"].timestamp() - task.created_at) < 1


def test_a_task_that_stopped_says_why_and_is_listed_only_as_stopped(aws: Clients) -> None:
    cluster = ScriptedCluster(aws.ecs)
    task = cluster.crash()
    where = {"cluster": cluster.cluster, "serviceName": cluster.service}
    assert aws.ecs.list_tasks(**where)["taskArns"] == []
    (arn,) = aws.ecs.list_tasks(**where, desiredStatus="STOPPED")["taskArns"]
    (found,) = aws.ecs.describe_tasks(cluster=cluster.cluster, tasks=[arn])["tasks"]
    assert (found["stopCode"], found["stoppedReason"]) == (
        "EssentialContainerExited",
        "Essential container in task exited",
    )
    assert (found["containers"][0]["name"], found["containers"][0]["exitCode"]) == ("worker", 1)
    assert arn.endswith(task.task_id)


def test_tasks_are_listed_by_family_and_by_who_started_them(local_aws: Clients) -> None:
    cluster = ScriptedCluster(local_aws.ecs)
    task = cluster.start()
    ask = local_aws.ecs.list_tasks
    assert len(ask(cluster=cluster.cluster, family="worker", startedBy=task.deployment)["taskArns"]) == 1
    assert ask(cluster=cluster.cluster, family="other")["taskArns"] == []
    assert ask(cluster=cluster.cluster, startedBy="somebody")["taskArns"] == []


def test_a_task_that_is_not_there_is_missing(aws: Clients) -> None:
    cluster = ScriptedCluster(aws.ecs)
    answer = aws.ecs.describe_tasks(cluster=cluster.cluster, tasks=["0" * 32])
    assert answer["failures"] == [{"arn": "0" * 32, "reason": "MISSING"}]


def test_a_task_that_is_told_to_stop_is_named_to_who_runs_it_until_it_stops(aws: Clients) -> None:
    cluster = ScriptedCluster(aws.ecs)
    task, other = cluster.start(), cluster.start()
    stopped = aws.ecs.stop_task(cluster=cluster.cluster, task=task.task_id, reason="enough")["task"]
    assert stopped["taskArn"].endswith(task.task_id)
    for _ in range(2):
        assert cluster.stop_requests() == {task.task_id: "enough"}
    cluster.stop(task, Why(StopCode.USER_INITIATED, "enough"))
    assert cluster.stop_requests() == {}
    aws.ecs.stop_task(cluster=cluster.cluster, task=other.task_id)
    assert cluster.stop_requests() == {other.task_id: "Task stopped by user"}
