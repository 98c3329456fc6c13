"""The two operator policies: they allow what `jobctl` calls, and nothing else.

`operator-read` is for looking, `operator-repair` for repairs. Every command runs through an endpoint that records, on the stage of `test_stage`. The
local AWS enforces no policy: what a command called is compared with what the policies say, both ways.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from operator import gt

import pytest
import typer

from devkit.rights.compare import READ, REPAIR, compare_operators
from jobctl.app import app
from jobqueue.messages.job_id import new_job_id
from localaws.ecs_agent import EcsAgent

from .crowd import CUT_OFF, trigger
from .jobs_command import JobsCommand, jobs_command
from .linked import linked
from .stage_run import StageRun, until

pytestmark = pytest.mark.timeout(600)

PERSON = "0" * 32
"""Whose endpoint it is: endpoints are for tasks."""


@pytest.fixture(scope="module", autouse=True)
def ended(run: StageRun) -> None:
    """A completed job with its trace, a rejected one and a trigger that nobody can read: what the commands show, send back and drop."""
    before = run.dead_letters()
    good = run.send([trigger()])
    run.send([trigger("reject"), CUT_OFF])
    stories = run.completed(good)
    until(lambda: linked(run, stories), "the completed job's trace")
    until(lambda: all(map(gt, run.dead_letters(), before)), "a dead trigger and a dead job more")


@pytest.fixture(scope="module")
def agent(run: StageRun) -> Iterator[EcsAgent]:
    with EcsAgent(run.stage.endpoint) as opened:
        yield opened


@pytest.fixture(scope="module")
def reader(agent: EcsAgent) -> Iterator[JobsCommand]:
    with jobs_command(agent.task(PERSON, READ).aws_endpoint) as command:
        yield command


@pytest.fixture(scope="module")
def repairer(agent: EcsAgent) -> Iterator[JobsCommand]:
    with jobs_command(agent.task(PERSON, REPAIR).aws_endpoint) as command:
        yield command


@pytest.fixture(scope="module")
def typed() -> set[str]:
    """The commands that the tests of this file have run."""
    return set()


def commands(group: object, before: str = "") -> Iterator[str]:
    """All commands, as they are typed."""
    for name, one in getattr(group, "commands", {}).items():
        yield from commands(one, f"{before}{name} ") if hasattr(one, "commands") else [f"{before}{name}"]


def go(jobs: JobsCommand, typed: set[str], *words: str, code: int = 0) -> str:
    line = " ".join(words)
    typed.add(max((one for one in commands(typer.main.get_command(app)) if line.startswith(one)), key=len))
    return jobs.run(*words, code=code).stdout


def test_whoever_looks_is_answered(reader: JobsCommand, typed: set[str]) -> None:
    listed = json.loads(go(reader, typed, "list", "--limit", "10000", "--json"))
    done = next(one["job_id"] for one in listed if one["status"] == "completed")
    dead = next(one["job_id"] for one in listed if one["status"] == "dead letter")
    lines: Sequence[Sequence[str]] = (
        ("status",),
        ("show", done),
        ("show", dead),
        ("logs", done),
        ("trace", done),
        ("tail", "--no-follow", "--job", done, "--since", "1h"),
        ("tasks",),
        ("dead", "list"),
        ("dead", "show", dead),
    )
    for words in lines:
        go(reader, typed, *words)
    go(reader, typed, "step", done, code=4)  # the stack's parameter names no table of job records
    unheard_of = new_job_id()
    go(reader, typed, "logs", unheard_of, code=4)  # then it looks for how long logs are kept
    go(reader, typed, "trace", unheard_of, code=4)  # where no line names its trace, X-Ray is asked for the id


def test_a_live_view_is_answered(reader: JobsCommand, typed: set[str]) -> None:
    command = [sys.executable, "-m", "jobctl", "watch", "--json"]
    with subprocess.Popen(command, env=reader.environ(), stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout is not None
        assert json.loads(watching.stdout.readline())
        watching.send_signal(signal.SIGINT)
        assert watching.wait(30) == 130
    typed.add("watch")


def test_whoever_repairs_is_answered(run: StageRun, repairer: JobsCommand, typed: set[str]) -> None:
    go(repairer, typed, "submit", "--type", "simulate", "--data", '{"end": "complete"}', "--wait")
    redrive, drop = ("dead", "redrive", "--reason", "simulated"), ("dead", "drop", "--reason", "malformed_json")
    for words in (redrive, drop):
        go(repairer, typed, *words, "--yes", "--file", str(repairer.folder / "taken.jsonl"))
    services = ("main-job", "background-job")
    go(repairer, typed, "pause", "--now", *services)
    assert not [task for service in services for task in run.stage.tasks(service)]
    go(repairer, typed, "resume", *services, "--no-wait")
    until(lambda: all(run.stage.tasks(service) for service in services), "tasks again")


def test_what_needs_job_records_says_that_there_are_none(reader: JobsCommand, typed: set[str]) -> None:
    go(reader, typed, "cancel", new_job_id(), code=4)


def test_every_command_was_typed(typed: set[str]) -> None:
    assert typed == set(commands(typer.main.get_command(app)))


def test_operators_have_exactly_the_rights_that_the_commands_need(run: StageRun, agent: EcsAgent) -> None:
    calls = {policy: agent.calls(policy) for policy in (READ, REPAIR)}
    print(compare_operators(run.stage.outputs, run.stage.clients, calls))
