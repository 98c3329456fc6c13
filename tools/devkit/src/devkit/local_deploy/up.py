"""Target of `--local`: an AWS, an image registry and a Fargate on this machine, up for as long as the command runs.

    local AWS (S3 for the states, ECR's API, ECS's desired state) | registry (the images themselves) | local Fargate (the tasks)

The flow is the one that deploys to an account; only these three addresses differ. Nothing in the checkout is touched, nothing is left.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

from devkit.infra_check.installation import copy_terraform
from devkit.local_deploy.registry import start_registry
from devkit.local_stack.images import ACCOUNT
from devkit.local_stack.local_fargate import architecture, local_fargate, of_this_checkout
from devkit.local_stack.stack import LOCAL_VALUES
from jobctl.checkout import REPOSITORY
from jobdeploy.target import DeployTarget
from localaws.aws import REGION, clients_of, start_aws
from localaws.docker import Docker, DockerFailed
from localaws.fargate.containers import remove_all
from localaws.processes import Processes

if TYPE_CHECKING:
    from pathlib import Path

    from jobctl.stop import StopSignals
    from jobdeploy.progress import Progress
    from jobdeploy.settings import Settings

PROJECT = of_this_checkout("jobs-deploy")
"""The label of everything that runs here; only one at a time can have it."""


@contextmanager
def open_local(
    settings: Settings,
    environment: str,
    stop: StopSignals,
    progress: Progress,
    *,
    repository: Path = REPOSITORY,
    label: str = PROJECT,
) -> Iterator[DeployTarget]:
    """A target on this machine until it is left; `repository` is deployed from, `label` is of its containers.

    Raises:
        NoDocker, UsageError: what to install. ProcessDied: what did not start. Stopped: asked to end.
    """
    docker = Docker(dict(os.environ))
    with progress.step("Docker") as notes:
        notes.append(f"engine {docker.check()}")
        remove_all(docker, label)  # what a killed run left
    with Processes("deploy-local-") as processes:
        with progress.step("local AWS and registry") as notes:
            starting = start_aws(processes)
            registry = start_registry(processes, stop).address
            endpoint = starting.endpoint()
            notes += [endpoint, registry]
        target = DeployTarget(
            project=settings.project,
            environment=environment,
            region=REGION,
            account=ACCOUNT,
            endpoint_url=endpoint,
            registry=registry,
            repository=repository,
            terraform=copy_terraform(repository, processes.folder / "terraform", local_state=False),
            values={**LOCAL_VALUES, "cpu_architecture": architecture()},
        )

        def image_of(registered: str) -> str:
            """The same digest, from the registry that stands for ECR; Compose pulls it."""
            return registered.replace(target.ecr, registry, 1)

        cluster_arn = f"arn:aws:ecs:{target.region}:{target.account}:cluster/{target.name}-cluster"
        with (
            _no_images_left(docker, registry),
            local_fargate(
                docker,
                endpoint,
                clients_of(endpoint),
                cluster_arn,
                label,
                image_of=image_of,
                tell=progress.say,
                progress=progress,
            ),
        ):
            yield target


@contextmanager
def _no_images_left(docker: Docker, registry: str) -> Iterator[None]:
    """On leaving, remove what was pushed to and pulled from the registry, which ends too. Layers shared with other images stay."""
    try:
        yield
    finally:
        with suppress(DockerFailed):
            listed = docker.run("images", "--digests", "--format={{.Repository}}:{{.Tag}} {{.Repository}}@{{.Digest}}")
            for one in {name for name in listed.split() if name.startswith(f"{registry}/") and "<none>" not in name}:
                with suppress(DockerFailed):  # the last tag of a repository takes its digest along
                    docker.run("rmi", "--no-prune", one)
