"""Services without tasks during a deployment: those that sleep are woken, those that are paused stay so.

At desired count 0 ECS calls a rollout SUCCESSFUL without a task: circuit breaker and alarms see nothing. So a service that its autoscaler put to
sleep gets one task before the apply.

Nothing has to be given back, and a run that is killed leaves nothing behind: the desired count alone is changed, which the autoscaler may set back
at any time and does, after `idle_minutes` (5 at least) without work. It is not suspended for the deployment, because AWS itself turns scale-in off
while one is in progress: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-auto-scaling.html
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from jobctl.environment.ecs_service import Scaling, ServiceTasks
from jobctl.environment.paused import paused_services
from jobctl.errors import NotFoundError

if TYPE_CHECKING:
    from jobctl.environment.target import Outputs
    from jobdeploy.progress import Progress
    from jobdeploy.target import DeployTarget


def wake(target: DeployTarget, outputs: Outputs, services: Iterable[str], progress: Progress) -> None:
    """Set the desired count of each of these services that sleeps to 1.

    One that somebody stopped, by a pause or with suspended scaling, or that has no minimum of 0, is left: its autoscaler would not end the task.

    Raises:
        botocore.exceptions.ClientError: no permission.
    """
    paused = paused_services(target, outputs)
    for name, tasks, desired in _existing(target, outputs, services):
        if desired > 0 or name in paused:
            continue
        limits = Scaling(target.clients("application-autoscaling"), tasks.cluster, tasks.ecs_service).limits()
        if limits is None or limits.min_tasks > 0 or limits.suspended["DynamicScalingInSuspended"]:
            progress.say(
                f"  {name} has a desired count of 0, which is not its autoscaler's: it is left so, and unproven."
            )
        else:
            tasks.want(1)
            progress.say(f"  {name} sleeps: one task is started. Its autoscaler ends it when there has been no work.")


def keep_paused(target: DeployTarget, outputs: Outputs, progress: Progress) -> None:
    """Set the desired count of paused services back to 0 after an apply.

    RegisterScalableTarget moves a service into its limits, also while its scaling is suspended:
    https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html

    Raises:
        botocore.exceptions.ClientError: no permission.
    """
    for name, tasks, desired in _existing(target, outputs, sorted(paused_services(target, outputs))):
        if desired > 0:
            tasks.want(0)
            progress.say(f"  {name} is paused, and the apply had set its desired count to {desired}: it is 0 again.")


def _existing(target: DeployTarget, outputs: Outputs, names: Iterable[str]) -> Iterator[tuple[str, ServiceTasks, int]]:
    """With their desired counts. Others are yet to be made, or somebody deleted them."""
    for name in names:
        if (one := outputs.get("services", {}).get(name)) is not None:
            tasks = ServiceTasks(target.clients("ecs"), outputs["ecs_cluster_name"], one["ecs_service_name"])
            try:
                desired = tasks.desired()
            except NotFoundError:
                continue
            yield name, tasks, desired
