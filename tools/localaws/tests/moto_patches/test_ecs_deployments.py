"""A service's deployments, as ECS shows them, from what a scheduler reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..scripted import BREAKER_OFF, ScriptedCluster

if TYPE_CHECKING:
    from .conftest import Clients


def listed(cluster: ScriptedCluster) -> list[dict[str, Any]]:
    answer = cluster.ecs.list_service_deployments(cluster=cluster.cluster, service=cluster.service)
    found: list[dict[str, Any]] = answer["serviceDeployments"]
    return found


def described(cluster: ScriptedCluster) -> dict[str, Any]:
    """The newest one."""
    arn = listed(cluster)[0]["serviceDeploymentArn"]
    answer = cluster.ecs.describe_service_deployments(serviceDeploymentArns=[arn])
    assert answer["failures"] == []
    found: dict[str, Any] = answer["serviceDeployments"][0]
    return found


def test_a_new_service_has_a_deployment_that_ends_when_its_task_works(aws: Clients) -> None:
    cluster = ScriptedCluster(aws.ecs)
    assert [one["status"] for one in listed(cluster)] == ["PENDING"]
    assert cluster.describe()["pendingCount"] == 0
    cluster.roll()
    service = cluster.describe()
    assert (service["runningCount"], [one["rolloutState"] for one in service["deployments"]]) == (1, ["COMPLETED"])
    assert described(cluster)["status"] == "SUCCESSFUL"
    assert described(cluster)["deploymentCircuitBreaker"] == {
        "status": "MONITORING_COMPLETE",
        "failureCount": 0,
        "threshold": 3,
    }


def test_the_waiter_of_boto3_waits_for_a_deployment(local_aws: Clients) -> None:
    cluster = ScriptedCluster(local_aws.ecs)
    cluster.roll()
    cluster.deploy()
    new = cluster.start()
    assert [one["status"] for one in cluster.describe()["deployments"]] == ["PRIMARY", "ACTIVE"]
    cluster.replace_old()
    wait = {"Delay": 1, "MaxAttempts": 1}
    waiter = cluster.ecs.get_waiter("services_stable")
    waiter.wait(cluster=cluster.cluster, services=[cluster.service], WaiterConfig=wait)
    assert cluster.primary()["id"] == new.deployment


def test_a_version_that_crashes_is_taken_back_and_the_service_says_so(aws: Clients) -> None:
    cluster = ScriptedCluster(aws.ecs)
    cluster.roll()
    good = cluster.primary()["id"]
    cluster.deploy()
    bad = cluster.primary()["id"]
    for _ in range(3):
        cluster.crash()
    cluster.report()
    service, last = cluster.describe(), described(cluster)
    assert service["taskDefinition"] == cluster.definitions[0]
    assert service["deployments"][0]["id"] == good
    assert (last["status"], last["deploymentCircuitBreaker"]["status"]) == ("ROLLBACK_SUCCESSFUL", "TRIGGERED")
    messages = [event["message"] for event in service["events"]]
    name = f"(service {cluster.service})"
    assert f"{name} (deployment {bad}) deployment failed: tasks failed to start." in messages
    assert f"{name} rolling back to deployment {good}." in messages


def test_a_revision_says_what_a_deployment_is_to_run(aws: Clients) -> None:
    cluster = ScriptedCluster(aws.ecs)
    cluster.roll()
    arn = cluster.deploy(image="worker@sha256:abc")
    revision = listed(cluster)[0]["targetServiceRevisionArn"]
    (found,) = aws.ecs.describe_service_revisions(serviceRevisionArns=[revision])["serviceRevisions"]
    assert found["taskDefinition"] == arn


def test_deployments_are_listed_the_newest_first(aws: Clients) -> None:
    cluster = ScriptedCluster(aws.ecs)
    cluster.roll()
    for _ in range(2):
        cluster.deploy()
    assert [one["status"] for one in listed(cluster)] == ["PENDING", "STOPPED", "SUCCESSFUL"]


def test_only_a_change_of_what_runs_is_a_deployment(local_aws: Clients) -> None:
    cluster = ScriptedCluster(local_aws.ecs)
    update = {"cluster": cluster.cluster, "service": cluster.service}
    cluster.ecs.update_service(**update, desiredCount=2, enableExecuteCommand=True)
    cluster.ecs.update_service(**update, taskDefinition="worker")
    cluster.ecs.update_service(**update, taskDefinition=cluster.definitions[0])
    assert len(listed(cluster)) == 1
    cluster.ecs.update_service(**update, forceNewDeployment=True)
    assert len(listed(cluster)) == 2


def test_without_a_circuit_breaker_nothing_is_taken_back(local_aws: Clients) -> None:
    cluster = ScriptedCluster(local_aws.ecs, configuration=BREAKER_OFF)
    cluster.roll()
    cluster.deploy()
    for _ in range(4):
        cluster.crash()
    assert (described(cluster)["status"], cluster.primary()["failedTasks"]) == ("IN_PROGRESS", 4)
    assert described(cluster)["deploymentCircuitBreaker"]["status"] == "DISABLED"


def test_what_is_not_there_is_a_failure_by_its_arn(aws: Clients) -> None:
    arn = "arn:aws:ecs:us-east-1:123456789012:service-deployment/a/b/1"
    assert aws.ecs.describe_service_deployments(serviceDeploymentArns=[arn])["failures"][0]["arn"] == arn
