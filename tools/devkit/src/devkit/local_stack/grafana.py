"""Grafana beside the local stack: the public image with grafana/'s provisioning, on loopback.

Its container has a project label of its own: it is not a task of the cluster, and the scheduler never sees it. Everything else goes on without it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from devkit.loopback import answers
from jobctl.checkout import REPOSITORY
from localaws.aws import CREDENTIALS, REGION
from localaws.docker import DockerFailed
from localaws.ecs_agent import EcsAgent
from localaws.ecs_agent.host_address import HOST_NAME
from localaws.fargate.containers import of_project, remove_all
from localaws.server_thread import LOOPBACK

if TYPE_CHECKING:
    from collections.abc import Callable

    from jobctl.stop import StopSignals
    from jobdeploy.progress import Progress
    from localaws.docker import Docker

IMAGE_SETTING = "JOBS_GRAFANA_IMAGE"
PUBLIC_IMAGE = "docker.io/grafana/grafana-oss:12.1.1"
"""https://hub.docker.com/r/grafana/grafana-oss/tags"""
XRAY_PLUGIN = "grafana-x-ray-datasource"
PORT = 3000
"""Grafana's own, in the container."""
FOLDER = REPOSITORY / "grafana"
READY_SECONDS = 60.0
POLL_SECONDS = 0.5
PULL_SECONDS = 300.0
LOG_LINES = "20"
TASK_ID = "0" * 32
"""Task id of Grafana's endpoint: an endpoint belongs to a task, and Grafana is none."""


class GrafanaError(Exception):
    """Grafana could not be started. The text says why, and what to do."""


@dataclass(frozen=True)
class Options:
    """The image and port that are asked for. `port`: on loopback; 0 takes a free one."""

    image: str
    port: int


def options(port: int, environ: Mapping[str, str] = os.environ) -> Options:
    """The public image, unless JOBS_GRAFANA_IMAGE names another."""
    return Options(environ.get(IMAGE_SETTING) or PUBLIC_IMAGE, port)


def definition(options: Options, project: str, aws_endpoint: str) -> list[str]:
    """Arguments of `docker run`. Grafana listens on loopback only; anonymous users can view, but not change anything."""
    environment = {
        "AWS_ACCESS_KEY_ID": CREDENTIALS["AWS_ACCESS_KEY_ID"],
        "AWS_SECRET_ACCESS_KEY": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": aws_endpoint,
        "GRAFANA_AWS_ENDPOINT": aws_endpoint,
        "GF_AUTH_ANONYMOUS_ENABLED": "true",
        "GF_AUTH_ANONYMOUS_ORG_ROLE": "Viewer",
        "GF_AUTH_DISABLE_LOGIN_FORM": "true",
        "GF_ANALYTICS_REPORTING_ENABLED": "false",
        "GF_ANALYTICS_CHECK_FOR_UPDATES": "false",
        "GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES": "false",
        "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH": "/etc/grafana/dashboards/jobs.json",
        "GF_PLUGINS_PREINSTALL": XRAY_PLUGIN,
        "GF_LOG_MODE": "console",
    }
    return [
        "--detach",
        "--init",
        "--pull=never",
        f"--name={project}",
        f"--{of_project(project)}",
        f"--publish={LOOPBACK}:{options.port or ''}:{PORT}",
        f"--add-host={HOST_NAME}:host-gateway",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        "--memory=512m",
        f"--volume={FOLDER / 'provisioning'}:/etc/grafana/provisioning:ro",
        f"--volume={FOLDER / 'dashboards'}:/etc/grafana/dashboards:ro",
        *(f"--env={name}={value}" for name, value in environment.items()),
        options.image,
    ]


@contextmanager
def grafana(
    docker: Docker,
    agent: EcsAgent,
    project: str,
    options: Options,
    progress: Progress,
    stop: StopSignals,
    tell: Callable[[str], None],
) -> Iterator[str]:
    """Runs Grafana within the context; gives its URL, or an empty string if it cannot be started: `tell` gets the reason."""
    remove_all(docker, project)  # what a killed tool left
    opened = agent.task(TASK_ID, "grafana")
    try:
        try:
            with progress.step(f"Grafana ({options.image})") as notes:
                url = _start(docker, project, options, opened.aws_endpoint, stop)
                notes.append(url)
        except GrafanaError as error:
            tell(f"{error} Going on without it.")
            url = ""
        yield url
    finally:
        remove_all(docker, project)
        opened.close()


def _start(docker: Docker, project: str, options: Options, aws_endpoint: str, stop: StopSignals) -> str:
    try:
        if not docker.run("images", "--quiet", options.image).strip():
            docker.run("pull", "--quiet", options.image, timeout=PULL_SECONDS)
    except DockerFailed as error:
        raise GrafanaError(
            f"{options.image} is not here and cannot be pulled ({_last_line(error)}). Pull or `docker load` it where there is a way to its registry, "
            f"or name another image: {IMAGE_SETTING}=REGISTRY/grafana-oss:TAG."
        ) from error
    try:
        docker.run("run", *definition(options, project, aws_endpoint))
        (address, *_) = docker.run("port", project, f"{PORT}/tcp").split()
    except DockerFailed as error:
        raise GrafanaError(f"Grafana's container does not start ({_last_line(error)}).") from error
    url = f"http://{address}"
    waited = 0.0
    while not answers(f"{url}/api/health"):
        waited += POLL_SECONDS
        if waited > READY_SECONDS or docker.run("ps", "--quiet", f"--filter={of_project(project)}").strip() == "":
            lines = docker.run("logs", "--tail", LOG_LINES, project)
            raise GrafanaError(f"Grafana does not answer at {url}. The end of its output:\n{lines}")
        stop.wait(POLL_SECONDS)
    return url


def _last_line(error: Exception) -> str:
    return str(error).strip().splitlines()[-1].strip()
