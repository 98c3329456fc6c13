"""A paused service gets its new version and stays asleep; whoever looks is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jobctl.dead_letters.pausing import Pausing
from jobctl.dead_letters.scaling import SUSPENDED, Scaling
from jobctl.dead_letters.tasks import Tasks
from jobctl.environment.paused import paused_services, read_paused
from jobctl.environment.status import read_standing
from jobctl.environment.target import Target
from jobdeploy.rollout import watch
from localaws.fargate.view import StopCode, Why

from ..scripted import ScriptedCluster
from .local_target import Script, Told
from .played import Played

DRAINED = Why(StopCode.SERVICE_SCHEDULER_INITIATED, "Scaling activity")


@pytest.fixture
def played(target: Target, cluster: ScriptedCluster) -> Played:
    target.clients("application-autoscaling").register_scalable_target(
        ServiceNamespace="ecs",
        ResourceId=f"service/{cluster.cluster}/{cluster.service}",
        ScalableDimension="ecs:service:DesiredCount",
        MinCapacity=1,
        MaxCapacity=5,
    )
    return Played(target, cluster)


@pytest.fixture
def pausing(target: Target, cluster: ScriptedCluster, played: Played) -> Pausing:
    """As `jobctl pause main-job` makes it; whoever waits sees the task end."""
    clients: Callable[[str], Any] = target.clients
    return Pausing(
        service="main-job",
        ssm=clients("ssm"),
        parameter=played.outputs["ssm_paused_parameter_name"],
        scaling=Scaling(clients("application-autoscaling"), cluster.cluster, cluster.service),
        tasks=Tasks(clients("ecs"), cluster.cluster, cluster.service),
        say=lambda _: None,
        wait=lambda _: cluster.stop(cluster.tasks[0], DRAINED),
    )


def outputs_after(played: Played, cluster: ScriptedCluster) -> dict[str, Any]:
    """With the task definition that was applied last."""
    played.outputs["services"]["main-job"]["ecs_task_definition_arn"] = cluster.definitions[-1]
    return played.outputs


def test_a_deployment_registers_its_version_says_that_it_is_paused_and_waits_for_nothing(
    target: Target, cluster: ScriptedCluster, played: Played, pausing: Pausing, told: Told
) -> None:
    former = pausing.pause()
    pausing.wait_until_drained()
    cluster.deploy()
    outputs = outputs_after(played, cluster)

    watch(target, outputs, ("main-job",), Script(), told)
    assert (
        f"main-job is paused since {former.paused_at} (it had 1 task); `jobctl resume main-job` ends that." in told.text
    )
    assert "Its new version is registered; none of its tasks is started." in told.text
    described = cluster.describe()
    assert (described["taskDefinition"], described["desiredCount"]) == (cluster.definitions[-1], 0)
    limits = pausing.scaling.limits()
    assert limits is not None
    assert limits.suspended == SUSPENDED


def test_the_other_services_are_watched_all_the_same(
    target: Target, cluster: ScriptedCluster, played: Played, pausing: Pausing, told: Told
) -> None:
    pausing.pause()
    with pytest.raises(AssertionError, match="waits although nothing will happen"):
        watch(target, deployed_background(played, cluster), ("main-job", "background-job"), Script(), told)
    assert "background-job: 0 of" in told.text


def deployed_background(played: Played, cluster: ScriptedCluster) -> dict[str, Any]:
    played.outputs["services"]["background-job"]["ecs_task_definition_arn"] = cluster.deploy()
    cluster.ecs.update_service(cluster=cluster.cluster, service=cluster.service, desiredCount=1)
    return played.outputs


def test_resumed_it_runs_the_version_that_was_deployed_meanwhile(
    target: Target, cluster: ScriptedCluster, played: Played, pausing: Pausing, told: Told
) -> None:
    pausing.pause()
    pausing.wait_until_drained()
    cluster.deploy()
    assert paused_services(target, played.outputs).keys() == {"main-job"}
    assert [one.paused is not None for one in read_standing(target, played.outputs).services] == [False, True]

    pausing.resume()
    assert read_paused(target.clients("ssm"), pausing.parameter) == {}
    watch(target, outputs_after(played, cluster), ("main-job",), Script(cluster.start, after=cluster.report), told)
    assert cluster.tasks[-1].definition_arn == cluster.definitions[-1]
    assert told.text.endswith("(main-job: 1 of 1 run)\n")


def test_a_stack_that_knows_no_pausing_has_no_paused_service(target: Target) -> None:
    assert paused_services(target, {"services": {}}) == {}
