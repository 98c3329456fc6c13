"""The rendered project keeps the definition's meaning, and adds what was handed in, nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from localaws.fargate.compose import Additions, render, secret_environment
from localaws.fargate.containers import Labels
from localaws.fargate.definition import NotRunnable, RestartPolicy, read_definition

from .registered import APP_IMAGE, ARN, COLLECTOR_IMAGE, SECRET, app, collector, registered

LABELS = Labels("jobs", "jobs-main-job-service", "0123456789abcdef0123456789abcdef", ARN)
IMAGES = {APP_IMAGE: "local/main-job:1", COLLECTOR_IMAGE: "local/collector:1"}
BARE = Additions(IMAGES, secrets={SECRET: "s3cr$t"})
DEFINITION = read_definition(registered())


def services(additions: Additions = BARE, said: dict[str, Any] | None = None) -> dict[str, Any]:
    definition = DEFINITION if said is None else read_definition(said)
    rendered: dict[str, Any] = render(definition, additions, LABELS)["services"]
    return rendered


def test_all_containers_share_the_network_namespace_of_one_that_does_nothing_else() -> None:
    rendered = services()
    assert set(rendered) == {"pause", "main-job", "collector"}
    assert rendered["main-job"]["network_mode"] == rendered["collector"]["network_mode"] == "service:pause"
    assert rendered["pause"]["entrypoint"] == ["sleep", "infinity"]
    assert rendered["pause"]["image"] == "local/main-job:1"
    assert not any("ports" in service for service in rendered.values())


def test_hardening_is_kept() -> None:
    for name, user in (("main-job", "10001:10001"), ("collector", "4317:4317")):
        service = services()[name]
        assert service["user"] == user
        assert (service["read_only"], service["init"], service["cap_drop"], service["cap_add"]) == (
            True,
            True,
            ["ALL"],
            [],
        )
        assert service["tmpfs"] == ["/tmp:size=16m,rw,noexec,mode=1777"]


def test_a_container_s_cpu_is_a_share_and_the_task_s_a_ceiling() -> None:
    app_, beside = services()["main-job"], services()["collector"]
    assert (app_["cpu_shares"], app_["cpus"]) == (192, 0.25)
    assert (beside["cpu_shares"], beside["cpus"]) == (2, 0.25)


def test_memory_is_the_container_s_or_else_the_task_s_and_never_swap() -> None:
    app_, beside = services()["main-job"], services()["collector"]
    assert app_["mem_limit"] == app_["memswap_limit"] == "384m"
    assert beside["mem_limit"] == beside["memswap_limit"] == "512m"


def test_commands_and_the_stop_timeout_are_kept() -> None:
    service = services()["main-job"]
    assert (service["entrypoint"], service["command"]) == (["python"], ["-m", "main_job"])
    assert (service["stop_grace_period"], services()["collector"]["stop_grace_period"]) == ("90s", "30s")
    assert "entrypoint" not in services()["collector"]  # the image's own


def test_a_health_check_is_kept_and_an_image_s_own_is_switched_off() -> None:
    assert services()["main-job"]["healthcheck"] == {
        "test": ["CMD-SHELL", "test $$(cat /tmp/alive)"],
        "interval": "30s",
        "timeout": "10s",
        "retries": 4,
        "start_period": "60s",
    }
    assert services()["collector"]["healthcheck"] == {"disable": True}


@pytest.mark.parametrize(
    ("condition", "rendered"),
    [
        ("START", {"condition": "service_started"}),
        ("HEALTHY", {"condition": "service_healthy"}),
    ],
)
def test_the_order_is_kept(condition: str, rendered: dict[str, Any]) -> None:
    depends = [{"containerName": "collector", "condition": condition}]
    said = registered(containerDefinitions=[app(dependsOn=depends), collector()])
    assert services(said=said)["main-job"]["depends_on"] == {
        "pause": {"condition": "service_started"},
        "collector": rendered,
    }


def test_a_secret_s_value_is_in_the_environment_of_compose_and_never_in_the_file() -> None:
    rendered = services()
    assert "s3cr" not in json.dumps(rendered)
    assert "s3cr" not in repr(BARE)
    (variable, value), *others = secret_environment(DEFINITION, BARE).items()
    assert rendered["main-job"]["environment"]["TOKEN"] == "${" + variable + "}"
    assert (value, others) == ("s3cr$t", [])


def test_what_a_person_gives_is_above_the_definition_and_in_no_file_either() -> None:
    given = replace(BARE, secrets={}, own={"main-job": {"TOKEN": "m1ne", "GREETING": "hello", "CRM_URL": "http://crm"}})
    environment = services(given)["main-job"]["environment"]
    handed = secret_environment(DEFINITION, given)
    assert {name: handed[environment[name][2:-1]] for name in given.own["main-job"]} == given.own["main-job"]
    assert "m1ne" not in json.dumps(services(given)) + repr(given)


def test_a_compose_project_s_name_is_one_that_compose_takes() -> None:
    assert LABELS.compose_project == "jobs-jobs-main-job-service-0123456789ab"
    assert replace(LABELS, project="_My.Stack").compose_project == "my-stack-jobs-main-job-service-0123456789ab"


def test_additions_change_images_and_variables_and_nothing_else() -> None:
    added = {"main-job": {"AWS_ENDPOINT_URL": "http://x"}, "collector": {"ECS_AGENT_URI": "http://y/$"}}
    more = replace(BARE, images=dict.fromkeys(IMAGES, "other:2"), environment=added)
    plain, with_more = services(), services(more)
    assert with_more["main-job"]["environment"].pop("AWS_ENDPOINT_URL") == "http://x"
    assert with_more["collector"]["environment"].pop("ECS_AGENT_URI") == "http://y/$$"
    for rendered in (plain, with_more):
        for service in rendered.values():
            del service["image"]
    assert plain == with_more


def test_an_addition_that_would_change_the_definition_is_refused() -> None:
    same = replace(BARE, environment={"main-job": {"GREETING": "a $dollar and ${braces}"}})
    assert services(same) == services()
    for name in ("GREETING", "TOKEN"):
        with pytest.raises(NotRunnable, match=f"container main-job: {name} is in the definition"):
            services(replace(BARE, environment={"main-job": {name: "another"}}))


def test_an_image_or_a_secret_without_a_stand_in_is_told() -> None:
    with pytest.raises(NotRunnable, match=f"container collector: no local image stands for {COLLECTOR_IMAGE}"):
        services(replace(BARE, images={APP_IMAGE: "local/main-job:1"}))
    with pytest.raises(NotRunnable, match=r"no value for the secret TOKEN \(arn:aws:ssm"):
        secret_environment(DEFINITION, replace(BARE, secrets={}))


def with_app(**changed: Any) -> dict[str, Any]:
    return registered(containerDefinitions=[app(**changed), collector()])


def test_what_is_left_to_others_is_read_too() -> None:
    worker, beside = DEFINITION.worker, DEFINITION.container("collector")
    assert (worker.name, worker.has_health_check, worker.log_options) == (
        "main-job",
        True,
        {"awslogs-group": "/jobs/main-job"},
    )
    assert (beside.essential, beside.restart_policy) == (False, RestartPolicy(60, (0,)))


def test_what_is_not_said_has_fargate_s_defaults() -> None:
    check = {"command": ["CMD", "true"]}
    (container,) = read_definition(
        registered(containerDefinitions=[{"name": "a", "image": "i", "healthCheck": check}])
    ).containers
    assert (container.essential, container.restart_policy) == (True, None)
    assert container.compose["stop_grace_period"] == "30s"
    assert container.compose["healthcheck"] == {
        "test": ["CMD", "true"],
        "interval": "30s",
        "timeout": "5s",
        "retries": 3,
        "start_period": "0s",
    }


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
        ({"ulimits": [{"name": "nofile", "softLimit": 1, "hardLimit": 1}]}, "ulimits"),
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
        ({"networkMode": "bridge"}, "networkMode must be awsvpc"),
        ({"requiresCompatibilities": ["EC2"]}, "requiresCompatibilities FARGATE"),
        ({"containerDefinitions": [collector()]}, "no container is essential"),
    ],
)
def test_what_a_task_would_lose_is_refused_by_name(changed: dict[str, Any], told: str) -> None:
    with pytest.raises(NotRunnable, match=told):
        read_definition(registered(**changed))
