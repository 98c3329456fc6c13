"""`jobctl step ID [NAME --done JSON | --again]`: a job's steps, and what became of one that may take place at most once and was interrupted."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer
from rich.table import Table

from jobctl.cli import Cli, cli_of
from jobctl.errors import CommandError, NotFoundError, UsageError
from jobctl.queries.job_record import parse_job_id
from jobctl.queries.recorded import read_steps, step_state, steps_in
from jobctl.views.visible import visible
from jobqueue.consumer.job_steps import MAX_RESULT_BYTES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jobqueue.consumer.job_steps import JobStep
    from jobqueue.dynamodb.job_steps import DynamoDbJobSteps

MAX_SHOWN_CHARACTERS = 60


def run(
    ctx: typer.Context,
    job_id: Annotated[str, typer.Argument(metavar="ID", help="The job's id.", show_default=False)],
    name: Annotated[str | None, typer.Argument(help="The step's name. Without it, all steps are listed.")] = None,
    done: Annotated[
        str | None, typer.Option(metavar="JSON", help="It took effect: this is its result.", show_default=False)
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="It did not: it may run again.")] = False,
) -> None:
    """List a job's steps, or say what became of one that was interrupted (docs/steps.md)."""
    cli, job_id = cli_of(ctx), parse_job_id(job_id)
    deciding = again or done is not None
    if deciding is (name is None) or (again and done is not None):
        raise UsageError(
            "To decide about a step, give its name and what became of it.",
            f"`jobctl step {job_id} NAME --done JSON` if it took effect, `--again` if it did not; `jobctl step {job_id}` lists all",
        )
    result = None if done is None else _json(done)
    with cli.output.progress(f"reading the steps of {job_id}"):
        stages = cli.session.jobs.stages(job_id)
        steps = steps_in(cli.session)
        found = read_steps(steps, stages)
    if name is None:
        cli.output.show(_view([step for _, step in found]), [_value(step) for _, step in found])
        return
    for record, step in found:
        if step.name == name:
            if record.held(time.time_ns() // 1_000_000):
                raise CommandError(
                    f"Attempt {record.attempt} of job {job_id} runs: it may be in the step just now.",
                    "wait until it has ended (`jobctl show`)",
                )
            _decide(cli, steps, step, result)
            return
    names = ", ".join(visible(step.name) for _, step in found) or "none"
    raise NotFoundError(f"Job {job_id} has no step {name!r}; it has {names}.", f"`jobctl step {job_id}` lists them")


def _decide(cli: Cli, steps: DynamoDbJobSteps, step: JobStep, result: str | None) -> None:
    name, job_id = visible(step.name), step.key.job_id
    if step.result is not None:
        raise CommandError(
            f"Step {name} of job {job_id} has ended; its result is {_short(step.result)}.",
            "nothing is to be decided: a redriven job goes on behind it",
        )
    changed = replace(step, result=result, at=time.time_ns() // 1_000_000)
    stands = steps.again(changed) if result is None else steps.end(changed)
    if stands is None or (stands.begun if result is None else stands.result != result):
        raise CommandError(f"Step {name} of job {job_id} changed meanwhile.", f"look again: `jobctl step {job_id}`")
    said = "may run again" if result is None else f"counts as ended with {_short(result)}"
    cli.output.show(
        f"step {name} of job {job_id} {said}; `jobctl dead redrive {job_id}` has the job go on", _value(stands)
    )


def _json(text: str) -> str:
    """Raises UsageError."""
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError as error:
        raise UsageError(
            f"--done is not JSON: {error}.", "write it as --done '{\"receipt\": 4711}', or null"
        ) from error
    if len(text.encode()) > MAX_RESULT_BYTES:
        raise UsageError(f"--done has more than {MAX_RESULT_BYTES:,} bytes.", "store it, and give where it is")
    return text


def _value(step: JobStep) -> dict[str, Any]:
    result = None if step.result is None else msgspec.json.decode(step.result)
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(step.at / 1000))
    return {
        "stage": step.key.stage,
        "name": step.name,
        "state": step_state(step),
        "attempt": step.attempt,
        "at": at,
        "result": result,
    }


def _view(steps: Sequence[JobStep]) -> Table | str:
    if not steps:
        return "no steps"
    table = Table("stage", "step", "state", "attempt", "result", box=None, padding=(0, 2, 0, 0))
    for step in steps:
        shown = "" if step.result is None else _short(step.result)
        table.add_row(visible(step.key.stage), visible(step.name), step_state(step), str(step.attempt), shown)
    return table


def _short(result: str) -> str:
    text = visible(result)
    return text if len(text) <= MAX_SHOWN_CHARACTERS else f"{text[:MAX_SHOWN_CHARACTERS]}..."
