"""A deployment is watched to its end, and one that is taken back says why."""

from __future__ import annotations

import pytest

from jobctl.environment.paused import BeforePause, add_paused
from jobctl.errors import CommandError
from jobdeploy import rollout
from jobdeploy.errors import RolledBackError
from jobdeploy.rollout import watch
from jobdeploy.target import DeployTarget

from ...localaws.tests.scripted import DEPLOYMENT_CONFIGURATION, ScriptedCluster
from .local_target import Script, Told, outputs_of

ONE = ("background-job",)
GROUP = "/ecs/worker"
LOGGED = {
    "logConfiguration": {
        "logDriver": "awslogs",
        "options": {"awslogs-group": GROUP, "awslogs-region": "us-east-1", "awslogs-stream-prefix": "worker"},
    }
}


def test_a_deployment_is_watched_until_its_tasks_run_and_the_old_ones_are_gone(
    target: DeployTarget, cluster: ScriptedCluster, told: Told
) -> None:
    cluster.deploy()
    script = Script(cluster.report, cluster.start, cluster.replace_old)
    watch(target, outputs_of(cluster), ONE, script, told)
    assert "background-job: 0 running, 1 wanted, 0 starting" in told.text
    assert "has started 1 tasks" in told.text
    assert "deployment completed." in told.text
    assert told.text.endswith("(background-job: 1 running)\n")


def test_a_deployment_that_has_ended_is_not_waited_for(
    target: DeployTarget, cluster: ScriptedCluster, told: Told
) -> None:
    watch(target, outputs_of(cluster), ONE, Script(), told)
    assert "has started" not in told.text


def test_a_paused_service_has_its_new_version_registered_and_is_not_waited_for(
    target: DeployTarget, cluster: ScriptedCluster, told: Told
) -> None:
    parameter = f"/{target.project}/dev/paused"
    add_paused(target.clients("ssm"), parameter, "background-job", BeforePause("2026-01-01T00:00:00Z", 1, None))
    cluster.deploy()
    watch(target, outputs_of(cluster) | {"ssm_paused_parameter_name": parameter}, ONE, Script(), told)
    assert (
        "background-job has been paused since 2026-01-01T00:00:00Z (it had 1 task); `jobctl resume background-job`"
        in told.text
    )
    assert "Its new version is registered, and unproven: none of its tasks is started." in told.text
    assert cluster.describe()["taskDefinition"] == cluster.definitions[-1]


def test_several_services_are_watched_at_once(target: DeployTarget, cluster: ScriptedCluster, told: Told) -> None:
    ecs = cluster.ecs
    ecs.create_service(
        cluster=cluster.cluster,
        serviceName="other",
        taskDefinition=cluster.definitions[0],
        desiredCount=0,
        deploymentConfiguration=DEPLOYMENT_CONFIGURATION,
    )
    cluster.deploy()
    outputs = outputs_of(cluster)
    outputs["services"]["main-job"] = {"ecs_service_name": "other", "ecs_task_definition_arn": cluster.definitions[0]}
    watch(target, outputs, ("background-job", "main-job"), Script(cluster.roll), told)
    assert "(background-job: 1 running, main-job: 0 running)" in told.text


def test_one_that_is_taken_back_fails_with_reason_exit_code_and_last_lines(
    target: DeployTarget, cluster: ScriptedCluster, told: Told
) -> None:
    cluster.deploy(**LOGGED)

    def crash_and_say_why() -> None:
        task = cluster.crash()
        logs, stream = target.clients("logs"), f"worker/worker/{task.task_id}"
        logs.create_log_group(logGroupName=GROUP)
        logs.create_log_stream(logGroupName=GROUP, logStreamName=stream)
        line = {"timestamp": int(task.created_at * 1000), "message": "LEASE_SECONDS must be at least 10"}
        logs.put_log_events(logGroupName=GROUP, logStreamName=stream, logEvents=[line])

    script = Script(cluster.crash, cluster.crash, crash_and_say_why, after=cluster.report)
    with pytest.raises(RolledBackError) as caught:
        watch(target, outputs_of(cluster), ONE, script, told)
    text = str(caught.value)
    assert "The deployment of background-job is ROLLBACK_SUCCESSFUL." in text
    assert "3 tasks failed, 3 are too many. The version before runs on." in text
    assert "Essential container in task exited" in text
    assert "worker: exit code 1" in text
    assert "LEASE_SECONDS must be at least 10" in text
    assert f"(from {GROUP} worker/worker/" in text
    assert "1 of 3 failed" in told.text
    assert "rolling back to deployment" in told.text


def test_one_that_was_taken_back_before_is_told_too(target: DeployTarget, cluster: ScriptedCluster, told: Told) -> None:
    cluster.deploy()
    for _ in range(3):
        cluster.crash()
    cluster.report()
    with pytest.raises(RolledBackError, match="ROLLBACK_SUCCESSFUL"):
        watch(target, outputs_of(cluster), ONE, Script(), told)


def test_the_same_task_definition_can_be_tried_again(
    target: DeployTarget, cluster: ScriptedCluster, told: Told
) -> None:
    arn = cluster.deploy()
    for _ in range(3):
        cluster.crash()
    cluster.report()
    cluster.ecs.update_service(cluster=cluster.cluster, service=cluster.service, taskDefinition=arn)
    watch(target, outputs_of(cluster), ONE, Script(cluster.roll), told)
    assert "1 running" in told.text


def test_without_a_version_to_go_back_to_that_is_said(target: DeployTarget, told: Told) -> None:
    cluster = ScriptedCluster(target.clients("ecs"))
    with pytest.raises(RolledBackError, match="There is no version to go back to"):
        watch(target, outputs_of(cluster), ONE, Script(cluster.crash, cluster.crash, cluster.crash), told)


def test_one_that_does_not_end_in_time_is_told_with_its_standing(
    target: DeployTarget, cluster: ScriptedCluster, told: Told
) -> None:
    cluster.deploy()
    with pytest.raises(CommandError, match="background-job: 0 running, 1 wanted, 0 starting") as caught:
        watch(target, outputs_of(cluster), ONE, Script(cluster.report), told, limit_seconds=0)
    assert "run it again to watch on" in str(caught.value)


def test_a_task_definition_that_nobody_deployed_is_not_waited_for_for_ever(
    target: DeployTarget, cluster: ScriptedCluster, told: Told, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollout, "APPEAR_SECONDS", 0.0)
    cluster.definitions.append(cluster.register())
    with pytest.raises(
        CommandError, match="ECS has no deployment of the task definition that was applied: background-job"
    ):
        watch(target, outputs_of(cluster), ONE, Script(), told)
