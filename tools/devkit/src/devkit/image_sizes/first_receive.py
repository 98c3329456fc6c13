"""Time from a container's start to its first receive, with the CPU of a small Fargate task."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from devkit.image_sizes.service_run import run_service
from localaws.fast_aws import Standin

if TYPE_CHECKING:
    from jobctl.stop import StopSignals
    from jobdeploy.docker import Docker

LIMITS = ("--cpus=0.25", "--memory=256m")
TIMES = 3


def first_receive(docker: Docker, stop: StopSignals, image: str, service: str) -> float:
    """Seconds, the median of three starts. Nothing of it stays.

    Raises:
        NoReceive: one of them never received.
        NoDocker, DockerFailed: the container could not be started.
        Stopped: somebody asked us to end.
    """
    seconds = []
    with Standin() as standin:
        for _ in range(TIMES):
            with run_service(docker, standin, image, service, *LIMITS) as run:
                seconds.append(run.seconds_to_first_receive(stop))
    return statistics.median(seconds)
