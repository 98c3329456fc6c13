"""The services as processes, started anew on a change; their lines, their jobs' logs and what was typed, until Ctrl-C."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, TypeVar

from rich.text import Text

from devkit.dev.sources import LIBRARY, concerned, sources_of, watched
from devkit.dev.submit import submit, typed_lines
from devkit.given import given_to
from devkit.services import (
    Resources,
    declared_services,
    make_job_table,
    make_log_group,
    make_queues,
    module_of,
    service_environ,
)
from devkit.tables import read_tables
from jobctl.checkout import REPOSITORY
from jobctl.commands.tail import line_view
from jobctl.errors import CommandError
from jobctl.queries.service_lines import ServiceLine
from jobctl.views.console import make_console
from jobctl.views.visible import visible
from jobqueue.client import InvalidRequestError, JobClient
from jobqueue.client.job_event import read_log_line
from jobqueue.client.log_lines import Follower
from localaws.aws import LocalAws, start_aws

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from jobctl.stop import StopSignals
    from localaws.processes import Child, Processes

Item = TypeVar("Item")

NAME = "dev"
PREFIX, JOB_LOG_GROUP = f"{NAME}-", f"{NAME}-job-logs"
TICK_SECONDS = 0.2
STOP_SECONDS = 1.5
"""How long a service may drain before its next version starts; a poll in flight takes one second (`LOCAL_PACE`)."""
END_SECONDS = 10.0
LEASE_SECONDS = 5
"""A job whose service was killed in the middle comes again after so long."""
OWN_LOGGER = "jobqueue.job"
"""Of the lines on stdout about jobs. Where jobs have logs of their own, those about a run's end, with its seconds, are shown from there."""


class Services:
    """The services' present processes. Main thread only."""

    def __init__(self, processes: Processes, resources: Resources, env_file: Mapping[str, str]) -> None:
        self._processes = processes
        self._resources = resources
        self._env_file = env_file
        self._declared = declared_services()
        self._number = 0
        self._read: dict[str, int] = {}
        self._told: set[str] = set()
        self.running: dict[str, Child] = {}

    def start(self, names: Iterable[str]) -> None:
        """Ends those that run, and starts them with the files as they are now."""
        names = list(names)
        self._processes.stop([self.running.pop(name) for name in names if name in self.running], STOP_SECONDS)
        for name in names:
            self._number += 1
            environ = {
                **service_environ(self._resources, name, self._processes.folder, self._given(name)),
                "LEASE_SECONDS": str(LEASE_SECONDS),
            }
            command = [sys.executable, "-m", module_of(name)]
            self.running[name] = self._processes.start(f"{name}-{self._number}", command, environ)

    def _given(self, name: str) -> Mapping[str, str]:
        """What a person gives it: asked of its settings anew, since they may be what was saved."""
        try:
            return given_to(REPOSITORY, REPOSITORY / "services" / name, self._env_file)
        except CommandError:
            return self._env_file  # it will not start, and says why itself

    def fresh_lines(self) -> list[ServiceLine]:
        """The whole lines that were written since the last call, of all that ever ran."""
        found = []
        for file in self._processes.folder.glob("*.log"):
            name, _, number = file.stem.rpartition("-")
            if name not in self._declared:
                continue
            with file.open("rb") as lines:
                lines.seek(self._read.get(file.name, 0))
                for raw in lines:
                    if not raw.endswith(b"\n"):
                        break
                    self._read[file.name] = self._read.get(file.name, 0) + len(raw)
                    line = read_log_line(time.time_ns() // 1_000_000, raw.decode(errors="replace"))
                    in_job_log = self._declared[name].job_logs and line.fields.get("logger") == OWN_LOGGER
                    if not in_job_log or "seconds" not in line.fields:
                        found.append(ServiceLine(name, f"#{number}", line))
        return found

    def fresh_ends(self) -> list[tuple[str, int]]:
        """Names and exit codes of services that ended by themselves since the last call."""
        found = []
        for name, child in self.running.items():
            code = child.exit_code()
            if code is not None and child.name not in self._told:
                self._told.add(child.name)
                found.append((name, code))
        return found


def run(processes: Processes, stop: StopSignals, port: int, env_file: Mapping[str, str]) -> None:
    """Runs until a signal. `env_file`: variables for the services.

    Raises:
        Stopped: the signal; everything is already ended.
        ProcessDied: the local AWS did not start, or ended.
    """
    console = make_console()

    def tell_forgotten(*triggers: str) -> None:
        for forgotten in read_tables().forgotten(triggers):
            console.print(Text(forgotten, style="bold red"), soft_wrap=True)

    with ExitStack() as stack:
        server = start_aws(processes, port=port, plain=True)
        aws = LocalAws(server.endpoint(stop.wait))
        sqs, logs, dynamodb = aws.sqs(), aws.logs(), aws.dynamodb()
        for client in (sqs, logs, dynamodb):
            stack.callback(client.close)
        resources = Resources(aws, make_queues(sqs, PREFIX), JOB_LOG_GROUP, "", make_job_table(dynamodb, NAME))
        make_log_group(logs, JOB_LOG_GROUP)
        services = Services(processes, resources, env_file)
        stack.callback(lambda: processes.stop(list(services.running.values()), END_SECONDS))
        names = list(declared_services())
        services.start(names)
        sources = sources_of(names)
        changed: SimpleQueue[set[Path]] = SimpleQueue()
        stack.enter_context(watched([LIBRARY, *sources.values()], changed.put))
        typed = typed_lines()
        console.print(
            f"Local AWS: {aws.endpoint}. A saved file starts its service anew; Ctrl-C ends everything.\n"
            'Type a job, and Enter:  simulate {"seconds": 1}     or a whole trigger:  {"trigger": "test"}\n'
            "In another terminal:    nox -s dev -- submit simulate '{\"seconds\": 1}'",
            highlight=False,
            soft_wrap=True,
        )
        tell_forgotten()
        job_logs = Follower(logs, JOB_LOG_GROUP)
        jobs = JobClient(queue_url=resources.triggers.url, clients=lambda _: sqs, environ={})
        while True:
            server.child.check()
            for line in services.fresh_lines():
                console.print(_shown(line), soft_wrap=True)
            for event in job_logs.fresh():
                shown = ServiceLine("job log", "", read_log_line(event.at_ms, event.text))
                console.print(line_view(shown, with_stack=True), soft_wrap=True)
            for name, code in services.fresh_ends():
                ended = f"{name} ended with exit code {code}; it starts again when a file of its own is saved"
                console.print(Text(ended, style="bold red"), soft_wrap=True)
            for text in _waiting(typed):
                try:
                    sent = submit(jobs, text)
                    console.print(f"sent: job {sent.job_id}", highlight=False)
                    tell_forgotten(sent.message.body)
                except InvalidRequestError as error:
                    console.print(Text(f"not sent: {error.what} Next: {error.next_step}", style="red"), soft_wrap=True)
            saved = concerned({path for paths in _waiting(changed) for path in paths}, sources)
            if saved:
                console.print(Text(f"saved: {', '.join(sorted(saved))} starts anew", style="bold"))
                services.start(sorted(saved))
                tell_forgotten()
            stop.wait(TICK_SECONDS)


def _shown(line: ServiceLine) -> Text:
    """A line of a service; what is no log line (a traceback at start) as it was written."""
    return line_view(line, with_stack=True) if line.line.level else Text(visible(line.line.message))


def _waiting(queue: SimpleQueue[Item]) -> list[Item]:
    found = []
    while True:
        try:
            found.append(queue.get_nowait())
        except Empty:
            return found
