"""`nox -s local -- up`: starts everything, prints how to use it, and stays until Ctrl-C."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any

from devkit.local_stack.grafana import grafana, wish
from devkit.local_stack.note import Claim, Note
from devkit.local_stack.stage import GRAFANA, Stage
from jobctl.stop import Stopped
from jobdeploy.progress import Progress
from localaws.fargate.view import TaskView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jobctl.stop import StopSignals
    from localaws.docker import Docker

LOOK_SECONDS = 0.5


def up(
    stop: StopSignals,
    docker: Docker,
    environment: str,
    port: int,
    values: Mapping[str, Any],
    grafana_port: int | None = None,
) -> None:
    """Runs a stage until a signal asks the process to end. `grafana_port`: None, without Grafana.

    Raises:
        AlreadyUp: a stage of this checkout runs in another process.
        Stopped: asked to end while it was starting. And as `Stage`.
    """
    progress = Progress()
    with (
        Claim() as claim,
        Stage(docker, progress, stop, tell, environment=environment, port=port, values=values) as stage,
        ExitStack() as beside,
    ):
        note = note_of(stage)
        claim.tell(note)
        url = ""
        if grafana_port is not None:
            url = beside.enter_context(grafana(docker, stage.agent, GRAFANA, wish(grafana_port), progress, stop, tell))
        print(usage(stage, note, url), flush=True)
        with suppress(Stopped):
            _watch(stage, stop)
        print(flush=True)


def note_of(stage: Stage) -> Note:
    """The note by which the other commands find the stage."""
    outputs = stage.outputs
    ends = "_service_name"
    names = [name.removeprefix("ecs_").removesuffix(ends) for name in outputs if name.endswith(ends)]
    return Note(
        process_id=os.getpid(),
        endpoint=stage.endpoint,
        cluster=outputs["ecs_cluster_name"],
        services={name.replace("_", "-"): outputs[f"ecs_{name}{ends}"] for name in names},
        log_groups={
            **{name.replace("_", "-"): outputs[f"cloudwatch_log_group_{name}"] for name in names},
            "collector": outputs["cloudwatch_log_group_ecs"],
        },
    )


def usage(stage: Stage, note: Note, grafana_url: str = "") -> str:
    """Text shown when the stage is up: commands of AWS's CLI and of this project."""
    url = stage.outputs["sqs_main_job_triggers_queue_url"]
    jobs = note.log_groups["background-job"]
    _, project, environment, _ = stage.outputs["ssm_stack_parameter_name"].split("/")  # /PROJECT/ENVIRONMENT/stack
    dashboards = f"  {grafana_url}   (the dashboards, in Grafana)\n" if grafana_url else ""
    return f"""
Up. In another terminal:

  export AWS_ENDPOINT_URL={stage.endpoint} AWS_ACCESS_KEY_ID=testing AWS_SECRET_ACCESS_KEY=testing AWS_REGION=us-east-1
  export JOBS_PROJECT={project} JOBS_ENVIRONMENT={environment}
  uv run --package jobqueue-cli jobctl submit --type simulate --wait   # or `uv tool install ./tools/cli`, then `jobctl ...`
  uv run --package jobqueue-cli jobctl watch                           # status, list, show, logs, trace, dead: `jobctl --help`

  aws sqs send-message --queue-url {url} \\
    --message-body '{{"trigger":"test","triggerBackgroundJob":true}}'
  aws logs tail {jobs} --follow                       # the jobs' own streams, and the worker's

  nox -s local -- logs --follow
  nox -s local -- scale background-job 3
  nox -s local -- kill background-job
{dashboards}
Ctrl-C here (or nox -s local -- down) drains, and leaves nothing behind.
"""


def tell(text: str) -> None:
    """Prints a problem that is tried again."""
    print(f"{time.strftime('%H:%M:%S')}  ! {text}", flush=True)


def _watch(stage: Stage, stop: StopSignals) -> None:
    seen = {task.task_id: task for task in stage.scheduler.tasks()}
    while True:
        stop.wait(LOOK_SECONDS)
        for task in stage.scheduler.tasks():
            before = seen.get(task.task_id)
            if before is None or _shown(before) != _shown(task):
                print(f"{time.strftime('%H:%M:%S')}  {task.service} {task.task_id[:8]}  {_shown(task)}", flush=True)
            seen[task.task_id] = task


def _shown(task: TaskView) -> str:
    """A task's state in words, without details that change all the time."""
    said = f"{task.state.value}{', ready' if task.ready else ''}"
    if task.why is not None:
        said += f": {task.why.reason}"
    codes = [f"{one.name} exit code {one.exit_code}" for one in task.containers if one.exit_code is not None]
    return f"{said} ({', '.join(codes)})" if codes else said
