"""What a definition says is read whole; what would be lost is refused by name."""

from __future__ import annotations

from typing import Any

import pytest

from localaws.fargate.definition import Dependency, HealthCheck, RestartPolicy, Tmpfs, Ulimit
from localaws.fargate.reading import NotRunnable, read_definition

from .registered import app, collector, registered


def with_app(**changed: Any) -> dict[str, Any]:
    return registered(containerDefinitions=[app(**changed), collector()])


def test_a_registered_definition_is_read_with_all_that_it_says() -> None:
    definition = read_definition(registered())
    assert (definition.family, definition.revision, definition.cpu, definition.memory) == ("jobs-main-job", 7, 256, 512)
    assert definition.architecture == "ARM64"
    worker = definition.worker
    assert worker.name == "main-job"
    assert (worker.cpu, worker.memory, worker.user, worker.stop_timeout) == (192, 384, "10001:10001", 90)
    assert (worker.entry_point, worker.command, worker.working_directory) == (("python",), ("-m", "main_job"), "/srv")
    assert worker.environment == {"GREETING": "a $dollar and ${braces}"}
    assert list(worker.secrets) == ["TOKEN"]
    assert (worker.read_only, worker.init, worker.dropped_capabilities) == (True, True, ("ALL",))
    assert worker.tmpfs == (Tmpfs("/tmp", 16, ("rw", "noexec", "mode=1777")),)
    assert worker.ulimits == (Ulimit("nofile", 512, 1024),)
    assert worker.depends_on == (Dependency("collector", "START"),)
    assert worker.health_check == HealthCheck(("CMD-SHELL", "test $(cat /tmp/alive)"), 30, 10, 4, 60)
    assert worker.logs is not None
    assert worker.logs.options == {"awslogs-group": "/jobs/main-job"}
    beside = definition.container("collector")
    assert (beside.essential, beside.restart_policy) == (False, RestartPolicy(60, (0,)))


def test_what_is_not_said_has_fargate_s_defaults() -> None:
    (container,) = read_definition(registered(containerDefinitions=[{"name": "a", "image": "i"}])).containers
    assert (container.essential, container.stop_timeout, container.restart_policy) == (True, 30, None)
    assert (container.memory, container.health_check, container.user) == (None, None, None)


def test_a_health_check_s_defaults_are_ecs_s() -> None:
    definition = read_definition(with_app(healthCheck={"command": ["CMD", "true"]}))
    assert definition.worker.health_check == HealthCheck(("CMD", "true"), 30, 5, 3, 0)


def test_a_switched_off_restart_policy_is_none() -> None:
    definition = read_definition(with_app(restartPolicy={"enabled": False}))
    assert definition.worker.restart_policy is None


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"privileged": True}, "privileged"),
        ({"mountPoints": [{"sourceVolume": "v", "containerPath": "/v"}]}, "mountPoints"),
        ({"environmentFiles": [{"type": "s3", "value": "arn"}]}, "environmentFiles"),
        ({"systemControls": [{"namespace": "net.core.somaxconn", "value": "1"}]}, "systemControls"),
        ({"somethingNew": 1}, "somethingNew"),
        ({"linuxParameters": {"sharedMemorySize": 64}}, "linuxParameters: .* sharedMemorySize"),
        ({"linuxParameters": {"swappiness": 0}}, "linuxParameters: .* swappiness"),
        ({"healthCheck": {"command": ["CMD", "true"], "startInterval": 1}}, "healthCheck: .* startInterval"),
        ({"secrets": [{"name": "S", "valueFrom": "x", "version": "2"}]}, "secrets: .* version"),
        ({"healthCheck": {"command": ["true"]}}, "neither CMD nor CMD-SHELL"),
        ({"dependsOn": [{"containerName": "nobody", "condition": "START"}]}, "depends on nobody"),
        ({"dependsOn": [{"containerName": "collector", "condition": "SOON"}]}, "condition SOON"),
        ({"logConfiguration": {"logDriver": "splunk"}}, "logDriver is splunk"),
        ({"name": "pause"}, "named pause"),
    ],
)
def test_what_a_container_would_lose_is_refused_by_name(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(NotRunnable, match=f"^task definition jobs-main-job:7.*{told}"):
        read_definition(with_app(**changed))


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"volumes": [{"name": "v"}]}, "volumes"),
        ({"ephemeralStorage": {"sizeInGiB": 30}}, "ephemeralStorage"),
        ({"pidMode": "task"}, "pidMode"),
        ({"networkMode": "bridge"}, "networkMode is bridge"),
        ({"requiresCompatibilities": ["EC2"]}, "no FARGATE"),
        ({"runtimePlatform": {"operatingSystemFamily": "WINDOWS_SERVER_2022_CORE"}}, "WINDOWS"),
        ({"containerDefinitions": [collector()]}, "no container is essential"),
    ],
)
def test_what_a_task_would_lose_is_refused_by_name(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(NotRunnable, match=told):
        read_definition(registered(**changed))
