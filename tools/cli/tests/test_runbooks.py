"""Runbooks of docs/alarms.md, each command typed as written and its output compared with what the page promises.

Words in capitals are placeholders, and quoted words behind `#` must appear in the output, as the page itself explains.
"""

from __future__ import annotations

import json
import re
import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from ulid import ULID

from jobctl.checkout import REPOSITORY
from jobctl.views.tasks_view import KILLED
from jobqueue.messages.job_id import job_log_stream
from localaws.aws import REGION
from localaws.fargate.view import ESSENTIAL_EXITED

from .conftest import Jobs
from .world import World

PAGE = (REPOSITORY / "docs/alarms.md").read_text()
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`(jobctl [^`]+)`")
PLACEHOLDER = re.compile(r"\b(SERVICE|JOB|TASK)\b")
QUOTED = re.compile(r'"([^"]+)"')
SERVICE = "background-job"


@dataclass(frozen=True)
class Step:
    """One command of a runbook, and the words that its output must contain."""

    heading: str
    command: str
    words: tuple[str, ...] = ()

    def filled(self, values: dict[str, str]) -> Step:
        def value(match: re.Match[str]) -> str:
            return values[match[1]]

        words = tuple(PLACEHOLDER.sub(value, word) for word in self.words)
        return Step(self.heading, PLACEHOLDER.sub(value, self.command), words)


def runbooks(page: str = PAGE) -> dict[str, list[Step]]:
    """Returns the commands under each heading, including those in the running text."""
    found: dict[str, list[Step]] = {}
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        steps = found[heading] = []
        for line in (line for fence in FENCE.findall(text) for line in fence.splitlines()):
            command, _, said = line.partition("  #")
            steps.append(Step(heading, command.strip(), tuple(QUOTED.findall(said))))
        steps += [Step(heading, command) for command in INLINE.findall(FENCE.sub("", text))]
    return found


@pytest.fixture(scope="module")
def values(working: World) -> Iterator[dict[str, str]]:
    """The values of the placeholders, after everything that the runbooks speak of has happened."""
    jobs = Jobs(working, str(working.folder))
    dead, rejected = (
        jobs.said("submit", "--type", "simulate", "--data", f'{{"end": "{end}"}}', "--wait", code=5)["job_id"]
        for end in ("fail", "reject")
    )
    working.carry(dead, rejected)
    task = a_task_that_was_killed(working)
    a_job_that_waits_for_its_next_try(working, dead)
    lines_of_what_takes_long(working, dead)
    working.metric("background-jobs", "done", 15, time.time_ns() // 1_000_000)
    alarm = an_alarm_that_is_on(working)
    yield {"SERVICE": SERVICE, "JOB": dead, "TASK": task}
    working.clients("cloudwatch").delete_alarms(AlarmNames=[alarm])


def a_task_that_was_killed(one: World) -> str:
    """Kills a task with a worker and a collector as Terraform registers them, writes the last output of both, and returns its id."""
    groups = {SERVICE: one.group(SERVICE), "collector": f"/ecs/{one.name}"}
    containers = [
        {
            "name": name,
            "image": f"{name}@sha256:{'0' * 64}",
            "memory": 128,
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": group, "awslogs-region": REGION, "awslogs-stream-prefix": SERVICE},
            },
        }
        for name, group in groups.items()
    ]
    cluster = one.cluster
    answer = cluster.ecs.register_task_definition(family=cluster.family, containerDefinitions=containers)
    definition = answer["taskDefinition"]["taskDefinitionArn"]
    cluster.ecs.update_service(cluster=cluster.cluster, service=cluster.service, taskDefinition=definition)
    task = cluster.roll()
    cluster.stop(task, ESSENTIAL_EXITED, KILLED)
    for name, group in groups.items():
        one.write(group, f"{SERVICE}/{name}/{task.task_id}", (time.time_ns() // 1_000_000, f"last words of {name}"))
    cluster.start()
    return task.task_id


def a_job_that_waits_for_its_next_try(one: World, dead: str) -> None:
    """Writes the log of the dead job until its first failure, under another job's id.

    The services of the tests retry too soon to be observed.
    """
    logs, other = one.clients("logs"), str(ULID())
    group = one.group(SERVICE)
    events = logs.get_log_events(logGroupName=group, logStreamName=job_log_stream(dead), startFromHead=True)["events"]
    last = next(place for place, event in enumerate(events) if "job.failed" in event["message"])
    told = ((event["timestamp"], event["message"].replace(dead, other)) for event in events[: last + 1])
    one.write(group, job_log_stream(other), *told)


def lines_of_what_takes_long(one: World, job_id: str) -> None:
    """Writes these as `jobqueue.consumer.watchdog`, `jobqueue.cloudwatch.undelivered`, `jobqueue.consumer.end_events` and the executor do; none
    happens within seconds."""
    now = time.time_ns() // 1_000_000
    hang = {
        "level": "ERROR",
        "message": "job hangs: past its timeout of 300 s. Its lease is no longer renewed; another worker will get it",
        "jobId": job_id,
        "jobType": "simulate",
        "seconds": 301.0,
        "stack": '  File "handlers.py", line 7, in long_call\n    socket.recv(1)\n',
    }
    event = {"level": "INFO", "message": "progress", "jobId": job_id, "done": 1, "job_log_undelivered": True}
    unknown = {
        "level": "WARNING",
        "message": "not handled: job type 'send-report' is not one of simulate",
        "event": "job.unsupported",
        "attempt": 5,
    }
    unsent = {
        "level": "WARNING",
        "message": f"events of 3 jobs are not on bus {one.name}: ThrottlingException: PutEvents on bus {one.name} failed",
    }
    lost = {
        "level": "ERROR",
        "message": "the event of a job's end is lost: the worker stopped",
        "event": "job.event_lost",
        "jobId": job_id,
        "detail": {"id": f"{job_id}/simulate/dead", "jobId": job_id, "status": "dead"},
    }
    stream = f"{SERVICE}/{SERVICE}/{one.tasks[SERVICE]}"
    one.write(one.group(SERVICE), stream, *((now, json.dumps(line)) for line in (hang, event, unknown, unsent, lost)))


def an_alarm_that_is_on(one: World) -> str:
    """Creates an alarm in state ALARM, and returns its name."""
    cloudwatch, name = one.clients("cloudwatch"), f"{one.name}-{SERVICE}-error-count"
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace=one.name,
        MetricName="JobsFailed",
        Statistic="Sum",
        Period=300,
        EvaluationPeriods=1,
        Threshold=5,
        ComparisonOperator="GreaterThanThreshold",
    )
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="told to")
    return name


@pytest.fixture
def jobs(working: World, shell: Callable[[World], Jobs], tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> Jobs:
    """`jobctl` in a folder of its own, since a redrive writes its file there."""
    monkeypatch.chdir(str(tmp_path))
    one = shell(working)
    one.environ["COLUMNS"] = "160"  # of words that are looked for, none is folded
    return one


def test_every_heading_has_a_command_of_jobs_and_none_of_another_program() -> None:
    assert [heading for heading, steps in runbooks().items() if not steps] == []
    typed = {step.command.split()[0] for steps in runbooks().values() for step in steps}
    assert typed == {"jobctl"}
    assert re.findall(r"`aws [^`]*`|^aws .*$|terraform output", PAGE, re.MULTILINE) == []


def test_the_page_is_read_as_it_says_that_it_is_read() -> None:
    page = '## a\n```sh\njobctl show JOB   # "Attempts", of SERVICE\n```\n`jobctl resume SERVICE` and `jobctl`\n## b\nnothing\n'
    assert runbooks(page) == {
        "a": [Step("a", "jobctl show JOB", ("Attempts",)), Step("a", "jobctl resume SERVICE")],
        "b": [],
    }
    (step, _) = runbooks(page)["a"]
    assert step.filled({"JOB": "1", "SERVICE": "s"}).command == "jobctl show 1"
    used = {name for steps in runbooks().values() for step in steps for name in PLACEHOLDER.findall(step.command)}
    assert used == {"JOB", "TASK", "SERVICE"}


@pytest.mark.parametrize(
    "step", [pytest.param(one, id=f"{one.heading}: {one.command}") for steps in runbooks().values() for one in steps]
)
def test_a_runbooks_command_answers_with_what_the_page_says_that_one_sees(
    jobs: Jobs, values: dict[str, str], step: Step
) -> None:
    typed = step.filled(values)
    program, *arguments = shlex.split(typed.command)
    assert program == "jobctl"
    result = jobs.run(*arguments)
    assert result.exit_code == 0, (result.stderr, result.exception)
    said = " ".join(result.stdout.split())
    assert [word for word in typed.words if word not in said] == [], result.stdout
