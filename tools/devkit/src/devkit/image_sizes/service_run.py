"""One service run from its image in a single container, with the rights that it has in Fargate.

It talks to the local SQS through a relay, which records its first ReceiveMessage. There is no collector, and never an AWS account. What Terraform
registers is run by `localaws.fargate`; this is one container, to measure an image and to try it.
"""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from devkit.image_sizes.relay import Relay
from devkit.queues import QueuePair, make_log_group, make_queue_pair
from devkit.services import Places, service_environ
from jobdeploy.docker import DockerFailed
from localaws.aws import LocalAws
from localaws.docker import Docker as LocalDocker
from localaws.ecs_agent.host_address import HOST_NAME, find_host_address
from localaws.fast_aws import Standin

if TYPE_CHECKING:
    from jobctl.stop import StopSignals
    from jobdeploy.docker import Docker

MAX_SECONDS = 60.0
LOOK_SECONDS = 0.2
LABEL = "jobdeploy.image_build.run"
LOG_GROUP = "/run"
RECEIVE = b"AmazonSQS.ReceiveMessage"
NO_COLLECTOR = "http://127.0.0.1:4318"
"""Nobody listens there: jobs do not wait for a collector."""
HARDENED = (
    "--read-only",
    "--tmpfs=/tmp:rw,noexec,nosuid,nodev,mode=1777,size=16m",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
    "--init",
)
"""As the task definition has it (infra/terraform/modules/worker/containers.tf)."""


class NoReceive(Exception):  # noqa: N818 (says what did not happen)
    """A container ended, or did not receive in 60 s. The text is the end of its log."""


@dataclass(frozen=True)
class ServiceRun:
    """A container that runs, until `run_service` is left."""

    docker: Docker
    name: str
    relay: Relay

    def seconds_to_first_receive(self, stop: StopSignals) -> float:
        """From the container's start, by Docker's clock, to the first ReceiveMessage that reached this machine.

        Raises:
            NoReceive: it ended, or a minute passed.
            Stopped: somebody asked us to end.
        """
        deadline = time.monotonic() + MAX_SECONDS
        running = "true"
        while running == "true" and time.monotonic() < deadline:
            stop.check()
            came = self.relay.wait(LOOK_SECONDS)
            if came is not None:
                return came - read_time(self._state("StartedAt"))
            running = self._state("Running")
        how = "did not receive in 60 s" if running == "true" else "ended before its first receive"
        raise NoReceive(f"the container {how}. Its last lines:\n{self.log()}")

    def log(self, lines: int = 20) -> str:
        """The end of what it wrote, stdout and stderr."""
        return self.docker.start("logs", f"--tail={lines}", self.name).communicate()[0]

    def _state(self, field: str) -> str:
        return self.docker.run("inspect", f"--format={{{{.State.{field}}}}}", self.name).strip()


@contextmanager
def run_service(docker: Docker, standin: Standin, image: str, service: str, *options: str) -> Iterator[ServiceRun]:
    """Start a service with `options` of `docker create`, and remove the container on leaving. The local AWS is emptied first.

    Raises:
        NoDocker, DockerFailed: the container could not be started.
    """
    host, target = find_host_address(LocalDocker()), urlsplit(standin.endpoint)
    standin.reset()
    aws = LocalAws(standin.endpoint)
    pairs = [make_queue_pair(aws.sqs(), name) for name in ("triggers", "jobs")]
    make_log_group(aws.logs(), LOG_GROUP)
    with Relay(host.listen, (str(target.hostname), int(target.port or 0)), RECEIVE) as relay:
        endpoint = f"http://{host.name}:{relay.port}"
        triggers, jobs = (_reached_by(pair, standin.endpoint, endpoint) for pair in pairs)
        places = Places(LocalAws(endpoint), triggers, jobs, LOG_GROUP, NO_COLLECTOR)
        environ = service_environ(places, service, Path("/tmp"))  # noqa: S108 (the container's)
        settings = [f"--env={key}={value}" for key, value in environ.items()]
        name = f"images-run-{uuid.uuid4().hex[:12]}"
        around = [f"--name={name}", f"--label={LABEL}", f"--add-host={HOST_NAME}:host-gateway", *HARDENED]
        try:
            docker.run("create", *around, *settings, *options, image)
            docker.run("start", name)
            yield ServiceRun(docker, name, relay)
        finally:
            with suppress(DockerFailed):
                docker.run("rm", "--force", "--volumes", name)


def read_time(text: str) -> float:
    """Seconds since the epoch. Docker writes nanoseconds, which `fromisoformat` has no room for."""
    return datetime.fromisoformat(re.sub(r"(\.\d{6})\d*", r"\1", text)).timestamp()


def _reached_by(pair: QueuePair, here: str, there: str) -> QueuePair:
    """The queues' URLs with the address by which a container reaches them."""
    urls = (pair.url.replace(here, there), pair.dead_letter_url.replace(here, there))
    return QueuePair(pair.name, urls[0], pair.dead_letter_name, urls[1])
