"""`jobctl pause` and `jobctl resume`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from jobctl.cli import Cli, cli_of
from jobctl.environment.ecs_service import Scaling, ServiceTasks
from jobctl.environment.pausing import Pausing, read_busy_tasks
from jobctl.errors import UsageError
from jobctl.stop import StopSignals, stoppable

Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait until its tasks are gone, or back.")]
Now = Annotated[
    bool,
    typer.Option("--now", help="Stop its tasks now; jobs that outlast the grace period are retried after `resume`."),
]
Services = Annotated[list[str], typer.Argument(help="Service names.")]


def pause(ctx: typer.Context, services: Services, wait: Wait = True, now: Now = False) -> None:
    """Pause a service: its scaling is suspended, its tasks drain to zero, messages wait in its queue.

    Within a minute no task receives another message. Jobs that run go on to their end, and are listed.
    """
    cli = cli_of(ctx)
    with stoppable() as stop, cli.output.progress("pausing") as progress:
        steps = [_pausing(cli, service, stop, progress) for service in services]
        former = {one.service: one.pause() for one in steps}
        for one in steps if now else ():
            one.stop_now()
        busy = [
            task
            for one in steps
            for task in read_busy_tasks(cli.session.client("logs"), cli.session.stack, one.service, one.tasks.left())
        ]
        for task in busy:
            cli.output.note(task.text())
        for one in steps if wait else ():
            one.wait_until_drained()
    ending = "no task left" if wait else "its tasks are draining"
    lines = [
        f"{name}: paused, {ending}; `jobctl resume {name}` starts {one.desired_count} again"
        for name, one in former.items()
    ]
    cli.output.show("\n".join(lines), {"paused": former, "drained": wait, "working": busy})


def resume(ctx: typer.Context, services: Services, wait: Wait = True) -> None:
    """Resume a paused service with the tasks and the scaling it had."""
    cli = cli_of(ctx)
    with stoppable() as stop, cli.output.progress("resuming") as progress:
        steps = [_pausing(cli, service, stop, progress) for service in services]
        former = {one.service: one.resume() for one in steps}
        for one in steps if wait else ():
            one.wait_until_running()
    lines = [
        f"{name}: was not paused" if one is None else f"{name}: resumed; paused since {one.paused_at}"
        for name, one in former.items()
    ]
    cli.output.show("\n".join(lines), {"resumed": former, "running": wait})


def _pausing(cli: Cli, name: str, stop: StopSignals, progress: Callable[[str], object]) -> Pausing:
    stack, client = cli.session.stack, cli.session.client
    service = stack.services.get(name)
    if service is None:
        raise UsageError(f"No service {name} in {stack.name}.", f"choose one of {', '.join(stack.services)}")
    return Pausing(
        service=name,
        ssm=client("ssm"),
        parameter=stack.paused_parameter,
        scaling=Scaling(client("application-autoscaling"), stack.cluster, service.ecs_service),
        tasks=ServiceTasks(client("ecs"), stack.cluster, service.ecs_service),
        say=cli.output.note,
        wait=stop.wait,
        progress=progress,
    )
