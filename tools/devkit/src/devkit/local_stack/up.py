"""`nox -s local -- up`: starts everything, prints how to use it, and stays until Ctrl-C."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, suppress
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from devkit.given import given_to_each
from devkit.local_stack.grafana import grafana, options
from devkit.local_stack.stack import GRAFANA, LocalStack
from devkit.local_stack.state_file import State, StateFile
from devkit.tables import read_tables
from jobctl.checkout import REPOSITORY
from jobctl.stop import Stopped
from jobdeploy.progress import Progress
from localaws.fargate.view import TaskView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobctl.stop import StopSignals
    from localaws.docker import Docker

POLL_SECONDS = 0.5


def up(
    stop: StopSignals,
    docker: Docker,
    environment: str,
    port: int,
    values: Mapping[str, Any],
    grafana_port: int | None = None,
    env_file: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Runs a local stack until a signal asks the process to end. `grafana_port`: None, without Grafana. `env_file`: variables for the services.

    Raises:
        AlreadyRunningError: the local stack of this checkout runs in another process.
        Stopped: asked to end while it was starting. And as `LocalStack`.
    """
    progress = Progress()
    own = given_to_each(REPOSITORY, env_file)
    with (
        StateFile() as file,
        LocalStack(docker, progress, stop, warn, environment=environment, port=port, values=values, own=own) as stack,
        ExitStack() as beside,
    ):
        state = state_of(stack)
        file.write(state)
        url = ""
        if grafana_port is not None:
            url = beside.enter_context(
                grafana(docker, stack.agent, GRAFANA, options(grafana_port), progress, stop, warn)
            )
        print(usage(stack, state, url), flush=True)
        for forgotten in read_tables().forgotten():
            warn(forgotten)
        with suppress(Stopped):
            _watch(stack, stop)
        print(flush=True)


def state_of(stack: LocalStack) -> State:
    """What the other commands need to find it."""
    outputs = stack.outputs
    return State(
        process_id=os.getpid(),
        endpoint=stack.endpoint,
        cluster=outputs["ecs_cluster_name"],
        services={name: one["ecs_service_name"] for name, one in outputs["services"].items()},
        log_groups={
            **{name: one["cloudwatch_log_group"] for name, one in outputs["services"].items()},
            "collector": outputs["cloudwatch_log_group_ecs"],
        },
    )


def usage(stack: LocalStack, state: State, grafana_url: str = "") -> str:
    """Text for when everything is up: commands of AWS's CLI and of this project."""
    url = stack.outputs["sqs_main_job_triggers_queue_url"]
    jobs = state.log_groups["background-job"]
    _, project, environment, _ = stack.outputs["ssm_stack_parameter_name"].split("/")  # /PROJECT/ENVIRONMENT/stack
    dashboards = f"  {grafana_url}   (the dashboards, in Grafana)\n" if grafana_url else ""
    return f"""
Up. In another terminal:

  export AWS_ENDPOINT_URL={stack.endpoint} AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing AWS_REGION=us-east-1
  export JOBS_PROJECT={project} JOBS_ENVIRONMENT={environment}
  uv run --package jobqueue-cli jobctl submit --type simulate --wait   # or `uv tool install ./tools/cli`, then `jobctl ...`
  uv run --package jobqueue-cli jobctl watch                           # status, list, show, logs, trace, dead: `jobctl --help`

  aws sqs send-message --queue-url {url} \\
    --message-body '{{"trigger":"test","triggerBackgroundJob":true}}'
  aws logs tail {jobs} --follow                       # the jobs' own streams, and the worker's

  nox -s local -- logs --follow
  nox -s local -- reload background-job               # with its files as they are now
  nox -s local -- scale background-job 3
  nox -s local -- kill background-job
{dashboards}
Ctrl-C here (or nox -s local -- down) drains, and leaves nothing behind.
"""


def warn(text: str) -> None:
    """Prints a problem that is tried again."""
    print(f"{time.strftime('%H:%M:%S')}  ! {text}", flush=True)


def _watch(stack: LocalStack, stop: StopSignals) -> None:
    seen = {task.task_id: task for task in stack.scheduler.tasks()}
    while True:
        stop.wait(POLL_SECONDS)
        for task in stack.scheduler.tasks():
            before = seen.get(task.task_id)
            if before is None or _text_of(before) != _text_of(task):
                print(f"{time.strftime('%H:%M:%S')}  {task.service} {task.task_id[:8]}  {_text_of(task)}", flush=True)
            seen[task.task_id] = task


def _text_of(task: TaskView) -> str:
    """A task's state in words, without details that change all the time."""
    text = f"{task.state.value}{', ready' if task.ready else ''}"
    if task.why is not None:
        text += f": {task.why.reason}"
    codes = [f"{one.name} exit code {one.exit_code}" for one in task.containers if one.exit_code is not None]
    return f"{text} ({', '.join(codes)})" if codes else text
