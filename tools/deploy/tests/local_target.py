"""A target in a local AWS of the tests' own, and a person's signals that play a script while somebody waits."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator
from typing import Any

from jobctl.stop import StopSignals
from jobdeploy.progress import Progress
from jobdeploy.target import DeployTarget
from localaws.aws import REGION

from ...localaws.tests.scripted import ScriptedCluster

ACCOUNT = "123456789012"
"""moto's."""


def make_target(endpoint: str, **changed: Any) -> DeployTarget:
    """Each with a name of its own."""
    project = f"p{uuid.uuid4().hex[:8]}"
    return DeployTarget(
        **{"project": project, "environment": "dev", "region": REGION, "account": ACCOUNT, "endpoint_url": endpoint}
        | changed
    )


class Script(StopSignals):
    """Whoever waits lets the next thing happen; when all has happened, `after` again and again."""

    def __init__(self, *steps: Callable[[], object], after: Callable[[], object] | None = None) -> None:
        super().__init__()
        self._steps: Iterator[Callable[[], object]] = iter(steps)
        self._after = after

    def wait(self, seconds: float) -> None:
        step = next(self._steps, self._after)
        if step is None:
            raise AssertionError("waits although nothing will happen any more")
        step()


class Told(Progress):
    """Keeps what a person would see."""

    def __init__(self) -> None:
        self._text = io.StringIO()
        super().__init__(self._text)

    @property
    def text(self) -> str:
        return self._text.getvalue()


def outputs_of(*clusters: ScriptedCluster, names: tuple[str, ...] = ("background-job", "main-job")) -> dict[str, Any]:
    """The stack's outputs that a rollout reads; all services in the first one's cluster."""
    services = {
        name: {"ecs_service_name": one.service, "ecs_task_definition_arn": one.definitions[-1]}
        for name, one in zip(names, clusters, strict=False)
    }
    return {"ecs_cluster_name": clusters[0].cluster, "services": services}
