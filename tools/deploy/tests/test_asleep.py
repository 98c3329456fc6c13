"""At a deployment services that sleep are woken, and those that somebody stopped stay stopped."""

from __future__ import annotations

from typing import Any

import pytest

from jobctl.environment.ecs_service import SUSPENDED
from jobctl.environment.paused import BeforePause, add_paused
from jobdeploy.asleep import keep_paused, wake
from jobdeploy.errors import RolledBackError
from jobdeploy.rollout import watch
from jobdeploy.target import DeployTarget

from ...localaws.tests.scripted import ScriptedCluster
from .local_target import Script, Told, outputs_of

ONE = ("background-job",)


class Sleeping:
    """One service that was at one task of `least` to 3, and has none."""

    def __init__(self, target: DeployTarget, cluster: ScriptedCluster) -> None:
        self.target = target
        self.cluster = cluster
        self.parameter = f"/{target.project}/dev/paused"

    def limits(self, least: int, **more: Any) -> None:
        self.target.clients("application-autoscaling").register_scalable_target(
            ServiceNamespace="ecs",
            ResourceId=f"service/{self.cluster.cluster}/{self.cluster.service}",
            ScalableDimension="ecs:service:DesiredCount",
            MinCapacity=least,
            MaxCapacity=3,
            **more,
        )

    def sleep(self) -> None:
        self.cluster.ecs.update_service(cluster=self.cluster.cluster, service=self.cluster.service, desiredCount=0)

    def pause(self) -> None:
        add_paused(
            self.target.clients("ssm"), self.parameter, ONE[0], BeforePause("2026-01-01T00:00:00Z", 1, dict(SUSPENDED))
        )

    @property
    def outputs(self) -> dict[str, Any]:
        return outputs_of(self.cluster) | {"ssm_paused_parameter_name": self.parameter}

    @property
    def desired(self) -> int:
        return int(self.cluster.describe()["desiredCount"])


@pytest.fixture
def sleeping(target: DeployTarget, cluster: ScriptedCluster) -> Sleeping:
    one = Sleeping(target, cluster)
    one.limits(0)
    one.sleep()
    return one


def test_a_version_that_exits_is_taken_back_though_its_service_slept(sleeping: Sleeping, told: Told) -> None:
    target, cluster = sleeping.target, sleeping.cluster
    wake(target, sleeping.outputs, ONE, told)
    assert "background-job sleeps: one task is started." in told.text
    cluster.deploy()
    script = Script(cluster.crash, cluster.crash, cluster.crash, after=cluster.report)
    with pytest.raises(RolledBackError, match="exit code 1"):
        watch(target, sleeping.outputs, ONE, script, told)
    assert cluster.describe()["taskDefinition"] == cluster.definitions[0]


def test_one_that_works_and_one_that_the_apply_is_yet_to_make_are_left_alone(sleeping: Sleeping, told: Told) -> None:
    sleeping.limits(2)
    wake(sleeping.target, sleeping.outputs, (*ONE, "orders"), told)
    wake(sleeping.target, {}, ONE, told)
    assert (sleeping.desired, told.text) == (2, "")


@pytest.mark.parametrize("limits", [{"least": 1}, {"least": 0, "SuspendedState": dict(SUSPENDED)}])
def test_one_that_its_autoscaler_would_not_put_to_sleep_again_is_left_and_named(
    sleeping: Sleeping, told: Told, limits: dict[str, Any]
) -> None:
    sleeping.limits(**limits)
    sleeping.sleep()
    wake(sleeping.target, sleeping.outputs, ONE, told)
    assert sleeping.desired == 0
    assert "it is left so, and unproven" in told.text


def test_a_paused_one_is_not_woken_and_goes_back_to_no_task_after_an_apply_that_moved_it(
    sleeping: Sleeping, told: Told
) -> None:
    sleeping.pause()
    wake(sleeping.target, sleeping.outputs, ONE, told)
    assert (sleeping.desired, told.text) == (0, "")
    sleeping.limits(2)
    assert sleeping.desired == 2
    keep_paused(sleeping.target, sleeping.outputs, told)
    assert sleeping.desired == 0
    assert "the apply had set its desired count to 2: it is 0 again." in told.text
