"""The demo's steps, in order; leaving `run`, in whatever way, leaves no process and no file behind."""

from __future__ import annotations

import sys
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError
from rich.text import Text

from devkit.demo.ends import ends_summary, make_bus
from devkit.demo.flow import Flow
from devkit.demo.report import kept_commands, report, summary
from devkit.demo.triggers import planned_triggers
from devkit.otlp import OtlpReceiver
from devkit.services import Resources, make_job_table, make_log_group, make_queues, start_services
from devkit.tables import read_tables
from jobctl.stop import Stopped
from jobctl.views.console import make_console
from jobctl.views.visible import visible
from localaws.aws import LocalAws, start_aws
from localaws.processes import ProcessDied, Processes

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console

    from devkit.demo.flow import Findings
    from devkit.demo.options import Options
    from jobctl.stop import StopSignals

NAME = "demo"
PREFIX, JOB_LOG_GROUP = f"{NAME}-", f"{NAME}-job-logs"
DRAIN_SECONDS = 15.0


def run(options: Options, stop: StopSignals) -> int:
    """The process's exit code.

    Raises:
        Stopped: Ctrl-C before the report; everything is already cleaned up.
    """
    console = make_console()
    with Processes("demo-") as processes:
        try:
            return _run(options, stop, processes, console)
        except (ProcessDied, ClientError, BotoCoreError) as error:
            print(visible(f"\ndemo: {_cause(processes, error)}"), file=sys.stderr)
            print(f"demo: all output of the processes: {processes.keep_folder()}", file=sys.stderr)
            return 1


def _run(options: Options, stop: StopSignals, processes: Processes, console: Console) -> int:
    began = time.monotonic()
    with ExitStack() as stack:
        aws = LocalAws(start_aws(processes, port=options.port, plain=True).endpoint(stop.wait))
        sqs, logs, dynamodb = aws.sqs(), aws.logs(), aws.dynamodb()
        for client in (sqs, logs, dynamodb):
            stack.callback(client.close)
        console.print(f"Local AWS (moto): {aws.endpoint}")
        queues = make_queues(sqs, PREFIX)
        make_log_group(logs, JOB_LOG_GROUP)
        console.print(f"Queues: {', '.join(queue.name for queue in queues.values())}, each with a -dlq")
        job_table = make_job_table(dynamodb, NAME)
        console.print(f"Job logs: {JOB_LOG_GROUP}; job records: {job_table}")
        bus = make_bus(aws, sqs, NAME)
        stop.check()
        telemetry = stack.enter_context(OtlpReceiver())
        resources = Resources(aws, queues, JOB_LOG_GROUP, telemetry.endpoint, job_table, bus.name)
        services = start_services(processes, resources, options.env_file)
        # Entered last, so left first: the services drain while queues, job logs and receiver are still there.
        stack.enter_context(processes.ended_first(services, DRAIN_SECONDS))
        console.print("Services: " + ", ".join(f"{service.name} (process {service.pid})" for service in services))

        plan = planned_triggers(options)
        for forgotten in read_tables().forgotten(trigger.body for trigger in plan):
            console.print(Text(forgotten, style="bold red"))
        flow = Flow(resources, sqs, logs, dynamodb, telemetry, processes, stop)
        findings = flow.run(plan, console, options.wait_seconds)
        report(console, resources, logs, findings)
        console.print(Text(ends_summary(sqs, bus), style="dim"))
        seconds = time.monotonic() - began
        written = options.report is None or _write_page(options.report, options, resources, findings, console, seconds)
        if options.keep:
            console.print(kept_commands(resources, findings), soft_wrap=True)
            _wait_for_stop(stop, processes)
        codes = processes.stop(services, DRAIN_SECONDS)
        console.print("\nDrained: " + ", ".join(f"{name} (exit code {code})" for name, code in codes.items()))
        for service in services:
            if codes[service.name]:
                console.print(f"The last lines of {service.name}:\n{service.last_lines()}")
        console.print(summary(findings, seconds))
    if not written:
        return 1
    if any(codes.values()) or findings.missing:
        console.print(f"All output of the processes: {processes.keep_folder()}")
        return 1
    return 0


def _write_page(
    file: Path, options: Options, resources: Resources, findings: Findings, console: Console, seconds: float
) -> bool:
    """Write the page; returns whether it was written."""
    from devkit.demo.page.contents import RunRecord
    from devkit.demo.page.render import write_page

    record = RunRecord(
        findings=findings,
        began_ms=int((time.time() - seconds) * 1000),
        seconds=seconds,
        arguments=str(options),
        job_log_group=resources.job_log_group,
        dead_letter_queues=tuple(queue.dead_letter_name for queue in resources.queues.values()),
    )
    try:
        size = write_page(file, record)
    except OSError as error:
        print(f"\ndemo: --report {file}: {error.strerror}", file=sys.stderr)
        return False
    console.print(f"\nReport: {file.resolve()} ({size / 1000:,.0f} kB)", soft_wrap=True)
    return True


def _wait_for_stop(stop: StopSignals, processes: Processes) -> None:
    while True:
        try:
            stop.wait(0.5)
        except Stopped:
            return
        processes.check()


def _cause(processes: Processes, error: Exception) -> str:
    """The error to report: where a call failed because its server died, the server's end."""
    try:
        processes.check()
    except ProcessDied as died:
        return str(died)
    return str(error)
