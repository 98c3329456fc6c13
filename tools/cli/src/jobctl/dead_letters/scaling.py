"""Suspending and resuming a service's scaling with Application Auto Scaling.

A suspended scalable target keeps its policies, alarms and schedules, and does nothing:
https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-suspend-resume-scaling.html
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

SUSPENDED: Mapping[str, bool] = {
    "DynamicScalingInSuspended": True,
    "DynamicScalingOutSuspended": True,
    "ScheduledScalingSuspended": True,
}
AWAKE: Mapping[str, bool] = dict.fromkeys(SUSPENDED, False)


@dataclass(frozen=True)
class Limits:
    """A scalable target: its least and most tasks, and which kinds of scaling are suspended."""

    least: int
    most: int
    suspended: Mapping[str, bool]


@dataclass(frozen=True)
class Scaling:
    """One ECS service's scalable target."""

    client: Any
    cluster: str
    ecs_service: str

    def limits(self) -> Limits | None:
        """The limits; None: the service does not scale. Raises ClientError: no permission."""
        found = self.client.describe_scalable_targets(ResourceIds=[self._resource], **self._dimension)
        for target in found["ScalableTargets"]:
            said = target.get("SuspendedState") or {}
            state = {name: bool(said.get(name)) for name in SUSPENDED}
            return Limits(int(target["MinCapacity"]), int(target["MaxCapacity"]), state)
        return None

    def suspend(self, state: Mapping[str, bool]) -> None:
        """Sets which kinds of scaling are suspended; the limits stay. Raises ClientError: no permission."""
        self.client.register_scalable_target(ResourceId=self._resource, SuspendedState=dict(state), **self._dimension)

    @property
    def _resource(self) -> str:
        return f"service/{self.cluster}/{self.ecs_service}"

    @property
    def _dimension(self) -> dict[str, str]:
        return {"ServiceNamespace": "ecs", "ScalableDimension": "ecs:service:DesiredCount"}
